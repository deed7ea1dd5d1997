/*
 * shape - how a rate or a number of users changes over time: stages, and named shapes of a peak.
 *
 * Pure, open data; copied by assignment. A value is events/s or users. Every shape is a sequence of straight
 * lines: stages exactly, curves cut finely. Time is microseconds since the shape began. One that a function
 * gives (a scenario's) calls it with seconds, in the caller's thread; `context` must live as long.
 */
#ifndef FRESHET_SHAPE_H
#define FRESHET_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

#define SHAPE_FOREVER   UINT64_MAX
#define SHAPE_VALUE_MAX 1e9

enum {
    SHAPE_STAGES_MAX = 100,
    SHAPE_TEXT_MAX = 2049, /* bytes, with the NUL */
    SHAPE_PARAMETERS_MAX = 3,
    SHAPE_POINTS_MAX = 600,  /* of shape_points */
    SHAPE_CURVE_PIECES = 64, /* lines that a period of a sine is cut into; none shorter than the grain */
    SHAPE_GRAIN_US = 250000, /* a function's values are taken so often */
    SHAPE_TOTAL_MAX_S = 31536000,
};

enum shape_kind { SHAPE_NONE, SHAPE_STAGES, SHAPE_STEP, SHAPE_SPIKE, SHAPE_SINE, SHAPE_DAILY, SHAPE_CALLED };

/* The value at `t_s` seconds. False: it ends there. */
typedef bool(shape_fn)(void *context, double t_s, double *value_out);

struct shape_stage {
    uint64_t over_us; /* 0: a jump */
    double value;     /* at its end */
};

struct shape {
    enum shape_kind kind; /* SHAPE_NONE: there is none, and nothing below is read */
    double base;          /* stages: the value they begin at; named ones: the peak */
    struct shape_stage stages[SHAPE_STAGES_MAX];
    size_t stages_count;
    uint64_t period_us; /* step: of each; spike: from one to the next */
    uint64_t length_us; /* spike */
    uint64_t start_us;  /* daily: time of day at which it begins, of a day of 24 h */
    uint64_t steps;
    double low; /* the least, as part of the peak, 0..1 */
    shape_fn *function;
    void *context;
    double factor;             /* of a function's values */
    char text[SHAPE_TEXT_MAX]; /* as it was written */
};

/* A straight line from `from_us` to `to_us`; after it, and for ever when to_us is, it stays at `value_to`. */
struct shape_line {
    uint64_t from_us, to_us;
    double value, value_to;
};

/* The line that holds at `t_us`, from there on; where the value jumps, the one that begins. False: the
 * function has ended; *out is then 0. Stages stay at their last value. */
MUST_USE bool shape_at(const struct shape *self, uint64_t t_us, struct shape_line *out);

/* When it ends the run; SHAPE_FOREVER: never, or as its function says. */
uint64_t shape_total_us(const struct shape *self);

/* The highest value that it has; of a function's, which nobody knows: `base`. */
double shape_peak(const struct shape *self);

/* A shape that a function gives. `text` is its name for people. */
void shape_call(struct shape *self, shape_fn *function, void *context, const char *text);

/* Has it values of its own: stages or a function, not a peak that is set beside it? */
bool shape_own_values(const struct shape *self);

/* All values times `factor` (>= 0); nothing becomes more than SHAPE_VALUE_MAX. */
void shape_scale(struct shape *self, double factor);

/* Value of a line at a moment not before its start, and its integral (value times seconds) between two. */
double shape_line_at(const struct shape_line *self, uint64_t t_us);
double shape_line_sum(const struct shape_line *self, uint64_t from_us, uint64_t to_us);

/* Corners for a drawing, straight lines between; two of the same time are a jump. */
struct shape_point {
    uint64_t t_us;
    double value;
};
/* From 0 to `until_us`; returns how many. Where there are too many corners, evenly spaced points instead. */
size_t shape_points(const struct shape *self, uint64_t until_us, struct shape_point out[SHAPE_POINTS_MAX]);

/* ---- as people write them ---- */

enum { SHAPE_ERROR_MAX = 512 };

/* "30s:10k,5m:50k,30s:0", beginning at `base`. `users`: whole numbers up to 1M. On an error: false; the text
 * names the stage and what is allowed. */
MUST_USE bool shape_parse_stages(const char *text, double base, bool users, struct shape *out,
                                 char error[SHAPE_ERROR_MAX]);

/* "sine" or "sine:period=10m,low=20%", of the peak `base`. */
MUST_USE bool shape_parse(const char *text, double base, struct shape *out, char error[SHAPE_ERROR_MAX]);

/* What there is, for help texts. */
struct shape_parameter {
    const char *name, *fallback, *help;
};
struct shape_row {
    const char *name, *help;
    struct shape_parameter parameters[SHAPE_PARAMETERS_MAX];
    size_t parameters_count;
};
const struct shape_row *shape_list(size_t *count_out);

#endif
