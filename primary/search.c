#include "primary/search.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

#define RAISE        2.0
#define NARROW       1.05 /* the bracket is close enough */
#define ACHIEVED_MIN 0.95
#define CLOSE        1.1   /* of a rate that was lowered after its confirmation failed */
#define JUST_ABOVE   1.045 /* so that a failure there ends it */
#define LIMIT_NEAR   0.97
#define LAG_SHARE    0.05
#define LOWER_FIRST  0.05 /* after a failed confirmation; doubled from the third on */
#define LOWER_MOST   0.5

void search_init(struct search *self, const struct search_plan *plan)
{
    must(self != NULL && plan != NULL);
    must(plan->from > 0 && plan->from <= plan->to && plan->hold_us > 0);
    memset(self, 0, sizeof *self);
    self->plan = *plan;
    self->rate = plan->from;
}

uint64_t search_hold_us(const struct search *self)
{
    must(self != NULL);
    return self->state == SEARCH_CONFIRMING ? 2 * self->plan.hold_us : self->plan.hold_us;
}

/* ---- one hold ---- */

static bool spoken_of(const struct search_plan *plan, enum threshold_metric metric)
{
    for (size_t i = 0; i < plan->conditions.count; i++) {
        if (plan->conditions.list[i].metric == metric)
            return true;
    }
    return false;
}

static bool conditions_met(const struct search_plan *plan, const struct threshold_facts *facts,
                           struct search_step *step)
{
    for (size_t i = 0; i < plan->conditions.count; i++) {
        struct threshold_result result;
        char text[THRESHOLD_TEXT_MAX];
        threshold_judge(&plan->conditions.list[i], facts, &result);
        if (result.state == THRESHOLD_MET)
            continue;
        snprintf(step->why, sizeof step->why, "%s", threshold_explain(&result, text));
        step->throttled = plan->conditions.list[i].metric == THRESHOLD_THROTTLED;
        return false;
    }
    return true;
}

static bool nothing_lost(const struct search_plan *plan, const struct counters *counters,
                         char why[SEARCH_WHY_MAX])
{
    bool failed = counters->failed > 0 && !spoken_of(plan, THRESHOLD_FAILED);
    bool unknown = counters->unknown > 0 && !spoken_of(plan, THRESHOLD_UNKNOWN);
    if (failed)
        snprintf(why, SEARCH_WHY_MAX, "%" PRIu64 " events failed", counters->failed);
    else if (unknown)
        snprintf(why, SEARCH_WHY_MAX, "%" PRIu64 " events ended unknown", counters->unknown);
    return !failed && !unknown;
}

static bool kept_up(const struct search_step *step, uint64_t lag_grown_us, char why[SEARCH_WHY_MAX])
{
    char text[UNITS_TEXT_MAX];
    if (step->achieved < ACHIEVED_MIN) {
        snprintf(why, SEARCH_WHY_MAX, "delivered %s/s, %.3g %% of what was asked",
                 units_print_count(step->delivered_per_s, text), 100 * step->achieved);
        return false;
    }
    if ((double)lag_grown_us > LAG_SHARE * step->seconds * 1e6) {
        snprintf(why, SEARCH_WHY_MAX, "the lag grew by %s", units_print_duration(lag_grown_us, text));
        return false;
    }
    return true;
}

void search_judge(const struct search_plan *plan, const struct threshold_facts *facts, uint64_t lag_grown_us,
                  struct search_step *step)
{
    must(plan != NULL && facts != NULL);
    must(step != NULL && step->rate > 0 && step->seconds > 0);
    step->delivered_per_s = facts->delivered_per_s;
    step->achieved = fmin(facts->delivered_per_s / step->rate, 1);
    step->timed = facts->due->count > 0;
    step->p50_us = step->timed ? histogram_quantile(facts->due, 0.5) : 0;
    step->p99_us = step->timed ? histogram_quantile(facts->due, 0.99) : 0;
    step->throttled_share = threshold_share(THRESHOLD_THROTTLED, &facts->counters, facts->broker);
    step->failed_share = threshold_share(THRESHOLD_FAILED, &facts->counters, facts->broker);
    step->why[0] = '\0';
    step->throttled = false;
    step->held = conditions_met(plan, facts, step) && nothing_lost(plan, &facts->counters, step->why) &&
                 kept_up(step, lag_grown_us, step->why);
}

/* ---- the next rate ---- */

/* To three digits: a rate that one can say. */
static double rounded(double rate)
{
    double unit = pow(10, floor(log10(rate)) - 2);
    return round(rate / unit) * unit;
}

static void stop_at(struct search *self, const struct search_step *step)
{
    char rate[UNITS_TEXT_MAX];
    snprintf(self->stopped_by, sizeof self->stopped_by, "at %s events/s: %s",
             units_print_count(step->rate, rate), step->why);
}

static void note_failure(struct search *self, const struct search_step *step, const struct verdict *verdict)
{
    self->failed = step->rate;
    self->limit_per_s = step->delivered_per_s;
    if (verdict->kind == VERDICT_ON_TARGET) /* its conditions are not the verdict's */
        memset(&self->verdict, 0, sizeof self->verdict);
    else
        self->verdict = *verdict;
    stop_at(self, step);
}

