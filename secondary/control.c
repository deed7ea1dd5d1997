/* What the primary orders, and the phases that follow from it. */
#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/workload/source.h"
#include "secondary/engine_parts.h"
#include "secondary/samples.h"
#include "secondary/travelled.h"
#include "secondary/users.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void control_say(struct engine *self, enum wire_type type)
{
    struct wire_message message = {.type = type};
    self->sent |= link_send(self->setup.link, &message);
}

static bool target_of(const options_t *options, const struct wire_message *message, struct target *out,
                      char error[OPTIONS_ERROR_MAX])
{
    const char *text =
        message->host != NULL && message->host[0] != '\0' ? message->host : options_text(options, OPT_TARGET);
    if (text == NULL) {
        snprintf(error, OPTIONS_ERROR_MAX, "no target: set the host, or --target of the secondary");
        return false;
    }
    return target_parse(text, out, error, OPTIONS_ERROR_MAX);
}

static void log_books(struct engine *self)
{
    if (self->used == NULL || self->books_told)
        return;
    self->books_told = true;
    const struct counters *counters = &self->used->tally->counters;
    char text[160];
    snprintf(text, sizeof text, "run ended generated=%llu delivered=%llu failed=%llu unknown=%llu",
             (unsigned long long)counters->generated, (unsigned long long)counters->delivered,
             (unsigned long long)counters->failed, (unsigned long long)counters->unknown);
    if (self->after == AFTER_ORPHANED) /* nobody else will tell */
        log_warning(self->setup.log, "%s", text);
    else
        log_info(self->setup.log, "%s", text);
}

/* A run whose stop was missed may still have batches with the sink: they are settled as unknown before their
 * arenas go. */
static void drop_run(struct engine *self, uint64_t now_us)
{
    if (self->load != NULL && !load_drained(self->load)) {
        log_warning(self->setup.log, "another run begins: what is in flight of the one before is given up");
        load_stop(self->load, now_us);
        load_abandon(self->load, now_us, clock_wall_ms());
    }
    log_books(self);
    load_destroy(&self->load);
    if (self->workload != NULL)
        self->workload->ops->destroy(&self->workload);
    prepared_destroy(&self->used);
}

/* The books are complete: tell, and wait for a freshet primary to have heard it. */
static void finish(struct engine *self, uint64_t now_us)
{
    if (self->after == AFTER_LEASE_LOST) {
        self->phase = PHASE_READY;
        return;
    }
    if (!self->closed) {
        self->ended_us = now_us;
        self->ended_cpu_us = clock_cpu_us();
    }
    self->closed = true;
    self->phase = PHASE_FINAL;
    bool tell = self->joined && self->after != AFTER_ORPHANED;
    if (tell)
        report_stats(self, true, now_us);
    bool books = self->load != NULL; /* without a run there is nothing for the primary to take in */
    self->final_until_us = tell && self->freshet && books ? now_us + FINAL_WAIT_US : now_us;
}

static void fail(struct engine *self, const char *reason, const char *detail, uint64_t now_us)
{
    log_error(self->setup.log, "can't run: %s: %s", reason, detail);
    char text[WIRE_TEXT_MAX];
    snprintf(text, sizeof text, "%.200s: %.1800s", reason, detail);
    struct wire_message message = {.type = WIRE_EXCEPTION, .text = text, .traceback = text};
    self->sent |= link_send(self->setup.link, &message);
    self->phase = PHASE_READY;
    if (self->freshet)
        report_stats(self, true, now_us);
    self->closed = true;
}

/* Events that the share needs from one report's acknowledgement to the next: two intervals of the highest of
 * its rate and a batch, or two batches a user. */
static uint64_t allowance(const struct engine *self)
{
    const struct load_share *wanted = &self->wanted;
    if (wanted->rate < 0)
        return UINT64_C(2) * (wanted->users > 0 ? wanted->users : 1) * wanted->batch_size;
    double events =
        fmin(fmax(wanted->rate, wanted->rate_to), 1e12) * 2.0 * (double)self->share.report_us / 1e6;
    return wanted->batch_size + (uint64_t)fmin(events, 1e15);
}

static bool open_workload(struct engine *self, uint64_t seed, uint64_t now_us)
{
    struct workload_source source = source_of(self->options);
    struct workload_setup setup = {.source = &source,
                                   .options = self->options,
                                   .seed = seed,
                                   .stream = self->share.index,
                                   .parts = self->share.parts,
                                   .run_id = self->run_id};
    char error[WORKLOAD_ERROR_MAX];
    self->workload = workload_open(&setup, error);
    if (self->workload == NULL)
        fail(self, "BadOption", error, now_us);
    return self->workload != NULL;
}

