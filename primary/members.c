#include "primary/members.h"

#include "common/clock.h"
#include "common/mem.h"
#include "common/version.h"
#include "primary/dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_NAME "SensorUser" /* the one kind of user that freshet's own secondaries have */

enum {
    REPORT_US = 250000,       /* report interval of a small fleet */
    REPORT_SLOW_US = 1000000, /* of a large one */
    REPORT_SMALL_FLEET = 64,  /* members */
    LEASE_US = 5000000,
    LOG_INTERVAL_US = 10000000,
};

struct member {                 /* what is known of an index beyond roster and ledger */
    bool stock_share;           /* a stock peer that got users in this run */
    bool stopped;               /* a stock peer that has stopped them */
    bool broken;                /* it reported an exception: gets no share in this run */
    struct wire_class *classes; /* owned; a stock peer's user classes, as it names them */
    size_t classes_count;
};

struct members {
    roster_t *roster;
    ledger_t *ledger;
    stock_t *stock;
    fleet_t *fleet;              /* borrowed */
    log_t *log;                  /* borrowed */
    struct member *members;      /* owned: ROSTER_CAPACITY */
    size_t *lost;                /* owned: scratch of the sweep */
    struct wire_option *options; /* owned */
    size_t options_count;
    double stop_timeout_s;
    char target[TARGET_TEXT_MAX];

    uint64_t run_id; /* 0: no run */
    bool stopping;
    bool changed;
    uint64_t epoch;
    double timestamp; /* of the last spawn message */

    uint64_t question; /* id of the preflight asked */
    bool answered;
    struct wire_preflight preflight; /* message owned */

    struct report_exception exceptions[MEMBERS_EXCEPTIONS_MAX]; /* texts owned */
    size_t exceptions_count;
    char *refusal; /* owned */
    struct log_limit report_limit, exception_limit, full_limit;
};

members_t *members_new(log_t *log)
{
    members_t *self = mem_new(1, sizeof *self);
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
    for (size_t i = 0; i < self->options_count; i++)
        free(self->options[i].value);
    for (size_t i = 0; i < self->exceptions_count; i++) {
        free((void *)self->exceptions[i].message);
        free((void *)self->exceptions[i].traceback);
        free((void *)self->exceptions[i].nodes);
    }
    free(self->preflight.message);
    free(self->refusal);
    free(self->options);
    free(self->members);
    free(self->lost);
    roster_destroy(&self->roster);
    ledger_destroy(&self->ledger);
    stock_destroy(&self->stock);
    free(self);
    *self_p = NULL;
}

void members_attach(members_t *self, fleet_t *fleet)
{
    must(self != NULL && fleet != NULL);
    self->fleet = fleet;
}

/* ---- what goes out ---- */

static struct wire_message message_to(const char *id, enum wire_type type)
{
    struct wire_message message = {.type = type};
    snprintf(message.id, sizeof message.id, "%s", id);
    return message;
}

static void send_plain(members_t *self, const char *id, enum wire_type type)
{
    struct wire_message message = message_to(id, type);
    fleet_send(self->fleet, &message);
}

static void send_stop(members_t *self, size_t index)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    struct wire_message message = message_to(entry->id, WIRE_STOP);
    message.has_freshet = entry->freshet;
    message.run_id = self->run_id;
    fleet_send(self->fleet, &message);
}

/* A sign of life from us: renews the lease; tells how far the reports were taken in. */
static void send_heartbeat(members_t *self, size_t index, uint64_t echo_us)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    struct wire_message message = message_to(entry->id, WIRE_HEARTBEAT);
    message.has_freshet = entry->freshet;
    message.echo_us = echo_us;
    if (entry->freshet && self->run_id != 0)
        message.acknowledged = ledger_acknowledge(self->ledger, index);
    fleet_send(self->fleet, &message);
}

/* Locust writes option names with underscores. */
static void option_name(const char *name, char out[WIRE_NAME_MAX])
{
    snprintf(out, WIRE_NAME_MAX, "%s", name);
    for (char *at = out; *at != '\0'; at++) {
        if (*at == '-')
            *at = '_';
    }
}

