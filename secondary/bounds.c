#include "secondary/bounds.h"

#include "common/must.h"

#define FIRST_MAX (UINT64_C(1) << 60) /* sums of bounds never overflow */

void bounds_start(struct bounds *self, uint64_t first, uint64_t report_us)
{
    must(self != NULL);
    if (first > FIRST_MAX)
        first = FIRST_MAX;
    *self = (struct bounds){
        .first = first, .report_us = report_us, .in_force = first, .promised = first, .allowance = first};
}

void bounds_need(struct bounds *self, uint64_t allowance)
{
    must(self != NULL);
    self->first = allowance < FIRST_MAX ? allowance : FIRST_MAX;
}

static void measure(struct bounds *self, uint64_t generated, uint64_t now_us)
{
    must(generated >= self->reported);
    if (self->reported_us != 0 && now_us > self->reported_us) {
        double rate = (double)(generated - self->reported) / (double)(now_us - self->reported_us);
        self->rate = rate > self->rate * 0.8 ? rate : self->rate * 0.8; /* up at once, down slowly */
    }
    self->reported = generated;
    self->reported_us = now_us;
}

uint64_t bounds_report(struct bounds *self, uint64_t sequence, uint64_t generated, bool hit, uint64_t now_us)
{
    must(self != NULL && sequence > 0);
    measure(self, generated, now_us);
    double wanted = self->rate * (2.0 * (double)self->report_us + 4.0 * (double)self->delay_us);
    if (hit && wanted < 2.0 * (double)self->allowance)
        wanted = 2.0 * (double)self->allowance; /* the rate seen is that of the brake */
    self->allowance = wanted > (double)self->first ? (uint64_t)wanted : self->first;
    if (self->promised < generated + self->allowance)
        self->promised = generated + self->allowance;
    self->kept[sequence % BOUNDS_KEPT].sequence = sequence;
    self->kept[sequence % BOUNDS_KEPT].bound = self->promised;
    self->kept[sequence % BOUNDS_KEPT].sent_us = now_us;
    return self->promised;
}

void bounds_acknowledged(struct bounds *self, uint64_t sequence, uint64_t now_us)
{
    must(self != NULL);
    size_t at = sequence % BOUNDS_KEPT;
    if (sequence == 0 || self->kept[at].sequence != sequence)
        return; /* of another run, made up, or too long ago: a later one will do */
    if (self->kept[at].bound > self->in_force)
        self->in_force = self->kept[at].bound;
    if (self->kept[at].sent_us == 0)
        return; /* said before: says nothing of the delay */
    uint64_t delay_us = now_us - self->kept[at].sent_us;
    self->kept[at].sent_us = 0;
    self->delay_us =
        delay_us > self->delay_us - self->delay_us / 8 ? delay_us : self->delay_us - self->delay_us / 8;
}

bool bounds_wants_report(const struct bounds *self, uint64_t generated, uint64_t now_us)
{
    must(self != NULL);
    if (now_us < self->reported_us + BOUNDS_EARLY_US)
        return false;
    uint64_t left = self->in_force > generated ? self->in_force - generated : 0;
    return left < self->allowance / 2;
}
