/*
 * sink_null - the annotated skeleton of a sink: takes every batch, sends it nowhere, and says at the next
 * reap that all of it was delivered. Also the speed test of everything before the network.
 */
#include "common/clock.h"
#include "common/mem.h"
#include "secondary/sink.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { TAKEN_MAX = 4096 }; /* batches held at once */

/* A sink's own struct begins with `struct sink`, so that the engine's pointer is ours too. */
struct sink_null {
    struct sink base;
    struct batch *taken[TAKEN_MAX]; /* borrowed until reaped; a ring */
    size_t first, count;
};

/* Required. Ask the target before the run; a target with no limits only says that it is there. */
static bool preflight(sink_t *base, struct wire_preflight *out)
{
    must(base != NULL && out != NULL);
    out->ok = true;
    return true;
}

/* locate, shard_of and shard_name are for a target that has shards, and are left out here. */

/* Required. What stands before the first event of a request (Kinesis: {"StreamName":...,"Records":[). */
static void begin(sink_t *base, struct batch *batch)
{
    must(base != NULL && batch->count == 0);
    batch->body_length = batch->prefix_length = 0;
}

/* Required, and hot. Encode behind body_length, then tell the batch with batch_added; or leave it as it was
 * and return false, when the target's limit (here: the arena) would be passed. */
static bool append(sink_t *base, struct batch *batch, const struct event *event)
{
    must(base != NULL);
    size_t length = event->key_length + event->data_length;
    if (batch->count == batch->count_max || length > batch->body_max - batch->body_length)
        return false;
    char *at = batch->body + batch->body_length;
    memcpy(at, event->data, event->data_length);
    memcpy(at + event->data_length, event->key, event->key_length);
    batch->body_length += length;
    batch_added(batch, (uint32_t)length);
    return true;
}

/* Required. Start to send without blocking and stamp sent_us, or say BUSY and leave the batch alone. */
static enum sink_submit submit(sink_t *base, struct batch *batch)
{
    struct sink_null *self = (struct sink_null *)base;
    must(batch->count > 0);
    if (self->count == TAKEN_MAX)
        return SINK_BUSY;
    batch->sent_us = clock_us();
    batch->lost = batch->answered_ok = false;
    batch->retry_after_us = 0;
    self->taken[(self->first + self->count++) % TAKEN_MAX] = batch;
    return SINK_TAKEN;
}

/* Required. Hand back one batch with answered_us and a verdict on every event; NULL when none is ready. */
static struct batch *reap(sink_t *base)
{
    struct sink_null *self = (struct sink_null *)base;
    if (self->count == 0)
        return NULL;
    struct batch *batch = self->taken[self->first];
    self->first = (self->first + 1) % TAKEN_MAX;
    self->count--;
    batch->answered_us = clock_us();
    batch->answered_ok = true;
    for (uint32_t i = 0; i < batch->count; i++)
        batch->verdicts[i] = (struct event_verdict){.fate = EVENT_DELIVERED};
    return batch;
}

/* Required. */
static size_t in_flight(const sink_t *base)
{
    return ((const struct sink_null *)base)->count;
}

/* Required. The only place where the engine may block. Whatever is in flight here is ready already. */
static void wait_a_while(sink_t *base, int wake_fd, uint64_t timeout_us)
{
    struct sink_null *self = (struct sink_null *)base;
    if (self->count > 0 || timeout_us == 0)
        return;
    struct pollfd wake = {.fd = wake_fd, .events = POLLIN};
    struct timespec timeout = {.tv_sec = (time_t)(timeout_us / 1000000),
                               .tv_nsec = (long)(timeout_us % 1000000) * 1000};
    (void)ppoll(&wake, 1, &timeout, NULL); /* an interrupted wait is only a short one */
}

/* Required. The stop timeout has struck: what is not answered comes back as `lost`. Here all is answered. */
static void abandon(sink_t *base)
{
    must(base != NULL);
}

static void close_it(sink_t **self_p)
{
    must(self_p != NULL);
    free(*self_p);
    *self_p = NULL;
}

static const struct sink_ops ops = {
    .request = "Null",
    .preflight = preflight,
    .begin = begin,
    .append = append,
    .submit = submit,
    .reap = reap,
    .in_flight = in_flight,
    .wait = wait_a_while,
    .abandon = abandon,
    .close = close_it,
};

sink_t *sink_null_open(const struct sink_setup *setup, struct sink_error *error)
{
    must(setup != NULL && error != NULL);
    must(setup->target->kind == TARGET_NULL);
    struct sink_null *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    return &self->base;
}
