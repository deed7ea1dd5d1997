#include "secondary/pacer.h"

#include <math.h>
#include <stddef.h>

void pacer_start(struct pacer *self, double rate, uint32_t batch_size, double phase, uint64_t now_us)
{
    must(self != NULL);
    must(isfinite(rate) && rate >= 0 && batch_size > 0);
    must(phase >= 0 && phase <= 1);
    double small = ceil(rate / PACER_BATCHES_PER_S);
    *self = (struct pacer){
        .rate = rate,
        .batch_size = small < batch_size ? (small < 1 ? 1 : (uint32_t)small) : batch_size,
        .phase = phase,
        .start_us = now_us,
        .limit_us = (double)now_us,
    };
    if (rate > 0)
        self->interval_us = self->batch_size * 1e6 / rate;
}

/* Due time of the next batch. Doubles hold microseconds exactly for 285 years. */
static uint64_t due_us(const struct pacer *self)
{
    double after = ((double)self->taken + self->phase) * (self->batch_size * 1e6) / self->rate;
    return after >= 1e18 ? PACER_NEVER : self->start_us + (uint64_t)after;
}

uint64_t pacer_next_us(const struct pacer *self)
{
    must(self != NULL);
    if (self->rate <= 0)
        return PACER_NEVER;
    uint64_t due = due_us(self);
    double allowed = ceil(self->limit_us - PACER_BURST_US);
    return allowed > (double)due ? (uint64_t)allowed : due;
}

bool pacer_take(struct pacer *self, uint64_t now_us, uint64_t *due_us_out)
{
    must(self != NULL && due_us_out != NULL);
    if (pacer_next_us(self) > now_us)
        return false;
    *due_us_out = due_us(self);
    must(*due_us_out <= now_us);
    double from = self->limit_us > (double)now_us ? self->limit_us : (double)now_us;
    self->limit_us = from + self->interval_us / 2;
    self->taken++;
    return true;
}

uint64_t pacer_lag_us(const struct pacer *self, uint64_t now_us)
{
    must(self != NULL);
    if (self->rate <= 0)
        return 0;
    uint64_t due = due_us(self);
    return due < now_us ? now_us - due : 0;
}
