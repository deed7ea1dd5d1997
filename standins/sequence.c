#include "standins/sequence.h"

#include <string.h>

enum { SHARD_DIGITS = 10, CREATED_DIGITS = 24, ORDINAL_DIGITS = 20, PREFIX_LENGTH = 36 };

void sequence_digits(uint64_t value, size_t digits, char *out)
{
    must(out != NULL);
    while (digits > 0 && value > 0) {
        out[--digits] = (char)('0' + value % 10);
        value /= 10;
    }
    must(value == 0);
    memset(out, '0', digits);
}

void sequence_write(uint32_t shard, uint64_t created_ms, uint64_t ordinal, char *out)
{
    must(out != NULL);
    out[0] = '4';
    out[1] = '9';
    sequence_digits(shard, SHARD_DIGITS, out + 2);
    sequence_digits(created_ms, CREATED_DIGITS, out + 2 + SHARD_DIGITS);
    sequence_digits(ordinal, ORDINAL_DIGITS, out + PREFIX_LENGTH);
}

const char *sequence_print(uint32_t shard, uint64_t created_ms, uint64_t ordinal, char out[SEQUENCE_TEXT_MAX])
{
    sequence_write(shard, created_ms, ordinal, out);
    out[SEQUENCE_LENGTH] = '\0';
    return out;
}

bool sequence_parse(const char *text, uint32_t shard, uint64_t created_ms, uint64_t *ordinal_out)
{
    must(text != NULL);
    must(ordinal_out != NULL);
    char expected[SEQUENCE_TEXT_MAX];
    sequence_print(shard, created_ms, 0, expected);
    if (strlen(text) != SEQUENCE_LENGTH || memcmp(text, expected, PREFIX_LENGTH) != 0)
        return false;
    uint64_t ordinal = 0;
    for (const char *c = text + PREFIX_LENGTH; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || ordinal > (UINT64_MAX - 9) / 10)
            return false;
        ordinal = ordinal * 10 + (uint64_t)(*c - '0');
    }
    *ordinal_out = ordinal;
    return true;
}
