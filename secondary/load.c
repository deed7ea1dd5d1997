#include "secondary/load.h"

#include "common/mem.h"
#include "secondary/pacer.h"
#include "secondary/retry.h"
#include "secondary/settle.h"
#include "secondary/users.h"
#include "secondary/window.h"

#include <stdio.h>
#include <stdlib.h>

enum { POOL_MAX = 256, POOL_SPARE = 16 };

struct load {
    struct load_setup setup;
    struct load_share share;
    bool stopped;
    uint64_t bound;
    struct pacer pacer;
    users_t *users; /* owned */
    struct window window;
    struct settle settle;
    retry_t *retry;     /* owned */
    struct batch *pool; /* owned */
    size_t pool_count;
    struct batch **free; /* owned: a stack, so that few arenas are used and stay in cache */
    size_t free_count;
    struct batch *refused; /* the sink was busy: goes first in the next turn */
    uint64_t next_group;   /* rate model */
    uint32_t owed;         /* rate model: events of the last batch that its bytes had no room for, */
    uint64_t owed_due_us;  /* and when they are due: they follow in batches of their own */
    struct event waiting;  /* made, and the last batch had no room for it: the first of the next one */
    bool waits;
    uint64_t turn_us; /* when the last turn was */
    bool held;        /* at the last turn due work was held back by the window */
    bool bound_hit;
    uint64_t busy_us, lag_us_max;
    char failure[WORKLOAD_ERROR_MAX]; /* "": none */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

load_t *load_new(const struct load_setup *setup, uint64_t now_us)
{
    must(setup != NULL && setup->connections_max > 0);
    load_t *self = mem_new(1, sizeof *self);
    self->setup = *setup;
    self->stopped = true;
    self->turn_us = now_us;
    size_t connections = setup->connections_max;
    size_t roomy = connections * 4 < POOL_MAX ? connections * 4 : POOL_MAX;
    self->pool_count = roomy > connections + POOL_SPARE ? roomy : connections + POOL_SPARE;
    self->pool = mem_new(self->pool_count, sizeof self->pool[0]);
    self->free = mem_new(self->pool_count, sizeof(struct batch *));
    size_t body_max = (size_t)LOAD_BATCH_MAX * LOAD_EVENT_ROOM;
    if (setup->batch_bytes * 2 < body_max) /* twice: the limit counts events, the arena their encoding */
        body_max = (size_t)setup->batch_bytes * 2;
    for (size_t i = self->pool_count; i > 0; i--) {
        batch_init(&self->pool[i - 1], LOAD_BATCH_MAX, body_max + LOAD_EVENT_ROOM);
        self->free[self->free_count++] = &self->pool[i - 1];
    }
    self->retry = retry_new(self->pool_count, setup->seed, setup->index);
    self->users = users_new(setup->seed, setup->index);
    window_init(&self->window, setup->connections_max, setup->rate_model);
    size_t first = least(setup->sink->ops->window_first, connections);
    if (first > self->window.now) /* never in the users model: it has the whole window */
        self->window.now = (uint32_t)first;
    self->settle = (struct settle){.tally = setup->tally,
                                   .stock = setup->stock,
                                   .retry = self->retry,
                                   .retries_max = setup->retries_max};
    return self;
}

void load_destroy(load_t **self_p)
{
    must(self_p != NULL);
    load_t *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->pool_count; i++)
        batch_fini(&self->pool[i]);
    free(self->pool);
    free(self->free);
    retry_destroy(&self->retry);
    users_destroy(&self->users);
    free(self);
    *self_p = NULL;
}

/* Does the pacer follow it already? A curve that is ordered again is not followed from its beginning. */
static bool same_pace(const struct load_share *a, const struct load_share *b)
{
    if (a->batch_size != b->batch_size)
        return false;
    if (a->epoch != 0 && a->epoch == b->epoch)
        return true;
    return a->rate == b->rate && a->over_us == 0 && b->over_us == 0;
}

