#include "primary/scene.h"

#include "common/mem.h"
#include "common/workload/scenario.h"
#include "common/workload/source.h"

#include <stdlib.h>

struct scene {
    scenario_t *scenario; /* owned; NULL: there is none */
    char failure[WORKLOAD_ERROR_MAX];
};

scene_t *scene_new(const options_t *options, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && error != NULL);
    scene_t *self = mem_new(1, sizeof *self);
    struct workload_source source = source_of(options);
    if (source.kind != WORKLOAD_SCENARIO)
        return self;
    self->scenario = scenario_open(&source, error);
    if (self->scenario == NULL)
        scene_destroy(&self);
    return self;
}

void scene_destroy(scene_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    scenario_destroy(&(*self_p)->scenario);
    free(*self_p);
    *self_p = NULL;
}

/* A shape_fn. */
static bool call(void *context, double t_s, double *value_out)
{
    scene_t *self = context;
    return self->failure[0] == '\0' && scenario_shape(self->scenario, t_s, value_out, self->failure);
}

void scene_join(scene_t *self, struct plan *plan)
{
    must(self != NULL && plan != NULL);
    if (plan->shape.kind != SHAPE_CALLED)
        return;
    must(self->scenario != NULL && scenario_has_shape(self->scenario));
    self->failure[0] = '\0';
    plan->shape.function = call;
    plan->shape.context = self;
}

const char *scene_failure(const scene_t *self)
{
    must(self != NULL);
    return self->failure[0] != '\0' ? self->failure : NULL;
}
