/*
 * api_options - the option table as JSON, for the dashboard's form.
 *
 * Pure. What only this machine's files and ports concern is listed without its value.
 */
#ifndef FRESHET_API_OPTIONS_H
#define FRESHET_API_OPTIONS_H

#include <jansson.h>

#include "common/options.h"

/* [{"name","letter","type","value","choices","min","max","default","group","help","form","current","shapes"}]
 * of the options of the primary. */
json_t *api_options(const options_t *options);

/* The settings of a run, for the history: what was given of the options that travel, name to text. */
json_t *api_options_settings(const options_t *options);

/* An address without what only its owner may know: the user and password in it. Caller frees. */
char *api_options_public(const char *text);

#endif
