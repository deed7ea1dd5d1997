/*
 * record_log - the records of all streams in the order they came, in a fixed number of bytes.
 *
 * Pure but for the memory it owns. A ring: a new record pushes out the oldest ones, whichever stream they
 * belong to. Positions only grow and stay valid until the record is pushed out. One thread at a time.
 */
#ifndef FRESHET_STANDINS_RECORD_LOG_H
#define FRESHET_STANDINS_RECORD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

/* What is kept beside key and data. */
struct record_head {
    uint64_t created_ms; /* of the stream: tells it from a deleted one of the same slot */
    uint32_t slot;       /* of the stream */
    uint32_t shard;
    int64_t arrived_ms;
    uint32_t key_length, data_length;
};

struct record_view {
    struct record_head head;
    const char *key; /* borrowed until the next append */
    const uint8_t *data;
};

/* Told of each record that is pushed out, before its bytes are reused. */
typedef void(record_evict_fn)(void *context, const struct record_head *head);

typedef struct record_log record_log_t;

/* The caller owns it. Memory is only touched as it fills. */
record_log_t *record_log_new(size_t bytes_max, record_evict_fn *evict, void *context);
void record_log_destroy(record_log_t **self_p);

/* Bytes that one record takes up. */
size_t record_log_bytes(size_t key_length, size_t data_length);

/* Store a copy; record_log_bytes() must be at most half of bytes_max. Returns its position. */
uint64_t record_log_append(record_log_t *self, const struct record_head *head, const char *key,
                           const uint8_t *data);

/* Read the record at a position that is still kept. */
void record_log_read(const record_log_t *self, uint64_t position, struct record_view *out);

#endif
