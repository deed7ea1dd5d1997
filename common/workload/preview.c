#include "common/workload/preview.h"

#include "common/option_table.h"
#include "common/workload/source.h"

#include <stdio.h>

static workload_t *open_first(const options_t *options, char error[WORKLOAD_ERROR_MAX])
{
    struct workload_source source = source_of(options);
    struct workload_setup setup = {.source = &source, .options = options, .parts = 1};
    if (options_text(options, OPT_SEED) != NULL)
        setup.seed = options_count(options, OPT_SEED);
    return workload_open(&setup, error);
}

bool preview_make(const options_t *options, uint64_t count, int64_t now_ms, preview_event_fn *each,
                  void *context, char error[WORKLOAD_ERROR_MAX])
{
    must(options != NULL && each != NULL && error != NULL);
    workload_t *workload = open_first(options, error);
    if (workload == NULL)
        return false;
    uint32_t batch = (uint32_t)options_count(options, OPT_BATCH_SIZE);
    bool good = true, more = true;
    for (uint64_t made = 0; made < count && more; made++) {
        struct event event;
        if (made % batch == 0)
            workload->ops->begin(workload, made / batch, batch, now_ms);
        good = workload->ops->next(workload, (uint32_t)(made % batch), &event);
        more = good && each(context, &event);
    }
    if (!good)
        snprintf(error, WORKLOAD_ERROR_MAX, "%s", workload->ops->error(workload));
    workload->ops->destroy(&workload);
    return good;
}

bool preview_check(const options_t *options, char error[WORKLOAD_ERROR_MAX])
{
    must(options != NULL && error != NULL);
    workload_t *workload = open_first(options, error);
    if (workload == NULL)
        return false;
    workload->ops->destroy(&workload);
    return true;
}
