#include "web/server/login.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "web/server/password.h"

enum { ACCOUNT_OPERATOR, ACCOUNT_VIEWER, ACCOUNT_NONE };

_Static_assert((int)ACCOUNT_NONE + 1 == (int)THROTTLE_ACCOUNTS, "the throttle counts each");

struct memory {
    uint64_t until_us; /* 0: unused */
    bool good;
    enum web_role role;
    uint8_t key[crypto_generichash_BYTES];
};

struct login {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool closed;
    size_t queued;
    struct login_job *first;
    struct login_job **end;
    throttle_t *throttle;
    struct memory memory[LOGIN_MEMORY_MAX];
    uint8_t memory_key[crypto_generichash_KEYBYTES];
    struct web_accounts accounts;
    char decoy[WEB_HASH_MAX]; /* verified for unknown users, so that they take as long */
    log_t *log;
    struct log_limit log_limit;
};

static void remember_key(const login_t *self, const char *user, const char *password,
                         uint8_t key[crypto_generichash_BYTES])
{
    crypto_generichash_state state;
    must(crypto_generichash_init(&state, self->memory_key, sizeof self->memory_key,
                                 crypto_generichash_BYTES) == 0);
    crypto_generichash_update(&state, (const uint8_t *)user, strlen(user) + 1);
    crypto_generichash_update(&state, (const uint8_t *)password, strlen(password));
    must(crypto_generichash_final(&state, key, crypto_generichash_BYTES) == 0);
}

static enum login_outcome recall(const login_t *self, const uint8_t key[crypto_generichash_BYTES],
                                 uint64_t now_us, enum web_role *role_out)
{
    enum login_outcome outcome = LOGIN_UNKNOWN;
    for (size_t i = 0; i < LOGIN_MEMORY_MAX; i++) {
        const struct memory *memory = &self->memory[i];
        if (memory->until_us <= now_us || sodium_memcmp(memory->key, key, sizeof memory->key) != 0)
            continue;
        outcome = memory->good ? LOGIN_GOOD : LOGIN_WRONG;
        *role_out = memory->role;
    }
    return outcome;
}

enum login_outcome login_recall(login_t *self, const char *user, const char *password, uint64_t now_us,
                                enum web_role *role_out)
{
    must(self != NULL && role_out != NULL);
    must(user != NULL && password != NULL);
    uint8_t key[crypto_generichash_BYTES];
    remember_key(self, user, password, key);
    pthread_mutex_lock(&self->lock);
    enum login_outcome outcome = recall(self, key, now_us, role_out);
    pthread_mutex_unlock(&self->lock);
    return outcome;
}

/* Put it in place of what ends first; right ones are the last to go. */
static void remember(login_t *self, const uint8_t key[crypto_generichash_BYTES], bool good,
                     enum web_role role, uint64_t now_us)
{
    struct memory *place = &self->memory[0];
    for (size_t i = 1; i < LOGIN_MEMORY_MAX; i++)
        if (self->memory[i].until_us < place->until_us)
            place = &self->memory[i];
    place->until_us = now_us + (good ? LOGIN_GOOD_US : LOGIN_WRONG_US);
    place->good = good;
    place->role = role;
    memcpy(place->key, key, sizeof place->key);
}

static bool is_user(const struct web_account *account, const char *user)
{
    char padded[WEB_USER_MAX] = "";
    memcpy(padded, user, strlen(user));
    char own[WEB_USER_MAX] = "";
    memcpy(own, account->user, strlen(account->user));
    return account->hash[0] != '\0' && sodium_memcmp(padded, own, sizeof own) == 0;
}

static unsigned account_of(const login_t *self, const char *user)
{
    bool runs = is_user(&self->accounts.operator, user);
    bool looks = is_user(&self->accounts.viewer, user);
    return runs ? ACCOUNT_OPERATOR : looks ? ACCOUNT_VIEWER : ACCOUNT_NONE;
}

/* The slow part, without the lock. */
static bool verify(const login_t *self, unsigned account, const char *password)
{
    const char *hash = account == ACCOUNT_OPERATOR
        ? self->accounts.operator.hash : account == ACCOUNT_VIEWER ? self->accounts.viewer.hash : self->decoy;
    bool fits = password_fits(hash, password);
    return fits && account != ACCOUNT_NONE;
}

static void note_failure(login_t *self, unsigned account, uint64_t now_us)
{
    uint64_t suppressed;
    if (log_allowed(&self->log_limit, now_us, 1000000, &suppressed))
        log_warning(self->log, "wrong login account=%s held_back=%llu",
                    account == ACCOUNT_OPERATOR ? "operator"
                    : account == ACCOUNT_VIEWER ? "viewer"
                                                : "unknown",
                    (unsigned long long)suppressed);
}

