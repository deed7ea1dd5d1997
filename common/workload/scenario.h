/*
 * scenario - a Lua file that gives options and functions: what the events are, their keys, how the load goes.
 *
 * It returns a table: options by their names ('-' or '_'), and the functions reading(sensor_id, n, user),
 * key(reading), on_start(user) and shape(t), each of which may be missing. It runs in the sandbox of
 * lua/sandbox.lua. Its text is trusted as far as memory and time go that it may take: see script.h. One
 * thread.
 */
#ifndef FRESHET_SCENARIO_H
#define FRESHET_SCENARIO_H

#include "common/workload/workload.h"

typedef struct scenario scenario_t;

/* Run the file and look at what it gives; or NULL and `error`, which names file and line. The caller owns it.
 */
scenario_t *scenario_open(const struct workload_source *source, char error[WORKLOAD_ERROR_MAX]);
void scenario_destroy(scenario_t **self_p);

/* Its options, sorted by name, and each as one would type it; of a list, a line for each. The names are not
 * checked. Borrowed from the scenario. */
size_t scenario_option_count(const scenario_t *self);
void scenario_option(const scenario_t *self, size_t index, const char **name_out, const char **value_out);

bool scenario_has_reading(const scenario_t *self);
bool scenario_has_shape(const scenario_t *self);

/* What shape(t) returns `t_s` seconds after the start: events per second or users, >= 0. False when it
 * returns nil, with an empty `error`: the load ends there; or when it fails or returns anything else. */
MUST_USE bool scenario_shape(scenario_t *self, double t_s, double *value_out, char error[WORKLOAD_ERROR_MAX]);

/* The workload; that of sensor_new if the file has no reading(). NULL and `error` as above. The caller owns
 * it. */
workload_t *scenario_new(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX]);

#endif
