/*
 * source_options - the options that a scenario's file gives.
 *
 * They are stronger than defaults and weaker than environment and argv. Pure but for the Lua that it runs.
 */
#ifndef FRESHET_SOURCE_OPTIONS_H
#define FRESHET_SOURCE_OPTIONS_H

#include "common/must.h"
#include "common/options.h"

/* Take those of the scenario that `options` name (source_of). One that another program has is passed over.
 * False: the file is no good, or one of them: `error` names file and option. */
MUST_USE bool source_options_take(options_t *options, char error[OPTIONS_ERROR_MAX]);

#endif
