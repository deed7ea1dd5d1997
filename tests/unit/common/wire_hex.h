/*
 * wire_hex - what the stories of the wire share: decode a message given in hex, and expect it good or
 * refused.
 *
 * Included once by each test program, after <cmocka.h>.
 */
#ifndef FRESHET_TESTS_WIRE_HEX_H
#define FRESHET_TESTS_WIRE_HEX_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/wire.h"

/* The sender of all fixtures. */
static const char id[] = "ip-10-0-0-7_3f0c9a4be1d2405c8e6f7a8b9c0d1e2f";

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Decode bytes written in hex, from a block of exactly their size so that an over-read is seen. */
static void decode_hex(struct wire_message *out, const char *hex)
{
    size_t length = strlen(hex) / 2;
    uint8_t *bytes = mem_new(length, 1);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    wire_decode(out, bytes, length);
    free(bytes);
}

static void decode_good(struct wire_message *out, const char *hex, enum wire_type type)
{
    decode_hex(out, hex);
    if (out->type == WIRE_BAD)
        fail_msg("refused: %s", out->reason);
    assert_int_equal(out->type, type);
    assert_string_equal(out->id, id);
    assert_null(out->reason);
}

static void assert_refused(const char *hex, const char *reason)
{
    struct wire_message message;
    decode_hex(&message, hex);
    assert_int_equal(message.type, WIRE_BAD);
    assert_string_equal(message.reason, reason);
    wire_fini(&message);
}

#endif
