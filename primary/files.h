/*
 * files - reports on disk: written whole or not at all.
 *
 * A file is written as FILE.tmp in the same folder and renamed. What exists and is no regular file (a pipe, a
 * terminal) is written directly. One thread at a time.
 */
#ifndef FRESHET_FILES_H
#define FRESHET_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

enum { FILES_ERROR_MAX = 512 };

/* Could this file be written? Leaves nothing behind. False: `error` names the file and the reason. */
MUST_USE bool files_check(const char *path, char error[FILES_ERROR_MAX]);

/* Write `length` bytes as the whole content of `path`. False: `error` says why, and what was there stays. */
MUST_USE bool files_write(const char *path, const void *bytes, size_t length, char error[FILES_ERROR_MAX]);

#endif
