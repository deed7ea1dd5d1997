#include "tests/bench/bench_body.h"

#include "common/must.h"

enum { EVENT_BODY_BYTES_MAX = 400 }; /* a reading and its key, encoded */

void bench_body_init(struct batch *batch, uint32_t events)
{
    batch_init(batch, events, 1024 + (size_t)events * EVENT_BODY_BYTES_MAX);
}

void bench_body_fill(struct batch *batch, const struct putrecords *form, workload_t *workload, uint64_t user,
                     uint32_t events, int64_t now_ms)
{
    batch_clear(batch);
    putrecords_begin(form, batch);
    workload->ops->begin(workload, user, events, now_ms);
    for (uint32_t sensor = 0; sensor < events; sensor++) {
        struct event event;
        bool added = workload->ops->next(workload, sensor, &event) && putrecords_append(form, batch, &event);
        must(added);
    }
    putrecords_close(batch);
}