static void set_pace(load_t *self, const struct load_share *share, bool bends, uint64_t now_us)
{
    struct shape_line line = {.from_us = share->from_us,
                              .to_us = share->from_us + share->over_us,
                              .value = share->rate,
                              .value_to = share->over_us > 0 ? share->rate_to : share->rate};
    line.value = shape_line_at(&line, now_us); /* to open a sink may have taken its time */
    line.from_us = now_us;
    line.to_us = line.to_us > now_us ? line.to_us : now_us;
    if (bends) {
        pacer_bend(&self->pacer, &line, share->batch_size, share->phase);
        return;
    }
    self->owed = 0;
    pacer_start(&self->pacer, &line, share->batch_size, share->phase);
}

void load_share(load_t *self, const struct load_share *share, uint64_t now_us)
{
    must(self != NULL && share != NULL);
    must(share->batch_size > 0 && share->batch_size <= LOAD_BATCH_MAX);
    if (load_failure(self) != NULL)
        return;
    struct load_share before = self->share;
    bool stopped = self->stopped;
    self->share = *share;
    self->stopped = false;
    if (self->setup.rate_model) {
        if (stopped || !same_pace(share, &before))
            set_pace(self, share, share->bends && !stopped, now_us);
        return;
    }
    users_set_wait(self->users, &share->wait);
    users_set_count(self->users, share->users, now_us);
}

void load_bound(load_t *self, uint64_t bound)
{
    must(self != NULL);
    if (bound > self->bound)
        self->bound = bound;
}

void load_stop(load_t *self, uint64_t now_us)
{
    must(self != NULL);
    self->stopped = true;
    self->held = false;
    self->owed = 0;
    users_set_count(self->users, 0, now_us);
}

const char *load_failure(const load_t *self)
{
    must(self != NULL);
    return self->failure[0] != '\0' ? self->failure : NULL;
}

bool load_drained(const load_t *self)
{
    must(self != NULL);
    must((self->free_count == self->pool_count) == (self->settle.events_out == 0));
    return self->free_count == self->pool_count;
}

static void release(load_t *self, struct batch *batch, uint64_t now_us)
{
    must(self->free_count < self->pool_count);
    if (batch->user != BATCH_NO_USER)
        users_answered(self->users, batch->user, now_us);
    self->free[self->free_count++] = batch;
}

static void settle_one(load_t *self, struct batch *batch, bool sent, uint64_t now_us)
{
    if (settle_batch(&self->settle, batch, sent, now_us) == SETTLED_DONE)
        release(self, batch, now_us);
}

/* False when the sink is busy: the batch then waits as `refused`. */
static bool submit(load_t *self, struct batch *batch, uint64_t now_us)
{
    struct counters *counters = &self->setup.tally->counters;
    must(self->refused == NULL);
    switch (self->setup.sink->ops->submit(self->setup.sink, batch)) {
    case SINK_BUSY:
        self->refused = batch;
        return false;
    case SINK_REFUSED:
        batch->attempts++;
        settle_one(self, batch, false, now_us);
        return true;
    case SINK_TAKEN:
        break;
    }
    if (batch->attempts++ > 0)
        counters->retried += batch->count;
    counters->requests_sent++;
    counters->wire_bytes += batch->body_length;
    return true;
}

static bool has_room(const load_t *self)
{
    return self->refused == NULL && self->setup.sink->ops->in_flight(self->setup.sink) < self->window.now;
}

/* Events that the next batch may hold; 0: quota used up, or the bound must be raised first. */
static uint32_t allowed(load_t *self)
{
    uint64_t generated = self->setup.tally->counters.generated;
    uint32_t size = self->setup.rate_model ? self->pacer.size : self->share.batch_size;
    if (self->owed > 0)
        size = self->owed;
    must(size > 0);
    uint64_t of_quota = self->share.quota > generated ? self->share.quota - generated : 0;
    if (of_quota < size)
        size = (uint32_t)of_quota;
    uint64_t of_bound = self->bound > generated ? self->bound - generated : 0;
    if (of_bound >= size)
        return size;
    self->bound_hit = true;
    return generated == 0 ? (uint32_t)of_bound : 0; /* whole batches keep the schedule; but never be stuck */
}

