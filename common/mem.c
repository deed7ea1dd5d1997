#include "common/mem.h"

#include "common/must.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("freshet: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *mem_new(size_t count, size_t size)
{
    must(size > 0);
    return checked(calloc(count > 0 ? count : 1, size));
}

void *mem_resize(void *old, size_t count, size_t size)
{
    must(size > 0);
    must(count <= SIZE_MAX / size);
    size_t bytes = count * size;
    return checked(realloc(old, bytes > 0 ? bytes : 1));
}

char *mem_text(const char *text)
{
    must(text != NULL);
    return mem_text_n(text, strlen(text));
}

char *mem_text_n(const char *text, size_t length)
{
    must(text != NULL);
    char *copy = mem_new(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

void mem_keep_freed(void)
{
#ifdef M_TRIM_THRESHOLD
    enum { HELD_BYTES = 256 << 20, MAPPED_BYTES = 512 << 10 };
    (void)mallopt(M_TRIM_THRESHOLD, HELD_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES); /* arenas: large, and mostly not touched */
#endif
}
