#include "primary/packed.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "common/mem.h"

enum { HEAD = 4 };

static unsigned char *deflated(const void *bytes, size_t length, size_t head, size_t *length_out)
{
    must(bytes != NULL || length == 0);
    must(length <= PACKED_MAX);
    uLongf size = compressBound((uLong)length);
    unsigned char *out = mem_new(head + size, 1);
    must(compress2(out + head, &size, length > 0 ? bytes : (const void *)"", (uLong)length, 6) == Z_OK);
    *length_out = head + size;
    return out;
}

void *packed_make(const void *bytes, size_t length, size_t *length_out)
{
    must(length_out != NULL);
    unsigned char *out = deflated(bytes, length, HEAD, length_out);
    for (size_t i = 0; i < HEAD; i++)
        out[i] = (unsigned char)(length >> (8 * i) & 0xFF);
    return out;
}

char *packed_open(const void *bytes, size_t length, size_t *length_out)
{
    must(length_out != NULL);
    const unsigned char *in = bytes;
    if (in == NULL || length < HEAD)
        return NULL;
    size_t size = 0;
    for (size_t i = 0; i < HEAD; i++)
        size |= (size_t)in[i] << (8 * i);
    if (size > PACKED_MAX)
        return NULL;
    char *out = mem_new(size + 1, 1);
    uLongf got = (uLongf)size;
    if (uncompress((Bytef *)out, &got, in + HEAD, (uLong)(length - HEAD)) != Z_OK || got != size) {
        free(out);
        return NULL;
    }
    *length_out = size;
    return out;
}

void *packed_deflate(const void *bytes, size_t length, size_t *length_out)
{
    must(length_out != NULL);
    return deflated(bytes, length, 0, length_out);
}

char *packed_base64(const void *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    must(bytes != NULL || length == 0);
    const unsigned char *in = bytes;
    char *out = mem_new((length + 2) / 3 * 4 + 1, 1), *at = out;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t three = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)in[i + 2] : 0);
        *at++ = digits[three >> 18];
        *at++ = digits[three >> 12 & 63];
        *at++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[three & 63] : '=';
    }
    return out;
}
