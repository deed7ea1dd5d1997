#include "primary/control_state.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/units.h"
#include "common/version.h"
#include "common/workload/source.h"
#include "primary/console_text.h"
#include "primary/exit_code.h"
#include "primary/preflight_text.h"
#include "primary/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    PREFLIGHT_US = 15000000, /* how long the target may take to answer */
    SIGNAL_EXIT = 128,       /* + the signal's number */
    GATHER_US = 10000000,    /* with a dashboard: how long a start waits for somebody */
    PLACE_US = 500000,       /* local secondaries are looked for this often */
    KEY_LINE_MAX = 128,
    SHARE_PACE_US = 300, /* between two sharings out, for each secondary: each costs it a message */
};

/* What a secondary says where what was asked is at fault, and not the target. */
#define WRONG_OPTION "BadOption"

uint64_t control_draw_id(void)
{
    uint64_t id = 0;
    while (id == 0) {
        if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
            id = 0;
    }
    return id;
}

control_t *control_new(const struct control_setup *setup, uint64_t now_us)
{
    must(setup != NULL && setup->plan != NULL && setup->members != NULL);
    control_t *self = mem_new(1, sizeof *self);
    self->is = *setup;
    self->stage = setup->dashboard ? IDLE : GATHERING;
    self->since_us = now_us;
    self->series = series_new(SERIES_POINTS_MAX);
    self->shard_times = shard_times_new();
    self->options = options_copy(setup->options);
    self->next_id = control_draw_id();
    char error[OPTIONS_ERROR_MAX];
    self->scene = scene_new(setup->options, error);
    must(self->scene != NULL);
    run_init(&self->run, setup->plan);
    scene_join(self->scene, &self->run.plan);
    control_passing_read(self);
    return self;
}

void control_destroy(control_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    series_destroy(&(*self_p)->series);
    shard_times_destroy(&(*self_p)->shard_times);
    baseline_destroy(&(*self_p)->baseline);
    scene_destroy(&(*self_p)->scene);
    control_passing_fini(*self_p);
    options_destroy(&(*self_p)->options);
    free(*self_p);
    *self_p = NULL;
}

/* It ends without a run: nothing was sent. `why` was told on the log; the dashboard shows it too. */
void control_give_up(control_t *self, int code, const char *why)
{
    snprintf(self->refusal, sizeof self->refusal, "%s", why);
    self->exit_code = code;
    self->ran = false;
    self->stage = self->is.dashboard && !self->quitting ? IDLE : OVER;
    if (self->is.dashboard)
        run_init(&self->run, &self->run.plan);
}

double control_elapsed_s(const control_t *self, uint64_t now_us)
{
    return self->run.started_us > 0 ? (double)(now_us - self->run.started_us) / 1e6 : 0;
}

void control_enter(control_t *self, enum stage stage, uint64_t now_us)
{
    self->stage = stage;
    self->since_us = now_us;
}

/* ---- the run ---- */

static void note_losses(control_t *self, uint64_t now_us)
{
    const ledger_t *ledger = members_ledger(self->is.members);
    size_t lost = ledger_lost_count(ledger);
    size_t left = ledger_alive_count(ledger);
    if (lost > self->lost)
        marks_add(&self->marks, control_elapsed_s(self, now_us), MARK_LOST, "%zu secondar%s lost, %zu left",
                  lost - self->lost, lost - self->lost == 1 ? "y" : "ies", left);
    else if (lost < self->lost)
        marks_add(&self->marks, control_elapsed_s(self, now_us), MARK_RETURNED,
                  "%zu secondar%s back, %zu there", self->lost - lost, self->lost - lost == 1 ? "y" : "ies",
                  left);
    self->lost = lost;
}

/* Do what the run's state machine ordered. */
void control_obey(control_t *self, unsigned orders, uint64_t now_us)
{
    ledger_t *ledger = members_ledger(self->is.members);
    if (orders & RUN_PHASE)
        ledger_phase(ledger, self->run.phase, now_us);
    if (orders & RUN_DISPATCH) {
        size_t told = members_share_out(self->is.members, &self->run, (orders & RUN_ANEW) != 0, now_us);
        self->share_waits = false;
        self->share_us = now_us + told * SHARE_PACE_US;
    }
    if (orders & (RUN_STOP | RUN_CLOSE))
        control_passing_stop(self);
    if (orders & RUN_STOP) {
        log_info(self->is.log, "stopping: %s", run_end_name(&self->run));
        marks_add(&self->marks, control_elapsed_s(self, now_us), MARK_STOP, "%s", run_end_name(&self->run));
        members_stop(self->is.members);
    }
    if (orders & RUN_ABORT)
        self->hurry = true;
    if (orders & RUN_CLOSE) {
        members_name_silent(self->is.members);
        ledger_close(ledger, now_us);
        if (self->stage == RUNNING)
            control_last_point(self, now_us);
        self->stage = self->is.dashboard && !self->quitting ? IDLE : OVER;
    }
}

