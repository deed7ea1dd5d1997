/* What the run must meet: the books that thresholds are judged from, and the conditions that end it early. */
#include "primary/control_state.h"

#include <stdlib.h>

#define JUDGE_US UINT64_C(1000000) /* tripwires are judged this often */

void control_passing_read(control_t *self)
{
    char error[OPTIONS_ERROR_MAX];
    must(passing_read(self->options, &self->run.plan, &self->watch.passing, error));
    control_passing_begin(self);
}

void control_passing_begin(control_t *self)
{
    struct watch *watch = &self->watch;
    baseline_destroy(&watch->steady);
    stretch_destroy(&watch->second);
    for (size_t i = 0; i < watch->passing.tripwire.count; i++)
        watch->passing.tripwire.rules[i].since_us = 0;
    control_search_begin(self);
}

void control_passing_fini(control_t *self)
{
    baseline_destroy(&self->watch.steady);
    stretch_destroy(&self->watch.second);
    stretch_destroy(&self->watch.hold);
}

/* Each second, on what happened in it. */
static void judge_tripwires(control_t *self, uint64_t now_us)
{
    struct watch *watch = &self->watch;
    const ledger_t *ledger = members_ledger(self->is.members);
    if (watch->passing.tripwire.count == 0)
        return;
    const struct tripwire_rule *tripped = NULL;
    double asked = run_asked(&self->run, now_us);
    if (watch->second != NULL) {
        uint64_t from_us = stretch_begun_us(watch->second);
        if (now_us - from_us < JUDGE_US)
            return;
        double asked_per_s = (asked - watch->asked) * 1e6 / (double)(now_us - from_us);
        struct threshold_facts facts = *stretch_facts(watch->second, ledger, asked_per_s, now_us);
        facts.broker = self->run.plan.target.kind == TARGET_KAFKA;
        tripped =
            tripwire_judge(&watch->passing.tripwire, &facts, self->run.phase == PHASE_RAMP, from_us, now_us);
    }
    stretch_destroy(&watch->second);
    watch->second = stretch_new(ledger, now_us);
    watch->asked = asked;
    if (tripped != NULL)
        control_obey(self, run_abort(&self->run, tripped->text, now_us), now_us);
}

void control_passing_turn(control_t *self, uint64_t now_us)
{
    struct watch *watch = &self->watch;
    if (self->run.state != RUN_SPAWNING && self->run.state != RUN_RUNNING)
        return;
    if (self->run.steady_us > 0 && watch->steady == NULL && watch->passing.thresholds.count > 0)
        watch->steady = baseline_new(members_ledger(self->is.members), now_us);
    judge_tripwires(self, now_us);
    if (watch->passing.searches)
        control_search_turn(self, now_us);
}

void control_passing_stop(control_t *self)
{
    struct watch *watch = &self->watch;
    watch->activity = ACTIVITY_OVER;
    if (watch->passing.searches)
        search_stop(&watch->search);
}
