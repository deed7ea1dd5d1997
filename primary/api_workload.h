/*
 * api_workload - the workload that a form or a script asks for: is it any good, and a few of its events.
 *
 * Templates run within the bounds of their sandbox, so that they may do so in the primary's loop. A replay is
 * read by the secondaries, on their machines: nothing of it is checked here.
 */
#ifndef FRESHET_API_WORKLOAD_H
#define FRESHET_API_WORKLOAD_H

#include <jansson.h>
#include <stdbool.h>

#include "common/must.h"
#include "common/options.h"
#include "primary/api_command.h"

/* What was said most strongly is the workload of `options`. False: it is no good, `fields` say why and where.
 */
MUST_USE bool api_workload_check(options_t *options, struct api_command_fields *fields);

/* Are its events made from a file that only secondaries have? */
bool api_workload_is_elsewhere(const options_t *options);

/* {"events":[{"key","data"}]}; NULL: `fields` say why not. */
json_t *api_workload_preview(const options_t *options, struct api_command_fields *fields);

/* Tell `error`, as a workload words it, in the field that it is about. */
void api_workload_refuse(const options_t *options, const char *error, struct api_command_fields *fields);

#endif