/* Decide about a job, entered and left with the lock held, released while verifying. */
static void decide(login_t *self, struct login_job *job)
{
    uint8_t key[crypto_generichash_BYTES];
    remember_key(self, job->user, job->password, key);
    unsigned account = account_of(self, job->user);
    uint64_t now_us = clock_us();
    job->role = account == ACCOUNT_OPERATOR ? WEB_OPERATOR : WEB_VIEWER;
    job->outcome = job->basic ? recall(self, key, now_us, &job->role) : LOGIN_UNKNOWN;
    if (job->outcome != LOGIN_UNKNOWN)
        return; /* another job asked the same a moment ago */
    job->wait_us = throttle_wait_us(self->throttle, &job->address, account, now_us);
    if (job->wait_us > 0) {
        job->outcome = LOGIN_WAIT;
        return;
    }
    pthread_mutex_unlock(&self->lock);
    bool good = verify(self, account, job->password);
    pthread_mutex_lock(&self->lock);
    now_us = clock_us();
    job->outcome = good ? LOGIN_GOOD : LOGIN_WRONG;
    if (good)
        throttle_passed(self->throttle, &job->address, account, now_us);
    else
        throttle_failed(self->throttle, &job->address, account, now_us);
    if (!good)
        note_failure(self, account, now_us);
    if (job->basic)
        remember(self, key, good, job->role, now_us);
}

static void *work(void *context)
{
    login_t *self = context;
    pthread_mutex_lock(&self->lock);
    while (!self->closed) {
        struct login_job *job = self->first;
        if (job == NULL) {
            pthread_cond_wait(&self->work, &self->lock);
            continue;
        }
        self->first = job->next;
        if (self->first == NULL)
            self->end = &self->first;
        self->queued--;
        decide(self, job);
        sodium_memzero(job->password, sizeof job->password);
        job->waiter.wake(job->waiter.connection);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

login_t *login_new(const struct web_accounts *accounts, log_t *log)
{
    must(accounts != NULL && log != NULL);
    must(accounts->operator.hash[0] != '\0');
    login_t *self = mem_new(1, sizeof *self);
    self->accounts = *accounts;
    self->log = log;
    self->end = &self->first;
    self->throttle = throttle_new();
    randombytes_buf(self->memory_key, sizeof self->memory_key);
    char nobody[65];
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(nobody, sizeof nobody, random, sizeof random);
    password_hash(nobody, self->decoy);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    must(pthread_cond_init(&self->work, NULL) == 0);
    must(pthread_create(&self->thread, NULL, work, self) == 0);
    return self;
}

bool login_ask(login_t *self, struct login_job *job, struct waiter waiter)
{
    must(self != NULL && job != NULL);
    must(waiter.pause != NULL && waiter.wake != NULL);
    pthread_mutex_lock(&self->lock);
    bool room = !self->closed && self->queued < LOGIN_QUEUE_MAX;
    if (room) {
        job->waiter = waiter;
        job->next = NULL;
        waiter.pause(waiter.connection);
        *self->end = job;
        self->end = &job->next;
        self->queued++;
        pthread_cond_signal(&self->work);
    }
    pthread_mutex_unlock(&self->lock);
    return room;
}

enum login_outcome login_outcome(login_t *self, const struct login_job *job)
{
    must(self != NULL && job != NULL);
    pthread_mutex_lock(&self->lock); /* the login thread may still be on its way out of wake() */
    enum login_outcome outcome = job->outcome;
    pthread_mutex_unlock(&self->lock);
    return outcome;
}

void login_close(login_t *self)
{
    must(self != NULL);
    pthread_mutex_lock(&self->lock);
    bool first = !self->closed;
    self->closed = true;
    pthread_cond_signal(&self->work);
    pthread_mutex_unlock(&self->lock);
    if (first)
        must(pthread_join(self->thread, NULL) == 0);
    pthread_mutex_lock(&self->lock);
    for (struct login_job *job = self->first, *next; job != NULL; job = next) {
        next = job->next;
        sodium_memzero(job->password, sizeof job->password);
        job->outcome = LOGIN_CLOSED;
        job->waiter.wake(job->waiter.connection);
    }
    self->first = NULL;
    self->end = &self->first;
    pthread_mutex_unlock(&self->lock);
}

void login_destroy(login_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    login_close(*self_p);
    throttle_destroy(&(*self_p)->throttle);
    pthread_cond_destroy(&(*self_p)->work);
    pthread_mutex_destroy(&(*self_p)->lock);
    sodium_memzero(*self_p, sizeof **self_p);
    free(*self_p);
    *self_p = NULL;
}
