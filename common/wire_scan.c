#include "common/wire_scan.h"

#include <stdbool.h>
#include <stdint.h>

/* What one head announces. */
struct head {
    uint64_t bytes;    /* of the head itself, its payload included */
    uint64_t children; /* values that follow */
    bool reserved;     /* the one byte msgpack never uses */
};

/* Big-endian number of `size` bytes after the first byte; more than any input is long when cut off. */
static uint64_t number(const uint8_t *at, size_t length, size_t size)
{
    if (length < 1 + size)
        return UINT32_MAX;
    uint64_t value = 0;
    for (size_t i = 1; i <= size; i++)
        value = value << 8 | at[i];
    return value;
}

static struct head read_head(const uint8_t *at, size_t length)
{
    uint8_t first = at[0];
    if (first <= 0x7f || first >= 0xe0) /* small integers */
        return (struct head){.bytes = 1};
    if (first <= 0x8f)
        return (struct head){.bytes = 1, .children = 2 * (uint64_t)(first & 0x0f)};
    if (first <= 0x9f)
        return (struct head){.bytes = 1, .children = first & 0x0f};
    if (first <= 0xbf)
        return (struct head){.bytes = 1 + (uint64_t)(first & 0x1f)};
    switch (first) {
    case 0xc0: /* nil, false, true */
    case 0xc2:
    case 0xc3:
        return (struct head){.bytes = 1};
    case 0xc4: /* bin 8, 16, 32 */
    case 0xc5:
    case 0xc6:
        return (struct head){.bytes = 1 + (1U << (first - 0xc4)) + number(at, length, 1U << (first - 0xc4))};
    case 0xc7: /* ext 8, 16, 32 */
    case 0xc8:
    case 0xc9:
        return (struct head){.bytes = 2 + (1U << (first - 0xc7)) + number(at, length, 1U << (first - 0xc7))};
    case 0xca: /* float 32, 64 */
    case 0xcb:
        return (struct head){.bytes = first == 0xca ? 5 : 9};
    case 0xcc: /* unsigned and signed integers of 8 to 64 bits */
    case 0xcd:
    case 0xce:
    case 0xcf:
        return (struct head){.bytes = 1 + (1U << (first - 0xcc))};
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return (struct head){.bytes = 1 + (1U << (first - 0xd0))};
    case 0xd4: /* fixext 1 to 16 */
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return (struct head){.bytes = 2 + (1U << (first - 0xd4))};
    case 0xd9: /* str 8, 16, 32 */
    case 0xda:
    case 0xdb:
        return (struct head){.bytes = 1 + (1U << (first - 0xd9)) + number(at, length, 1U << (first - 0xd9))};
    case 0xdc: /* array 16, 32 */
    case 0xdd:
        return (struct head){.bytes = 1 + (2U << (first - 0xdc)),
                             .children = number(at, length, 2U << (first - 0xdc))};
    case 0xde: /* map 16, 32 */
    case 0xdf:
        return (struct head){.bytes = 1 + (2U << (first - 0xde)),
                             .children = 2 * number(at, length, 2U << (first - 0xde))};
    default:
        return (struct head){.reserved = true};
    }
}

const char *wire_scan(const void *bytes, size_t length)
{
    must(bytes != NULL || length == 0);
    const uint8_t *at = bytes;
    uint64_t left[WIRE_DEPTH_MAX + 1] = {1}; /* values still to come, at each depth */
    uint64_t elements = 0;
    size_t depth = 0;
    while (left[0] > 0 || depth > 0) {
        must(depth <= WIRE_DEPTH_MAX);
        if (left[depth] == 0) {
            depth--;
            continue;
        }
        left[depth]--;
        if (length == 0)
            return "cut short";
        struct head head = read_head(at, length);
        if (head.reserved)
            return "not msgpack";
        if (head.bytes > length)
            return "cut short";
        at += head.bytes;
        length -= (size_t)head.bytes;
        if (head.children == 0)
            continue;
        if (head.children > length)
            return "an array or map announces more than there is";
        elements += head.children;
        if (elements > WIRE_ELEMENTS_MAX)
            return "too many values";
        if (depth == WIRE_DEPTH_MAX)
            return "nested too deep";
        left[++depth] = head.children;
    }
    return length == 0 ? NULL : "bytes after the message";
}
