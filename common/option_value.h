/*
 * option_value - check one value of an option against its row, and say what is allowed.
 *
 * Pure; keeps nothing.
 */
#ifndef FRESHET_OPTION_VALUE_H
#define FRESHET_OPTION_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"
#include "common/options.h"

enum option_check {
    OPTION_GOOD,
    OPTION_MALFORMED,    /* not of the type at all */
    OPTION_OUT_OF_RANGE, /* of the type, but not within min..max */
};

struct option_value {
    bool flag;       /* OPTION_FLAG */
    int64_t integer; /* OPTION_INTEGER */
    uint64_t whole;  /* OPTION_COUNT; OPTION_DURATION in microseconds; OPTION_SIZE in bytes */
    double real;     /* OPTION_RATE */
};

enum { OPTION_NUMBER_MAX = 128 }; /* bytes of what is no free text; a longer one is malformed */

/* Read `text` by the row's type; *out is set only when it is good. */
MUST_USE enum option_check option_value_parse(const struct option *row, const char *text,
                                              struct option_value *out);

enum { OPTION_ALLOWED_MAX = 192 }; /* bytes, with the NUL */

/* What is allowed, in words: "a whole number from 1 to 500". */
void option_value_allowed(const struct option *row, char out[OPTION_ALLOWED_MAX]);

/* What a malformed value is not: "is not a rate". */
const char *option_value_complaint(const struct option *row);

#endif