static uint64_t due_us(const load_t *self)
{
    if (self->owed > 0)
        return self->owed_due_us;
    return self->setup.rate_model ? pacer_next_us(&self->pacer) : users_next_us(self->users);
}

static uint64_t group_of(load_t *self, uint32_t user)
{
    if (self->setup.rate_model)
        return self->next_group++ % LOAD_GROUPS;
    return self->setup.index * LOAD_USERS_SPAN + user;
}

static struct batch *take_due(load_t *self, uint64_t now_us)
{
    uint64_t due = self->owed_due_us;
    uint32_t user = BATCH_NO_USER;
    bool taken = self->owed > 0 || (self->setup.rate_model ? pacer_take(&self->pacer, now_us, &due)
                                                           : users_take(self->users, now_us, &user, &due));
    if (!taken)
        return NULL;
    struct batch *batch = self->free[--self->free_count];
    batch_clear(batch);
    batch->due_us = due;
    batch->user = user;
    return batch;
}

/* No more events can be made. What is on the way goes on. */
static void give_up(load_t *self, const char *why, uint64_t now_us)
{
    must(why != NULL && why[0] != '\0');
    snprintf(self->failure, sizeof self->failure, "%s", why);
    load_stop(self, now_us);
}

/* An event that fits into no batch of the usual size gets one that is large enough for it, now and from now
 * on; few are, as those that were used last are used first. False: the sink takes none so large. */
static bool append_alone(load_t *self, struct batch *batch, const struct event *event)
{
    size_t need =
        event->data_length * 2 + event->key_length * 6 + LOAD_EVENT_ROOM; /* at most, once encoded */
    if (need <= batch->body_max || need > UINT32_MAX)
        return false;
    batch_grow(batch, need);
    return self->setup.sink->ops->append(self->setup.sink, batch, event);
}

static bool append(load_t *self, struct batch *batch, const struct event *event, uint64_t now_us)
{
    if (self->setup.sink->ops->append(self->setup.sink, batch, event))
        return true;
    self->waiting = *event;
    self->waits = batch->count > 0; /* the batch is full by bytes: a smaller one */
    if (self->waits)
        return false;
    if (append_alone(self, batch, event))
        return true;
    char why[160];
    snprintf(
        why, sizeof why,
        "an event of %zu bytes with a key of %zu can never be sent: that is no request of this target within "
        "--batch-bytes",
        event->data_length, event->key_length);
    give_up(self, why, now_us);
    return false;
}

/* Borrowed from the workload until its next batch or event begins, so it goes before both. */
static uint32_t append_waiting(load_t *self, struct batch *batch, uint64_t now_us)
{
    if (!self->waits)
        return 0;
    self->waits = false;
    return append(self, batch, &self->waiting, now_us) ? 1 : 0;
}

/* False: not one event could be made, and the batch is free again. */
static bool generate(load_t *self, struct batch *batch, uint32_t count, uint64_t now_us, int64_t wall_ms)
{
    sink_t *sink = self->setup.sink;
    workload_t *workload = self->setup.workload;
    sink->ops->begin(sink, batch);
    uint32_t more = count - append_waiting(self, batch, now_us);
    if (more > 0 && load_failure(self) == NULL)
        workload->ops->begin(workload, group_of(self, batch->user), more, wall_ms);
    struct event event;
    for (uint32_t i = 0; i < more && load_failure(self) == NULL; i++) {
        if (!workload->ops->next(workload, i, &event)) {
            give_up(self, workload->ops->error(workload), now_us);
            break;
        }
        if (!append(self, batch, &event, now_us))
            break;
    }
    bool failed = load_failure(self) != NULL;
    must(batch->count > 0 || failed);
    self->setup.tally->counters.generated += batch->count;
    self->settle.events_out += batch->count;
    self->owed = self->setup.rate_model && !failed ? count - batch->count : 0; /* a user just sends less */
    self->owed_due_us = batch->due_us;
    if (batch->count > 0)
        return true;
    release(self, batch, now_us);
    return false;
}

