/* What a secondary tells its primary: heartbeats, reports, and how many users run. */
#include "common/clock.h"
#include "common/mem.h"
#include "secondary/engine_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t memory_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    unsigned long long total = 0, resident = 0;
    int read = fscanf(file, "%llu %llu", &total, &resident);
    fclose(file);
    return read == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static const char *state_name(const struct engine *self)
{
    if (self->phase == PHASE_OPENING)
        return "spawning";
    return self->phase == PHASE_RUNNING || self->phase == PHASE_STOPPING ? "running" : "ready";
}

void report_heartbeat(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    struct wire_message message = {.type = WIRE_HEARTBEAT, .has_freshet = self->freshet};
    if (self->freshet) { /* by clocks of this very moment, as they measure */
        message.sent_us = clock_us();
        message.wall_us = clock_wall_us();
        message.echo_us = self->echo_us;
        message.held_us = self->echo_us != 0 ? message.sent_us - self->echo_at_us : 0;
    }
    snprintf(message.state, sizeof message.state, "%s", state_name(self));
    uint64_t cpu_us = clock_cpu_us();
    if (now_us > self->cpu_at_us)
        message.cpu_percent = 100.0 * (double)(cpu_us - self->cpu_us) / (double)(now_us - self->cpu_at_us);
    if (now_us >= self->cpu_at_us + HEARTBEAT_US / 2) { /* extra heartbeats don't shorten the measure */
        self->cpu_us = cpu_us;
        self->cpu_at_us = now_us;
    }
    message.memory_bytes = memory_bytes();
    self->sent |= link_send(self->setup.link, &message);
    self->echo_us = 0; /* each is answered once */
    self->heartbeat_due_us = now_us + HEARTBEAT_US;
}

void report_failure(struct engine *self)
{
    must(self != NULL && self->load != NULL);
    char text[WORKLOAD_ERROR_MAX] = "";
    if (load_failure(self->load) != NULL)
        snprintf(text, sizeof text, "%s", load_failure(self->load));
    struct wire_message message = {.type = WIRE_EXCEPTION,
                                   .has_freshet = self->freshet,
                                   .run_id = self->run_id,
                                   .text = text,
                                   .traceback = text};
    self->sent |= link_send(self->setup.link, &message);
}

/* The users there are, over the classes of the spawn. */
static uint64_t fill_classes(struct engine *self, uint64_t now_us,
                             struct wire_class classes[WIRE_CLASSES_MAX], struct wire_message *message)
{
    struct load_state state = {0};
    if (self->load != NULL)
        load_look(self->load, now_us, &state);
    uint64_t left = state.users;
    for (size_t i = 0; i < self->classes_count; i++) {
        classes[i] = self->classes[i];
        if (classes[i].users > left)
            classes[i].users = left;
        left -= classes[i].users;
    }
    if (self->classes_count > 0)
        classes[0].users += left;
    message->classes = classes;
    message->classes_count = self->classes_count;
    message->user_count = state.users;
    return state.users;
}

static void fill_shards(struct engine *self, const tally_t *tally, struct wire_report *report)
{
    if (self->shards_room < tally->shards_count) {
        self->shards_room = tally->shards_count * 2;
        self->shards = mem_resize(self->shards, self->shards_room, sizeof self->shards[0]);
    }
    for (size_t i = 0; i < tally->shards_count; i++) {
        snprintf(self->shards[i].id, sizeof self->shards[i].id, "%s", tally->shards[i].id);
        self->shards[i].events = tally->shards[i].events;
    }
    report->shards = self->shards;
    report->shards_count = tally->shards_count;
}

static void fill_report(struct engine *self, uint64_t now_us, struct wire_error errors[TALLY_ERRORS_MAX],
                        struct wire_report *report)
{
    report->run_id = self->run_id;
    report->epoch = self->share.epoch;
    report->sequence = ++self->sequence;
    report->due = report->service = &self->nothing;
    if (self->load == NULL)
        return;
    tally_t *tally = self->used->tally;
    struct load_state state;
    load_look(self->load, now_us, &state);
    report->counters = tally->counters;
    report->due = &tally->due;
    report->service = &tally->service;
    report->batches_in_flight = state.in_flight;
    report->window = state.window;
    report->lag_us = state.lag_us;
    report->lag_us_max = state.lag_us_max;
    report->busy_us = state.busy_us;
    report->elapsed_us = (self->ended_us > 0 ? self->ended_us : now_us) - self->begin_us;
    report->cpu_us = (self->ended_us > 0 ? self->ended_cpu_us : clock_cpu_us()) - self->begin_cpu_us;
    report->bound =
        bounds_report(&self->bounds, self->sequence, tally->counters.generated, state.bound_hit, now_us);
    fill_shards(self, tally, report);
    for (size_t i = 0; i < tally->errors_count; i++) {
        if (tally->errors[i].events == 0)
            continue;
        struct wire_error *error = &errors[report->errors_count++];
        snprintf(error->code, sizeof error->code, "%s", tally->errors[i].code);
        error->message = tally->errors[i].message; /* lent to the encoder */
        error->events = tally->errors[i].events;
    }
    report->errors = errors;
}

