#include "standins/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 1 for a character outside the alphabet. Without branches, so that the compiler checks 16 at a time. */
static inline uint8_t is_foreign(uint8_t c)
{
    uint8_t letter = (uint8_t)((c | 0x20) - 'a') < 26;
    uint8_t digit = (uint8_t)(c - '0') < 10;
    uint8_t sign = (uint8_t)((c == '+') | (c == '/'));
    return (uint8_t)((letter | digit | sign) ^ 1);
}

bool base64_check(const char *text, size_t length, size_t *bytes_out)
{
    must(text != NULL || length == 0);
    must(bytes_out != NULL);
    if (length % 4 != 0)
        return false;
    size_t padding = 0;
    if (length > 0 && text[length - 1] == '=')
        padding = text[length - 2] == '=' ? 2 : 1;
    uint8_t foreign = 0;
    for (size_t i = 0; i < length - padding; i++)
        foreign |= is_foreign((uint8_t)text[i]);
    if (foreign != 0)
        return false;
    *bytes_out = length / 4 * 3 - padding;
    return true;
}

static uint32_t value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : 0;
}

void base64_decode(const char *text, size_t length, uint8_t *out)
{
    must(length % 4 == 0);
    must(out != NULL || length == 0);
    for (size_t i = 0; i < length; i += 4) {
        uint32_t group = value_of(text[i]) << 18 | value_of(text[i + 1]) << 12 | value_of(text[i + 2]) << 6 |
                         value_of(text[i + 3]);
        *out++ = (uint8_t)(group >> 16);
        if (text[i + 2] != '=')
            *out++ = (uint8_t)(group >> 8);
        if (text[i + 3] != '=')
            *out++ = (uint8_t)group;
    }
}

size_t base64_encoded_length(size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}

void base64_encode(const uint8_t *bytes, size_t length, char *out)
{
    must(bytes != NULL || length == 0);
    must(out != NULL || length == 0);
    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (i + 1 < length)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < length)
            group |= bytes[i + 2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = i + 1 < length ? alphabet[group >> 6 & 63] : '=';
        *out++ = i + 2 < length ? alphabet[group & 63] : '=';
    }
}
