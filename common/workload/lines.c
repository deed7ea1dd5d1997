#include "common/workload/lines.h"

#include "common/mem.h"
#include "common/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines {
    int fd;
    const char *text; /* mapped: `size` bytes */
    size_t size, at;
    uint64_t number, index; /* of the next line */
    char name[QUOTE_MAX];
    char error[LINES_ERROR_MAX];
};

static bool open_file(lines_t *self, const char *path)
{
    self->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat facts;
    if (self->fd < 0 || fstat(self->fd, &facts) != 0) {
        snprintf(self->error, sizeof self->error, "%s: %s", self->name, strerror(errno));
        return false;
    }
    if (!S_ISREG(facts.st_mode) || facts.st_size == 0) {
        snprintf(self->error, sizeof self->error, "%s: %s", self->name,
                 S_ISREG(facts.st_mode) ? "the file is empty" : "is not a regular file");
        return false;
    }
    self->size = (size_t)facts.st_size;
    void *text = mmap(NULL, self->size, PROT_READ, MAP_PRIVATE, self->fd, 0);
    if (text == MAP_FAILED) {
        snprintf(self->error, sizeof self->error, "%s: can't be mapped into memory: %s", self->name,
                 strerror(errno));
        return false;
    }
    (void)madvise(text, self->size, MADV_SEQUENTIAL);
    self->text = text;
    return true;
}

static void begin_anew(lines_t *self)
{
    self->at = 0;
    self->number = self->index = 0;
}

lines_t *lines_open(const char *path, char error[LINES_ERROR_MAX])
{
    must(path != NULL && error != NULL);
    lines_t *self = mem_new(1, sizeof *self);
    quote(path, self->name);
    struct line first;
    bool good = open_file(self, path);
    if (good) {
        enum lines_next next = lines_next(self, &first);
        if (next == LINES_END)
            snprintf(self->error, sizeof self->error, "%s: the file has only empty lines", self->name);
        good = next == LINES_ONE;
    }
    begin_anew(self);
    if (!good) {
        snprintf(error, LINES_ERROR_MAX, "%s", self->error);
        lines_close(&self);
    }
    return self;
}

void lines_close(lines_t **self_p)
{
    must(self_p != NULL);
    lines_t *self = *self_p;
    if (self == NULL)
        return;
    if (self->text != NULL)
        must(munmap((void *)(uintptr_t)self->text, self->size) == 0);
    if (self->fd >= 0)
        close(self->fd);
    free(self);
    *self_p = NULL;
}

bool lines_check(lines_t *self)
{
    must(self != NULL);
    struct stat facts;
    if (fstat(self->fd, &facts) == 0 && (uint64_t)facts.st_size >= self->size)
        return true;
    snprintf(self->error, sizeof self->error, "%s: the file was cut while it was read", self->name);
    return false;
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    }
    return true;
}

enum lines_next lines_next(lines_t *self, struct line *out)
{
    must(self != NULL && out != NULL);
    while (self->at < self->size) {
        const char *text = self->text + self->at;
        size_t left = self->size - self->at;
        const char *end = memchr(text, '\n', left);
        size_t length = end != NULL ? (size_t)(end - text) : left;
        self->at += length + (end != NULL ? 1 : 0);
        self->number++;
        if (length > 0 && text[length - 1] == '\r')
            length--;
        if (is_blank(text, length))
            continue;
        if (length > LINES_BYTES_MAX) {
            snprintf(self->error, sizeof self->error, "%s, line %" PRIu64 ": is longer than 1 MiB",
                     self->name, self->number);
            return LINES_BAD;
        }
        *out = (struct line){.text = text, .length = length, .number = self->number, .index = self->index++};
        return LINES_ONE;
    }
    *out = (struct line){.index = self->index};
    begin_anew(self);
    return LINES_END;
}

bool lines_count(lines_t *self, uint64_t *out)
{
    must(self != NULL && out != NULL);
    begin_anew(self);
    struct line line = {.index = 0};
    enum lines_next next;
    while ((next = lines_next(self, &line)) == LINES_ONE) {
    }
    begin_anew(self);
    *out = line.index;
    return next == LINES_END;
}

const char *lines_error(const lines_t *self)
{
    must(self != NULL);
    return self->error;
}
