#include "web/server/desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/mem.h"

struct web_exchange {
    desk_t *desk;
    unsigned holders; /* under the desk's lock, as all below */
    bool waiting;     /* the connection sleeps */
    bool settled;     /* there is an answer, or nobody to take one */
    bool later;       /* the handler took a handle */
    uint64_t asked_us;
    struct waiter waiter;
    struct web_answer answer;
    struct web_exchange *queue_next;   /* not yet handled */
    struct web_exchange *waiting_next; /* not yet answered */
    struct web_exchange *waiting_previous;
    struct form form; /* owned; read-only once asked, as all below */
    char *body;
    char *texts[3]; /* id, user, remote */
    struct web_question question;
};

struct web_later {
    struct web_exchange *exchange;
};

struct desk {
    pthread_mutex_t lock;
    int event; /* eventfd: readable while the queue is not empty */
    bool closed;
    size_t holders; /* the owner and every exchange */
    size_t waiting_count;
    struct web_exchange *waiting;
    struct web_exchange *queue_first;
    struct web_exchange **queue_end;
};

desk_t *desk_new(void)
{
    desk_t *self = mem_new(1, sizeof *self);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    self->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    must(self->event >= 0);
    self->holders = 1;
    self->queue_end = &self->queue_first;
    return self;
}

int desk_fd(const desk_t *self)
{
    must(self != NULL);
    return self->event;
}

