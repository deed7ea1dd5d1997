/*
 * event_size - how large events are made: the rule of --event-size, and the workload that fills another's
 * events up.
 *
 * Sizes are bytes of an event's data, without its key; but data and key together are never made larger than
 * EVENT_SIZE_MAX, the most that Kinesis takes. A JSON object gets a last member, `,"padding":"xxxx"`; where
 * less is missing than that takes, and in any other text, blanks: before the last brace of an object, else at
 * the end. An event that is larger already stays as it is: nothing is cut. Pure; one buffer, allocated at
 * birth.
 */
#ifndef FRESHET_EVENT_SIZE_H
#define FRESHET_EVENT_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/workload/workload.h"

enum { EVENT_SIZE_MAX = 1048576 };

enum event_size_kind {
    EVENT_SIZE_FIXED,   /* `low` */
    EVENT_SIZE_UNIFORM, /* low .. high, each as likely */
    EVENT_SIZE_NORMAL,  /* mean `low`, standard deviation `high`, kept within 1 .. EVENT_SIZE_MAX */
};

struct event_size_rule {
    enum event_size_kind kind;
    uint32_t low, high;
};

/* "128B", "uniform:100B:2KiB", "normal:1KiB:200B"; a bare number counts bytes. */
MUST_USE bool event_size_parse(const char *text, struct event_size_rule *out);

/* The events of `inner`, which is taken over, filled up. The caller owns it. */
workload_t *event_size_new(const struct event_size_rule *rule, workload_t *inner, uint64_t seed,
                           uint64_t stream);

#endif