static void tell_plan(const control_t *self)
{
    const struct plan *plan = &self->run.plan;
    char target[TARGET_TEXT_MAX], load[160], number[UNITS_TEXT_MAX];
    target_print(&plan->target, target);
    if (plan->shape.kind != SHAPE_NONE)
        snprintf(load, sizeof load, "%s=%.100s", plan->model == PLAN_RATE ? "rate" : "users",
                 plan->shape.text);
    else if (plan->model == PLAN_RATE)
        snprintf(load, sizeof load, "rate=%s/s", units_print_count(plan->rate, number));
    else
        snprintf(load, sizeof load, "users=%" PRIu64 " spawn-rate=%g/s", plan->users, plan->spawn_rate);
    struct workload_source source = source_of(self->options);
    bool named = source.kind != WORKLOAD_SENSOR;
    log_info(self->is.log, "run starts: target=%s %s batch-size=%u seed=%" PRIu64 " secondaries=%zu%s%.128s",
             target, load, (unsigned)plan->batch_size, plan->seed,
             roster_alive_count(members_roster(self->is.members)), named ? " workload=" : "",
             named ? source.name : "");
}

/* In the words of an edit. */
static void mark_start(control_t *self)
{
    const struct plan *plan = &self->run.plan;
    char number[UNITS_TEXT_MAX];
    if (plan->shape.kind != SHAPE_NONE)
        marks_add(&self->marks, 0, MARK_START, "%s: %.100s", plan->model == PLAN_RATE ? "rate" : "users",
                  plan->shape.text);
    else if (plan->model == PLAN_RATE)
        marks_add(&self->marks, 0, MARK_START, "rate: %s events/s", units_print_count(plan->rate, number));
    else
        marks_add(&self->marks, 0, MARK_START, "users: %" PRIu64, plan->users);
}

static void begin(control_t *self, uint64_t now_us)
{
    control_enter(self, RUNNING, now_us);
    self->ran = true;
    unsigned orders = run_start(&self->run, self->next_id, now_us, clock_wall_ms());
    mark_start(self);
    tell_plan(self);
    members_begin(self->is.members, &self->run, now_us);
    control_first_point(self, now_us);
    control_passing_begin(self);
    if (members_changed(self->is.members))
        orders |= RUN_DISPATCH;
    control_obey(self, orders, now_us);
}

static void show_progress(control_t *self, uint64_t now_us)
{
    if (self->is.console == NULL || !console_due(self->is.console, now_us))
        return;
    char line[CONSOLE_TEXT_MAX];
    struct snapshot *snapshot = control_snapshot(self, 1);
    size_t width = console_width(self->is.console);
    if (width > 0)
        console_text_live(snapshot, width, line);
    else
        console_text_plain(snapshot, line);
    console_progress(self->is.console, line, now_us);
    snapshot_destroy(&snapshot);
}

/* In a large fleet that grows, shrinks or ramps, several reasons to share out anew are met at once. */
static unsigned pace(control_t *self, unsigned orders, uint64_t now_us)
{
    self->share_waits = self->share_waits || (orders & RUN_DISPATCH) != 0;
    if (self->share_waits && now_us >= self->share_us)
        return orders | RUN_DISPATCH;
    return orders & ~(unsigned)RUN_DISPATCH;
}

static void run_turn(control_t *self, uint64_t now_us)
{
    const char *refusal = members_refusal(self->is.members);
    if (refusal != NULL) {
        bool ours = strncmp(refusal, WRONG_OPTION, strlen(WRONG_OPTION)) == 0;
        log_error(self->is.log, "%s: %s", ours ? "wrong option" : "target refused", refusal);
        members_stop(self->is.members);
        control_give_up(self, ours ? EXIT_CODE_USAGE : EXIT_CODE_TARGET, refusal);
        return;
    }
    struct run_facts facts;
    members_facts(self->is.members, &facts);
    control_points(self, now_us);
    unsigned orders = 0;
    const char *failure = members_failure(self->is.members);
    if (failure == NULL)
        failure = scene_failure(self->scene);
    if (failure != NULL && self->run.ended_by != RUN_END_ERROR)
        orders = run_fail(&self->run, failure, now_us);
    orders |= run_tick(&self->run, &facts, now_us, clock_wall_ms());
    bool loading = self->run.state == RUN_SPAWNING || self->run.state == RUN_RUNNING;
    if (loading && now_us >= self->share_us && members_changed(self->is.members)) {
        log_info(self->is.log, "load is shared out anew: secondaries=%zu",
                 roster_alive_count(members_roster(self->is.members)));
        orders |= RUN_DISPATCH;
    }
    control_obey(self, loading ? pace(self, orders, now_us) : orders, now_us);
    if (self->stage != RUNNING)
        return;
    control_passing_turn(self, now_us);
    note_losses(self, now_us);
    show_progress(self, now_us);
}