/* One holder of the desk less, with the lock held; unlocks, frees when it was the last. */
static void leave(desk_t *self)
{
    must(self->holders > 0);
    bool last = --self->holders == 0;
    pthread_mutex_unlock(&self->lock);
    if (!last)
        return;
    must(self->queue_first == NULL && self->waiting == NULL);
    close(self->event);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

void desk_drop(struct web_exchange **exchange_p)
{
    must(exchange_p != NULL);
    struct web_exchange *exchange = *exchange_p;
    *exchange_p = NULL;
    if (exchange == NULL)
        return;
    desk_t *desk = exchange->desk;
    pthread_mutex_lock(&desk->lock);
    must(exchange->holders > 0);
    if (--exchange->holders > 0) {
        pthread_mutex_unlock(&desk->lock);
        return;
    }
    must(!exchange->waiting);
    form_fini(&exchange->form);
    free(exchange->body);
    free(exchange->answer.body);
    for (size_t i = 0; i < 3; i++)
        free(exchange->texts[i]);
    free(exchange);
    leave(desk);
}

struct web_exchange *desk_exchange(desk_t *self, const struct web_question *like, struct form *form,
                                   char *body, size_t body_length)
{
    must(self != NULL && like != NULL && form != NULL);
    must(body != NULL || body_length == 0);
    struct web_exchange *exchange = mem_new(1, sizeof *exchange);
    exchange->desk = self;
    exchange->holders = 1;
    exchange->form = *form;
    form_init(form);
    exchange->body = body != NULL ? body : mem_text("");
    exchange->texts[0] = mem_text(like->id);
    exchange->texts[1] = mem_text(like->user);
    exchange->texts[2] = mem_text(like->remote);
    exchange->question = *like;
    exchange->question.parameters = exchange->form.list;
    exchange->question.parameter_count = exchange->form.count;
    exchange->question.body = exchange->body;
    exchange->question.body_length = body_length;
    exchange->question.id = exchange->texts[0];
    exchange->question.user = exchange->texts[1];
    exchange->question.remote = exchange->texts[2];
    exchange->question.own = exchange;
    pthread_mutex_lock(&self->lock);
    self->holders++;
    pthread_mutex_unlock(&self->lock);
    return exchange;
}

static void link_waiting(desk_t *self, struct web_exchange *exchange)
{
    exchange->waiting = true;
    exchange->waiting_next = self->waiting;
    if (self->waiting != NULL)
        self->waiting->waiting_previous = exchange;
    self->waiting = exchange;
    self->waiting_count++;
}

static void unlink_waiting(desk_t *self, struct web_exchange *exchange)
{
    must(exchange->waiting && self->waiting_count > 0);
    if (exchange->waiting_previous != NULL)
        exchange->waiting_previous->waiting_next = exchange->waiting_next;
    else
        self->waiting = exchange->waiting_next;
    if (exchange->waiting_next != NULL)
        exchange->waiting_next->waiting_previous = exchange->waiting_previous;
    exchange->waiting_next = NULL;
    exchange->waiting_previous = NULL;
    exchange->waiting = false;
    self->waiting_count--;
}

enum desk_asked desk_ask(struct web_exchange *exchange, struct waiter waiter, uint64_t now_us)
{
    must(exchange != NULL && exchange->asked_us == 0);
    must(waiter.pause != NULL && waiter.wake != NULL);
    desk_t *self = exchange->desk;
    enum desk_asked asked = DESK_TAKEN;
    pthread_mutex_lock(&self->lock);
    if (self->closed) {
        asked = DESK_CLOSED;
    } else if (self->waiting_count >= DESK_WAITING_MAX) {
        asked = DESK_FULL;
    } else {
        exchange->asked_us = now_us;
        exchange->waiter = waiter;
        exchange->holders++; /* the queue's hold */
        waiter.pause(waiter.connection);
        link_waiting(self, exchange);
        *self->queue_end = exchange;
        self->queue_end = &exchange->queue_next;
        uint64_t one = 1;
        must(write(self->event, &one, sizeof one) == sizeof one || errno == EAGAIN);
    }
    pthread_mutex_unlock(&self->lock);
    return asked;
}

/* Give the answer to the sleeping connection, with the lock held; frees its body when nobody waits. */
static void settle(struct web_exchange *exchange, struct web_answer *answer)
{
    if (exchange->settled) {
        free(answer->body);
        answer->body = NULL;
        return;
    }
    exchange->settled = true;
    exchange->answer = *answer;
    answer->body = NULL;
    if (!exchange->waiting)
        return;
    unlink_waiting(exchange->desk, exchange);
    exchange->waiter.wake(exchange->waiter.connection);
}

struct web_answer *desk_answer(struct web_exchange *exchange)
{
    must(exchange != NULL);
    pthread_mutex_lock(&exchange->desk->lock);
    struct web_answer *answer = exchange->settled ? &exchange->answer : NULL;
    pthread_mutex_unlock(&exchange->desk->lock);
    return answer;
}

/* The next question that still wants an answer, with the queue's hold on it; NULL: none is left. */
static struct web_exchange *take(desk_t *self)
{
    pthread_mutex_lock(&self->lock);
    struct web_exchange *exchange = self->queue_first;
    if (exchange != NULL) {
        self->queue_first = exchange->queue_next;
        if (self->queue_first == NULL)
            self->queue_end = &self->queue_first;
        exchange->queue_next = NULL;
    }
    if (self->queue_first == NULL) {
        uint64_t count;
        must(read(self->event, &count, sizeof count) == sizeof count || errno == EAGAIN);
    }
    pthread_mutex_unlock(&self->lock);
    return exchange;
}

void desk_pump(desk_t *self, web_handler_fn *handler, void *context)
{
    must(self != NULL);
    must(handler != NULL);
    for (size_t i = 0; i < DESK_PUMP_MAX; i++) {
        struct web_exchange *exchange = take(self);
        if (exchange == NULL)
            return;
        pthread_mutex_lock(&self->lock);
        bool wanted = !exchange->settled;
        pthread_mutex_unlock(&self->lock);
        struct web_answer answer = {0};
        if (wanted)
            handler(context, &exchange->question, &answer);
        pthread_mutex_lock(&self->lock);
        if (exchange->later)
            free(answer.body);
        else
            settle(exchange, &answer);
        pthread_mutex_unlock(&self->lock);
        desk_drop(&exchange);
    }
}

web_later_t *web_answer_later(const struct web_question *question)
{
    must(question != NULL && question->own != NULL);
    struct web_exchange *exchange = question->own;
    web_later_t *later = mem_new(1, sizeof *later);
    later->exchange = exchange;
    pthread_mutex_lock(&exchange->desk->lock);
    must(!exchange->later);
    exchange->later = true;
    exchange->holders++;
    pthread_mutex_unlock(&exchange->desk->lock);
    return later;
}

void web_answer_now(web_later_t **later_p, struct web_answer *answer)
{
    must(later_p != NULL && *later_p != NULL);
    must(answer != NULL);
    struct web_exchange *exchange = (*later_p)->exchange;
    pthread_mutex_lock(&exchange->desk->lock);
    settle(exchange, answer);
    pthread_mutex_unlock(&exchange->desk->lock);
    desk_drop(&exchange);
    free(*later_p);
    *later_p = NULL;
}

void desk_expire(desk_t *self, uint64_t now_us)
{
    must(self != NULL);
    pthread_mutex_lock(&self->lock);
    for (struct web_exchange *exchange = self->waiting, *next; exchange != NULL; exchange = next) {
        next = exchange->waiting_next;
        if (now_us < exchange->asked_us || now_us - exchange->asked_us < DESK_WAIT_US)
            continue;
        struct web_answer answer = {0};
        web_answer_error(&answer, 504, "no_answer", "the primary did not answer in time");
        settle(exchange, &answer);
    }
    pthread_mutex_unlock(&self->lock);
}

void desk_close(desk_t *self)
{
    must(self != NULL);
    pthread_mutex_lock(&self->lock);
    self->closed = true;
    while (self->waiting != NULL) {
        struct web_answer answer = {0};
        web_answer_error(&answer, 503, "stopping", "the primary is stopping");
        settle(self->waiting, &answer);
    }
    pthread_mutex_unlock(&self->lock);
    for (struct web_exchange *exchange = take(self); exchange != NULL; exchange = take(self))
        desk_drop(&exchange);
}

void desk_release(desk_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    desk_t *self = *self_p;
    *self_p = NULL;
    pthread_mutex_lock(&self->lock);
    must(self->closed);
    leave(self);
}
