/*
 * scene - the shape that the function shape(t) of the primary's scenario gives the load.
 *
 * A plan says by its shape's kind that it follows the scenario; scene_join hands it the function. It is
 * called in the thread that owns the run, with seconds since the shape began.
 */
#ifndef FRESHET_SCENE_H
#define FRESHET_SCENE_H

#include "common/must.h"
#include "common/options.h"
#include "common/plan.h"

typedef struct scene scene_t;

/* Of the scenario that `options` name; without one it is empty. NULL: the scenario is no good, `error` says
 * where and why. The caller owns it. */
scene_t *scene_new(const options_t *options, char error[OPTIONS_ERROR_MAX]);
void scene_destroy(scene_t **self_p);

/* Let the shape of `plan`, where it is the scenario's, call its function from now on; what failed before is
 * forgotten. `self` must live as long as `plan` is followed. */
void scene_join(scene_t *self, struct plan *plan);

/* Why the function failed since scene_join, or NULL. Borrowed. */
const char *scene_failure(const scene_t *self);

#endif
