#include "primary/members_state.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_INTERVAL_US = 10000000, GREETING_US = 1000000 };

members_t *members_new(log_t *log)
{
    members_t *self = mem_new(1, sizeof *self);
    self->kafka = local_kafka_new(log);
    self->roster = roster_new(ROSTER_CAPACITY, ROSTER_SILENCE_US);
    self->ledger = ledger_new(ROSTER_CAPACITY);
    self->stock = stock_new();
    self->log = log;
    self->members = mem_new(ROSTER_CAPACITY, sizeof *self->members);
    self->lost = mem_new(ROSTER_CAPACITY, sizeof *self->lost);
    return self;
}

void members_destroy(members_t **self_p)
{
    must(self_p != NULL);
    members_t *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < ROSTER_CAPACITY; i++)
        free(self->members[i].classes);
    members_forget(self);
    members_travelling_fini(&self->travelling);
    free(self->members);
    free(self->lost);
    local_kafka_destroy(&self->kafka);
    roster_destroy(&self->roster);
    ledger_destroy(&self->ledger);
    stock_destroy(&self->stock);
    free(self);
    *self_p = NULL;
}

void members_forget(members_t *self)
{
    for (size_t i = 0; i < self->exceptions_count; i++) {
        free((void *)self->exceptions[i].message);
        free((void *)self->exceptions[i].traceback);
        free((void *)self->exceptions[i].nodes);
    }
    self->exceptions_count = 0;
    wire_preflight_fini(&self->preflight);
    self->answered = false;
    self->question = 0;
    free(self->refusal);
    free(self->failure);
    self->refusal = self->failure = NULL;
    for (size_t i = 0; i < ROSTER_CAPACITY; i++)
        self->members[i].broken = false;
}

void members_attach(members_t *self, fleet_t *fleet)
{
    must(self != NULL && fleet != NULL);
    self->fleet = fleet;
}

static void note_return(members_t *self, size_t index)
{
    log_info(self->log, "secondary is back: %s", roster_at(self->roster, index)->id);
    self->changed = true;
    if (self->run_id == 0 || self->members[index].broken)
        return;
    ledger_returned(self->ledger, index);
    if (self->stopping)
        members_send_stop(self, index);
}

/* The first word of one that joined: it is more than a name. */
static void greet(members_t *self, size_t index)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    const char *kind = entry->freshet ? "" : entry->version[0] != '\0' ? "Locust " : "stock peer";
    size_t replaced = 0;
    bool instead = roster_replace(self->roster, index, &replaced);
    log_info(self->log, "secondary joined: %s, %s%s%s%s", entry->id, kind, entry->version,
             instead ? ", in place of " : "", instead ? roster_at(self->roster, replaced)->id : "");
    self->members[index].spoke = true;
    self->changed = true;
    self->joined_later += members_loading(self);
}

/* It greets anew though we never missed it: then it has missed us, its lease has run out, and its load
 * stands. */
static void note_greeting(members_t *self, size_t index, uint64_t now_us)
{
    const struct member *member = &self->members[index];
    if (self->run_id == 0 || !member->shared || member->broken)
        return;
    if (!members_loading(self)) {
        if (!ledger_member(self->ledger, index)->final)
            members_send_stop(self, index); /* it has still to say how it ended */
        return;
    }
    if (now_us >= member->told_us + GREETING_US)
        log_info(self->log, "secondary had lost touch for a while: %s", roster_at(self->roster, index)->id);
    members_send_again(self, index);
}

/* Who joins says its kind by its version only: "freshet/0.1.0", or Locust's own number. */
static bool is_freshet(const struct wire_message *ready)
{
    return strncmp(ready->version, "freshet/", strlen("freshet/")) == 0;
}

static void send_ack(members_t *self, const struct wire_message *ready, size_t index, bool freshet)
{
    struct wire_message answer = members_message_to(ready->id, WIRE_ACK);
    answer.index = index;
    answer.has_freshet = freshet;
    snprintf(answer.version, sizeof answer.version, "%s", FRESHET_VERSION);
    fleet_send(self->fleet, &answer);
}

