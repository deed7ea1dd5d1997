#include "secondary/samples.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/workload/preview.h"

#include <stdio.h>

enum { SAMPLE_EVENTS = 100 }; /* of which a mean size is told */

struct samples {
    struct wire_preflight *out; /* NULL: only sizes are wanted */
    size_t total;
};

static char *text(const char *bytes, size_t length)
{
    return mem_text_n(bytes, length < WIRE_TEXT_MAX ? length : WIRE_TEXT_MAX);
}

static bool take(void *context, const struct event *event)
{
    struct samples *self = context;
    self->total += event->data_length + event->key_length;
    if (self->out != NULL)
        self->out->samples[self->out->samples_count++] = (struct wire_sample){
            .key = text(event->key, event->key_length), .data = text(event->data, event->data_length)};
    return true;
}

bool samples_event_bytes(const options_t *options, double *out, char error[WORKLOAD_ERROR_MAX])
{
    must(options != NULL && out != NULL && error != NULL);
    struct samples samples = {.total = 0};
    bool good = preview_make(options, SAMPLE_EVENTS, clock_wall_ms(), take, &samples, error);
    *out = (double)samples.total / SAMPLE_EVENTS;
    return good;
}

void samples_make(const options_t *options, struct wire_preflight *out)
{
    must(options != NULL && out != NULL);
    must(out->samples_count == 0);
    struct samples samples = {.out = out};
    char error[WORKLOAD_ERROR_MAX];
    out->ok = preview_make(options, WIRE_SAMPLES_MAX, clock_wall_ms(), take, &samples, error);
    out->event_bytes = (double)samples.total / WIRE_SAMPLES_MAX;
    if (out->ok)
        return;
    snprintf(out->code, sizeof out->code, "BadOption");
    out->message = mem_text(error);
}