void members_options(members_t *self, const options_t *options)
{
    must(self != NULL && options != NULL);
    must(self->options == NULL);
    self->options = mem_new(options_rows(options), sizeof *self->options);
    for (size_t i = 0; i < options_rows(options); i++) {
        const struct option *row = options_row(options, i);
        if ((row->flags & OPTION_TRAVELS) == 0 || !options_given(options, i))
            continue;
        struct wire_option *option = &self->options[self->options_count++];
        option_name(row->name, option->name);
        option->value = mem_text(options_text(options, i));
    }
    must(self->options_count <= WIRE_OPTIONS_MAX);
}

bool members_ask_preflight(members_t *self, uint64_t id)
{
    must(self != NULL && self->fleet != NULL);
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        const struct roster_entry *entry = roster_at(self->roster, i);
        if (!roster_alive(self->roster, i) || !entry->freshet)
            continue;
        struct wire_message message = message_to(entry->id, WIRE_PREFLIGHT_ASK);
        message.run_id = id;
        message.options = self->options;
        message.options_count = self->options_count;
        self->question = id;
        fleet_send(self->fleet, &message);
        return true;
    }
    return false;
}

const struct wire_preflight *members_preflight(const members_t *self)
{
    must(self != NULL);
    return self->answered ? &self->preflight : NULL;
}

void members_begin(members_t *self, const struct run *run, uint64_t now_us)
{
    must(self != NULL && run->id != 0);
    self->run_id = run->id;
    self->stopping = false;
    self->epoch = 0;
    self->stop_timeout_s = (double)run->plan.stop_timeout_us / 1e6;
    target_print(&run->plan.target, self->target);
    for (size_t i = 0; i < ROSTER_CAPACITY; i++)
        self->members[i].stock_share = self->members[i].stopped = self->members[i].broken = false;
    stock_clear(self->stock);
    ledger_begin(self->ledger, run->id, run->plan.events, now_us);
}

/* May `index` take part in a run? A stock peer not before it has named its user classes. */
static bool fit(const members_t *self, size_t index)
{
    const struct member *member = &self->members[index];
    return roster_alive(self->roster, index) && !member->broken &&
           (roster_at(self->roster, index)->freshet || member->classes_count > 0);
}

static void send_share(members_t *self, const struct run *run, size_t index,
                       const struct dispatch_share *share, uint64_t report_us)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    struct member *member = &self->members[index];
    struct wire_message message = message_to(entry->id, WIRE_SPAWN);
    struct wire_class own = {.name = CLASS_NAME, .users = share->users};
    double wall = (double)clock_wall_ms() / 1e3;
    self->timestamp = wall > self->timestamp + 1e-5 ? wall : self->timestamp + 1e-5;
    message.timestamp = self->timestamp;
    message.stop_timeout_s = self->stop_timeout_s;
    message.host = self->target;
    message.options = self->options;
    message.options_count = self->options_count;
    message.classes = &own;
    message.classes_count = 1;
    if (entry->freshet) {
        message.has_freshet = true;
        message.share = (struct wire_share){.run_id = run->id,
                                            .epoch = self->epoch,
                                            .rate = share->rate,
                                            .phase = share->phase,
                                            .quota = share->quota,
                                            .bound = share->bound,
                                            .report_us = report_us,
                                            .lease_us = LEASE_US,
                                            .index = share->index};
        ledger_share(self->ledger, index, self->epoch, share->quota, share->bound);
    } else {
        for (size_t i = 0; i < member->classes_count; i++)
            member->classes[i].users = plan_share(share->users, member->classes_count, i);
        message.classes = member->classes;
        message.classes_count = member->classes_count;
        member->stock_share = true;
        roster_set_state(self->roster, index, ROSTER_SPAWNING);
    }
    fleet_send(self->fleet, &message);
}

