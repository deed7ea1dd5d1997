/*
 * series - what happened in each second of a run.
 *
 * Pure. The caller adds a point about once a second, soon after the time that it covers. Latencies come from
 * the difference of the merged histograms. When SERIES_POINTS_MAX points are reached, each two neighbours
 * become one, and from then on a point covers twice the time. One thread.
 */
#ifndef FRESHET_SERIES_H
#define FRESHET_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "primary/ledger.h"
#include "primary/phase.h"

enum { SERIES_POINTS_MAX = 86400, SERIES_QUANTILES = 11 };

/* Locust's percentiles, as of its CSV files: 50 66 75 80 90 95 98 99 99.9 99.99 100 %. */
extern const double series_quantiles[SERIES_QUANTILES];
enum { SERIES_P50 = 0, SERIES_P95 = 5, SERIES_P99 = 7, SERIES_P100 = 10 };

struct series_point {
    double at_s;     /* since the start of the run: the end of the time covered */
    double span_s;   /* time covered */
    int64_t wall_ms; /* label */
    enum phase phase;
    double asked_per_s;           /* events/s; 0 in the users model */
    double rates[COUNTERS_COUNT]; /* per second, in the order of the counters list */
    uint64_t users, secondaries;
    uint64_t in_flight;                /* events */
    uint64_t lag_us;                   /* the worst of all secondaries */
    double cpu_percent;                /* of one core, the busiest secondary */
    uint64_t count;                    /* events with a latency in this time */
    uint64_t due_us[SERIES_QUANTILES]; /* latency percentiles; 0 when count is 0 */
    uint64_t service_p50_us, service_p99_us, service_max_us;
    /* Since the start: */
    uint64_t total_requests, total_requests_failed, total_requests_sent, total_wire_bytes;
    uint64_t total_delivered, total_failed;
    uint64_t total_count, total_p50_us, total_min_us, total_max_us; /* latency from the due time */
    double total_mean_us;
};

struct series_sample {
    uint64_t now_us;
    int64_t wall_ms;
    enum phase phase;
    double asked_per_s;
    uint64_t users, secondaries;
    uint64_t lag_us;
    double cpu_percent;
    const double *rates;                  /* of ledger_rates() */
    const struct ledger_totals *reported; /* of ledger_reported() */
    const struct counters *counters;      /* as they were at now_us; NULL: reported's */
    uint64_t in_flight;
};

typedef struct series series_t;

series_t *series_new(size_t points_max);
void series_destroy(series_t **self_p);

/* Forget all points; the run starts now. */
void series_begin(series_t *self, uint64_t now_us);

/* Forget all points, but not when the run started. */
void series_clear(series_t *self);

/* Add the point for the time since the one before (or since the beginning). */
void series_add(series_t *self, const struct series_sample *sample);

size_t series_count(const series_t *self);
/* Point `index` below series_count(), oldest first. Borrowed until the next change. */
const struct series_point *series_at(const series_t *self, size_t index);

/* Rate of one counter at a point, by the counter's name in struct counters: SERIES_RATE(point, delivered). */
#define SERIES_RATE(point, name) ((point)->rates[offsetof(struct counters, name) / sizeof(uint64_t)])

#endif
