/*
 * wire_reader - typed reads from decoded msgpack values; the first wrong one gives the reason.
 *
 * Private to wire*.c. Every read goes on after a failure and gives zero or nothing, so that a decoder looks
 * at `reason` once at its end. Reasons are static text. Values are borrowed from the msgpack zone; text
 * returned is the caller's. Whole floats pass as counts, and integers as reals: peers mix them.
 */
#ifndef FRESHET_WIRE_READER_H
#define FRESHET_WIRE_READER_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
    const char *reason; /* NULL while all is well */
};

/* What a read makes of a key that is absent or nil. */
enum wire_need {
    WIRE_REQUIRED,
    WIRE_OPTIONAL, /* zero or nothing */
};

/* Set the reason unless there is one. */
void wire_refuse(struct wire_reader *self, const char *reason);

/* The value of `key`; NULL when absent, nil, or when `map` is NULL or no map. */
const msgpack_object *wire_find(const msgpack_object *map, const char *key);

/* Single values; `value` may be NULL for absent. */
uint64_t wire_count(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                    const char *reason);
double wire_real(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                 const char *reason);
bool wire_bool(struct wire_reader *self, const msgpack_object *value, const char *reason);

/* Copy a name of less than `size` bytes, without a NUL inside; "" when absent. */
void wire_name(struct wire_reader *self, const msgpack_object *value, enum wire_need need, char *out,
               size_t size, const char *reason);

/* The same for a name that is only shown: one of `size` bytes and more is cut, and ends in an ellipsis. */
void wire_label(struct wire_reader *self, const msgpack_object *value, enum wire_need need, char *out,
                size_t size, const char *reason);

/* Text of at most WIRE_TEXT_MAX bytes without a NUL inside; NULL when absent. Owned by the caller. */
char *wire_text(struct wire_reader *self, const msgpack_object *value, enum wire_need need,
                const char *reason);

/* The same for a workload's text of 1 to WIRE_SOURCE_MAX bytes; NULL when absent. */
char *wire_source(struct wire_reader *self, const msgpack_object *value, const char *reason);

/* The same for words that are only shown, such as a traceback: longer ones are cut, "" when absent. */
char *wire_words(struct wire_reader *self, const msgpack_object *value, const char *reason);

/* Size of an array or map of at most `max`; 0 when absent or wrong. */
size_t wire_array(struct wire_reader *self, const msgpack_object *value, enum wire_need need, size_t max,
                  const char *reason);
size_t wire_map(struct wire_reader *self, const msgpack_object *value, enum wire_need need, size_t max,
                const char *reason);

/* Reads of one key of a map, the reason made of the key's name. */
#define WIRE_COUNT(self, map, key, need)                                                                     \
    wire_count(self, wire_find(map, key), need, key " is missing or not a count")
#define WIRE_REAL(self, map, key, need)                                                                      \
    wire_real(self, wire_find(map, key), need, key " is missing or not a finite number")
#define WIRE_NAME(self, map, key, need, out)                                                                 \
    wire_name(self, wire_find(map, key), need, out, sizeof(out), key " is missing, no text or too long")
#define WIRE_LABEL(self, map, key, need, out)                                                                \
    wire_label(self, wire_find(map, key), need, out, sizeof(out), key " is missing or no text")

#endif