size_t members_share_out(members_t *self, const struct run *run, uint64_t now_us)
{
    must(self != NULL && run->id == self->run_id);
    size_t count = roster_count(self->roster);
    struct dispatch_member *members = mem_new(count + 1, sizeof *members);
    struct dispatch_share *shares = mem_new(count + 1, sizeof *shares);
    for (size_t i = 0; i < count; i++)
        members[i] = (struct dispatch_member){.alive = fit(self, i),
                                              .freshet = roster_at(self->roster, i)->freshet,
                                              .bound = ledger_bound(self->ledger, i)};
    self->epoch++;
    self->changed = false;
    ledger_rate(self->ledger, run_rate(run), now_us);
    size_t taking_part = dispatch(&run->plan, run->users_wanted, run_rate(run), members, count, shares);
    uint64_t report_us = taking_part > REPORT_SMALL_FLEET ? REPORT_SLOW_US : REPORT_US;
    for (size_t i = 0; i < count; i++) {
        if (members[i].alive)
            send_share(self, run, i, &shares[i], report_us);
    }
    free(members);
    free(shares);
    return taking_part;
}

static void to_all(members_t *self, void (*say)(members_t *, size_t))
{
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        if (roster_at(self->roster, i)->state != ROSTER_VACANT &&
            roster_at(self->roster, i)->state != ROSTER_LEFT)
            say(self, i);
    }
}

void members_stop(members_t *self)
{
    must(self != NULL);
    self->stopping = true;
    to_all(self, send_stop); /* the missing too: they may only be cut off from us */
}

static void send_quit(members_t *self, size_t index)
{
    send_plain(self, roster_at(self->roster, index)->id, WIRE_QUIT);
}

void members_quit(members_t *self)
{
    must(self != NULL);
    to_all(self, send_quit);
}

/* ---- what comes in ---- */

static void note_return(members_t *self, size_t index)
{
    log_info(self->log, "secondary is back: %s", roster_at(self->roster, index)->id);
    self->changed = true;
    if (self->run_id == 0 || self->members[index].broken)
        return;
    ledger_returned(self->ledger, index);
    if (self->stopping)
        send_stop(self, index);
}

static void on_ready(members_t *self, const struct wire_message *message, uint64_t now_us)
{
    size_t index = 0;
    enum roster_seen seen =
        roster_join(self->roster, message->id, message->version, message->has_freshet, now_us, &index);
    uint64_t suppressed;
    switch (seen) {
    case ROSTER_JOINED:
        log_info(self->log, "secondary joined: %s, %s %s", message->id,
                 message->has_freshet ? "freshet" : "Locust", message->version);
        self->changed = true;
        break;
    case ROSTER_RETURNED:
        note_return(self, index);
        break;
    case ROSTER_KNOWN:
        break;
    case ROSTER_FULL:
    case ROSTER_BAD_ID:
    case ROSTER_STRANGER:
        if (log_allowed(&self->full_limit, now_us, LOG_INTERVAL_US, &suppressed))
            log_warning(self->log, "secondary refused: %s, %s", message->id,
                        seen == ROSTER_FULL ? "no room for more" : "its id is not acceptable");
        return;
    }
    struct wire_message answer = message_to(message->id, WIRE_ACK);
    answer.index = index;
    answer.has_freshet = message->has_freshet;
    snprintf(answer.version, sizeof answer.version, "%s", FRESHET_VERSION);
    fleet_send(self->fleet, &answer);
    if (self->stopping && self->run_id != 0 && seen == ROSTER_JOINED)
        send_stop(self, index);
}

static void on_stranger(members_t *self, const struct wire_message *message)
{
    if (message->has_freshet)
        send_plain(self, message->id, WIRE_RECONNECT);
    else if (message->type == WIRE_SPAWNING)
        send_plain(self, message->id, WIRE_QUIT);
}

static void on_heartbeat(members_t *self, const struct wire_message *message, size_t index)
{
    if (strcmp(message->state, "running") == 0)
        roster_set_state(self->roster, index, ROSTER_RUNNING);
    else if (strcmp(message->state, "spawning") == 0)
        roster_set_state(self->roster, index, ROSTER_SPAWNING);
    else if (strcmp(message->state, "ready") == 0)
        roster_set_state(self->roster, index, ROSTER_READY);
    roster_set_load(self->roster, index, message->cpu_percent, message->memory_bytes);
    send_heartbeat(self, index, message->sent_us);
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
        send_heartbeat(self, index, 0);
}