static void start_run(struct engine *self, struct prepared *prepared, uint64_t now_us)
{
    must(self->load == NULL && prepared->sink != NULL);
    uint64_t seed = options_text(self->options, OPT_SEED) != NULL ? options_count(self->options, OPT_SEED)
                                                                  : (uint64_t)clock_wall_ms() + now_us;
    if (!open_workload(self, seed, now_us)) {
        self->spare = prepared; /* for another run */
        return;
    }
    self->used = prepared;
    stock_clear(&self->stock, (double)clock_wall_ms() / 1000);
    struct load_setup setup = {
        .sink = prepared->sink,
        .workload = self->workload,
        .tally = prepared->tally,
        .stock = &self->stock,
        .rate_model = self->wanted.rate >= 0,
        .connections_max = (uint32_t)options_count(self->options, OPT_MAX_CONNECTIONS),
        .retries_max = options_count(self->options, OPT_MAX_RETRIES),
        .batch_bytes = options_size(self->options, OPT_BATCH_BYTES),
        .seed = seed,
        .index = self->share.index,
    };
    self->load = load_new(&setup, now_us);
    self->books_told = self->failed = false;
    self->begin_us = now_us;
    self->ended_us = 0;
    self->begin_cpu_us = clock_cpu_us();
    bounds_start(&self->bounds, self->share.bound, self->share.report_us);
    bounds_need(&self->bounds, allowance(self));
    load_bound(self->load, self->freshet ? self->bounds.in_force : UINT64_MAX);
    load_share(self->load, &self->wanted, now_us);
    self->phase = PHASE_RUNNING;
    self->report_due_us = now_us;
    report_complete(self, now_us);
    log_info(self->setup.log, "run started run=%llu", (unsigned long long)self->run_id);
}

/* Open what the spawn wants, unless a preflight has done it already. */
static void open_sink(struct engine *self, uint64_t now_us)
{
    must(self->phase == PHASE_OPENING);
    if (prepare_busy(self->prepare))
        return; /* control_prepared comes back here */
    struct prepared *spare = self->spare;
    self->spare = NULL;
    if (spare != NULL && prepared_fits(spare, self->options, &self->target)) {
        start_run(self, spare, now_us);
        return;
    }
    prepared_destroy(&spare);
    prepare_start(self->prepare, self->options, &self->target, false, NULL);
}

static void start_ask(struct engine *self)
{
    if (!self->ask_waiting || prepare_busy(self->prepare) || self->phase == PHASE_OPENING)
        return;
    self->ask_waiting = false;
    self->asked_id = self->ask_id;
    struct prepared *spare = self->spare;
    self->spare = NULL;
    if (spare != NULL && !prepared_fits(spare, self->ask_options, &self->ask_target))
        prepared_destroy(&spare);
    prepare_start(self->prepare, self->ask_options, &self->ask_target, true, spare);
}

static void answer_ask(struct engine *self, struct prepared *prepared)
{
    struct wire_message message = {.type = WIRE_PREFLIGHT_ANSWER, .preflight = prepared->preflight};
    message.preflight.id = self->asked_id;
    self->sent |= link_send(self->setup.link, &message); /* the answer's message stays the prepared's */
}

void control_prepared(struct engine *self, uint64_t now_us)
{
    struct prepared *prepared = prepare_take(self->prepare);
    if (prepared == NULL)
        return;
    if (prepared->asked) {
        answer_ask(self, prepared);
        prepared->asked = false;
    } else if (self->phase == PHASE_OPENING && prepared->sink == NULL && !self->done) {
        fail(self, prepared->error.code, prepared->error.message, now_us);
    }
    if (prepared->sink == NULL)
        prepared_destroy(&prepared);
    prepared_destroy(&self->spare);
    self->spare = prepared;
    if (self->phase == PHASE_OPENING)
        open_sink(self, now_us);
    start_ask(self);
}

static void take_ask(struct engine *self, const struct wire_message *message)
{
    char error[OPTIONS_ERROR_MAX] = "";
    self->ask_id = message->run_id;
    options_destroy(&self->ask_options);
    self->ask_options = travelled_options(self->setup.options, message, self->freshet, NULL, error);
    if (message->samples_only && self->ask_options != NULL) {
        struct wire_message answer = {.type = WIRE_PREFLIGHT_ANSWER};
        samples_make(self->ask_options, &answer.preflight);
        answer.preflight.id = message->run_id;
        self->sent |= link_send(self->setup.link, &answer);
        wire_preflight_fini(&answer.preflight);
        return;
    }
    if (self->ask_options != NULL && target_of(self->ask_options, message, &self->ask_target, error)) {
        self->ask_waiting = true;
        start_ask(self);
        return;
    }
    struct wire_message answer = {.type = WIRE_PREFLIGHT_ANSWER, .preflight.message = error};
    answer.preflight.id = message->run_id;
    snprintf(answer.preflight.code, sizeof answer.preflight.code, "BadOption");
    self->sent |= link_send(self->setup.link, &answer);
}

