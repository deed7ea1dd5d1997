#include "common/workload/workload.h"

#include "common/workload/recipe.h"
#include "common/workload/replay.h"
#include "common/workload/scenario.h"
#include "common/workload/template.h"

#include <stdio.h>

static workload_t *open_source(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX])
{
    const struct workload_source *source = setup->source;
    if (source->kind == WORKLOAD_SENSOR)
        return sensor_new(setup->seed, setup->stream);
    if (source->length > WORKLOAD_TEXT_MAX) {
        snprintf(error, WORKLOAD_ERROR_MAX, "%.200s: %zu bytes, at most %d are allowed", source->name,
                 source->length, WORKLOAD_TEXT_MAX);
        return NULL;
    }
    return source->kind == WORKLOAD_TEMPLATE ? template_new(setup, error) : scenario_new(setup, error);
}

static workload_t *open_replay(const struct workload_setup *setup, const struct recipe *recipe,
                               char error[WORKLOAD_ERROR_MAX])
{
    struct replay_setup replay = {
        .path = recipe->replay, .field = recipe->replay_field, .place = setup->stream, .parts = setup->parts};
    return replay_new(&replay, error);
}

workload_t *workload_open(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX])
{
    must(setup != NULL && setup->source != NULL && error != NULL);
    must(setup->options != NULL);
    struct recipe recipe;
    if (!recipe_read(setup->options, &recipe, error))
        return NULL;
    workload_t *source =
        recipe.replay != NULL ? open_replay(setup, &recipe, error) : open_source(setup, error);
    return source != NULL ? recipe_apply(&recipe, source, setup->seed, setup->stream) : NULL;
}
