/*
 * threshold - conditions that a run shall meet: "p99<250ms", "failed<0.1%", "delivered_rate>=49.5k".
 *
 * Pure, open data. A condition is METRIC OPERATOR VALUE, blanks allowed between them. Metrics:
 *   p50 p90 p95 p99 p99.9 max mean min   latency from the due time; service.p99 etc. from the send. VALUE is
 * a time with its unit failed unknown throttled retried     how many events, or with % a share: of failed and
 * unknown among the events settled (delivered + failed + unknown); of throttled among the service's verdicts
 * on events (delivered + failed + throttled; a broker delivers what it throttles: delivered + failed); of
 * retried among the sends (settled + retried) delivered                            how many events
 *   delivered_rate                       delivered events/s
 *   achieved                             delivered of what was asked, in % (rate model)
 *   lag                                  the greatest lag behind the schedule, a time
 *   e.code(NAME)                         events given up with this error code
 * Operators: < <= > >=, and == for numbers of events.
 */
#ifndef FRESHET_THRESHOLD_H
#define FRESHET_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/histogram.h"
#include "common/must.h"

enum {
    THRESHOLD_TEXT_MAX = 160, /* bytes of a condition, with the NUL */
    THRESHOLD_NAME_MAX = 96,  /* of a metric's name or an error code */
    THRESHOLD_ERROR_MAX = 400,
    THRESHOLD_LIST_MAX = 32,
};

enum threshold_metric {
    THRESHOLD_P50,
    THRESHOLD_P90,
    THRESHOLD_P95,
    THRESHOLD_P99,
    THRESHOLD_P999,
    THRESHOLD_MAX,
    THRESHOLD_MEAN,
    THRESHOLD_MIN,
    THRESHOLD_FAILED,
    THRESHOLD_UNKNOWN,
    THRESHOLD_THROTTLED,
    THRESHOLD_RETRIED,
    THRESHOLD_DELIVERED,
    THRESHOLD_DELIVERED_RATE,
    THRESHOLD_ACHIEVED,
    THRESHOLD_LAG,
    THRESHOLD_CODE, /* its name is in `code` */
    THRESHOLD_METRICS
};

enum threshold_op { THRESHOLD_LT, THRESHOLD_LE, THRESHOLD_GT, THRESHOLD_GE, THRESHOLD_EQ };

/* What a value counts: microseconds, a share 0..1, events, events/s. */
enum threshold_unit { THRESHOLD_US, THRESHOLD_SHARE, THRESHOLD_EVENTS, THRESHOLD_PER_S };

struct threshold {
    char text[THRESHOLD_TEXT_MAX]; /* as it was typed, without outer blanks */
    char name[THRESHOLD_NAME_MAX]; /* of the metric, as typed: "service.p99" */
    enum threshold_metric metric;
    bool service;                  /* latency from the send */
    char code[THRESHOLD_NAME_MAX]; /* THRESHOLD_CODE */
    enum threshold_op op;
    enum threshold_unit unit;
    double limit; /* in `unit` */
};

struct threshold_list {
    struct threshold list[THRESHOLD_LIST_MAX];
    size_t count;
};

/* Read one condition of `length` bytes. False: `error` names the text and what is allowed. */
MUST_USE bool threshold_parse(const char *text, size_t length, struct threshold *out,
                              char error[THRESHOLD_ERROR_MAX]);

/* Read conditions with commas or newlines between them; empty ones are passed over. */
MUST_USE bool threshold_parse_list(const char *text, struct threshold_list *out,
                                   char error[THRESHOLD_ERROR_MAX]);

/* Cut the next item, between commas or newlines and without outer blanks, off *text_p. False: no more. */
MUST_USE bool threshold_next(const char **text_p, const char **item_out, size_t *length_out);

/* ---- judging ---- */

struct threshold_error {
    const char *code; /* borrowed */
    uint64_t events;
};

/* What happened in the time that is judged. Borrowed. */
struct threshold_facts {
    struct counters counters;
    const struct histogram *due, *service;
    double delivered_per_s;
    double achieved; /* of what was asked; below 0: nothing was asked */
    uint64_t lag_us;
    bool broker; /* the target is Kafka */
    const struct threshold_error *errors;
    size_t errors_count;
};

enum threshold_state { THRESHOLD_NONE, THRESHOLD_MET, THRESHOLD_MISSED }; /* NONE: nothing to judge */

struct threshold_result {
    struct threshold is;
    enum threshold_state state;
    double value; /* in the condition's unit; 0 when NONE */
};

/* `facts` NULL: there is nothing to judge yet. */
void threshold_judge(const struct threshold *self, const struct threshold_facts *facts,
                     struct threshold_result *out);

/* The share of events that a counter of the four stands for, in 0..1; 0 when there is none. */
double threshold_share(enum threshold_metric metric, const struct counters *counters, bool broker);

/* "<" ...; "us", "share", "events", "events/s"; "none", "met", "missed". */
const char *threshold_op_name(enum threshold_op op);
const char *threshold_unit_name(enum threshold_unit unit);
const char *threshold_state_name(enum threshold_state state);

/* A value for people: "312ms", "0.52 %", "12.3k". Returns `out`. */
const char *threshold_print(enum threshold_unit unit, double value, char out[THRESHOLD_NAME_MAX]);

/* "p99 312ms, not < 250ms", for a result that is missed; "p99: nothing was measured" for none. Returns `out`.
 */
const char *threshold_explain(const struct threshold_result *result, char out[THRESHOLD_TEXT_MAX]);

#endif
