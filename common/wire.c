#include "common/wire.h"

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

void wire_fini(struct wire_message *self)
{
    must(self != NULL);
    free(self->host);
    free(self->classes);
    for (size_t i = 0; i < self->options_count; i++)
        free(self->options[i].value);
    free(self->options);
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
    free(self->preflight.message);
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
