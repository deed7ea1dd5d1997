/*
 * mem - allocate or abort. Exhausted memory is answered in this one place.
 *
 * Every pointer returned is owned by the caller and freed with free(). Any thread.
 */
#ifndef FRESHET_MEM_H
#define FRESHET_MEM_H

#include <stddef.h>

/* `count` zeroed elements of `size` bytes; never NULL. */
void *mem_new(size_t count, size_t size);

/* Grow or shrink `old` (may be NULL) to `count` elements of `size` bytes; new bytes are not zeroed. */
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of `text`; never NULL. */
char *mem_text(const char *text);

/* A copy of the first `length` bytes of `text`, ended with NUL. */
char *mem_text_n(const char *text, size_t length);

/* Keep freed memory for the next use, instead of giving it to the kernel and asking for it again: a library
 * that takes and frees a buffer for each request would else have its pages cleared each time. Call it first.
 */
void mem_keep_freed(void);

#endif
