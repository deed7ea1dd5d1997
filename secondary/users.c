#include "secondary/users.h"

#include "common/mem.h"
#include "common/rng.h"

#include <stdlib.h>

/* Places of users that are not in the heap. */
#define AWAY UINT32_MAX
#define GONE (UINT32_MAX - 1)

struct users {
    struct rng rng;
    struct wait_rule rule;
    uint32_t wanted;   /* numbers below this shall be there */
    uint32_t known;    /* numbers below this have an entry in the arrays */
    uint32_t capacity; /* entries allocated */
    uint32_t waiting;  /* users in the heap */
    uint32_t away;     /* users with a batch on the way */
    uint64_t *due_us;  /* owned, by number: next due time, or that of the batch on the way */
    uint32_t *place;   /* owned, by number: place in the heap, AWAY or GONE */
    uint32_t *heap;    /* owned: numbers, earliest due first */
};

users_t *users_new(uint64_t seed, uint64_t stream)
{
    users_t *self = mem_new(1, sizeof *self);
    rng_init(&self->rng, seed ^ UINT64_C(0x7573657273), stream);
    return self;
}

void users_destroy(users_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->due_us);
    free((*self_p)->place);
    free((*self_p)->heap);
    free(*self_p);
    *self_p = NULL;
}

void users_set_wait(users_t *self, const struct wait_rule *rule)
{
    must(self != NULL && rule != NULL);
    must(rule->kind == WAIT_PACING || rule->max_us >= rule->min_us);
    self->rule = *rule;
}

static bool before(const users_t *self, uint32_t a, uint32_t b)
{
    return self->due_us[a] != self->due_us[b] ? self->due_us[a] < self->due_us[b] : a < b;
}

static void set_place(users_t *self, uint32_t at, uint32_t user)
{
    self->heap[at] = user;
    self->place[user] = at;
}

static uint32_t sift_up(users_t *self, uint32_t at, uint32_t user)
{
    while (at > 0 && before(self, user, self->heap[(at - 1) / 2])) {
        set_place(self, at, self->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    set_place(self, at, user);
    return at;
}

static void sift_down(users_t *self, uint32_t at, uint32_t user)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= self->waiting)
            break;
        if (child + 1 < self->waiting && before(self, self->heap[child + 1], self->heap[child]))
            child++;
        if (!before(self, self->heap[child], user))
            break;
        set_place(self, at, self->heap[child]);
        at = child;
    }
    set_place(self, at, user);
}

static void wait_until(users_t *self, uint32_t user, uint64_t due_us)
{
    self->due_us[user] = due_us;
    (void)sift_up(self, self->waiting++, user);
}

static void leave_heap(users_t *self, uint32_t user, uint32_t place)
{
    uint32_t at = self->place[user];
    must(at < self->waiting && self->heap[at] == user);
    self->place[user] = place;
    uint32_t last = self->heap[--self->waiting];
    if (last != user)
        sift_down(self, sift_up(self, at, last), last);
}

static void make_room(users_t *self, uint32_t count)
{
    if (count <= self->capacity)
        return;
    uint32_t capacity = self->capacity < 64 ? 64 : self->capacity * 2;
    while (capacity < count)
        capacity *= 2;
    self->due_us = mem_resize(self->due_us, capacity, sizeof self->due_us[0]);
    self->place = mem_resize(self->place, capacity, sizeof self->place[0]);
    self->heap = mem_resize(self->heap, capacity, sizeof self->heap[0]);
    self->capacity = capacity;
}

void users_set_count(users_t *self, uint32_t count, uint64_t now_us)
{
    must(self != NULL && count <= USERS_MAX);
    make_room(self, count);
    for (uint32_t user = count; user < self->wanted; user++) {
        if (self->place[user] != AWAY)
            leave_heap(self, user, GONE);
    }
    for (; self->known < count; self->known++)
        self->place[self->known] = GONE;
    for (uint32_t user = self->wanted; user < count; user++) {
        if (self->place[user] == GONE)
            wait_until(self, user, now_us);
    }
    self->wanted = count;
}

uint64_t users_next_us(const users_t *self)
{
    must(self != NULL);
    return self->waiting > 0 ? self->due_us[self->heap[0]] : USERS_NEVER;
}

bool users_take(users_t *self, uint64_t now_us, uint32_t *user_out, uint64_t *due_us_out)
{
    must(self != NULL && user_out != NULL && due_us_out != NULL);
    if (users_next_us(self) > now_us || self->waiting == 0)
        return false;
    uint32_t user = self->heap[0];
    leave_heap(self, user, AWAY);
    self->away++;
    *user_out = user;
    *due_us_out = self->due_us[user];
    return true;
}

void users_answered(users_t *self, uint32_t user, uint64_t now_us)
{
    must(self != NULL && user < self->known);
    must(self->place[user] == AWAY && self->away > 0);
    self->away--;
    self->place[user] = GONE;
    if (user >= self->wanted)
        return;
    uint64_t due_us;
    if (self->rule.kind == WAIT_PACING) {
        due_us = self->due_us[user] + self->rule.min_us;
        if (due_us < now_us)
            due_us = now_us;
    } else {
        double span_us = (double)(self->rule.max_us - self->rule.min_us);
        due_us = now_us + self->rule.min_us + (uint64_t)(rng_unit(&self->rng) * span_us);
    }
    wait_until(self, user, due_us);
}

uint32_t users_count(const users_t *self)
{
    must(self != NULL);
    return self->waiting + self->away;
}