/* The answer goes before all else: without it, a secondary takes no orders. */
static void on_ready(members_t *self, const struct wire_message *message, uint64_t now_us)
{
    size_t index = 0;
    bool freshet = is_freshet(message);
    enum roster_seen seen = roster_join(self->roster, message->id, message->version, freshet, now_us, &index);
    uint64_t suppressed;
    switch (seen) {
    case ROSTER_JOINED:
        self->members[index].spoke = false; /* it counts as there when it goes on speaking */
        self->members[index].skew = (struct skew){.count = 0};
        self->members[index].skew_told = false;
        send_ack(self, message, index, freshet);
        if (self->run_id != 0 && !members_loading(self))
            members_send_stop(self, index);
        return;
    case ROSTER_RETURNED:
        send_ack(self, message, index, freshet);
        note_return(self, index);
        return;
    case ROSTER_KNOWN:
        send_ack(self, message, index, freshet);
        note_greeting(self, index, now_us);
        return;
    case ROSTER_FULL:
    case ROSTER_BAD_ID:
    case ROSTER_STRANGER:
        break;
    }
    if (log_allowed(&self->full_limit, now_us, LOG_INTERVAL_US, &suppressed))
        log_warning(self->log, "secondary refused: %s, %s", message->id,
                    seen == ROSTER_FULL ? "no room for more" : "its id is not acceptable");
}

static void on_stranger(members_t *self, const struct wire_message *message)
{
    if (message->has_freshet)
        members_send_plain(self, message->id, WIRE_RECONNECT);
    else if (message->type == WIRE_SPAWNING)
        members_send_plain(self, message->id, WIRE_QUIT);
}

static void on_heartbeat(members_t *self, const struct wire_message *message, size_t index, uint64_t now_us)
{
    bool running = strcmp(message->state, "running") == 0, spawning = strcmp(message->state, "spawning") == 0;
    if (running)
        roster_set_state(self->roster, index, ROSTER_RUNNING);
    else if (spawning)
        roster_set_state(self->roster, index, ROSTER_SPAWNING);
    else if (strcmp(message->state, "ready") == 0)
        roster_set_state(self->roster, index, ROSTER_READY);
    roster_set_load(self->roster, index, message->cpu_percent, message->memory_bytes);
    if (message->has_freshet)
        members_measure(self, message, index, now_us);
    members_send_heartbeat(self, index, message->sent_us);
    if (roster_at(self->roster, index)->freshet && !spawning)
        members_converge(self, index, running, now_us);
}

/* A stock peer names its user classes in every report, from its first seconds on. */
static void learn_classes(members_t *self, const struct wire_message *message, size_t index)
{
    struct member *member = &self->members[index];
    if (message->classes_count == 0)
        return;
    if (member->classes_count == 0)
        self->changed = true; /* only now it can take part */
    member->classes = mem_resize(member->classes, message->classes_count, sizeof *member->classes);
    memcpy(member->classes, message->classes, message->classes_count * sizeof *member->classes);
    member->classes_count = message->classes_count;
}

static void on_stats(members_t *self, const struct wire_message *message, size_t index, uint64_t now_us)
{
    roster_set_users(self->roster, index, message->user_count);
    if (!roster_at(self->roster, index)->freshet) {
        learn_classes(self, message, index);
        if (self->run_id != 0)
            stock_take(self->stock, message, clock_wall_ms());
        self->members[index].stopped |= self->members[index].stopping;
        return;
    }
    if (!message->has_freshet || self->run_id == 0)
        return;
    const char *reason = "";
    enum ledger_take taken =
        ledger_report(self->ledger, index, &message->report, now_us, clock_wall_ms(), &reason);
    uint64_t suppressed;
    if (taken == LEDGER_INCONSISTENT &&
        log_allowed(&self->report_limit, now_us, LOG_INTERVAL_US, &suppressed))
        log_warning(self->log, "report refused: secondary=%s, %s", message->id, reason);
    if (taken == LEDGER_TAKEN)
        members_send_heartbeat(self, index, 0);
}

