/*
 * wire_pass - what the stories of the wire share: a message to bytes and back.
 *
 * Included once by each test program, after <cmocka.h>.
 */
#ifndef FRESHET_TESTS_WIRE_PASS_H
#define FRESHET_TESTS_WIRE_PASS_H

#include "common/buffer.h"
#include "common/wire.h"

static void pass(const struct wire_message *message, struct wire_message *back)
{
    struct buffer bytes;
    buffer_init(&bytes, WIRE_MESSAGE_MAX);
    wire_encode(message, &bytes);
    assert_false(bytes.full);
    wire_decode(back, bytes.bytes, bytes.length);
    buffer_fini(&bytes);
}

#endif
