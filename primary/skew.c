#include "primary/skew.h"

#define WALL_US_MAX (UINT64_C(1) << 62) /* differences of two stay within 64 bits; some 146,000 years */

bool skew_note(struct skew *self, const struct skew_answer *answer, uint64_t now_us, uint64_t wall_us,
               struct skew_sample *out)
{
    must(self != NULL && answer != NULL && out != NULL);
    must(wall_us < WALL_US_MAX);
    if (answer->echo_us == 0 || answer->echo_us > now_us || answer->wall_us >= WALL_US_MAX)
        return false;
    uint64_t whole_us = now_us - answer->echo_us;
    if (answer->held_us > whole_us)
        return false;
    struct skew_sample sample = {.round_trip_us = whole_us - answer->held_us};
    /* Their clock was read when the answer left: half of the way ago. */
    sample.offset_us = (int64_t)answer->wall_us - (int64_t)wall_us + (int64_t)(sample.round_trip_us / 2);
    self->kept[self->next] = *out = sample;
    self->next = (self->next + 1) % SKEW_KEPT;
    if (self->count < SKEW_KEPT)
        self->count++;
    return true;
}

bool skew_best(const struct skew *self, struct skew_sample *out)
{
    must(self != NULL && out != NULL);
    must(self->count <= SKEW_KEPT);
    for (size_t i = 0; i < self->count; i++) {
        if (i == 0 || self->kept[i].round_trip_us < out->round_trip_us)
            *out = self->kept[i];
    }
    return self->count > 0;
}

uint64_t skew_error_us(const struct skew_sample *sample)
{
    must(sample != NULL);
    return sample->round_trip_us / 2 + sample->round_trip_us % 2;
}

uint64_t skew_slowest_us(const struct skew *self)
{
    must(self != NULL);
    uint64_t most_us = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->kept[i].round_trip_us > most_us)
            most_us = self->kept[i].round_trip_us;
    }
    return most_us;
}