/* A report that was still on the way when its sender died: the less is unknown. */
static void take_last_words(members_t *self, const struct wire_message *message, size_t index,
                            uint64_t now_us)
{
    if (!message->has_freshet || self->run_id == 0 ||
        ledger_report(self->ledger, index, &message->report, now_us, clock_wall_ms(), NULL) != LEDGER_TAKEN)
        return;
    ledger_lost(self->ledger, index);
}

/* False: there was such a one before, or there is no room. */
static bool keep_exception(members_t *self, const struct wire_message *message)
{
    const char *traceback = message->traceback != NULL ? message->traceback : "";
    for (size_t i = 0; i < self->exceptions_count; i++) {
        if (strcmp(self->exceptions[i].traceback, traceback) == 0 &&
            strcmp(self->exceptions[i].message, message->text) == 0) {
            self->exceptions[i].count++;
            return false;
        }
    }
    if (self->exceptions_count == MEMBERS_EXCEPTIONS_MAX)
        return false;
    self->exceptions[self->exceptions_count++] = (struct report_exception){.count = 1,
                                                                           .message = mem_text(message->text),
                                                                           .traceback = mem_text(traceback),
                                                                           .nodes = mem_text(message->id)};
    return true;
}

/* From a freshet peer: it can't generate load, its target or its set-up refuses; or, where it names the run,
 * its workload has failed and it stops in order. From a stock one: an error in a user of its locustfile,
 * nothing more. */
static void on_exception(members_t *self, const struct wire_message *message, size_t index, uint64_t now_us)
{
    if (message->text == NULL)
        return;
    bool news = keep_exception(self, message);
    uint64_t suppressed;
    bool freshet = roster_at(self->roster, index)->freshet;
    if ((freshet && news) || log_allowed(&self->exception_limit, now_us, LOG_INTERVAL_US, &suppressed))
        log_error(self->log, "exception: secondary=%s, %s", message->id, message->text);
    if (!freshet || self->run_id == 0)
        return;
    if (message->has_freshet && message->run_id != self->run_id)
        return;
    self->members[index].broken = true;
    if (message->has_freshet) { /* its books are still to come */
        if (self->failure == NULL)
            self->failure = mem_text(message->text);
        return;
    }
    struct counters counters = ledger_counters(self->ledger);
    if (counters.generated == 0 && self->refusal == NULL)
        self->refusal = mem_text(message->text);
    ledger_lost(self->ledger, index);
    self->changed = true;
}

/* A Locust worker reports every three seconds, and so once more what it counted last; Boomer (which joins
 * without a version) does not. */
static void on_stopped(members_t *self, size_t index)
{
    self->members[index].stopping = true;
    self->members[index].stopped = roster_at(self->roster, index)->version[0] == '\0';
    roster_set_state(self->roster, index, ROSTER_READY);
    roster_set_users(self->roster, index, 0);
}

static void on_quit(members_t *self, const struct wire_message *message, size_t index)
{
    if (!self->parting)
        log_info(self->log, "secondary left: %s", message->id);
    roster_leave(self->roster, index);
    if (self->run_id != 0)
        ledger_left(self->ledger, index);
    self->changed = true;
}

static void on_answer(members_t *self, const struct wire_message *message)
{
    if (self->question == 0 || message->preflight.id != self->question) {
        if (self->on_answer != NULL)
            self->on_answer(self->answer_context, &message->preflight);
        return;
    }
    if (self->answered)
        return;
    self->answered = true;
    wire_preflight_copy(&message->preflight, &self->preflight);
}

static bool has_ended(const members_t *self, const char *id)
{
    size_t index;
    return roster_find(self->roster, id, &index) && roster_at(self->roster, index)->ended;
}

