#include "secondary/samples.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/workload/source.h"

#include <stdio.h>

enum { SAMPLE_EVENTS = 100 }; /* of which a mean size is told */

static char *text(const char *bytes, size_t length)
{
    return mem_text_n(bytes, length < WIRE_TEXT_MAX ? length : WIRE_TEXT_MAX);
}

/* The first `count` events of one user; the first `kept` of them become samples of *out. *bytes_out is the
 * mean size of all. */
static bool make(const options_t *options, uint32_t count, size_t kept, struct wire_preflight *out,
                 double *bytes_out, char error[WORKLOAD_ERROR_MAX])
{
    struct workload_source source = source_of(options);
    struct workload_setup setup = {.source = &source, .options = options};
    if (options_text(options, OPT_SEED) != NULL)
        setup.seed = options_count(options, OPT_SEED);
    workload_t *workload = workload_open(&setup, error);
    if (workload == NULL)
        return false;
    workload->ops->begin(workload, 0, count, clock_wall_ms());
    struct event event;
    size_t total = 0;
    bool good = true;
    for (uint32_t i = 0; i < count && good; i++) {
        good = workload->ops->next(workload, i, &event);
        if (!good) {
            snprintf(error, WORKLOAD_ERROR_MAX, "%s", workload->ops->error(workload));
            break;
        }
        if (i < kept)
            out->samples[out->samples_count++] = (struct wire_sample){
                .key = text(event.key, event.key_length), .data = text(event.data, event.data_length)};
        total += event.data_length + event.key_length;
    }
    workload->ops->destroy(&workload);
    *bytes_out = (double)total / count;
    return good;
}

bool samples_event_bytes(const options_t *options, double *out, char error[WORKLOAD_ERROR_MAX])
{
    must(options != NULL && out != NULL && error != NULL);
    return make(options, SAMPLE_EVENTS, 0, NULL, out, error);
}

void samples_make(const options_t *options, struct wire_preflight *out)
{
    must(options != NULL && out != NULL);
    must(out->samples_count == 0);
    char error[WORKLOAD_ERROR_MAX];
    out->ok = make(options, WIRE_SAMPLES_MAX, WIRE_SAMPLES_MAX, out, &out->event_bytes, error);
    if (out->ok)
        return;
    snprintf(out->code, sizeof out->code, "BadOption");
    out->message = mem_text(error);
}
