/*
 * marks - what happened in a run, for the charts: edits, secondaries lost and back, throttling, the stop.
 *
 * Pure; time is an argument, in seconds since the start of the run. The newest MARKS_MAX are kept. One
 * thread.
 */
#ifndef FRESHET_MARKS_H
#define FRESHET_MARKS_H

#include <jansson.h>
#include <stddef.h>

enum { MARKS_MAX = 500, MARK_TEXT_MAX = 160 };

enum mark_kind { MARK_START, MARK_EDIT, MARK_LOST, MARK_RETURNED, MARK_THROTTLED, MARK_STOP };

struct mark {
    double at_s;
    enum mark_kind kind;
    char text[MARK_TEXT_MAX];
};

/* Open data; all zero: none. */
struct marks {
    struct mark list[MARKS_MAX]; /* oldest first */
    size_t count;
};

void marks_add(struct marks *self, double at_s, enum mark_kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "start", "edit", "lost", "returned", "throttled" or "stop". */
const char *marks_name(enum mark_kind kind);

/* The newest `max` of those within [from_s, to_s], as [{"at_s","kind","text"}]. */
json_t *marks_document(const struct marks *self, double from_s, double to_s, size_t max);

#endif
