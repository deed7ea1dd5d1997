#include "web/server/throttle.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

struct address {
    bool used;
    bool known;        /* has logged in */
    unsigned failures; /* since the last right try */
    uint64_t until_us; /* no try before */
    uint64_t seen_us;  /* last try */
    struct throttle_address key;
};

struct account {
    unsigned failures;
    uint64_t until_us;
    uint64_t seen_us;
};

struct throttle {
    struct address addresses[THROTTLE_ADDRESSES_MAX];
    struct account accounts[THROTTLE_ACCOUNTS];
};

throttle_t *throttle_new(void)
{
    return mem_new(1, sizeof(throttle_t));
}

void throttle_destroy(throttle_t **self_p)
{
    must(self_p != NULL);
    free(*self_p);
    *self_p = NULL;
}

/* The key that is counted: of IPv6 the network, because one machine has a whole /64. */
static struct throttle_address key_of(const struct throttle_address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct throttle_address key = *address;
    if (memcmp(key.bytes, mapped, sizeof mapped) != 0)
        memset(key.bytes + 8, 0, 8);
    return key;
}

static bool quiet(uint64_t seen_us, uint64_t now_us)
{
    return now_us > seen_us && now_us - seen_us >= THROTTLE_FORGET_US;
}

static const struct address *find(const throttle_t *self, const struct throttle_address *key)
{
    for (size_t i = 0; i < THROTTLE_ADDRESSES_MAX; i++)
        if (self->addresses[i].used && memcmp(&self->addresses[i].key, key, sizeof *key) == 0)
            return &self->addresses[i];
    return NULL;
}

/* The address's entry, made when there is none in place of the one unused for longest. */
static struct address *entry(throttle_t *self, const struct throttle_address *key)
{
    struct address *found = (struct address *)(uintptr_t)find(self, key);
    if (found != NULL)
        return found;
    found = &self->addresses[0];
    for (size_t i = 0; i < THROTTLE_ADDRESSES_MAX && found->used; i++)
        if (!self->addresses[i].used || self->addresses[i].seen_us < found->seen_us)
            found = &self->addresses[i];
    memset(found, 0, sizeof *found);
    found->used = true;
    found->key = *key;
    return found;
}

static uint64_t left(uint64_t until_us, uint64_t now_us)
{
    return until_us > now_us ? until_us - now_us : 0;
}

uint64_t throttle_wait_us(const throttle_t *self, const struct throttle_address *address, unsigned account,
                          uint64_t now_us)
{
    must(self != NULL && address != NULL);
    must(account < THROTTLE_ACCOUNTS);
    struct throttle_address key = key_of(address);
    const struct address *from = find(self, &key);
    uint64_t wait_us = from != NULL ? left(from->until_us, now_us) : 0;
    if (from != NULL && from->known)
        return wait_us;
    uint64_t account_us = left(self->accounts[account].until_us, now_us);
    return wait_us > account_us ? wait_us : account_us;
}

void throttle_failed(throttle_t *self, const struct throttle_address *address, unsigned account,
                     uint64_t now_us)
{
    must(self != NULL && address != NULL);
    must(account < THROTTLE_ACCOUNTS);
    struct throttle_address key = key_of(address);
    struct address *from = entry(self, &key);
    if (quiet(from->seen_us, now_us))
        from->failures = 0;
    from->seen_us = now_us;
    from->failures += from->failures < 64 ? 1 : 0;
    if (from->failures >= THROTTLE_FREE_ADDRESS) {
        unsigned doublings = from->failures - THROTTLE_FREE_ADDRESS;
        uint64_t wait_us = doublings < 9 ? UINT64_C(1000000) << doublings : THROTTLE_WAIT_US_MAX;
        from->until_us = now_us + (wait_us < THROTTLE_WAIT_US_MAX ? wait_us : THROTTLE_WAIT_US_MAX);
    }
    struct account *at = &self->accounts[account];
    if (quiet(at->seen_us, now_us))
        at->failures = 0;
    at->seen_us = now_us;
    at->failures += at->failures < THROTTLE_FREE_ACCOUNT ? 1 : 0;
    if (at->failures >= THROTTLE_FREE_ACCOUNT)
        at->until_us = now_us + THROTTLE_ACCOUNT_US;
}

void throttle_passed(throttle_t *self, const struct throttle_address *address, unsigned account,
                     uint64_t now_us)
{
    must(self != NULL && address != NULL);
    must(account < THROTTLE_ACCOUNTS);
    struct throttle_address key = key_of(address);
    struct address *from = entry(self, &key);
    from->known = true;
    from->failures = 0;
    from->until_us = 0;
    from->seen_us = now_us;
}
