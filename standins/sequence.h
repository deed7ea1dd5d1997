/*
 * sequence - sequence numbers: 56 decimal digits, strictly rising within a shard.
 *
 * Pure. "49", ten digits of the shard's index, 24 of the stream's creation in wall milliseconds, 20 of the
 * record's ordinal in its shard, which starts at 1. So a number of another shard, or of a deleted stream of
 * the same name, is recognised.
 */
#ifndef FRESHET_STANDINS_SEQUENCE_H
#define FRESHET_STANDINS_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum { SEQUENCE_LENGTH = 56, SEQUENCE_TEXT_MAX = SEQUENCE_LENGTH + 1 };

/* Write the 56 digits, without a NUL. */
void sequence_write(uint32_t shard, uint64_t created_ms, uint64_t ordinal, char *out);

/* Write them with a NUL. Returns `out`. */
const char *sequence_print(uint32_t shard, uint64_t created_ms, uint64_t ordinal,
                           char out[SEQUENCE_TEXT_MAX]);

/* The ordinal of a number of this shard; false when it is not one. */
MUST_USE bool sequence_parse(const char *text, uint32_t shard, uint64_t created_ms, uint64_t *ordinal_out);

/* Write `digits` decimal digits of `value`, with leading zeros. */
void sequence_digits(uint64_t value, size_t digits, char *out);

#endif
