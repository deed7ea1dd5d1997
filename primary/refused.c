#include "primary/refused.h"

#include "common/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SAME_US = 10000000, OTHER_US = 500000 };

void refused_note(struct refused *self, log_t *log, const char *address, const char *reason, uint64_t now_us,
                  int64_t wall_ms)
{
    must(self != NULL && log != NULL);
    must(address != NULL && reason != NULL);
    bool again = self->count > 0 && strncmp(self->address, address, sizeof self->address - 1) == 0 &&
                 strncmp(self->reason, reason, sizeof self->reason - 1) == 0;
    if (!again)
        self->same = (struct log_limit){0};
    self->count++;
    self->at_ms = wall_ms;
    snprintf(self->address, sizeof self->address, "%s", address[0] != '\0' ? address : "unknown");
    snprintf(self->reason, sizeof self->reason, "%s", reason);
    uint64_t suppressed;
    if (log_allowed(&self->same, now_us, SAME_US, &suppressed) &&
        log_allowed(&self->other, now_us, OTHER_US, &suppressed))
        log_warning(log, "secondary refused: address=%s, %s; refused so far: %" PRIu64, self->address,
                    self->reason, self->count);
}
