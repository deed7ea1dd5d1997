/*
 * stock - what stock Locust workers report: requests and milliseconds, summed in Locust's own terms.
 *
 * Pure. Their reports are differences since the report before, so each is simply added. Nothing here counts
 * as an event. A fixed number of entries and errors is kept; what is beyond counts under the name "other".
 * One thread.
 */
#ifndef FRESHET_STOCK_H
#define FRESHET_STOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

enum { STOCK_ENTRIES_MAX = 2048, STOCK_ERRORS_MAX = 2048, STOCK_RECENT = 16 };

struct stock_second {
    int64_t second; /* Unix, by the peer's clock */
    uint64_t requests, failures;
};

struct stock_entry {
    char name[WIRE_LABEL_MAX];
    char method[WIRE_NAME_MAX];
    uint64_t requests, none_requests, failures;
    double total_response_ms, max_response_ms;
    double min_response_ms; /* < 0: none */
    uint64_t content_bytes;
    double start_time;                /* Unix seconds, the earliest; 0: none */
    double last_request_time;         /* Unix seconds, the latest; < 0: none */
    struct wire_pair *response_times; /* owned; rounded ms and count, ascending */
    size_t response_times_count;
    struct stock_second recent[STOCK_RECENT]; /* the last seconds, each at its number modulo this */
};

struct stock_error {
    char name[WIRE_LABEL_MAX];
    char method[WIRE_NAME_MAX];
    char *error; /* owned */
    uint64_t occurrences;
    int64_t first_seen_ms, last_seen_ms; /* wall */
};

typedef struct stock stock_t;

stock_t *stock_new(void);
void stock_destroy(stock_t **self_p);
void stock_clear(stock_t *self);

/* Add the entries and errors of a stats message that has no freshet part. */
void stock_take(stock_t *self, const struct wire_message *message, int64_t wall_ms);

/* Borrowed until the next change. */
const struct stock_entry *stock_entries(const stock_t *self, size_t *count_out);
const struct stock_error *stock_errors(const stock_t *self, size_t *count_out);

/* Free copies made with mem.h (snapshots have such). */
void stock_entry_copy(const struct stock_entry *from, struct stock_entry *to);
void stock_error_copy(const struct stock_error *from, struct stock_error *to);
void stock_entry_fini(struct stock_entry *self);
void stock_error_fini(struct stock_error *self);

/* Requests and failures per second as Locust tells them: over the ten seconds that end two before `unix_s`,
 * since reports come every three. */
void stock_rates(const struct stock_entry *self, double unix_s, double *requests_out, double *failures_out);

/* Locust's percentile over its rounded histogram, in ms; 0 when empty. `quantile` in 0..1. */
double stock_quantile_ms(const struct stock_entry *self, double quantile);

#endif
