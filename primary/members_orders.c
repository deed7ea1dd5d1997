#include "primary/members_state.h"

#include "common/clock.h"
#include "common/mem.h"
#include "primary/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_NAME "SensorUser" /* the one kind of user that freshet's own secondaries have */

enum {
    REPORT_US = 250000,       /* report interval of a small fleet */
    REPORT_SLOW_US = 1000000, /* of a large one */
    REPORT_SMALL_FLEET = 64,  /* members */
    LEASE_US = 5000000,
};

struct wire_message members_message_to(const char *id, enum wire_type type)
{
    struct wire_message message = {.type = type};
    snprintf(message.id, sizeof message.id, "%s", id);
    return message;
}

void members_send_plain(members_t *self, const char *id, enum wire_type type)
{
    struct wire_message message = members_message_to(id, type);
    fleet_send(self->fleet, &message);
}

void members_send_stop(members_t *self, size_t index)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    struct wire_message message = members_message_to(entry->id, WIRE_STOP);
    message.has_freshet = entry->freshet;
    message.run_id = self->run_id;
    self->members[index].told_us = clock_us();
    fleet_send(self->fleet, &message);
}

void members_send_heartbeat(members_t *self, size_t index, uint64_t echo_us)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    struct wire_message message = members_message_to(entry->id, WIRE_HEARTBEAT);
    message.has_freshet = entry->freshet;
    message.sent_us = echo_us != 0 ? clock_us() : 0; /* those that only acknowledge measure nothing */
    message.echo_us = echo_us;
    if (entry->freshet && self->run_id != 0)
        message.acknowledged = ledger_acknowledge(self->ledger, index);
    fleet_send(self->fleet, &message);
}

void members_stay(members_t *self)
{
    must(self != NULL);
    self->stay = true;
}

void members_on_answer(members_t *self, members_answer_fn *answered, void *context)
{
    must(self != NULL);
    self->on_answer = answered;
    self->answer_context = context;
}

static void say_travelling(struct wire_message *message, const struct travelling *travelling)
{
    message->has_freshet = true;
    message->options = travelling->options;
    message->options_count = travelling->options_count;
    message->workload = travelling->workload;
}

bool members_inquire(members_t *self, uint64_t id, const options_t *options, bool samples_only)
{
    must(self != NULL && options != NULL && id != 0);
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        if (!roster_alive(self->roster, i) || !roster_at(self->roster, i)->freshet)
            continue;
        struct wire_message message = members_message_to(roster_at(self->roster, i)->id, WIRE_PREFLIGHT_ASK);
        message.run_id = id;
        message.samples_only = samples_only;
        struct travelling travelling;
        members_pack(self, options, &travelling);
        say_travelling(&message, &travelling);
        fleet_send(self->fleet, &message);
        members_travelling_fini(&travelling);
        return true;
    }
    return false;
}

bool members_ask_preflight(members_t *self, uint64_t id)
{
    must(self != NULL && self->fleet != NULL);
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        const struct roster_entry *entry = roster_at(self->roster, i);
        if (!roster_alive(self->roster, i) || !entry->freshet)
            continue;
        struct wire_message message = members_message_to(entry->id, WIRE_PREFLIGHT_ASK);
        message.run_id = id;
        say_travelling(&message, &self->travelling);
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

/* Between runs: who is gone gives up its place. */
static void forget_absent(members_t *self)
{
    roster_prune(self->roster);
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        if (roster_at(self->roster, i)->state == ROSTER_VACANT)
            self->members[i].classes_count = 0;
    }
}

static void open_books(members_t *self, uint64_t run_id, uint64_t events, uint64_t now_us)
{
    for (size_t i = 0; i < ROSTER_CAPACITY; i++) {
        struct member *member = &self->members[i];
        member->stock_share = member->stock_started = member->stopping = member->stopped = member->broken =
            member->shared = false;
    }
    stock_clear(self->stock);
    ledger_begin(self->ledger, run_id, events, now_us);
}

void members_clear(members_t *self, uint64_t now_us)
{
    must(self != NULL && !members_loading(self));
    open_books(self, 0, PLAN_EVENTS_UNLIMITED, now_us);
}

void members_begin(members_t *self, const struct run *run, uint64_t now_us)
{
    must(self != NULL && run->id != 0);
    if (self->run_id != 0)
        forget_absent(self);
    self->run_id = run->id;
    self->stopping = false;
    self->joined_later = 0;
    self->epoch = 0;
    self->stop_timeout_s = (double)run->plan.stop_timeout_us / 1e6;
    struct target target = run->plan.target;
    if (self->kafka != NULL)
        (void)local_kafka_resolve(self->kafka, &target); /* if not, the secondaries say why nothing is sent */
    target_print(&target, self->target);
    open_books(self, run->id, run->plan.events, now_us);
}

/* Boomer joins without a version, never names its users, and takes their number whatever they are called. */
static bool takes_any_class(const members_t *self, size_t index)
{
    const struct roster_entry *entry = roster_at(self->roster, index);
    return !entry->freshet && entry->version[0] == '\0';
}

/* May `index` take part in a run? A Locust worker not before it has named its user classes. */
static bool fit(const members_t *self, size_t index)
{
    const struct member *member = &self->members[index];
    return roster_alive(self->roster, index) && member->spoke && !member->broken &&
           (roster_at(self->roster, index)->freshet || member->classes_count > 0 ||
            takes_any_class(self, index));
}

