#include "secondary/kinesis/credentials.h"

#include "common/clock.h"
#include "common/mem.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    AHEAD_S = 900,  /* a refresh begins this long before the expiry, */
    SPREAD_S = 300, /* less up to this, so that a fleet does not ask at once */
    AGAIN_S = 30,   /* after a failed refresh, or one that brought expired keys */
    SOON_S = 2,     /* between refreshes of keys that are about to expire */
};

struct credentials {
    struct providers_setup setup; /* what it points to is borrowed */
    log_t *log;                   /* borrowed */
    pthread_t thread;
    bool threaded;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t wake;   /* stop, a refusal, or the end of a refresh */
    bool stop, wanted;     /* wanted: refresh now, the service refused the set */
    bool same_again;       /* the last refresh on refusal brought the set that was refused */
    struct provided set;   /* in force */
    uint64_t due_us;       /* next refresh on the monotonic clock; UINT64_MAX: none */
    atomic_uint_fast64_t number;
    atomic_bool cancelled; /* read by the providers: give up, we are closing */
};

static uint64_t spread_us(void)
{
    return clock_us() % ((uint64_t)SPREAD_S * 1000000U);
}

static uint64_t next_refresh_us(const struct provided *set)
{
    if (set->expires_s == 0)
        return UINT64_MAX;
    int64_t left_s = set->expires_s - clock_wall_ms() / 1000;
    if (left_s > AHEAD_S)
        return clock_us() + (uint64_t)(left_s - AHEAD_S) * 1000000U + spread_us();
    int64_t wait_s = AGAIN_S;
    if (left_s > 0)
        wait_s = left_s / 2 > SOON_S ? left_s / 2 : SOON_S;
    return clock_us() + (uint64_t)wait_s * 1000000U;
}

static bool same_keys(const struct sigv4_keys *a, const struct sigv4_keys *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->secret, b->secret) == 0 && strcmp(a->token, b->token) == 0;
}

/* Called with the mutex held; gives it up while the providers are asked. */
static void refresh(credentials_t *self)
{
    bool on_refusal = self->wanted;
    pthread_mutex_unlock(&self->mutex);
    struct provided *fresh = mem_new(1, sizeof *fresh);
    char error[PROVIDERS_ERROR_MAX];
    bool fetched = providers_fetch(&self->setup, fresh, error);
    if (!fetched && !atomic_load(&self->cancelled))
        log_warning(self->log, "credentials not refreshed, keeping the old ones: %s", error);
    pthread_mutex_lock(&self->mutex);

    bool same = fetched && same_keys(&fresh->keys, &self->set.keys);
    if (same && on_refusal && !self->same_again)
        log_warning(self->log,
                    "the service refuses these credentials and the %s gives no others: new ones are needed",
                    fresh->provider);
    if (!fetched) {
        uint64_t again_us = clock_us() + (uint64_t)AGAIN_S * 1000000U;
        uint64_t next_us = next_refresh_us(&self->set);
        self->due_us = next_us < again_us ? next_us : again_us;
        self->same_again = on_refusal; /* nothing better is to be had now */
    } else if (same) {
        self->set.expires_s = fresh->expires_s;
        self->due_us = next_refresh_us(fresh);
        self->same_again = self->same_again || on_refusal;
    } else {
        self->set = *fresh;
        self->due_us = next_refresh_us(fresh);
        self->same_again = false;
        atomic_fetch_add(&self->number, 1);
    }
    self->wanted = false;
    pthread_cond_broadcast(&self->wake);
    OPENSSL_cleanse(fresh, sizeof *fresh);
    free(fresh);
}

/* Sleep until woken or the moment; the mutex is held. */
static void sleep_until(credentials_t *self, uint64_t until_us)
{
    if (until_us == UINT64_MAX) {
        pthread_cond_wait(&self->wake, &self->mutex);
        return;
    }
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000U),
                             .tv_nsec = (long)(until_us % 1000000U) * 1000};
    pthread_cond_clockwait(&self->wake, &self->mutex, CLOCK_MONOTONIC, &until);
}

static void *run(void *argument)
{
    credentials_t *self = argument;
    pthread_mutex_lock(&self->mutex);
    while (!self->stop) {
        if (self->wanted || clock_us() >= self->due_us)
            refresh(self);
        else
            sleep_until(self, self->due_us);
    }
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

credentials_t *credentials_open(const struct providers_setup *setup, log_t *log,
                                char error[PROVIDERS_ERROR_MAX])
{
    must(setup != NULL && error != NULL);
    struct provided *first = mem_new(1, sizeof *first);
    if (!providers_fetch(setup, first, error)) {
        free(first);
        return NULL;
    }
    credentials_t *self = mem_new(1, sizeof *self);
    self->setup = *setup;
    self->setup.cancelled = &self->cancelled;
    self->log = log;
    self->set = *first;
    self->due_us = next_refresh_us(first);
    OPENSSL_cleanse(first, sizeof *first);
    free(first);
    atomic_init(&self->number, 1);
    atomic_init(&self->cancelled, false);
    must(pthread_mutex_init(&self->mutex, NULL) == 0);
    must(pthread_cond_init(&self->wake, NULL) == 0);
    self->threaded = pthread_create(&self->thread, NULL, run, self) == 0;
    if (!self->threaded)
        log_warning(self->log, "no thread to refresh credentials: they will not be renewed");
    return self;
}

void credentials_close(credentials_t **self_p)
{
    must(self_p != NULL);
    credentials_t *self = *self_p;
    if (self == NULL)
        return;
    atomic_store(&self->cancelled, true);
    pthread_mutex_lock(&self->mutex);
    self->stop = true;
    pthread_cond_broadcast(&self->wake);
    pthread_mutex_unlock(&self->mutex);
    if (self->threaded)
        must(pthread_join(self->thread, NULL) == 0);
    pthread_cond_destroy(&self->wake);
    pthread_mutex_destroy(&self->mutex);
    OPENSSL_cleanse(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

uint64_t credentials_number(const credentials_t *self)
{
    must(self != NULL);
    return atomic_load_explicit(&self->number, memory_order_relaxed);
}

uint64_t credentials_copy(credentials_t *self, struct sigv4_keys *out)
{
    must(self != NULL && out != NULL);
    pthread_mutex_lock(&self->mutex);
    *out = self->set.keys;
    uint64_t number = atomic_load(&self->number);
    pthread_mutex_unlock(&self->mutex);
    return number;
}

bool credentials_refused(credentials_t *self, uint64_t number)
{
    must(self != NULL);
    must(number > 0);
    pthread_mutex_lock(&self->mutex);
    bool newer = atomic_load(&self->number) > number;
    bool again = newer || (self->threaded && !self->same_again);
    if (again && !newer && !self->wanted) {
        self->wanted = true;
        pthread_cond_broadcast(&self->wake);
    }
    pthread_mutex_unlock(&self->mutex);
    return again;
}

bool credentials_await(credentials_t *self, uint64_t number, uint64_t timeout_us)
{
    must(self != NULL);
    must(number > 0 && timeout_us < UINT64_MAX / 2);
    uint64_t until_us = clock_us() + timeout_us;
    pthread_mutex_lock(&self->mutex);
    while (self->wanted && atomic_load(&self->number) == number && clock_us() < until_us)
        sleep_until(self, until_us);
    bool newer = atomic_load(&self->number) > number;
    pthread_mutex_unlock(&self->mutex);
    return newer;
}
