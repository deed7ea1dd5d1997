#include "web/server/live.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/mem.h"
#include "web/server/document.h"

enum { FRAME_BYTES_MAX = 16 * 1024 * 1024 };

struct subscriber {
    struct waiter waiter;
    uint64_t session;
    bool asleep;
    bool over;                /* nothing comes any more after what is being sent */
    uint64_t sequence;        /* of the last event begun */
    uint64_t heard_us;        /* when it was last sent something; 0: never */
    bool keep_alive;          /* a sign of life is due */
    struct document *sending; /* held, or NULL */
    size_t sent;              /* bytes of it */
    subscriber_t *next;
    subscriber_t *previous;
};

struct live {
    pthread_mutex_t lock;
    bool closed;
    size_t max;
    size_t count;
    subscriber_t *first;
    uint64_t sequence;       /* of the last event made */
    uint64_t frame_sequence; /* of the one below */
    struct document *frame;  /* the newest event as it goes over the wire; NULL before the first */
    struct document *hello;
    struct document *sign_of_life;
    struct document *gone;
};

static struct document *text(const char *what)
{
    return document_new(what, strlen(what));
}

live_t *live_new(void)
{
    live_t *self = mem_new(1, sizeof *self);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    self->max = LIVE_SUBSCRIBERS_MAX;
    self->hello = text("retry: 1000\n\n");
    self->sign_of_life = text(": alive\n\n");
    self->gone = text("event: gone\ndata: {}\n\n");
    return self;
}

void live_bound(live_t *self, size_t subscribers_max)
{
    must(self != NULL && self->first == NULL);
    must(subscribers_max > 0);
    self->max = subscribers_max < LIVE_SUBSCRIBERS_MAX ? subscribers_max : LIVE_SUBSCRIBERS_MAX;
}

void live_destroy(live_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    must((*self_p)->first == NULL);
    document_drop(&(*self_p)->frame);
    document_drop(&(*self_p)->hello);
    document_drop(&(*self_p)->sign_of_life);
    document_drop(&(*self_p)->gone);
    pthread_mutex_destroy(&(*self_p)->lock);
    free(*self_p);
    *self_p = NULL;
}

subscriber_t *live_join(live_t *self, struct waiter waiter, uint64_t session)
{
    must(self != NULL);
    must(waiter.pause != NULL && waiter.wake != NULL);
    subscriber_t *subscriber = NULL;
    pthread_mutex_lock(&self->lock);
    if (!self->closed && self->count < self->max) {
        subscriber = mem_new(1, sizeof *subscriber);
        subscriber->waiter = waiter;
        subscriber->session = session;
        subscriber->sending = document_hold(self->hello);
        subscriber->next = self->first;
        if (self->first != NULL)
            self->first->previous = subscriber;
        self->first = subscriber;
        self->count++;
    }
    pthread_mutex_unlock(&self->lock);
    return subscriber;
}

void live_leave(live_t *self, subscriber_t **subscriber_p)
{
    must(self != NULL);
    must(subscriber_p != NULL);
    subscriber_t *subscriber = *subscriber_p;
    *subscriber_p = NULL;
    if (subscriber == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    must(self->count > 0);
    self->count--;
    if (subscriber->previous != NULL)
        subscriber->previous->next = subscriber->next;
    else
        self->first = subscriber->next;
    if (subscriber->next != NULL)
        subscriber->next->previous = subscriber->previous;
    pthread_mutex_unlock(&self->lock);
    document_drop(&subscriber->sending);
    free(subscriber);
}

static void wake(subscriber_t *subscriber)
{
    if (!subscriber->asleep)
        return;
    subscriber->asleep = false;
    subscriber->waiter.wake(subscriber->waiter.connection);
}

/* The event on the wire; a line break in the data begins another data line. */
static struct document *frame(uint64_t sequence, const char *data, size_t length)
{
    struct buffer out;
    buffer_init(&out, FRAME_BYTES_MAX);
    buffer_printf(&out, "id: %llu\nevent: run\ndata: ", (unsigned long long)sequence);
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        if (data[i] != '\n' && data[i] != '\r')
            continue;
        buffer_append(&out, data + start, i - start);
        buffer_text(&out, "\ndata: ");
        start = i + 1;
    }
    buffer_append(&out, data + start, length - start);
    buffer_text(&out, "\n\n");
    struct document *made = out.full ? NULL : document_new(buffer_str(&out), out.length);
    buffer_fini(&out);
    return made;
}