size_t members_fit_count(const members_t *self, const struct plan *plan)
{
    must(self != NULL && plan != NULL);
    size_t count = 0;
    for (size_t i = 0; i < roster_count(self->roster); i++)
        count += fit(self, i) && dispatch_takes(plan, roster_at(self->roster, i)->freshet);
    return count;
}

/* What a spawn says to everybody. */
static struct wire_message spawn_to(members_t *self, const char *id)
{
    struct wire_message message = members_message_to(id, WIRE_SPAWN);
    double wall = (double)clock_wall_ms() / 1e3;
    self->timestamp = wall > self->timestamp + 1e-5 ? wall : self->timestamp + 1e-5;
    message.timestamp = self->timestamp;
    message.stop_timeout_s = self->stop_timeout_s;
    message.host = self->target;
    message.options = self->travelling.options;
    message.options_count = self->travelling.options_count;
    return message;
}

/* The rate of a line as it is at `now_us`, and where it goes from there. */
static void pace_of(const struct shape_line *line, uint64_t now_us, struct wire_share *out)
{
    if (out->rate < 0)
        return;
    bool slopes = line->to_us != SHAPE_FOREVER && line->to_us > now_us;
    out->rate = shape_line_at(line, now_us > line->from_us ? now_us : line->from_us);
    out->rate_to = line->value_to;
    out->over_us = slopes ? line->to_us - now_us : 0;
}

void members_send_again(members_t *self, size_t index)
{
    struct member *member = &self->members[index];
    must(member->shared && member->share.run_id == self->run_id);
    struct wire_message message = spawn_to(self, roster_at(self->roster, index)->id);
    message.workload = self->travelling.workload;
    if (ledger_member(self->ledger, index)->epoch != 0)
        message.workload.text = NULL; /* it obeys a share of this run, and so has it */
    struct wire_class own = {.name = CLASS_NAME, .users = member->users};
    message.classes = &own;
    message.classes_count = 1;
    message.has_freshet = true;
    message.share = member->share;
    member->told_us = clock_us();
    pace_of(&member->pace, member->told_us, &message.share);
    fleet_send(self->fleet, &message);
}

static void send_stock_share(members_t *self, size_t index, uint64_t users)
{
    struct member *member = &self->members[index];
    struct wire_message message = spawn_to(self, roster_at(self->roster, index)->id);
    struct wire_class any = {.name = CLASS_NAME, .users = users}; /* who has named none takes it as any */
    for (size_t i = 0; i < member->classes_count; i++)
        member->classes[i].users = plan_share(users, member->classes_count, i);
    message.classes = member->classes_count > 0 ? member->classes : &any;
    message.classes_count = member->classes_count > 0 ? member->classes_count : 1;
    member->stock_share = true;
    member->stopping = member->stopped = false;
    roster_set_state(self->roster, index, ROSTER_SPAWNING);
    fleet_send(self->fleet, &message);
}

/* `bends`: it goes on with what it has left undone. */
static void send_share(members_t *self, const struct run *run, size_t index, bool bends,
                       const struct dispatch_share *share, uint64_t report_us)
{
    struct member *member = &self->members[index];
    if (!roster_at(self->roster, index)->freshet) {
        send_stock_share(self, index, share->users);
        return;
    }
    member->shared = true;
    member->users = share->users;
    member->share = (struct wire_share){.run_id = run->id,
                                        .epoch = self->epoch,
                                        .rate = share->rate,
                                        .phase = share->phase,
                                        .quota = share->quota,
                                        .bound = share->bound,
                                        .report_us = report_us,
                                        .lease_us = LEASE_US,
                                        .index = share->index,
                                        .parts = share->parts,
                                        .bends = bends};
    member->pace = run_line(run);
    member->pace.value = share->rate;
    member->pace.value_to = share->rate_to;
    ledger_share(self->ledger, index, self->epoch, share->quota, share->bound);
    members_send_again(self, index);
}

size_t members_share_out(members_t *self, const struct run *run, bool anew, uint64_t now_us)
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
    const struct shape_line line = run_line(run);
    bool bends = !anew && run->plan.model == PLAN_RATE && run->plan.shape.kind != SHAPE_NONE;
    ledger_curve(self->ledger, &line, now_us);
    size_t taking_part = dispatch_parts(&run->plan, members, count);
    uint64_t report_us = taking_part > REPORT_SMALL_FLEET ? REPORT_SLOW_US : REPORT_US;
    (void)dispatch(&run->plan, run->users_wanted, line.value, line.value_to, report_us, members, count,
                   shares);
    for (size_t i = 0; i < count; i++) {
        if (members[i].alive)
            send_share(self, run, i, bends, &shares[i], report_us);
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

static void send_quit(members_t *self, size_t index)
{
    members_send_plain(self, roster_at(self->roster, index)->id, WIRE_QUIT);
}

/* A stock peer sends what it counted last only with its goodbye, as at the end of a headless Locust run. */
static void stop_or_quit(members_t *self, size_t index)
{
    if (roster_at(self->roster, index)->freshet || self->stay)
        members_send_stop(self, index);
    else
        send_quit(self, index);
}

void members_stop(members_t *self)
{
    must(self != NULL);
    self->stopping = true;
    to_all(self, stop_or_quit); /* the missing too: they may only be cut off from us */
}

void members_quit(members_t *self)
{
    must(self != NULL);
    self->parting = true;
    to_all(self, send_quit);
}
