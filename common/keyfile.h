/*
 * keyfile - a CURVE certificate or join bundle as a file: read strictly, written whole or not at all.
 *
 * The format is that of czmq's zcert (ZPL, https://rfc.zeromq.org/spec/4/): sections without indentation,
 * `key = "value"` lines with four blanks, `#` comments.
 *
 *     metadata
 *         name = "rack1"                 who it is for
 *         primary = "<40 characters>"    a join bundle: the primary's public key
 *     curve
 *         public-key = "<40 characters>"
 *         secret-key = "<40 characters>" only in a secret file, which nobody but its owner may read (0600)
 *
 * Keys are Z85 text. Parsing and printing are pure; errors name what is wrong and where, never a key. Any
 * thread.
 */
#ifndef FRESHET_KEYFILE_H
#define FRESHET_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/must.h"

enum {
    KEYFILE_KEY_MAX = 41, /* bytes of a key, with the NUL */
    KEYFILE_NAME_MAX = 64,
    KEYFILE_BYTES_MAX = 16 * 1024, /* no key file is larger */
    KEYFILE_ERROR_MAX = 512,
};

struct keyfile { /* "" for what is not there */
    char name[KEYFILE_NAME_MAX];
    char primary[KEYFILE_KEY_MAX];
    char public_key[KEYFILE_KEY_MAX];
    char secret_key[KEYFILE_KEY_MAX];
};

/* What a file is read as, and so what must be in it. */
enum keyfile_kind {
    KEYFILE_PUBLIC, /* a public key; a secret one is not kept */
    KEYFILE_SECRET, /* both keys */
    KEYFILE_BUNDLE, /* both keys and the primary's */
};

/* May a file and its key be called so? Letters, digits, '-', '_', '.', the last not at the start. */
MUST_USE bool keyfile_is_name(const char *text);
MUST_USE bool keyfile_is_key(const char *text);

MUST_USE bool keyfile_parse(const char *text, size_t length, enum keyfile_kind kind, struct keyfile *out,
                            char error[KEYFILE_ERROR_MAX]);
void keyfile_print(const struct keyfile *self, const char *comment, struct buffer *out);

/* Read `path`. A secret one that others may read or write is refused. False: `error` names the file. */
MUST_USE bool keyfile_load(const char *path, enum keyfile_kind kind, struct keyfile *out,
                           char error[KEYFILE_ERROR_MAX]);

/* Write `path`, which must not exist: 0600 with a secret key, else 0644. */
MUST_USE bool keyfile_save(const char *path, const struct keyfile *self, const char *comment,
                           char error[KEYFILE_ERROR_MAX]);

#endif
