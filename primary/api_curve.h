/*
 * api_curve - what a form asks for over time, to be drawn before the start.
 *
 * Pure, but for the function of a scenario's shape.
 */
#ifndef FRESHET_API_CURVE_H
#define FRESHET_API_CURVE_H

#include <jansson.h>

#include "common/plan.h"

/* {"unit","points":[[t_s,value],...],"ends_s","peak","warm_up_s"}. What has no end of its own is drawn for
 * two periods or a minute. */
json_t *api_curve(const struct plan *plan);

#endif
