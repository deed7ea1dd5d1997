#include "common/buffer.h"

#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 256 };

void buffer_init(struct buffer *self, size_t bytes_max)
{
    must(self != NULL);
    must(bytes_max > 0 && bytes_max < SIZE_MAX / 4);
    *self = (struct buffer){.bytes_max = bytes_max};
}

void buffer_fini(struct buffer *self)
{
    must(self != NULL);
    free(self->bytes);
    *self = (struct buffer){0};
}

void buffer_clear(struct buffer *self)
{
    must(self != NULL);
    self->length = 0;
    self->full = false;
    if (self->bytes != NULL)
        self->bytes[0] = '\0';
}

/* Make room for `more` bytes and a NUL, or mark the buffer full. */
static bool reserve(struct buffer *self, size_t more)
{
    if (more > self->bytes_max - self->length) {
        self->full = true;
        return false;
    }
    size_t need = self->length + more + 1;
    if (need <= self->capacity)
        return true;
    size_t capacity = self->capacity > 0 ? self->capacity : CAPACITY_FIRST;
    while (capacity < need)
        capacity *= 2;
    self->bytes = mem_resize(self->bytes, capacity, 1);
    self->capacity = capacity;
    return true;
}

bool buffer_append(struct buffer *self, const void *bytes, size_t length)
{
    must(self != NULL);
    must(bytes != NULL || length == 0);
    if (!reserve(self, length))
        return false;
    if (length > 0)
        memcpy(self->bytes + self->length, bytes, length);
    self->length += length;
    self->bytes[self->length] = '\0';
    return true;
}

bool buffer_text(struct buffer *self, const char *text)
{
    must(text != NULL);
    return buffer_append(self, text, strlen(text));
}

bool buffer_printf(struct buffer *self, const char *format, ...)
{
    must(self != NULL);
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    must(length >= 0);
    bool taken = reserve(self, (size_t)length);
    if (taken) {
        vsnprintf(self->bytes + self->length, (size_t)length + 1, format, again);
        self->length += (size_t)length;
    }
    va_end(again);
    return taken;
}

const char *buffer_str(const struct buffer *self)
{
    must(self != NULL);
    return self->length > 0 ? self->bytes : "";
}