/* The share in the engine's own terms. False and an error when it can't be obeyed. */
static bool take_share(struct engine *self, const struct wire_message *message, char error[OPTIONS_ERROR_MAX])
{
    struct load_share *wanted = &self->wanted;
    uint64_t users = 0;
    self->classes_count = message->classes_count;
    for (size_t i = 0; i < message->classes_count; i++) {
        self->classes[i] = message->classes[i];
        users += message->classes[i].users < USERS_MAX ? message->classes[i].users : USERS_MAX;
    }
    *wanted = (struct load_share){.rate = -1, .quota = UINT64_MAX, .users = (uint32_t)users};
    wanted->batch_size = (uint32_t)options_count(self->options, OPT_BATCH_SIZE);
    self->stop_timeout_us = (uint64_t)(fmin(message->stop_timeout_s, 86400) * 1e6);
    self->share =
        message->has_freshet ? message->share : (struct wire_share){.rate = -1, .index = self->place};
    if (message->has_freshet) {
        wanted->rate = message->share.rate;
        wanted->rate_to = message->share.rate_to;
        wanted->over_us = message->share.over_us;
        wanted->bends = message->share.bends;
        wanted->epoch = message->share.epoch;
        wanted->phase = message->share.phase;
        wanted->quota = message->share.quota;
    }
    const char *wait = options_text(self->options, OPT_WAIT_TIME);
    if (users > USERS_MAX) {
        snprintf(error, OPTIONS_ERROR_MAX, "%llu users are more than one secondary holds",
                 (unsigned long long)users);
        return false;
    }
    if (!plan_parse_wait(wait, &wanted->wait)) {
        snprintf(error, OPTIONS_ERROR_MAX, "--wait-time: %.64s is not a wait", wait);
        return false;
    }
    return true;
}

/* Does the spawn belong to the run whose books are open? */
static bool is_same_run(const struct engine *self, const struct wire_message *message)
{
    if (message->has_freshet)
        return self->run_id == message->share.run_id;
    return self->phase == PHASE_RUNNING || self->phase == PHASE_OPENING;
}

static void continue_run(struct engine *self, uint64_t now_us)
{
    if (self->phase == PHASE_OPENING)
        return; /* starts with the newest share */
    bounds_need(&self->bounds, allowance(self));
    if (self->share.bound > self->bounds.in_force)
        self->bounds.in_force = self->share.bound; /* granted with the share */
    load_bound(self->load, self->bounds.in_force);
    load_share(self->load, &self->wanted, now_us);
    self->phase = PHASE_RUNNING;
    self->reported_us = 0;
    self->report_due_us = now_us; /* tells that it is obeyed, and asks for what it needs */
    report_complete(self, now_us);
}

static void take_spawn(struct engine *self, const struct wire_message *message, uint64_t now_us)
{
    if (!self->joined || self->after >= AFTER_QUIT)
        return;
    control_say(self, WIRE_SPAWNING);
    bool same = is_same_run(self, message);
    if (same && self->failed) {
        report_failure(self); /* which the primary has not heard */
        return;
    }
    if (message->timestamp <= self->spawn_timestamp || (same && self->closed) ||
        (same && message->has_freshet && message->share.epoch < self->share.epoch))
        return;
    self->spawn_timestamp = message->timestamp;
    char error[OPTIONS_ERROR_MAX] = "";
    options_t *options =
        travelled_options(self->setup.options, message, self->freshet, same ? self->options : NULL, error);
    struct target target;
    bool good = options != NULL && target_of(options, message, &target, error);
    if (options != NULL) {
        options_destroy(&self->options);
        self->options = options;
    }
    if (!same) {
        drop_run(self, now_us);
        self->run_id = message->has_freshet ? message->share.run_id : self->run_id + 1;
        self->closed = false;
        self->phase = PHASE_READY;
    }
    self->after = AFTER_LEASE_LOST;
    if (!good || !take_share(self, message, error)) {
        fail(self, "BadOption", error, now_us);
        return;
    }
    self->wanted.from_us = now_us;
    if (message->has_freshet)
        lease_grant(&self->lease, message->share.lease_us, now_us);
    if (same && (self->load != NULL || self->phase == PHASE_OPENING)) {
        continue_run(self, now_us); /* with its sink: a run keeps its target */
        return;
    }
    self->target = target;
    self->phase = PHASE_OPENING;
    open_sink(self, now_us);
}

