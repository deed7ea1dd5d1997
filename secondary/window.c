#include "secondary/window.h"

#include "common/must.h"

#include <stddef.h>

void window_init(struct window *self, uint32_t max, bool adaptive)
{
    must(self != NULL && max > 0);
    *self = (struct window){.now = adaptive && max > WINDOW_FIRST ? WINDOW_FIRST : max, .max = max};
}

static void begin(struct window *self, uint64_t now_us, uint64_t delivered, uint64_t answers, bool held)
{
    self->begin_us = now_us;
    self->begin_events = delivered;
    self->begin_answers = answers;
    self->held = held;
}

static void raise_it(struct window *self, double rate)
{
    self->before = self->now;
    self->rate_before = rate;
    self->now += self->now / 2 > 0 ? self->now / 2 : 1;
    if (self->now > self->max)
        self->now = self->max;
    self->phase = WINDOW_SETTLING;
}

static void judge(struct window *self, uint64_t now_us, double rate)
{
    bool paid = !self->held || rate > self->rate_before * 1.03;
    self->phase = WINDOW_STEADY;
    if (!paid) {
        self->now = self->before;
        self->hold_us = now_us + WINDOW_HOLD_US;
    }
}

void window_turn(struct window *self, uint64_t now_us, uint64_t delivered, uint64_t answers, bool held)
{
    must(self != NULL);
    must(delivered >= self->begin_events && answers >= self->begin_answers);
    if (self->begin_us == 0) {
        begin(self, now_us, delivered, answers, held);
        return;
    }
    self->held = self->held && held;
    uint64_t elapsed_us = now_us - self->begin_us;
    bool turned_over = answers - self->begin_answers >= self->now;
    if (elapsed_us < WINDOW_INTERVAL_US || (!turned_over && elapsed_us < WINDOW_INTERVAL_US_MAX))
        return;
    double rate = (double)(delivered - self->begin_events) / (double)elapsed_us;
    if (self->phase == WINDOW_SETTLING)
        self->phase = WINDOW_PROBING;
    else if (self->phase == WINDOW_PROBING)
        judge(self, now_us, rate);
    if (self->phase == WINDOW_STEADY && self->held && self->now < self->max && now_us >= self->hold_us)
        raise_it(self, rate);
    begin(self, now_us, delivered, answers, held);
}
