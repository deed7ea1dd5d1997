/*
 * answer - read what the service said about each event of a PutRecords request.
 *
 * Pure. A scanner made for the form the service sends (no blanks, members in one of two orders, no escapes in
 * names and ids) reads nearly all answers; anything else goes through the JSON library, where null counts as
 * absent. Either the whole answer is read, or nothing is changed: an answer that is cut, is no JSON, has
 * another number of records, or lacks both a sequence number and an error code can't be read.
 */
#ifndef FRESHET_ANSWER_H
#define FRESHET_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "secondary/batch.h"
#include "secondary/tally.h"

enum { ANSWER_EVENTS_MAX = 500 };

typedef struct answer answer_t; /* what is remembered from one answer to the next: where shards are counted */

/* `tally` is borrowed and must outlive this. The caller owns the reader. */
answer_t *answer_new(tally_t *tally);
void answer_destroy(answer_t **self_p);

/* Fill the verdicts of `batch` (at most ANSWER_EVENTS_MAX events) and count its delivered events by shard. */
MUST_USE bool answer_read(answer_t *self, struct batch *batch, const char *text, size_t length);

/* The same through the JSON library alone; for tests. */
MUST_USE bool answer_read_slowly(answer_t *self, struct batch *batch, const char *text, size_t length);

#endif
