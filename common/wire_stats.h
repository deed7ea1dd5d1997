/*
 * wire_stats - the decoder's part for the longest message, a report of statistics.
 *
 * Private to wire*.c. Pure but for the memory `out` then owns.
 */
#ifndef FRESHET_WIRE_STATS_H
#define FRESHET_WIRE_STATS_H

#include "common/wire.h"
#include "common/wire_reader.h"

/* Read user_classes_count, which other messages carry too. */
void wire_read_classes(struct wire_reader *in, const msgpack_object *value, enum wire_need need,
                       struct wire_message *out);

/* Read the data of `stats`. */
void wire_read_stats(struct wire_reader *in, const msgpack_object *data, struct wire_message *out);

#endif
