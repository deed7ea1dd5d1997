/*
 * api_series - the Series document of the dashboard: the seconds of a run, thinned to the pixels asked for;
 * and points as bytes, for the history.
 *
 * Pure. When several seconds become one: rates are means over their time, the median is the mean over their
 * events, higher percentiles, lag, CPU and what is in flight keep their worst, users are those at the end,
 * secondaries the fewest.
 */
#ifndef FRESHET_API_SERIES_H
#define FRESHET_API_SERIES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "primary/marks.h"
#include "primary/series.h"

enum { API_SERIES_POINTS_MAX = 5000 };

struct api_series_ask {
    double from_s, to_s; /* seconds since the start, both ends included */
    size_t points_max;   /* 1 .. API_SERIES_POINTS_MAX */
    const char *run_id;  /* borrowed; NULL: null */
    bool rate_model;     /* else nothing was asked for */
    json_t *marks;       /* taken; NULL: none */
};

/* `points` oldest first. */
json_t *api_series(const struct series_point *points, size_t count, const struct api_series_ask *ask);

/* Append points in a form that does not depend on the machine. False: it did not fit. */
MUST_USE bool api_series_pack(const struct series_point *points, size_t count, struct buffer *out);

/* Read what api_series_pack wrote: the points are appended to *points (mem.h, count in *count). False on
 * anything else: nothing changes. */
MUST_USE bool api_series_unpack(const void *bytes, size_t length, struct series_point **points,
                                size_t *count);

#endif
