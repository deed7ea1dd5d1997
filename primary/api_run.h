/*
 * api_run - the Run document of the dashboard: a snapshot as JSON.
 *
 * Pure. Times in seconds or microseconds as their names say; what is not known is null. Counts are of the
 * whole run, latencies and means of the headline phase, as in the reports.
 */
#ifndef FRESHET_API_RUN_H
#define FRESHET_API_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/options.h"
#include "primary/marks.h"
#include "primary/refused.h"
#include "primary/shard_times.h"
#include "primary/snapshot.h"

enum { API_RUN_ID_MAX = 17, API_RUN_SHARDS = 100, API_RUN_MARKS = 100 };

/* What a snapshot does not know. All borrowed. */
struct api_run_more {
    uint64_t sequence;
    const char *state;                /* NULL: the snapshot's */
    const char *name;                 /* given by a person, or NULL */
    bool no_target;                   /* none was named yet */
    const char *wait_time;            /* as typed, or NULL */
    const char *host;                 /* this machine's name: whose secondaries are local; or NULL */
    const struct marks *marks;        /* NULL: none */
    const char *history_error;        /* why the history can't be kept, or NULL */
    const char *refusal;              /* why the last start came to nothing, or NULL */
    const struct refused *refused;    /* NULL: nobody */
    const shard_times_t *shard_times; /* NULL: none */
    const ledger_t *ledger;           /* that shard_times was fed with */
};

json_t *api_run(const struct snapshot *snapshot, const struct api_run_more *more);

/* The "secondaries" of it. */
json_t *api_run_secondaries(const struct snapshot *snapshot, const char *host);

/* Sixteen hexadecimal digits. */
void api_run_id(uint64_t id, char out[API_RUN_ID_MAX]);

/* Is there a run in the snapshot, going on or ended? */
bool api_run_exists(const struct snapshot *snapshot);

#endif
