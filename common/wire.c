#include "common/wire.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void entry_fini(struct wire_entry *self)
{
    free(self->response_times);
    free(self->per_second);
    free(self->failures_per_second);
}

static void report_fini(struct wire_report *self)
{
    free(self->due);
    free(self->service);
    free(self->shards);
    for (size_t i = 0; i < self->errors_count; i++)
        free(self->errors[i].message);
    free(self->errors);
}

void wire_preflight_fini(struct wire_preflight *self)
{
    must(self != NULL && self->samples_count <= WIRE_SAMPLES_MAX);
    free(self->message);
    free(self->predicted);
    for (size_t i = 0; i < self->samples_count; i++) {
        free(self->samples[i].key);
        free(self->samples[i].data);
    }
    memset(self, 0, sizeof *self);
}

void wire_preflight_copy(const struct wire_preflight *from, struct wire_preflight *to)
{
    must(from != NULL && to != NULL);
    must(from->samples_count <= WIRE_SAMPLES_MAX);
    *to = *from;
    if (from->message != NULL)
        to->message = mem_text(from->message);
    if (from->predicted_count > 0) {
        to->predicted = mem_new(from->predicted_count, sizeof *to->predicted);
        memcpy(to->predicted, from->predicted, from->predicted_count * sizeof *to->predicted);
    }
    for (size_t i = 0; i < from->samples_count; i++) {
        to->samples[i].key = mem_text(from->samples[i].key);
        to->samples[i].data = mem_text(from->samples[i].data);
    }
}

void wire_fini(struct wire_message *self)
{
    must(self != NULL);
    free(self->host);
    free(self->classes);
    for (size_t i = 0; i < self->options_count; i++)
        free(self->options[i].value);
    free(self->options);
    free(self->workload.text);
    for (size_t i = 0; i < self->entries_count; i++)
        entry_fini(&self->entries[i]);
    free(self->entries);
    entry_fini(&self->total);
    for (size_t i = 0; i < self->failures_count; i++)
        free(self->failures[i].error);
    free(self->failures);
    report_fini(&self->report);
    free(self->text);
    free(self->traceback);
    for (size_t i = 0; i < self->lines_count; i++)
        free(self->lines[i]);
    free(self->lines);
    wire_preflight_fini(&self->preflight);
    memset(self, 0, sizeof *self);
}

int64_t wire_round_ms(double ms)
{
    must(isfinite(ms));
    must(ms >= 0 && ms < 1e15);
    double step = ms < 100 ? 1 : ms < 1000 ? 10 : ms < 10000 ? 100 : 1000;
    /* fmod is exact, so that a half is only seen where there is one. */
    double rest = fmod(ms, step);
    int64_t down = (int64_t)((ms - rest) / step);
    bool up = rest > step / 2 || (rest == step / 2 && down % 2 != 0);
    return (down + (up ? 1 : 0)) * (int64_t)step;
}
