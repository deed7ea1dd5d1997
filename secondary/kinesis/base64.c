#include "secondary/kinesis/base64.h"

#include "common/must.h"

#include <stdint.h>
#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode_scalar(char *out, const void *in, size_t length)
{
    must(out != NULL);
    must(in != NULL || length == 0);
    const uint8_t *from = in;
    char *to = out;
    for (; length >= 3; length -= 3, from += 3) {
        uint32_t three = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        *to++ = alphabet[three >> 18];
        *to++ = alphabet[three >> 12 & 63];
        *to++ = alphabet[three >> 6 & 63];
        *to++ = alphabet[three & 63];
    }
    if (length > 0) {
        uint32_t rest = (uint32_t)from[0] << 16 | (length == 2 ? (uint32_t)from[1] << 8 : 0);
        *to++ = alphabet[rest >> 18];
        *to++ = alphabet[rest >> 12 & 63];
        *to++ = length == 2 ? alphabet[rest >> 6 & 63] : '=';
        *to++ = '=';
    }
    return (size_t)(to - out);
}

#ifdef __SSSE3__
/* The last twelve of 16 bytes become sixteen letters in a dozen instructions (after W. Mula and D. Lemire,
 * "Faster Base64 Encoding and Decoding using AVX2 Instructions", 2018): spread the bytes so that each 32-bit
 * lane holds three of them, shift the four 6-bit fields into place by two multiplications, then add to each
 * field the distance between its value and its letter, looked up by the range the value is in. */
static inline __m128i twelve_to_sixteen(__m128i in)
{
    __m128i spread =
        _mm_shuffle_epi8(in, _mm_set_epi8(14, 15, 13, 14, 11, 12, 10, 11, 8, 9, 7, 8, 5, 6, 4, 5));
    __m128i high =
        _mm_mulhi_epu16(_mm_and_si128(spread, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
    __m128i low =
        _mm_mullo_epi16(_mm_and_si128(spread, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
    __m128i fields = _mm_or_si128(high, low);

    __m128i range = _mm_subs_epu8(fields, _mm_set1_epi8(51));
    __m128i upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), fields);
    range = _mm_or_si128(range, _mm_and_si128(upper, _mm_set1_epi8(13)));
    const __m128i distance =
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    return _mm_add_epi8(_mm_shuffle_epi8(distance, range), fields);
}

static inline __m128i load(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static inline void store(char *to, __m128i letters)
{
    _mm_storeu_si128((__m128i *)(void *)to, letters);
}

size_t base64_encode(char *out, const void *in, size_t length)
{
    must(out != NULL);
    must(in != NULL || length == 0);
    if (length < 18) /* else some load would begin before the input or end behind it */
        return base64_encode_scalar(out, in, length);
    const uint8_t *from = in;
    char *to = out;
    store(to, twelve_to_sixteen(_mm_slli_si128(load(from), 4)));
    for (length -= 12, from += 12, to += 16; length >= 12; length -= 12, from += 12, to += 16)
        store(to, twelve_to_sixteen(load(from - 4)));
    /* Whole groups of three that are left: the last twelve bytes up to there, of which some are done. */
    from += length / 3 * 3;
    to += length / 3 * 4;
    length %= 3;
    store(to - 16, twelve_to_sixteen(load(from - 16)));
    return (size_t)(to - out) + base64_encode_scalar(to, from, length);
}
#else
size_t base64_encode(char *out, const void *in, size_t length)
{
    return base64_encode_scalar(out, in, length);
}
#endif