void live_publish(live_t *self, const void *data, size_t length)
{
    must(self != NULL);
    must(data != NULL || length == 0);
    pthread_mutex_lock(&self->lock);
    uint64_t sequence = ++self->sequence;
    pthread_mutex_unlock(&self->lock);
    struct document *fresh = frame(sequence, length > 0 ? data : "", length);
    if (fresh == NULL)
        return; /* larger than any run's document may be */
    pthread_mutex_lock(&self->lock);
    struct document *old = self->frame;
    self->frame = fresh;
    self->frame_sequence = sequence;
    for (subscriber_t *subscriber = self->first; subscriber != NULL; subscriber = subscriber->next)
        wake(subscriber);
    pthread_mutex_unlock(&self->lock);
    document_drop(&old);
}

/* What this subscriber is sent next, held; NULL: nothing. With the lock held. */
static struct document *next(live_t *self, subscriber_t *subscriber)
{
    if (subscriber->over)
        return NULL;
    if (self->closed) {
        subscriber->over = true;
        return document_hold(self->gone);
    }
    if (self->frame != NULL && subscriber->sequence != self->frame_sequence) {
        subscriber->sequence = self->frame_sequence;
        return document_hold(self->frame);
    }
    if (subscriber->keep_alive)
        return document_hold(self->sign_of_life);
    return NULL;
}

ssize_t live_read(live_t *self, subscriber_t *subscriber, char *out, size_t out_bytes, uint64_t now_us,
                  bool *fresh_out)
{
    must(self != NULL && subscriber != NULL);
    must(out != NULL && out_bytes > 0 && fresh_out != NULL);
    *fresh_out = false;
    ssize_t given = LIVE_SLEEPS;
    pthread_mutex_lock(&self->lock);
    if (subscriber->sending != NULL && subscriber->sent == document_length(subscriber->sending)) {
        document_drop(&subscriber->sending);
        *fresh_out = true;
    }
    if (subscriber->sending == NULL) {
        subscriber->sending = next(self, subscriber);
        subscriber->sent = 0;
    }
    if (subscriber->sending != NULL) {
        size_t left = document_length(subscriber->sending) - subscriber->sent;
        size_t part = left < out_bytes ? left : out_bytes;
        memcpy(out, document_bytes(subscriber->sending) + subscriber->sent, part);
        subscriber->sent += part;
        subscriber->heard_us = now_us;
        subscriber->keep_alive = false;
        given = (ssize_t)part;
    } else if (subscriber->over) {
        given = LIVE_OVER;
    } else {
        subscriber->asleep = true;
        subscriber->waiter.pause(subscriber->waiter.connection);
    }
    pthread_mutex_unlock(&self->lock);
    return given;
}

void live_tick(live_t *self, uint64_t now_us, bool (*alive)(void *context, uint64_t session), void *context)
{
    must(self != NULL);
    must(alive != NULL);
    pthread_mutex_lock(&self->lock);
    for (subscriber_t *subscriber = self->first; subscriber != NULL; subscriber = subscriber->next) {
        if (subscriber->session != 0 && !subscriber->over && !alive(context, subscriber->session)) {
            subscriber->over = true;
            wake(subscriber);
        }
        if (subscriber->asleep && now_us > subscriber->heard_us &&
            now_us - subscriber->heard_us >= LIVE_KEEP_ALIVE_US) {
            subscriber->keep_alive = true;
            wake(subscriber);
        }
    }
    pthread_mutex_unlock(&self->lock);
}

size_t live_count(live_t *self)
{
    must(self != NULL);
    pthread_mutex_lock(&self->lock);
    size_t count = self->count;
    pthread_mutex_unlock(&self->lock);
    return count;
}

void live_close(live_t *self)
{
    must(self != NULL);
    pthread_mutex_lock(&self->lock);
    self->closed = true;
    for (subscriber_t *subscriber = self->first; subscriber != NULL; subscriber = subscriber->next)
        wake(subscriber);
    pthread_mutex_unlock(&self->lock);
}