void members_message(void *context, const struct wire_message *message)
{
    members_t *self = context;
    must(self != NULL && self->fleet != NULL);
    uint64_t now_us = clock_us();
    if (message->type == WIRE_CLIENT_READY && !has_ended(self, message->id)) {
        on_ready(self, message, now_us);
        return;
    }
    size_t index = 0;
    enum roster_seen seen = roster_see(self->roster, message->id, now_us, &index);
    if (seen != ROSTER_KNOWN && seen != ROSTER_RETURNED) {
        on_stranger(self, message);
        return;
    }
    if (roster_at(self->roster, index)->ended) {
        if (message->type == WIRE_STATS)
            take_last_words(self, message, index, now_us);
        return;
    }
    if (!self->members[index].spoke)
        greet(self, index);
    else if (seen == ROSTER_RETURNED)
        note_return(self, index);
    switch (message->type) {
    case WIRE_HEARTBEAT:
        on_heartbeat(self, message, index, now_us);
        break;
    case WIRE_STATS:
        on_stats(self, message, index, now_us);
        break;
    case WIRE_SPAWNING:
        roster_set_state(self->roster, index, ROSTER_SPAWNING);
        break;
    case WIRE_SPAWNING_COMPLETE:
        self->members[index].stock_started = self->members[index].stock_share;
        roster_set_state(self->roster, index, ROSTER_RUNNING);
        roster_set_users(self->roster, index, message->user_count);
        break;
    case WIRE_CLIENT_STOPPED:
        on_stopped(self, index);
        break;
    case WIRE_EXCEPTION:
        on_exception(self, message, index, now_us);
        break;
    case WIRE_QUIT:
        on_quit(self, message, index);
        break;
    case WIRE_PREFLIGHT_ANSWER:
        on_answer(self, message);
        break;
    default: /* a primary's message, or one we don't know: a sign of life, no more */
        break;
    }
}

bool members_changed(members_t *self)
{
    must(self != NULL);
    bool changed = self->changed;
    self->changed = false;
    return changed;
}

const char *members_refusal(const members_t *self)
{
    must(self != NULL);
    return self->refusal;
}

const char *members_failure(const members_t *self)
{
    must(self != NULL);
    return self->failure;
}

const struct report_exception *members_exceptions(const members_t *self, size_t *count_out)
{
    must(self != NULL && count_out != NULL);
    *count_out = self->exceptions_count;
    return self->exceptions;
}

void members_facts(const members_t *self, struct run_facts *out)
{
    must(self != NULL && out != NULL);
    struct counters counters = ledger_counters(self->ledger);
    *out = (struct run_facts){.alive = ledger_alive_count(self->ledger),
                              .obeying = ledger_obeying_count(self->ledger),
                              .started = ledger_started_count(self->ledger),
                              .final = ledger_final_count(self->ledger),
                              .generated = counters.generated,
                              .in_flight = counters_in_flight(&counters)};
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        enum roster_state state = roster_at(self->roster, i)->state;
        out->away += self->members[i].shared && !self->members[i].broken && state == ROSTER_MISSING;
        if (!self->members[i].stock_share || !roster_alive(self->roster, i))
            continue;
        out->alive++;
        out->obeying += roster_at(self->roster, i)->state == ROSTER_RUNNING;
        out->started += self->members[i].stock_started;
        out->final += self->members[i].stopped;
    }
}

uint64_t members_users(const members_t *self)
{
    must(self != NULL);
    uint64_t users = 0;
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        if (roster_alive(self->roster, i))
            users += roster_at(self->roster, i)->users;
    }
    return users;
}

size_t members_joined_later(const members_t *self)
{
    must(self != NULL);
    return self->joined_later;
}

roster_t *members_roster(members_t *self)
{
    must(self != NULL);
    return self->roster;
}

ledger_t *members_ledger(members_t *self)
{
    must(self != NULL);
    return self->ledger;
}

stock_t *members_stock(members_t *self)
{
    must(self != NULL);
    return self->stock;
}