static void keep_exception(members_t *self, const struct wire_message *message)
{
    const char *traceback = message->traceback != NULL ? message->traceback : "";
    for (size_t i = 0; i < self->exceptions_count; i++) {
        if (strcmp(self->exceptions[i].traceback, traceback) == 0 &&
            strcmp(self->exceptions[i].message, message->text) == 0) {
            self->exceptions[i].count++;
            return;
        }
    }
    if (self->exceptions_count == MEMBERS_EXCEPTIONS_MAX)
        return;
    self->exceptions[self->exceptions_count++] = (struct report_exception){.count = 1,
                                                                           .message = mem_text(message->text),
                                                                           .traceback = mem_text(traceback),
                                                                           .nodes = mem_text(message->id)};
}

/* From a freshet peer: it can't generate load, its target or its set-up refuses. From a stock one: an error
 * in a user of its locustfile, nothing more. */
static void on_exception(members_t *self, const struct wire_message *message, size_t index, uint64_t now_us)
{
    if (message->text == NULL)
        return;
    keep_exception(self, message);
    uint64_t suppressed;
    bool freshet = roster_at(self->roster, index)->freshet;
    if (freshet || log_allowed(&self->exception_limit, now_us, LOG_INTERVAL_US, &suppressed))
        log_error(self->log, "exception: secondary=%s, %s", message->id, message->text);
    if (!freshet || self->run_id == 0)
        return;
    struct counters counters = ledger_counters(self->ledger);
    if (counters.generated == 0 && self->refusal == NULL)
        self->refusal = mem_text(message->text);
    self->members[index].broken = true;
    ledger_lost(self->ledger, index);
    self->changed = true;
}

static void on_quit(members_t *self, const struct wire_message *message, size_t index)
{
    log_info(self->log, "secondary left: %s", message->id);
    roster_leave(self->roster, index);
    if (self->run_id != 0 && !ledger_member(self->ledger, index)->final)
        ledger_lost(self->ledger, index);
    self->changed = true;
}

static void on_answer(members_t *self, const struct wire_message *message)
{
    if (self->answered || message->preflight.id != self->question)
        return;
    self->answered = true;
    self->preflight = message->preflight;
    if (message->preflight.message != NULL)
        self->preflight.message = mem_text(message->preflight.message);
}

void members_message(void *context, const struct wire_message *message)
{
    members_t *self = context;
    must(self != NULL && self->fleet != NULL);
    uint64_t now_us = clock_us();
    if (message->type == WIRE_CLIENT_READY) {
        on_ready(self, message, now_us);
        return;
    }
    size_t index = 0;
    enum roster_seen seen = roster_see(self->roster, message->id, now_us, &index);
    if (seen != ROSTER_KNOWN && seen != ROSTER_RETURNED) {
        on_stranger(self, message);
        return;
    }
    if (seen == ROSTER_RETURNED)
        note_return(self, index);
    switch (message->type) {
    case WIRE_HEARTBEAT:
        on_heartbeat(self, message, index);
        break;
    case WIRE_STATS:
        on_stats(self, message, index, now_us);
        break;
    case WIRE_SPAWNING:
        roster_set_state(self->roster, index, ROSTER_SPAWNING);
        break;
    case WIRE_SPAWNING_COMPLETE:
        roster_set_state(self->roster, index, ROSTER_RUNNING);
        roster_set_users(self->roster, index, message->user_count);
        break;
    case WIRE_CLIENT_STOPPED:
        self->members[index].stopped = true;
        roster_set_state(self->roster, index, ROSTER_READY);
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

void members_sweep(members_t *self, uint64_t now_us)
{
    must(self != NULL);
    size_t count = roster_sweep(self->roster, now_us, self->lost);
    for (size_t i = 0; i < count; i++) {
        log_warning(self->log, "secondary is missing: %s", roster_at(self->roster, self->lost[i])->id);
        if (self->run_id != 0)
            ledger_lost(self->ledger, self->lost[i]);
        self->changed = true;
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
                              .final = ledger_final_count(self->ledger),
                              .generated = counters.generated,
                              .in_flight = counters_in_flight(&counters)};
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        if (!self->members[i].stock_share || !roster_alive(self->roster, i))
            continue;
        out->alive++;
        out->obeying += roster_at(self->roster, i)->state == ROSTER_RUNNING;
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
