/*
 * sts - requests to the Security Token Service and its XML answers.
 *
 * Pure. Only the four elements we need are read: each must occur once within <Credentials> and hold text.
 */
#ifndef FRESHET_STS_H
#define FRESHET_STS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/must.h"
#include "secondary/kinesis/sigv4.h"

/* Append `name=value` to a form body, percent-encoded, with '&' where something stands before. */
void sts_form(struct buffer *out, const char *name, const char *value);

/* Read the answer of AssumeRole or AssumeRoleWithWebIdentity. False when it is not whole. */
MUST_USE bool sts_read(const char *xml, size_t length, struct sigv4_keys *keys, int64_t *expires_s);

/* The service's words in an error answer: "Code: Message", or "" when there are none. */
void sts_read_error(const char *xml, size_t length, char *out, size_t out_size);

/* Seconds since 1970 of 2026-11-22T12:00:00Z, with a fraction or an offset or not. False when it is no such.
 */
MUST_USE bool sts_time(const char *text, int64_t *out_s);

#endif