/* ---- before the run ---- */

/* The dashboard goes on with those that are there, unless a number was asked for. */
static bool enough(const control_t *self, size_t there, uint64_t now_us)
{
    return self->is.dashboard && there > 0 && !options_given(self->is.options, OPT_EXPECT_SECONDARIES) &&
           now_us - self->since_us >= GATHER_US / 2;
}

static uint64_t patience_us(const control_t *self)
{
    bool asked = options_given(self->is.options, OPT_EXPECT_SECONDARIES) ||
                 options_given(self->is.options, OPT_EXPECT_SECONDARIES_MAX_WAIT);
    return self->is.dashboard && !asked ? GATHER_US : self->is.max_wait_us;
}

static void gather(control_t *self, uint64_t now_us)
{
    size_t there = members_fit_count(self->is.members, &self->run.plan);
    int failure = self->is.local != NULL ? local_failure(self->is.local) : 0;
    if (failure != 0) {
        log_error(self->is.log, "local secondaries can't start; nothing was sent");
        control_give_up(self, failure, "local secondaries can't start");
    } else if (there >= self->is.expected ? there > 0 : enough(self, there, now_us)) {
        control_enter(self, members_ask_preflight(self->is.members, now_us) ? ASKING : RUNNING, now_us);
        if (self->stage == RUNNING)
            begin(self, now_us);
    } else if (patience_us(self) > 0 && now_us - self->since_us >= patience_us(self)) {
        char waited[UNITS_TEXT_MAX];
        char text[CONTROL_TEXT_MAX];
        snprintf(text, sizeof text, "%zu of %zu expected secondaries came within %s", there,
                 self->is.expected, units_print_duration(patience_us(self), waited));
        log_error(self->is.log, "%s; nothing was sent", text);
        control_give_up(self, EXIT_CODE_NO_SECONDARIES, text);
    }
}

static void ask(control_t *self, uint64_t now_us)
{
    const struct wire_preflight *answer = members_preflight(self->is.members);
    if (answer == NULL) {
        if (now_us - self->since_us < PREFLIGHT_US)
            return;
        log_error(self->is.log, "no word from the target within %d s; nothing was sent",
                  PREFLIGHT_US / 1000000);
        control_give_up(self, EXIT_CODE_TARGET, "no word from the target");
        return;
    }
    const char *message = answer->message != NULL ? answer->message : "";
    if (!answer->ok) {
        char why[CONTROL_TEXT_MAX];
        snprintf(why, sizeof why, "%.100s: %.380s", answer->code, message);
        if (strcmp(answer->code, WRONG_OPTION) == 0) { /* only its client could tell */
            log_error(self->is.log, "wrong option: %s; nothing was sent", message);
            control_give_up(self, EXIT_CODE_USAGE, message);
            return;
        }
        log_error(self->is.log, "target refused: %s; nothing was sent", why);
        control_give_up(self, EXIT_CODE_TARGET, why);
        return;
    }
    char text[PREFLIGHT_TEXT_MAX];
    if (preflight_text_facts(answer, &self->run.plan, text))
        log_info(self->is.log, "%s", text);
    if (message[0] != '\0')
        log_warning(self->is.log, "%s", message);
    if (preflight_text_warning(answer, &self->run.plan, text))
        log_warning(self->is.log, "%s", text);
    if (preflight_text_keys(answer, &self->run.plan, text))
        log_warning(self->is.log, "%s", text);
    if (answer->events > 0 && answer->events < self->run.plan.events)
        self->run.plan.events = answer->events;
    begin(self, now_us);
}

/* Which secondaries are our own, and where. */
static void place_local(control_t *self, uint64_t now_us)
{
    if (now_us < self->place_us)
        return;
    self->place_us = now_us + PLACE_US;
    roster_t *roster = members_roster(self->is.members);
    for (size_t i = 0; i < roster_count(roster); i++) {
        if (roster_alive(roster, i) && roster_at(roster, i)->process == ROSTER_PROCESS_REMOTE)
            roster_set_process(roster, i, local_core(self->is.local, roster_at(roster, i)->id));
    }
}

