/* The low-level MD5 calls need neither allocation nor a provider lookup, which would cost more than the hash
 * of so short a key. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "standins/hash_range.h"

#include <openssl/md5.h>
#include <string.h>

hash128 hash_of_key(const char *key, size_t length)
{
    must(key != NULL || length == 0);
    MD5_CTX context;
    uint8_t digest[MD5_DIGEST_LENGTH];
    must(MD5_Init(&context) == 1);
    must(MD5_Update(&context, key, length) == 1);
    must(MD5_Final(digest, &context) == 1);
    uint64_t high, low;
    memcpy(&high, digest, sizeof high);
    memcpy(&low, digest + sizeof high, sizeof low);
    return (hash128)__builtin_bswap64(high) << 64 | __builtin_bswap64(low);
}

bool hash_parse(const char *text, size_t length, hash128 *out)
{
    must(text != NULL);
    must(out != NULL);
    if (length == 0 || length > HASH_TEXT_MAX - 1 || (text[0] == '0' && length > 1))
        return false;
    hash128 value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        hash128 digit = (hash128)(text[i] - '0');
        if (value > (~(hash128)0 - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

const char *hash_print(hash128 hash, char out[HASH_TEXT_MAX])
{
    must(out != NULL);
    char digits[HASH_TEXT_MAX];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + (int)(hash % 10));
        hash /= 10;
    } while (hash > 0);
    memcpy(out, digits + at, sizeof digits - at);
    return out;
}

hash128 hash_range_first(uint32_t index, uint32_t count)
{
    must(count > 0);
    must(index < count);
    hash128 shifted = (hash128)index << 64;
    hash128 high = shifted / count;
    hash128 rest = (shifted % count) << 64;
    return high << 64 | rest / count;
}

hash128 hash_range_last(uint32_t index, uint32_t count)
{
    must(index < count);
    return index + 1 == count ? ~(hash128)0 : hash_range_first(index + 1, count) - 1;
}

uint32_t hash_range_find(hash128 hash, const hash128 *firsts, uint32_t count)
{
    must(firsts != NULL);
    must(count > 0);
    /* The estimate can only be too low, by the rounding of the ranges. */
    uint32_t index = (uint32_t)((hash128)(uint64_t)(hash >> 64) * count >> 64);
    while (index + 1 < count && firsts[index + 1] <= hash)
        index++;
    return index;
}
