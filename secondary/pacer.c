#include "secondary/pacer.h"

#include <math.h>
#include <string.h>

/* Of the line, `events` after its beginning: is it past its slope? Then how many events past. */
static bool on_the_flat(const struct shape_line *line, double events, double *past_out)
{
    *past_out = events;
    if (line->to_us <= line->from_us)
        return true;
    double slope_s = (double)(line->to_us - line->from_us) / 1e6;
    *past_out = events - (line->value + line->value_to) / 2 * slope_s;
    return *past_out >= 0;
}

static double speed(const struct shape_line *line, double events)
{
    double past;
    if (on_the_flat(line, events, &past) || line->value == line->value_to)
        return line->value_to;
    double slope = (line->value_to - line->value) * 1e6 / (double)(line->to_us - line->from_us);
    return sqrt(fmax(line->value * line->value + 2 * slope * events, 0));
}

/* When so many events of the line are due; PACER_NEVER: they never are. */
static uint64_t moment_us(const struct shape_line *line, double events)
{
    double past, after_us;
    if (on_the_flat(line, events, &past)) {
        if (line->value_to <= 0)
            return PACER_NEVER;
        after_us = (double)(line->to_us > line->from_us ? line->to_us - line->from_us : 0) +
                   past * 1e6 / line->value_to;
    } else {
        /* the root of value * t + slope * t^2 / 2 = events that neither cancels nor divides by zero */
        double sum = line->value + speed(line, events);
        after_us = events <= 0 ? 0 : 2 * events / sum * 1e6;
    }
    return after_us >= 1e18 ? PACER_NEVER : line->from_us + (uint64_t)after_us;
}

static uint32_t size_on(const struct pacer *self, const struct shape_line *line, double events)
{
    double parts = line->to_us > line->from_us ? PACER_CURVE_BATCHES : PACER_BATCHES_PER_S;
    double small = ceil(speed(line, events) / parts);
    if (small >= self->batch_size)
        return self->batch_size;
    return small < 1 ? 1 : (uint32_t)small;
}

/* The first line from `line` on that has so many events before its end. */
static size_t line_of(const struct pacer *self, size_t line, double events)
{
    while (line + 1 < self->count && events >= self->lines[line + 1].before)
        line++;
    return line;
}

/* Size and due time of the next batch. */
static void aim(struct pacer *self)
{
    self->line = line_of(self, self->line, self->taken);
    const struct pacer_line *on = &self->lines[self->line];
    self->size = size_on(self, &on->rate, self->taken - on->before);
    double events = self->taken + self->phase * self->size;
    size_t due = line_of(self, self->line, events);
    self->due_us = moment_us(&self->lines[due].rate, events - self->lines[due].before);
    if (due + 1 < self->count && self->due_us > self->lines[due + 1].rate.from_us)
        self->due_us = self->lines[due + 1].rate.from_us;
}

static void check(const struct shape_line *rate, uint32_t batch_size, double phase)
{
    must(isfinite(rate->value) && rate->value >= 0);
    must(isfinite(rate->value_to) && rate->value_to >= 0);
    must(batch_size > 0);
    must(phase >= 0 && phase <= 1);
}

void pacer_start(struct pacer *self, const struct shape_line *rate, uint32_t batch_size, double phase)
{
    must(self != NULL && rate != NULL);
    check(rate, batch_size, phase);
    *self = (struct pacer){
        .count = 1, .batch_size = batch_size, .phase = phase, .limit_us = (double)rate->from_us};
    self->lines[0].rate = *rate;
    aim(self);
}

/* The two oldest become one of their mean rate. */
static void join_oldest(struct pacer *self)
{
    struct pacer_line *lines = self->lines;
    double span_us = (double)(lines[2].rate.from_us - lines[0].rate.from_us);
    double mean = span_us > 0 ? (lines[2].before - lines[0].before) / span_us * 1e6 : lines[1].rate.value_to;
    lines[0].rate.to_us = lines[0].rate.from_us;
    lines[0].rate.value = lines[0].rate.value_to = mean;
    self->count--;
    memmove(&lines[1], &lines[2], (self->count - 1) * sizeof lines[0]);
}

void pacer_bend(struct pacer *self, const struct shape_line *rate, uint32_t batch_size, double phase)
{
    must(self != NULL && rate != NULL);
    must(self->count > 0);
    check(rate, batch_size, phase);
    const struct pacer_line *last = &self->lines[self->count - 1];
    must(rate->from_us >= last->rate.from_us);
    double before = last->before + shape_line_sum(&last->rate, last->rate.from_us, rate->from_us);
    self->count = self->taken >= before ? 0 : self->count - self->line; /* those done with are not needed */
    memmove(self->lines, &self->lines[self->line], self->count * sizeof self->lines[0]);
    self->line = 0;
    if (self->count > PACER_LINES_MAX)
        join_oldest(self);
    self->lines[self->count++] = (struct pacer_line){.rate = *rate, .before = before};
    self->batch_size = batch_size;
    self->phase = phase;
    aim(self);
}

uint64_t pacer_next_us(const struct pacer *self)
{
    must(self != NULL);
    double allowed = ceil(self->limit_us - PACER_BURST_US);
    return allowed > (double)self->due_us ? (uint64_t)allowed : self->due_us;
}

bool pacer_take(struct pacer *self, uint64_t now_us, uint64_t *due_us_out)
{
    must(self != NULL && due_us_out != NULL);
    if (self->due_us == PACER_NEVER || pacer_next_us(self) > now_us)
        return false;
    uint64_t due_us = self->due_us;
    self->taken += self->size;
    aim(self);
    uint64_t interval_us = self->due_us == PACER_NEVER ? 0 : self->due_us - due_us;
    double from = self->limit_us > (double)now_us ? self->limit_us : (double)now_us;
    self->limit_us = from + (double)interval_us / 2;
    *due_us_out = due_us;
    return true;
}

uint64_t pacer_lag_us(const struct pacer *self, uint64_t now_us)
{
    must(self != NULL);
    return self->due_us < now_us ? now_us - self->due_us : 0;
}
