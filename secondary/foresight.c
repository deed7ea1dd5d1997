#include "secondary/foresight.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/plan.h"
#include "common/workload/recipe.h"
#include "common/workload/replay.h"
#include "common/workload/source.h"
#include "secondary/spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct wire_preflight *out, const char *words)
{
    out->ok = false;
    snprintf(out->code, sizeof out->code, "BadOption");
    free(out->message);
    out->message = mem_text(words);
    return false;
}

static workload_t *open_workload(const options_t *options, char error[WORKLOAD_ERROR_MAX])
{
    struct workload_source source = source_of(options);
    struct workload_setup setup = {.source = &source, .options = options};
    if (options_text(options, OPT_SEED) != NULL)
        setup.seed = options_count(options, OPT_SEED);
    return workload_open(&setup, error);
}

bool foresight_placed(const options_t *options)
{
    struct recipe recipe;
    char error[OPTIONS_ERROR_MAX];
    return recipe_read(options, &recipe, error) && recipe.keys.kind == KEYS_EXPLICIT;
}

/* The workload's own keys, or a file's. */
static bool sample(const options_t *options, uint64_t lines, sink_t *sink, size_t count, double *shares,
                   char error[WORKLOAD_ERROR_MAX])
{
    workload_t *workload = open_workload(options, error);
    if (workload == NULL)
        return false;
    struct plan
        load; /* where it contradicts itself the primary knew which word was the stronger: take the rate */
    bool users = plan_load_from_options(options, &load, error) && load.model == PLAN_USERS;
    struct spread_sample plan = {.workload = workload,
                                 .users = users ? load.users : 0,
                                 .batch_size = (uint32_t)options_count(options, OPT_BATCH_SIZE),
                                 .events = SPREAD_EVENTS,
                                 .wall_ms = clock_wall_ms()};
    if (lines > 0)
        plan.events = lines < SPREAD_KEYS ? lines : SPREAD_KEYS;
    bool good = spread_of_sample(&plan, sink, count, shares);
    if (!good)
        snprintf(error, WORKLOAD_ERROR_MAX, "%s", workload->ops->error(workload));
    workload->ops->destroy(&workload);
    return good;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct wire_predicted *)a)->id, ((const struct wire_predicted *)b)->id);
}

static void tell(sink_t *sink, const double *shares, size_t count, struct wire_preflight *out)
{
    free(out->predicted);
    out->predicted = mem_new(count, sizeof *out->predicted);
    out->predicted_count = count;
    for (size_t i = 0; i < count; i++) {
        sink->ops->shard_name(sink, i, out->predicted[i].id);
        out->predicted[i].share = shares[i] < 0 ? 0 : shares[i] > 1 ? 1 : shares[i]; /* by rounding */
    }
    qsort(out->predicted, count, sizeof *out->predicted, by_id);
}

bool foresight_fill(const options_t *options, sink_t *sink, struct wire_preflight *out)
{
    must(options != NULL && sink != NULL);
    must(out != NULL && out->ok);
    struct recipe recipe;
    char error[WORKLOAD_ERROR_MAX];
    uint64_t lines = 0;
    if (!recipe_read(options, &recipe, error) ||
        (recipe.replay != NULL && !replay_count(recipe.replay, &lines, error)))
        return refuse(out, error);
    out->events = recipe.replay_once ? lines : 0;
    size_t count = (size_t)out->shards;
    if (sink->ops->shard_of == NULL || count == 0 || count > WIRE_SHARDS_MAX)
        return true;
    double *shares = mem_new(count, sizeof *shares);
    bool good = true;
    if (recipe.keys.kind == KEYS_OWN)
        good = sample(options, lines, sink, count, shares, error);
    else
        spread_of_rule(&recipe.keys, sink, count, shares);
    if (good)
        tell(sink, shares, count, out);
    free(shares);
    return good || refuse(out, error);
}
