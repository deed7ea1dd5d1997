/*
 * desk - questions of web threads, answered by the primary's loop.
 *
 * A web thread fills an exchange and asks; its connection sleeps. The loop pumps, the handler answers at once
 * or takes a handle and answers later; the connection wakes and takes the answer. The queue is bounded, every
 * wait has an end. An exchange is freed by its last holder (web thread, queue, handle), so a client that gave
 * up, an answer that comes too late and a server that is gone are all harmless. Any thread, but for
 * desk_pump().
 */
#ifndef FRESHET_DESK_H
#define FRESHET_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "web/server/form.h"
#include "web/server/waiter.h"
#include "web/server/web.h"

enum { DESK_WAITING_MAX = 512, DESK_PUMP_MAX = 64 };

#define DESK_WAIT_US (UINT64_C(150) * 1000000)

typedef struct desk desk_t;

desk_t *desk_new(void);
/* Answer all that wait with 503; take no more. */
void desk_close(desk_t *self);
/* Free it as soon as no exchange is left; set *self_p to NULL. desk_close() comes first. */
void desk_release(desk_t **self_p);

int desk_fd(const desk_t *self);

/* An exchange that the caller holds. Takes over the form's parameters and `body` (from malloc; may be NULL);
 * texts of `like` are copied. */
struct web_exchange *desk_exchange(desk_t *self, const struct web_question *like, struct form *form,
                                   char *body, size_t body_length);

enum desk_asked {
    DESK_TAKEN, /* the connection sleeps */
    DESK_FULL,  /* too many wait */
    DESK_CLOSED /* the server is stopping */
};
MUST_USE enum desk_asked desk_ask(struct web_exchange *exchange, struct waiter waiter, uint64_t now_us);

/* The answer, once the connection was woken; NULL before. Borrowed; the caller may take its body and set it
 * NULL. */
struct web_answer *desk_answer(struct web_exchange *exchange);

/* Let go of the exchange; sets *exchange_p to NULL. */
void desk_drop(struct web_exchange **exchange_p);

/* Call the handler for what waits. */
void desk_pump(desk_t *self, web_handler_fn *handler, void *context);

/* Tell those that wait since DESK_WAIT_US that there is no answer. */
void desk_expire(desk_t *self, uint64_t now_us);

#endif
