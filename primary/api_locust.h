/*
 * api_locust - what Locust's web API answers, in its shapes and with its field names.
 *
 * Pure. One shape always, whether there is a run or not; only new members are added to Locust's.
 * num_requests, num_failures, occurrences, user_count and worker_count are plain integers, as exporters want
 * them. Times in milliseconds. Requests are requests here; an error's occurrences are events.
 */
#ifndef FRESHET_API_LOCUST_H
#define FRESHET_API_LOCUST_H

#include <jansson.h>
#include <stdbool.h>

#include "primary/report_csv.h"
#include "primary/snapshot.h"

/* GET /stats/requests. `state` NULL: the snapshot's. */
json_t *api_locust_stats(const struct snapshot *snapshot, const char *state);

/* The rows of it: one a target, those of stock peers, Aggregated last. */
json_t *api_locust_rows(const struct snapshot *snapshot);

/* GET /worker-count */
json_t *api_locust_worker_count(const struct snapshot *snapshot);

/* GET /exceptions */
json_t *api_locust_exceptions(const struct report_exception *exceptions, size_t count);

/* GET /tasks: the one kind of user that there is, its one task. */
json_t *api_locust_tasks(void);

/* POST /swarm and /stop. `host` NULL: not said; `run_time_s` 0: not said. */
json_t *api_locust_said(bool success, const char *message, const char *host, double run_time_s);

#endif
