/* fuzz_wire - any bytes decode or are refused with a reason; what decodes can be encoded and read again. */
#include "common/wire.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_message first, second;
    wire_decode(&first, data, size);
    must((first.type == WIRE_BAD) == (first.reason != NULL));
    if (first.type != WIRE_BAD && first.type != WIRE_OTHER) {
        struct buffer out;
        buffer_init(&out, 2 * WIRE_MESSAGE_MAX);
        wire_encode(&first, &out);
        must(!out.full);
        if (out.length <= WIRE_MESSAGE_MAX) {
            wire_decode(&second, out.bytes, out.length);
            must(second.type == first.type);
            must(strcmp(second.id, first.id) == 0);
            must(second.has_freshet == first.has_freshet);
            wire_fini(&second);
        }
        buffer_fini(&out);
    }
    wire_fini(&first);
    return 0;
}
