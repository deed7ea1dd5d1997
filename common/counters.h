/*
 * counters - what is counted about events and requests: one list, used on the wire, in the ledger and in
 * reports.
 *
 * Pure, open data. generated = delivered + failed + unknown + in flight at any moment, and in flight is 0
 * once a run has ended. A new counter is one line in the list below.
 */
#ifndef FRESHET_COUNTERS_H
#define FRESHET_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, unit, what it counts) */
#define COUNTERS(X)                                                                                          \
    X(generated, "events", "made by a workload and put into a batch")                                        \
    X(delivered, "events", "acknowledged by the service, each by its own verdict")                           \
    X(failed, "events", "refused for good: not retryable, or retries spent")                                 \
    X(unknown, "events", "sent, and never answered for")                                                     \
    X(retried, "events", "sent again after a refusal or a lost request")                                     \
    X(throttled, "events", "refused by the service's rate limits, each refusal counted")                     \
    X(requests_sent, "requests", "started, retries included")                                                \
    X(requests_succeeded, "requests", "answered with success for at least one event")                        \
    X(requests_failed, "requests", "answered with an error, or not at all")                                  \
    X(payload_bytes, "bytes", "data and keys of the delivered events, before any encoding")                  \
    X(wire_bytes, "bytes", "request bodies sent, encoding and retries included")

struct counters {
#define COUNTERS_FIELD(name, unit, help) uint64_t name;
    COUNTERS(COUNTERS_FIELD)
#undef COUNTERS_FIELD
};

enum {
#define COUNTERS_ONE(name, unit, help) +1
    COUNTERS_COUNT = 0 COUNTERS(COUNTERS_ONE)
#undef COUNTERS_ONE
};

struct counters_row {
    const char *name, *unit, *help;
};

/* Row `index` of the list, 0 .. COUNTERS_COUNT - 1, and its value in `self`. */
const struct counters_row *counters_row(size_t index);
uint64_t counters_get(const struct counters *self, size_t index);
void counters_set(struct counters *self, size_t index, uint64_t value);
/* Index of `name` (length bytes), or COUNTERS_COUNT when there is none. */
size_t counters_find(const char *name, size_t length);

/* self += other. */
void counters_add(struct counters *self, const struct counters *other);

/* later - earlier into *out; false, *out untouched, when any counter went back. */
bool counters_since(const struct counters *later, const struct counters *earlier, struct counters *out);

/* Events neither delivered, failed nor unknown yet. */
uint64_t counters_in_flight(const struct counters *self);

#endif
