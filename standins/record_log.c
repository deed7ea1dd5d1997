#include "standins/record_log.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8 };

/* Every entry starts with its length; the end of the ring that a record doesn't fit into is an entry too. */
struct entry {
    uint32_t bytes;
    uint32_t used; /* 0: only fills the end of the ring */
};

struct record_log {
    char *bytes; /* owned ring */
    size_t capacity;
    uint64_t head, tail; /* next byte to write, oldest byte kept; only grow */
    record_evict_fn *evict;
    void *context; /* borrowed */
};

record_log_t *record_log_new(size_t bytes_max, record_evict_fn *evict, void *context)
{
    must(bytes_max >= 1024);
    must(evict != NULL);
    record_log_t *self = mem_new(1, sizeof *self);
    self->capacity = bytes_max / ALIGNMENT * ALIGNMENT;
    self->bytes = mem_new(self->capacity, 1);
    self->evict = evict;
    self->context = context;
    return self;
}

void record_log_destroy(record_log_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->bytes);
    free(*self_p);
    *self_p = NULL;
}

size_t record_log_bytes(size_t key_length, size_t data_length)
{
    size_t bytes = sizeof(struct entry) + sizeof(struct record_head) + key_length + data_length;
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static char *at(const record_log_t *self, uint64_t position)
{
    return self->bytes + position % self->capacity;
}

static void push_out(record_log_t *self)
{
    must(self->tail < self->head);
    struct entry entry;
    memcpy(&entry, at(self, self->tail), sizeof entry);
    must(entry.bytes >= sizeof entry && entry.bytes % ALIGNMENT == 0);
    if (entry.used != 0) {
        struct record_head head;
        memcpy(&head, at(self, self->tail) + sizeof entry, sizeof head);
        self->evict(self->context, &head);
    }
    self->tail += entry.bytes;
}

/* Claim `bytes` in one piece at the head. */
static char *claim(record_log_t *self, size_t bytes, bool used)
{
    while (self->head + bytes - self->tail > self->capacity)
        push_out(self);
    struct entry entry = {(uint32_t)bytes, used};
    char *start = at(self, self->head);
    memcpy(start, &entry, sizeof entry);
    self->head += bytes;
    return start + sizeof entry;
}

uint64_t record_log_append(record_log_t *self, const struct record_head *head, const char *key,
                           const uint8_t *data)
{
    must(self != NULL);
    must(head != NULL);
    size_t bytes = record_log_bytes(head->key_length, head->data_length);
    must(bytes <= self->capacity / 2);
    size_t to_end = self->capacity - (size_t)(self->head % self->capacity);
    if (bytes > to_end)
        (void)claim(self, to_end, false);
    uint64_t position = self->head;
    char *to = claim(self, bytes, true);
    memcpy(to, head, sizeof *head);
    to += sizeof *head;
    memcpy(to, key, head->key_length);
    if (head->data_length > 0)
        memcpy(to + head->key_length, data, head->data_length);
    return position;
}

void record_log_read(const record_log_t *self, uint64_t position, struct record_view *out)
{
    must(self != NULL);
    must(position >= self->tail && position < self->head);
    const char *from = at(self, position) + sizeof(struct entry);
    memcpy(&out->head, from, sizeof out->head);
    out->key = from + sizeof out->head;
    out->data = (const uint8_t *)out->key + out->head.key_length;
}
