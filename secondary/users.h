/*
 * users - the closed model: who is due when.
 *
 * Pure. A user is due, has its batch on the way, waits by the rule, is due again. Raised: the new ones are
 * due at once. Lowered: the highest numbers go, those with a batch on the way after its answer. One thread;
 * time is an argument, in monotonic microseconds. Memory grows only when the count is raised past its former
 * peak.
 */
#ifndef FRESHET_USERS_H
#define FRESHET_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/plan.h"

enum { USERS_MAX = 1000000 };
#define USERS_NEVER UINT64_MAX

typedef struct users users_t;

users_t *users_new(uint64_t seed, uint64_t stream);
void users_destroy(users_t **self_p);

/* The rule for waits that begin from now on. */
void users_set_wait(users_t *self, const struct wait_rule *rule);

/* How many there shall be, at most USERS_MAX. */
void users_set_count(users_t *self, uint32_t count, uint64_t now_us);

/* When the next user is due; USERS_NEVER when all are on the way or there is none. */
uint64_t users_next_us(const users_t *self);

/* Take the next user if due: its batch is on the way until users_answered. */
MUST_USE bool users_take(users_t *self, uint64_t now_us, uint32_t *user_out, uint64_t *due_us_out);

/* The batch of `user` was answered for at `now_us`. */
void users_answered(users_t *self, uint32_t user, uint64_t now_us);

/* Users there are now, those included that only wait for a last answer. */
uint32_t users_count(const users_t *self);

#endif