static const char *request_name(const struct engine *self)
{
    if (self->used == NULL || self->used->sink == NULL)
        return "PutRecords";
    return self->used->sink->ops->request;
}

static void target_name(const struct engine *self, char out[WIRE_NAME_MAX])
{
    const struct target *target = &self->target;
    if (target->kind == TARGET_NULL)
        snprintf(out, WIRE_NAME_MAX, "null");
    else
        snprintf(out, WIRE_NAME_MAX, "%.*s", WIRE_NAME_MAX - 1,
                 target->kind == TARGET_KINESIS ? target->stream : target->topic);
}

void report_stats(struct engine *self, bool final, uint64_t now_us)
{
    must(self != NULL);
    struct wire_message message = {.type = WIRE_STATS, .has_freshet = self->freshet};
    struct wire_class classes[WIRE_CLASSES_MAX];
    struct wire_error errors[TALLY_ERRORS_MAX];
    char name[WIRE_NAME_MAX];
    target_name(self, name);
    const tally_t *tally = self->used != NULL ? self->used->tally : NULL;
    stock_fill(&self->stock, tally, request_name(self), name, &message);
    if (self->freshet) {
        fill_report(self, now_us, errors, &message.report);
        message.report.final = final;
    }
    (void)fill_classes(self, now_us, classes, &message);
    bool sent = link_send(self->setup.link, &message);
    self->reported_us = sent && self->freshet ? now_us : 0;
    if (sent) {
        self->sent = true;
        stock_restart(&self->stock, tally, (double)clock_wall_ms() / 1000);
    }
    if (final)
        self->final_sequence = self->sequence;
    uint64_t interval_us =
        self->freshet && self->share.report_us > 0 ? self->share.report_us : STOCK_REPORT_US;
    self->report_due_us = now_us + interval_us;
}

void report_complete(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    if (!self->joined)
        return; /* from an unknown id it would end a stock master's receive loop */
    struct wire_message message = {.type = WIRE_SPAWNING_COMPLETE};
    struct wire_class classes[WIRE_CLASSES_MAX];
    (void)fill_classes(self, now_us, classes, &message);
    self->sent |= link_send(self->setup.link, &message);
}

/* On a slow line a further one would only queue up behind it and be old when it comes: it waits for the
 * answer to the one before, or for as long as answers take. */
static uint64_t after_answer(uint64_t due_us, uint64_t sent_us)
{
    uint64_t patience_us = sent_us != 0 ? sent_us + PATIENCE_US : 0;
    return due_us > patience_us ? due_us : patience_us;
}

static bool has_books(const struct engine *self)
{
    return !self->freshet || (self->load != NULL && !self->closed);
}

uint64_t report_next_us(const struct engine *self)
{
    must(self != NULL);
    uint64_t report_us = after_answer(self->report_due_us, self->reported_us);
    return has_books(self) && report_us < self->heartbeat_due_us ? report_us : self->heartbeat_due_us;
}

static bool has_news(const struct engine *self, uint64_t now_us)
{
    if (now_us < after_answer(0, self->reported_us))
        return false;
    if (now_us >= self->report_due_us)
        return true;
    return self->freshet && self->phase == PHASE_RUNNING &&
           bounds_wants_report(&self->bounds, self->used->tally->counters.generated, now_us) &&
           self->used->tally->counters.generated < self->wanted.quota;
}

void report_turn(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    if (!self->joined)
        return;
    if (now_us >= self->heartbeat_due_us) { /* small, and a sign of life: whatever is under way */
        report_heartbeat(self, now_us);
        if (self->phase == PHASE_FINAL && self->freshet && now_us >= after_answer(0, self->reported_us))
            report_stats(self, true, now_us);
    }
    if (has_books(self) && has_news(self, now_us))
        report_stats(self, false, now_us);
}