static void send_due(load_t *self, uint64_t now_us, int64_t wall_ms)
{
    struct batch *batch = self->refused;
    self->refused = NULL;
    if (batch != NULL && !submit(self, batch, now_us))
        return;
    while (has_room(self) && (batch = retry_take(self->retry, now_us)) != NULL)
        (void)submit(self, batch, now_us);
    while (!self->stopped && has_room(self) && self->free_count > 0 && due_us(self) <= now_us) {
        uint32_t count = allowed(self);
        if (count == 0 || (batch = take_due(self, now_us)) == NULL)
            break;
        if (generate(self, batch, count, now_us, wall_ms))
            (void)submit(self, batch, now_us);
    }
}

static void reap_all(load_t *self, uint64_t now_us)
{
    sink_t *sink = self->setup.sink;
    struct batch *batch;
    while ((batch = sink->ops->reap(sink)) != NULL)
        settle_one(self, batch, true, now_us);
}

static uint64_t lag_us(const load_t *self, uint64_t now_us)
{
    if (self->stopped || self->setup.tally->counters.generated >= self->share.quota)
        return 0;
    if (self->setup.rate_model && self->owed == 0)
        return pacer_lag_us(&self->pacer, now_us);
    uint64_t due = due_us(self);
    return due < now_us ? now_us - due : 0;
}

void load_turn(load_t *self, uint64_t now_us, int64_t wall_ms)
{
    must(self != NULL && now_us >= self->turn_us);
    if (self->held)
        self->busy_us += now_us - self->turn_us;
    self->turn_us = now_us;
    self->settle.unix_s = (double)wall_ms / 1000;
    reap_all(self, now_us);
    send_due(self, now_us, wall_ms);
    bool wanted = retry_next_us(self->retry) <= now_us || (!self->stopped && due_us(self) <= now_us);
    self->held = wanted && (!has_room(self) || self->free_count == 0);
    window_turn(&self->window, now_us, self->setup.tally->counters.delivered, self->settle.answers,
                self->held);
    uint64_t lag = lag_us(self, now_us);
    if (lag > self->lag_us_max)
        self->lag_us_max = lag;
}

void load_abandon(load_t *self, uint64_t now_us, int64_t wall_ms)
{
    must(self != NULL && self->stopped);
    self->settle.stopping_hard = true;
    self->settle.unix_s = (double)wall_ms / 1000;
    self->setup.sink->ops->abandon(self->setup.sink);
    reap_all(self, now_us);
    struct batch *batch = self->refused;
    self->refused = NULL;
    for (; batch != NULL || (batch = retry_take(self->retry, RETRY_NEVER)) != NULL; batch = NULL) {
        settle_give_up(&self->settle, batch, now_us);
        release(self, batch, now_us);
    }
    self->settle.stopping_hard = false;
    must(load_drained(self));
}

uint64_t load_next_us(const load_t *self, uint64_t now_us)
{
    must(self != NULL);
    if (!has_room(self))
        return UINT64_MAX;
    uint64_t next = retry_next_us(self->retry);
    if (self->stopped || self->free_count == 0 || self->setup.tally->counters.generated >= self->share.quota)
        return next;
    uint64_t due = due_us(self);
    if (due <= now_us)
        return UINT64_MAX; /* the turn has left it: only an answer or a higher bound helps */
    return due < next ? due : next;
}

void load_look(load_t *self, uint64_t now_us, struct load_state *out)
{
    must(self != NULL && out != NULL);
    settle_check(&self->settle);
    *out = (struct load_state){
        .in_flight = self->setup.sink->ops->in_flight(self->setup.sink),
        .window = self->window.now,
        .lag_us = lag_us(self, now_us),
        .lag_us_max = self->lag_us_max,
        .busy_us = self->busy_us,
        .users = users_count(self->users),
        .bound_hit = self->bound_hit,
    };
    self->bound_hit = false;
}