/* ---- what the loop calls ---- */

bool control_turn(control_t *self)
{
    must(self != NULL);
    uint64_t now_us = clock_us();
    if (self->is.local != NULL) {
        local_turn(self->is.local, now_us);
        place_local(self, now_us);
    }
    members_sweep(self->is.members, now_us);
    if (self->stage == GATHERING)
        gather(self, now_us);
    else if (self->stage == ASKING)
        ask(self, now_us);
    else if (self->stage == RUNNING)
        run_turn(self, now_us);
    return self->stage == OVER;
}

bool control_signal(control_t *self, int signal)
{
    must(self != NULL);
    if (self->stage == OVER)
        return true;
    self->quitting = true;
    if (self->stage == IDLE)
        self->stage = OVER; /* what became of the last run stays the exit code */
    else if (self->stage == RUNNING)
        control_obey(self, run_signal(&self->run, signal, clock_us(), clock_wall_ms()), clock_us());
    else
        control_give_up(self, SIGNAL_EXIT + signal, "interrupted");
    return self->stage == OVER;
}

void control_children(control_t *self)
{
    must(self != NULL && self->is.local != NULL);
    local_reap(self->is.local, clock_us());
}

/* What a key changes; false: nothing. `line` says it. */
static bool apply_key(control_t *self, enum console_key key, uint64_t now_us, char line[KEY_LINE_MAX])
{
    struct plan plan = self->run.plan;
    double factor = console_factor(key);
    bool own = shape_own_values(&plan.shape);
    char number[UNITS_TEXT_MAX];
    if (own ? factor == 1 : !console_apply(key, &plan))
        return false;
    if (own) {
        control_obey(self, run_scale(&self->run, factor, now_us), now_us);
        snprintf(line, KEY_LINE_MAX, "all of %.40s: %+.0f %%", plan.shape.text, (factor - 1) * 100);
    } else if (plan.model == PLAN_USERS) {
        control_obey(self, run_set_users(&self->run, plan.users, now_us), now_us);
        snprintf(line, KEY_LINE_MAX, "users: %" PRIu64, plan.users);
    } else {
        control_obey(self, run_set_rate(&self->run, plan.rate, now_us), now_us);
        snprintf(line, KEY_LINE_MAX, "rate: %s events/s", units_print_count(plan.rate, number));
    }
    return true;
}

void control_key(control_t *self, enum console_key key)
{
    must(self != NULL);
    bool loading = self->run.state == RUN_SPAWNING || self->run.state == RUN_RUNNING;
    loading = loading && !self->watch.passing.searches; /* it sets the rate itself */
    uint64_t now_us = clock_us();
    char line[KEY_LINE_MAX];
    if (self->stage != RUNNING || !loading || !apply_key(self, key, now_us, line))
        return;
    if (self->is.console != NULL)
        console_say(self->is.console, line);
    marks_add(&self->marks, control_elapsed_s(self, now_us), MARK_EDIT, "%s", line);
}

bool control_ran(const control_t *self)
{
    must(self != NULL);
    return self->ran;
}

bool control_hurry(const control_t *self)
{
    must(self != NULL);
    return self->hurry;
}

int control_exit_code(const control_t *self)
{
    must(self != NULL);
    return self->exit_code;
}

struct snapshot *control_snapshot(control_t *self, size_t points_max)
{
    must(self != NULL);
    struct snapshot_sources sources = {.version = FRESHET_VERSION,
                                       .run = &self->run,
                                       .roster = members_roster(self->is.members),
                                       .ledger = members_ledger(self->is.members),
                                       .series = self->series,
                                       .stock = members_stock(self->is.members),
                                       .preflight = members_preflight(self->is.members),
                                       .baseline = self->baseline,
                                       .thresholds = &self->watch.passing.thresholds,
                                       .steady = self->watch.steady,
                                       .users = members_users(self->is.members),
                                       .replaced = members_joined_later(self->is.members),
                                       .now_us = clock_us(),
                                       .wall_ms = clock_wall_ms(),
                                       .points_max = points_max,
                                       .exit_code_on_error =
                                           (int)options_count(self->is.options, OPT_EXIT_CODE_ON_ERROR)};
    if (self->watch.passing.searches && self->run.state != RUN_READY) {
        sources.search = &self->watch.search;
        sources.search_activity = control_search_activity(self);
        sources.search_remaining_us = control_search_remaining_us(self, sources.now_us);
    }
    return snapshot_make(&sources);
}
