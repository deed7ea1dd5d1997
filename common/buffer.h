/*
 * buffer - bytes that grow up to a limit given at birth.
 *
 * An append that would pass the limit changes nothing, returns false, and marks the buffer `full`, so that a
 * run of appends may be checked once at the end. The content is always ended with a NUL that is not counted.
 * One thread at a time. Exhausted memory aborts.
 */
#ifndef FRESHET_BUFFER_H
#define FRESHET_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

struct buffer {
    char *bytes;      /* owned; NULL until the first append */
    size_t length;    /* bytes in use */
    size_t capacity;  /* bytes allocated */
    size_t bytes_max; /* never more than this in use */
    bool full;        /* an append was refused since the last clear */
};

/* Start empty; nothing is allocated yet. */
void buffer_init(struct buffer *self, size_t bytes_max);

/* Free the bytes; the buffer may be initialised again. */
void buffer_fini(struct buffer *self);

/* Forget the content, keep the memory. */
void buffer_clear(struct buffer *self);

bool buffer_append(struct buffer *self, const void *bytes, size_t length);
bool buffer_text(struct buffer *self, const char *text);
bool buffer_printf(struct buffer *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content as text, "" when empty. Borrowed until the next change. */
const char *buffer_str(const struct buffer *self);

#endif
