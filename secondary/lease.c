#include "secondary/lease.h"

#include "common/must.h"

#include <stddef.h>

void lease_grant(struct lease *self, uint64_t length_us, uint64_t now_us)
{
    must(self != NULL);
    self->length_us = length_us;
    lease_renew(self, now_us);
}

void lease_renew(struct lease *self, uint64_t now_us)
{
    must(self != NULL);
    self->until_us = self->length_us > UINT64_MAX - now_us ? UINT64_MAX : now_us + self->length_us;
}

void lease_drop(struct lease *self)
{
    must(self != NULL);
    *self = (struct lease){0};
}

bool lease_lost(const struct lease *self, uint64_t now_us)
{
    must(self != NULL);
    return self->length_us > 0 && now_us >= self->until_us;
}
