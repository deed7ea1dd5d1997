#include "secondary/samples.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/workload/workload.h"

static char *text(const char *bytes, size_t length)
{
    return mem_text_n(bytes, length < WIRE_TEXT_MAX ? length : WIRE_TEXT_MAX);
}

void samples_make(const options_t *options, struct wire_preflight *out)
{
    must(options != NULL && out != NULL);
    must(out->samples_count == 0);
    uint64_t seed = options_text(options, OPT_SEED) != NULL ? options_count(options, OPT_SEED) : 0;
    workload_t *workload = sensor_new(seed, 0);
    workload->ops->begin(workload, 0, WIRE_SAMPLES_MAX, clock_wall_ms());
    struct event event;
    size_t total = 0;
    for (uint32_t i = 0; i < WIRE_SAMPLES_MAX; i++) {
        must(workload->ops->next(workload, i, &event));
        out->samples[out->samples_count++] = (struct wire_sample){
            .key = text(event.key, event.key_length), .data = text(event.data, event.data_length)};
        total += event.data_length + event.key_length;
    }
    workload->ops->destroy(&workload);
    out->event_bytes = (double)total / WIRE_SAMPLES_MAX;
    out->ok = true;
}
