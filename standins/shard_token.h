/*
 * shard_token - the opaque texts that a client hands back: shard iterators and listing tokens.
 *
 * Pure. Base64 of a line of fields, so that nobody is tempted to read it.
 */
#ifndef FRESHET_STANDINS_SHARD_TOKEN_H
#define FRESHET_STANDINS_SHARD_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"

enum { SHARD_TOKEN_NAME_MAX = 129, SHARD_TOKEN_TEXT_MAX = 400 };

struct shard_token {
    char stream[SHARD_TOKEN_NAME_MAX];
    uint64_t created_ms; /* of the stream */
    uint32_t shard;
    uint64_t ordinal; /* next record to read; 0 in listing tokens */
    int64_t issued_ms;
};

/* Returns `out`. */
const char *shard_token_print(const struct shard_token *self, char out[SHARD_TOKEN_TEXT_MAX]);
MUST_USE bool shard_token_parse(const char *text, struct shard_token *out);

#endif
