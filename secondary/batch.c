#include "secondary/batch.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

void batch_init(struct batch *self, uint32_t count_max, size_t body_max)
{
    must(self != NULL);
    must(count_max > 0 && body_max > 0 && body_max <= UINT32_MAX); /* fragment ends are 32 bits */
    *self = (struct batch){
        .body =
            mem_new(body_max, 1), /* large ones come zeroed from the kernel and are paid for when touched */
        .body_max = body_max,
        .ends = mem_new(count_max, sizeof(uint32_t)),
        .payloads = mem_new(count_max, sizeof(uint32_t)),
        .verdicts = mem_new(count_max, sizeof(struct event_verdict)),
        .count_max = count_max,
    };
    batch_clear(self);
}

void batch_fini(struct batch *self)
{
    must(self != NULL);
    free(self->body);
    free(self->ends);
    free(self->payloads);
    free(self->verdicts);
    *self = (struct batch){0};
}

void batch_clear(struct batch *self)
{
    must(self != NULL && self->body != NULL);
    self->body_length = 0;
    self->prefix_length = 0;
    self->count = 0;
    self->payload_bytes = 0;
    self->due_us = self->sent_us = self->answered_us = self->retry_us = 0;
    self->attempts = 0;
    self->lost = self->answered_ok = self->ambiguous = self->spoiled = false;
    self->retry_after_us = 0;
    self->user = BATCH_NO_USER;
    self->slot = 0;
}

void batch_grow(struct batch *self, size_t body_max)
{
    must(self != NULL && self->count == 0);
    must(body_max > self->body_max && body_max <= UINT32_MAX);
    self->body = mem_resize(self->body, body_max, 1);
    self->body_max = body_max;
}

void batch_added(struct batch *self, uint32_t payload_bytes)
{
    must(self != NULL && self->count < self->count_max);
    must(self->body_length <= self->body_max);
    must(self->body_length >= (self->count == 0 ? self->prefix_length : self->ends[self->count - 1]));
    self->ends[self->count] = (uint32_t)self->body_length;
    self->payloads[self->count] = payload_bytes;
    self->verdicts[self->count] = (struct event_verdict){.fate = EVENT_PENDING};
    self->payload_bytes += payload_bytes;
    self->count++;
}

void batch_keep_refused(struct batch *self)
{
    must(self != NULL);
    must(self->prefix_length <= self->body_length);
    size_t begin = self->prefix_length; /* of the fragment looked at */
    size_t to = self->prefix_length;    /* where the next kept one goes */
    uint32_t kept = 0;
    uint64_t payload_bytes = 0;
    for (uint32_t i = 0; i < self->count; i++) {
        size_t end = self->ends[i];
        must(end >= begin);
        uint8_t fate = self->verdicts[i].fate;
        if (fate == EVENT_RETRY || fate == EVENT_THROTTLED) {
            memmove(self->body + to, self->body + begin, end - begin);
            to += end - begin;
            self->ends[kept] = (uint32_t)to;
            self->payloads[kept] = self->payloads[i];
            self->verdicts[kept] = (struct event_verdict){EVENT_PENDING, self->verdicts[i].error};
            payload_bytes += self->payloads[i];
            kept++;
        }
        begin = end;
    }
    self->body_length = to;
    self->count = kept;
    self->payload_bytes = payload_bytes;
}
