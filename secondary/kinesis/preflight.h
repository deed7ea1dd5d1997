/*
 * preflight - ask Kinesis what a stream can take, before a run.
 *
 * Blocking, 10 s at most. DescribeStreamSummary says mode and state, ListShards which shards are open. The
 * reader of the answers is pure.
 */
#ifndef FRESHET_PREFLIGHT_H
#define FRESHET_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/target.h"
#include "common/wire.h"
#include "secondary/kinesis/access.h"
#include "secondary/kinesis/shard_map.h"

/* False when the stream can't be used: code and message say why, in the service's words where it spoke. The
 * open shards take the place of those in `open`. */
bool preflight_ask(struct access *access, const struct target *target, struct shard_map *open,
                   struct wire_preflight *out);

/* The same, of the open shards alone: a whole fleet may ask that at once, and may not describe streams. */
bool preflight_locate(struct access *access, const struct target *target, struct shard_map *open,
                      struct wire_preflight *out);

/* Read the answer of DescribeStreamSummary into `out` (mode, shards, capacity, refusal by state). */
MUST_USE bool preflight_read_summary(const char *text, size_t length, struct wire_preflight *out);

enum { PREFLIGHT_TOKEN_MAX = 4096 };

/* Add the open shards of one page of ListShards to `open`; `next` is the token of the next page or "". */
MUST_USE bool preflight_read_shards(const char *text, size_t length, struct shard_map *open,
                                    char next[PREFLIGHT_TOKEN_MAX]);

#endif
