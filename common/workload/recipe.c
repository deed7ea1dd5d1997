#include "common/workload/recipe.h"

#include "common/option_table.h"
#include "common/quote.h"

#include <stdio.h>

static bool refuse(const options_t *options, size_t index, const char *allowed, char error[OPTIONS_ERROR_MAX])
{
    char quoted[QUOTE_MAX];
    snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s is not understood; allowed is %s",
             options_row(options, index)->name, quote(options_text(options, index), quoted), allowed);
    return false;
}

static bool contradict(const options_t *options, size_t index, const char *words,
                       char error[OPTIONS_ERROR_MAX])
{
    snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s", options_row(options, index)->name, words);
    return false;
}

static bool read_replay(const options_t *options, struct recipe *out, char error[OPTIONS_ERROR_MAX])
{
    out->replay = options_text(options, OPT_REPLAY);
    out->replay_field = options_text(options, OPT_REPLAY_KEY);
    out->replay_once = options_flag(options, OPT_REPLAY_ONCE);
    if (out->replay == NULL && out->replay_field != NULL)
        return contradict(options, OPT_REPLAY_KEY, "needs --replay FILE", error);
    if (out->replay == NULL && out->replay_once)
        return contradict(options, OPT_REPLAY_ONCE, "needs --replay FILE", error);
    return true;
}

bool recipe_read(const options_t *options, struct recipe *out, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && out != NULL && error != NULL);
    struct recipe recipe = {.replay = NULL};
    if (!keys_parse(options_text(options, OPT_PARTITION_KEYS), &recipe.keys))
        return refuse(
            options, OPT_PARTITION_KEYS,
            "per-sensor, uniform:N, zipf:N:S (S above 0, up to 10), hot:SHARE:N (SHARE as 30% or 0.3) or "
            "explicit, with 1 to 1G keys N",
            error);
    const char *size = options_text(options, OPT_EVENT_SIZE);
    recipe.sized = size != NULL;
    if (recipe.sized && !event_size_parse(size, &recipe.size))
        return refuse(
            options, OPT_EVENT_SIZE,
            "a size up to 1MiB, as 128B, uniform:A:B (from A to B) or normal:M:S (mean and deviation)",
            error);
    if (!read_replay(options, &recipe, error))
        return false;
    *out = recipe;
    return true;
}

workload_t *recipe_apply(const struct recipe *recipe, workload_t *source, uint64_t seed, uint64_t stream)
{
    must(recipe != NULL && source != NULL);
    workload_t *workload = source;
    if (recipe->keys.kind != KEYS_OWN)
        workload = keys_new(&recipe->keys, workload, seed, stream);
    if (recipe->sized) /* outermost: it has to know the key, which counts where there is a limit */
        workload = event_size_new(&recipe->size, workload, seed, stream);
    return workload;
}