/* Between the bracket's ends. What was delivered when too much was asked is often the limit itself: as long
 * as that is not below what held anyway, it is looked at first, or what is just close enough to end. */
static double between(const struct search *self)
{
    double middle = sqrt(self->held * self->failed);
    bool telling = self->limit_per_s > self->held * LIMIT_NEAR;
    double guess = telling ? fmax(self->limit_per_s, self->held * JUST_ABOVE) : middle;
    double rate = rounded(fmin(guess, middle));
    return rate > self->held && rate < self->failed ? rate : middle;
}

static void narrow(struct search *self)
{
    if (self->failed <= self->held * NARROW) {
        self->state = SEARCH_CONFIRMING;
        self->rate = self->held;
        return;
    }
    self->state = SEARCH_BISECTING;
    self->rate = between(self);
}

static void raised(struct search *self, const struct search_step *step, const struct verdict *verdict)
{
    if (!step->held) {
        note_failure(self, step, verdict);
        if (self->held > 0)
            narrow(self);
        else
            self->state = SEARCH_NONE;
        return;
    }
    self->held = step->rate;
    if (step->rate >= self->plan.to)
        self->state = SEARCH_CONFIRMING;
    else
        self->rate = fmin(step->rate * RAISE, self->plan.to);
}

static void bisected(struct search *self, const struct search_step *step, const struct verdict *verdict)
{
    if (step->held)
        self->held = step->rate;
    else
        note_failure(self, step, verdict);
    narrow(self);
}

static void find(struct search *self)
{
    self->state = SEARCH_FOUND;
    self->found = self->held = self->rate = self->sure;
    if (self->failed <= 0)
        snprintf(self->stopped_by, sizeof self->stopped_by, "nothing: it held up to --to");
}

/* The rate at hand did not hold for longer, and nothing did yet. */
static void lower(struct search *self)
{
    double share = LOWER_FIRST * (self->lowered < 2 ? 1 : pow(2, self->lowered - 1));
    double rate = rounded(self->rate * (1 - fmin(share, LOWER_MOST)));
    self->held = 0;
    self->lowered++;
    if (self->rate <= self->plan.from)
        self->state = SEARCH_NONE;
    else
        self->rate = fmax(rate, self->plan.from);
}

static void confirmed(struct search *self, const struct search_step *step, const struct verdict *verdict)
{
    if (step->held)
        self->held = self->sure = step->rate;
    else
        note_failure(self, step, verdict);
    if (self->sure <= 0)
        lower(self);
    else if (self->failed <= self->sure * CLOSE)
        find(self);
    else
        self->rate = rounded(sqrt(self->sure * self->failed)); /* it was lowered too far */
}

void search_note(struct search *self, const struct search_step *step, const struct verdict *verdict)
{
    must(self != NULL && step != NULL && verdict != NULL);
    must(!search_over(self) && self->steps_count < SEARCH_STEPS_MAX);
    self->steps[self->steps_count++] = *step;
    if (!step->held && !self->again) {
        self->again = true;
        return;
    }
    self->again = false;
    switch (self->state) {
    case SEARCH_RAISING:
        raised(self, step, verdict);
        break;
    case SEARCH_BISECTING:
        bisected(self, step, verdict);
        break;
    default:
        must(self->state == SEARCH_CONFIRMING);
        confirmed(self, step, verdict);
    }
}

void search_stop(struct search *self)
{
    must(self != NULL);
    if (search_over(self))
        return;
    self->state = SEARCH_STOPPED;
    snprintf(self->stopped_by, sizeof self->stopped_by, "the run ended before the search was through");
}

bool search_over(const struct search *self)
{
    must(self != NULL);
    return self->state >= SEARCH_FOUND;
}

/* Holds until `ratio` is narrowed down, each failing and so repeated. */
static double narrowing_holds(double ratio)
{
    double halvings = ratio > NARROW ? ceil(log2(log(ratio) / log(NARROW))) : 0;
    return 2 * halvings;
}

uint64_t search_remaining_us(const struct search *self, uint64_t settle_us)
{
    must(self != NULL);
    double holds = 0;
    if (search_over(self))
        return 0;
    if (self->state == SEARCH_RAISING)
        holds = 1 + ceil(log2(self->plan.to / self->rate)) + 1 + narrowing_holds(RAISE);
    else if (self->state == SEARCH_BISECTING)
        holds = 2 + narrowing_holds(self->failed / self->held);
    double each_us = (double)self->plan.hold_us + (double)settle_us;
    double confirm_us = (double)settle_us + 2 * (double)self->plan.hold_us;
    return (uint64_t)(holds * each_us + confirm_us);
}

const char *search_state_name(enum search_state state)
{
    static const char *const names[] = {"raising", "bisecting", "confirming", "found", "none", "stopped"};
    must(state <= SEARCH_STOPPED);
    return names[state];
}
