/*
 * login - is this the password? Asked by login form and Basic, without ever blocking a web thread.
 *
 * Verifying costs 0.1 s and 64 MiB by design, so one thread of its own does it, one job after the other, in
 * front of it a bounded queue and the throttle. What Basic has sent once is remembered for some minutes by a
 * keyed hash. A job belongs to the caller and stays where it is until the connection is woken. Any thread.
 */
#ifndef FRESHET_LOGIN_H
#define FRESHET_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "web/server/throttle.h"
#include "web/server/waiter.h"
#include "web/server/web.h"

enum { LOGIN_QUEUE_MAX = 128, LOGIN_MEMORY_MAX = 64 };

#define LOGIN_GOOD_US (UINT64_C(300) * 1000000) /* a right Basic is remembered this long */
#define LOGIN_WRONG_US                                                                                       \
    (UINT64_C(60) * 1000000) /* a wrong one, so that a script with a typo locks nobody out */

enum login_outcome {
    LOGIN_GOOD,    /* `role` is set */
    LOGIN_WRONG,   /* 401 */
    LOGIN_WAIT,    /* too many wrong ones: wait_us */
    LOGIN_UNKNOWN, /* not remembered: ask */
    LOGIN_CLOSED   /* the server is stopping */
};

struct login_job {
    /* set by the caller */
    bool basic; /* remember the outcome */
    struct throttle_address address;
    char user[WEB_USER_MAX];
    char password[WEB_SECRET_MAX]; /* overwritten once verified */
    /* set when the connection is woken */
    enum login_outcome outcome;
    enum web_role role;
    uint64_t wait_us;
    /* the module's own */
    struct waiter waiter;
    struct login_job *next;
};

typedef struct login login_t;

/* Accounts are copied; the log is borrowed. */
login_t *login_new(const struct web_accounts *accounts, log_t *log);
/* Wake all that wait with LOGIN_CLOSED and take no more. */
void login_close(login_t *self);
void login_destroy(login_t **self_p);

/* What is remembered of these Basic credentials. */
MUST_USE enum login_outcome login_recall(login_t *self, const char *user, const char *password,
                                         uint64_t now_us, enum web_role *role_out);

/* Verify: the connection sleeps until the job is done. False: the queue is full or closed, nothing happened.
 */
MUST_USE bool login_ask(login_t *self, struct login_job *job, struct waiter waiter);

/* The outcome of a job once its connection was woken. */
MUST_USE enum login_outcome login_outcome(login_t *self, const struct login_job *job);

#endif
