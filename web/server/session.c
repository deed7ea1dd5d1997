#include "web/server/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct entry {
    bool used;
    uint8_t hash[crypto_generichash_BYTES]; /* of the cookie's token */
    uint64_t opened_us;
    uint64_t seen_us;
    struct session_view view;
};

struct sessions {
    uint64_t last_number;
    struct entry entries[SESSIONS_MAX];
};

sessions_t *sessions_new(void)
{
    return mem_new(1, sizeof(sessions_t));
}

void sessions_destroy(sessions_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    sodium_memzero(*self_p, sizeof **self_p);
    free(*self_p);
    *self_p = NULL;
}

static void hash_token(const char *token, size_t length, uint8_t out[crypto_generichash_BYTES])
{
    int failed = crypto_generichash(out, crypto_generichash_BYTES, (const uint8_t *)token, length, NULL, 0);
    must(failed == 0);
}

static bool expired(const struct entry *entry, uint64_t now_us)
{
    must(now_us >= entry->opened_us);
    /* another thread may have stamped it a moment later than this one read the clock */
    uint64_t idle_us = now_us > entry->seen_us ? now_us - entry->seen_us : 0;
    return idle_us >= SESSION_IDLE_US || now_us - entry->opened_us >= SESSION_TOTAL_US;
}

static void close_entry(struct entry *entry)
{
    sodium_memzero(entry, sizeof *entry);
}

/* A free entry: an unused one, an expired one, else the one unused for longest. */
static struct entry *make_room(sessions_t *self, uint64_t now_us)
{
    struct entry *oldest = &self->entries[0];
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct entry *entry = &self->entries[i];
        if (!entry->used)
            return entry;
        if (expired(entry, now_us)) {
            oldest = entry;
            break;
        }
        if (entry->seen_us < oldest->seen_us)
            oldest = entry;
    }
    close_entry(oldest);
    return oldest;
}

void session_open(sessions_t *self, const char *user, enum web_role role,
                  const uint8_t random[SESSION_RANDOM_BYTES], uint64_t now_us, char token[SESSION_TOKEN_MAX],
                  struct session_view *out)
{
    must(self != NULL && user != NULL && random != NULL);
    must(token != NULL && out != NULL);
    must(strlen(user) < WEB_USER_MAX);
    struct entry *entry = make_room(self, now_us);
    entry->used = true;
    entry->opened_us = now_us;
    entry->seen_us = now_us;
    entry->view.number = ++self->last_number;
    entry->view.role = role;
    snprintf(entry->view.user, sizeof entry->view.user, "%s", user);
    sodium_bin2hex(token, SESSION_TOKEN_MAX, random, SESSION_SECRET_BYTES);
    sodium_bin2hex(entry->view.csrf, sizeof entry->view.csrf, random + SESSION_SECRET_BYTES,
                   SESSION_SECRET_BYTES);
    hash_token(token, strlen(token), entry->hash);
    *out = entry->view;
}

bool session_find(sessions_t *self, const char *token, size_t length, uint64_t now_us,
                  struct session_view *out)
{
    must(self != NULL && out != NULL);
    must(token != NULL || length == 0);
    if (length != SESSION_TOKEN_MAX - 1)
        return false;
    uint8_t hash[crypto_generichash_BYTES];
    hash_token(token, length, hash);
    struct entry *found = NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) /* all of them: how long it takes tells nothing */
        if (self->entries[i].used && sodium_memcmp(self->entries[i].hash, hash, sizeof hash) == 0)
            found = &self->entries[i];
    if (found == NULL)
        return false;
    if (expired(found, now_us)) {
        close_entry(found);
        return false;
    }
    found->seen_us = now_us;
    *out = found->view;
    return true;
}

static struct entry *by_number(sessions_t *self, uint64_t number)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (self->entries[i].used && self->entries[i].view.number == number)
            return &self->entries[i];
    return NULL;
}

bool session_touch(sessions_t *self, uint64_t number, uint64_t now_us)
{
    must(self != NULL);
    struct entry *entry = by_number(self, number);
    if (entry == NULL || expired(entry, now_us))
        return false;
    entry->seen_us = now_us;
    return true;
}

void session_close(sessions_t *self, uint64_t number)
{
    must(self != NULL);
    struct entry *entry = by_number(self, number);
    if (entry != NULL)
        close_entry(entry);
}

bool session_csrf(const struct session_view *view, const char *token)
{
    must(view != NULL);
    if (token == NULL || strlen(token) != SESSION_TOKEN_MAX - 1)
        return false;
    return sodium_memcmp(view->csrf, token, SESSION_TOKEN_MAX - 1) == 0;
}
