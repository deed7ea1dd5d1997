/* What the dashboard asks of the control between its turns: start, edit, stop, reset; and what it may look
 * at. */
#include "primary/control_state.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool loading(const control_t *self)
{
    return self->stage == RUNNING && (self->run.state == RUN_SPAWNING || self->run.state == RUN_RUNNING);
}

bool control_preparing(const control_t *self)
{
    must(self != NULL);
    return self->stage == GATHERING || self->stage == ASKING;
}

bool control_busy(const control_t *self)
{
    return control_preparing(self) || self->stage == RUNNING;
}

static void forget(control_t *self)
{
    series_begin(self->series, clock_us());
    shard_times_begin(self->shard_times);
    baseline_destroy(&self->baseline);
    self->marks.count = 0;
    self->resets = 0;
    self->lost = 0;
    self->throttled_us = 0;
    self->refusal[0] = '\0';
    control_passing_begin(self);
}

uint64_t control_start(control_t *self, const options_t *options, const struct plan *plan)
{
    must(self != NULL && !control_busy(self));
    must(options != NULL && plan != NULL);
    options_t *copy = options_copy(options);
    options_destroy(&self->options);
    self->options = copy;
    forget(self);
    run_init(&self->run, plan);
    scene_join(self->scene, &self->run.plan);
    control_passing_read(self);
    members_options(self->is.members, self->options);
    self->next_id = control_draw_id();
    self->exit_code = 0;
    control_enter(self, GATHERING, clock_us());
    return self->next_id;
}

static bool same(const options_t *a, const options_t *b, size_t index)
{
    const char *x = options_text(a, index), *y = options_text(b, index);
    return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static void say_edit(control_t *self, const struct plan *plan, bool reshaped, uint64_t now_us)
{
    char text[MARK_TEXT_MAX], number[UNITS_TEXT_MAX];
    if (reshaped && plan->shape.kind != SHAPE_NONE)
        snprintf(text, sizeof text, "%s: %.60s", plan->model == PLAN_RATE ? "rate" : "users",
                 plan->shape.text);
    else if (plan->model == PLAN_RATE)
        snprintf(text, sizeof text, "rate: %s events/s", units_print_count(plan->rate, number));
    else
        snprintf(text, sizeof text, "users: %" PRIu64 ", %g a second", plan->users, plan->spawn_rate);
    if (!reshaped && plan->run_time_us != self->run.plan.run_time_us && plan->run_time_us > 0)
        snprintf(text, sizeof text, "run time: %s", units_print_duration(plan->run_time_us, number));
    log_info(self->is.log, "run is changed: %s", text);
    marks_add(&self->marks, control_elapsed_s(self, now_us), MARK_EDIT, "%s", text);
}

static void change(control_t *self, const struct plan *plan, uint64_t now_us)
{
    run_set_run_time(&self->run, plan->run_time_us);
    if (shape_own_values(&plan->shape))
        return;
    if (plan->model == PLAN_RATE) {
        control_obey(self, run_set_rate(&self->run, plan->rate, now_us), now_us);
        return;
    }
    control_obey(self, run_set_spawn_rate(&self->run, plan->spawn_rate, now_us), now_us);
    control_obey(self, run_set_users(&self->run, plan->users, now_us), now_us);
}

bool control_edit(control_t *self, const options_t *options, const struct plan *plan)
{
    must(self != NULL && options != NULL && plan != NULL);
    if (!loading(self))
        return false;
    must(plan->model == self->run.plan.model);
    uint64_t now_us = clock_us();
    bool reshaped = !same(self->options, options, OPT_STAGES) || !same(self->options, options, OPT_SHAPE);
    options_t *copy = options_copy(options);
    options_destroy(&self->options);
    self->options = copy;
    say_edit(self, plan, reshaped, now_us);
    struct plan joined = *plan;
    scene_join(self->scene, &joined);
    if (reshaped)
        control_obey(self, run_set_shape(&self->run, &joined, now_us), now_us);
    else
        change(self, plan, now_us);
    return true;
}

bool control_stop(control_t *self)
{
    must(self != NULL);
    if (control_preparing(self)) {
        control_give_up(self, 0, "stopped before it began");
        return true;
    }
    if (!loading(self))
        return false;
    uint64_t now_us = clock_us();
    control_obey(self, run_stop(&self->run, RUN_END_ASKED, now_us), now_us);
    return true;
}

void control_reset(control_t *self)
{
    must(self != NULL);
    uint64_t now_us = clock_us();
    ledger_t *ledger = members_ledger(self->is.members);
    if (control_preparing(self))
        return;
    if (self->stage == RUNNING) {
        series_clear(self->series);
        baseline_destroy(&self->baseline);
        self->baseline = baseline_new(ledger, now_us);
        self->resets++;
        log_info(self->is.log, "statistics are reset");
        return;
    }
    forget(self);
    members_options(self->is.members, self->options);
    members_clear(self->is.members, now_us);
    run_init(&self->run, &self->run.plan);
}

const char *control_state(const control_t *self)
{
    must(self != NULL);
    return control_preparing(self) ? run_state_name(RUN_SPAWNING) : run_state_name(self->run.state);
}

const char *control_refusal(const control_t *self)
{
    must(self != NULL);
    return self->refusal[0] != '\0' ? self->refusal : NULL;
}

const options_t *control_options(const control_t *self)
{
    must(self != NULL);
    return self->options;
}

const struct run *control_run(const control_t *self)
{
    must(self != NULL);
    return &self->run;
}

const struct marks *control_marks(const control_t *self)
{
    must(self != NULL);
    return &self->marks;
}

const shard_times_t *control_shard_times(const control_t *self)
{
    must(self != NULL);
    return self->shard_times;
}

const series_t *control_series(const control_t *self)
{
    must(self != NULL);
    return self->series;
}

unsigned control_resets(const control_t *self)
{
    must(self != NULL);
    return self->resets;
}