void control_stop(struct engine *self, enum after after, uint64_t now_us)
{
    bool active = self->phase == PHASE_STOPPING || self->phase == PHASE_FINAL;
    if (active && after <= self->after && !(self->phase == PHASE_STOPPING && after != self->after))
        return;
    self->after = after > self->after || !active ? after : self->after;
    if (self->phase == PHASE_STOPPING || self->phase == PHASE_FINAL)
        return;
    if (self->phase == PHASE_RUNNING) {
        load_stop(self->load, now_us);
        self->phase = PHASE_STOPPING;
        self->deadline_us = now_us + self->stop_timeout_us;
        return;
    }
    finish(self, now_us); /* nothing is on the way */
}

static void take_heartbeat(struct engine *self, const struct wire_message *message, uint64_t now_us)
{
    if (!message->has_freshet)
        return;
    if (message->sent_us != 0) {
        self->echo_us = message->sent_us;
        self->echo_at_us = now_us;
    }
    self->acknowledged = message->acknowledged;
    if (self->acknowledged >= self->sequence)
        self->reported_us = 0;
    if (self->load == NULL)
        return;
    bounds_acknowledged(&self->bounds, message->acknowledged, now_us);
    load_bound(self->load, self->bounds.in_force);
}

void control_message(struct engine *self, struct wire_message *message, uint64_t now_us)
{
    must(self != NULL && message != NULL);
    self->heard_us = now_us;
    lease_renew(&self->lease, now_us);
    switch (message->type) {
    case WIRE_ACK:
        joining_acknowledged(self, message, now_us);
        return;
    case WIRE_SPAWN:
        take_spawn(self, message, now_us);
        return;
    case WIRE_HEARTBEAT:
        take_heartbeat(self, message, now_us);
        return;
    case WIRE_STOP:
        if (message->has_freshet && self->run_id == 0)
            self->run_id = message->run_id;
        if (message->has_freshet && self->run_id != message->run_id && self->phase == PHASE_RUNNING)
            log_warning(self->setup.log,
                        "the primary was started anew and knows nothing of this run: the load stops");
        control_stop(self, AFTER_STOP, now_us);
        return;
    case WIRE_QUIT:
        control_stop(self, AFTER_QUIT, now_us);
        return;
    case WIRE_PREFLIGHT_ASK:
        take_ask(self, message);
        return;
    case WIRE_REFUSED:
        reach_refused(self, message, now_us);
        return;
    case WIRE_RECONNECT:
        if (!self->freshet) { /* ours only asks who we are */
            link_reconnect(self->setup.link);
            self->link_fd = -1; /* the loop watches the new one */
        }
        joining_hello(self, now_us);
        return;
    default:
        return; /* Locust has more messages than we have use for */
    }
}

/* After the final report: join anew as Locust's workers do, or leave. */
static void close_run(struct engine *self, uint64_t now_us)
{
    log_books(self);
    if (self->after >= AFTER_QUIT) {
        if (self->joined)
            control_say(self, WIRE_QUIT);
        self->done = true;
        return;
    }
    self->phase = PHASE_READY;
    self->after = AFTER_LEASE_LOST;
    control_say(self, WIRE_CLIENT_STOPPED);
    joining_hello(self, now_us);
}

/* The workload can make no more events. A freshet primary ends the run for all, a stock one goes on. */
static void stop_failed(struct engine *self, uint64_t now_us)
{
    if (self->phase != PHASE_RUNNING || self->failed || load_failure(self->load) == NULL)
        return;
    self->failed = true;
    log_error(self->setup.log, "the load stops: %s", load_failure(self->load));
    report_failure(self);
    if (self->freshet)
        control_stop(self, AFTER_STOP, now_us);
}

void control_turn(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    joining_turn(self, now_us);
    stop_failed(self, now_us);
    if (self->phase == PHASE_STOPPING) {
        if (!load_drained(self->load) && now_us >= self->deadline_us)
            load_abandon(self->load, now_us, clock_wall_ms());
        if (load_drained(self->load))
            finish(self, now_us);
    }
    if (self->phase == PHASE_FINAL) {
        bool heard = self->final_sequence > 0 && self->acknowledged >= self->final_sequence;
        if (heard || now_us >= self->final_until_us)
            close_run(self, now_us);
    }
}
