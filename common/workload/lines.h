/*
 * lines - a text file, mapped into memory and read line by line, round and round.
 *
 * An event is a line with more than blanks on it, without its line end (LF or CRLF). The file may be of any
 * size: nothing is read ahead or kept. What was appended after lines_open is not seen; a file that was cut
 * meanwhile is an error at the next lines_check, which must come before lines are taken (between the two a
 * line of a file just being cut may still end the process: a file that is being sent is to be left alone).
 * One thread.
 */
#ifndef FRESHET_LINES_H
#define FRESHET_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum {
    LINES_BYTES_MAX = 1048576, /* of a line: more than any service takes */
    LINES_ERROR_MAX = 512,
};

enum lines_next {
    LINES_ONE,
    LINES_END, /* the next one is the first again; `index` is how many there were */
    LINES_BAD, /* too long: see lines_error */
};

struct line { /* borrowed until lines_close */
    const char *text;
    size_t length;
    uint64_t number; /* in the file, from 1; empty ones count */
    uint64_t index;  /* among those that are events, from 0 */
};

typedef struct lines lines_t;

/* Map the file. NULL and `error`, which names it, when it can't be read or has no line. The caller owns it.
 */
lines_t *lines_open(const char *path, char error[LINES_ERROR_MAX]);
void lines_close(lines_t **self_p);

/* Is the whole file still there? False: see lines_error. */
MUST_USE bool lines_check(lines_t *self);

MUST_USE enum lines_next lines_next(lines_t *self, struct line *out);

/* Count the events of the whole file, and begin anew. False at a line that is none: see lines_error. */
MUST_USE bool lines_count(lines_t *self, uint64_t *out);

/* Names the file and, where there is one, the line. */
const char *lines_error(const lines_t *self);

#endif
