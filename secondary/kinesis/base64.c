#include "secondary/kinesis/base64.h"

#include "common/must.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSSE3__
#include <immintrin.h>
#endif

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t encode_scalar(char *out, const uint8_t *from, size_t length)
{
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

/* 48 bytes a turn where the machine has byte permutations of 512 bits (same authors, "Base64 encoding and
 * decoding at almost the speed of a memory copy", 2019): each 32-bit lane gets its three bytes as 1 0 2 1, a
 * multishift takes the four 6-bit fields out of it, and a permutation makes letters of them. */
__attribute__((target("avx512f,avx512bw,avx512vbmi,bmi2"))) static size_t
encode_by_48(char *out, const uint8_t *from, size_t length)
{
#define SPREAD_1(i) 3 * (i) + 1, 3 * (i), 3 * (i) + 2, 3 * (i) + 1
#define SPREAD_4(i) SPREAD_1(i), SPREAD_1((i) + 1), SPREAD_1((i) + 2), SPREAD_1((i) + 3)
    static const uint8_t spread[64] = {SPREAD_4(0), SPREAD_4(4), SPREAD_4(8), SPREAD_4(12)};
    const __m512i order = _mm512_loadu_si512(spread);
    const __m512i letters = _mm512_loadu_si512(alphabet);
    const __m512i shifts = _mm512_set1_epi64(0x3036242a1016040a); /* 10 4 22 16, and 32 more */
    char *to = out;
    for (; length >= 64; length -= 48, from += 48, to += 64) { /* of 64 bytes that may be read, 48 are used */
        __m512i spread_out = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(from));
        __m512i fields = _mm512_multishift_epi64_epi8(shifts, spread_out);
        _mm512_storeu_si512(to, _mm512_permutexvar_epi8(fields, letters));
    }
    while (length > 0) {
        size_t taken = length < 48 ? length : 48;
        size_t made = base64_length(taken);
        __m512i in = _mm512_maskz_loadu_epi8(_bzhi_u64(UINT64_MAX, (unsigned)taken), from);
        __m512i fields = _mm512_multishift_epi64_epi8(shifts, _mm512_permutexvar_epi8(order, in));
        _mm512_mask_storeu_epi8(to, _bzhi_u64(UINT64_MAX, (unsigned)made),
                                _mm512_permutexvar_epi8(fields, letters));
        to += made;
        if (taken % 3 != 0)
            memset(to - (3 - taken % 3), '=', 3 - taken % 3);
        from += taken;
        length -= taken;
    }
    return (size_t)(to - out);
}

static size_t encode_by_12(char *out, const uint8_t *from, size_t length)
{
    must(length >= 18);
    char *to = out;
    store(to, twelve_to_sixteen(_mm_slli_si128(load(from), 4)));
    for (length -= 12, from += 12, to += 16; length >= 12; length -= 12, from += 12, to += 16)
        store(to, twelve_to_sixteen(load(from - 4)));
    /* Whole groups of three that are left: the last twelve bytes up to there, of which some are done. */
    from += length / 3 * 3;
    to += length / 3 * 4;
    length %= 3;
    store(to - 16, twelve_to_sixteen(load(from - 16)));
    return (size_t)(to - out) + encode_scalar(to, from, length);
}

bool base64_has(enum base64_way way)
{
    return way != BASE64_BY_48 || (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                   __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi2"));
}

size_t base64_encode_by(enum base64_way way, char *out, const void *in, size_t length)
{
    must(out != NULL);
    must(in != NULL || length == 0);
    if (way == BASE64_BY_48)
        return encode_by_48(out, in, length);
    if (way == BASE64_SCALAR || length < 18) /* else some load would begin before the input */
        return encode_scalar(out, in, length);
    return encode_by_12(out, in, length);
}

#else
bool base64_has(enum base64_way way)
{
    return way == BASE64_SCALAR;
}

size_t base64_encode_by(enum base64_way way, char *out, const void *in, size_t length)
{
    must(out != NULL && way == BASE64_SCALAR);
    must(in != NULL || length == 0);
    return encode_scalar(out, in, length);
}
#endif

size_t base64_encode(char *out, const void *in, size_t length)
{
    enum base64_way way = base64_has(BASE64_BY_48)   ? BASE64_BY_48
                          : base64_has(BASE64_BY_12) ? BASE64_BY_12
                                                     : BASE64_SCALAR;
    return base64_encode_by(way, out, in, length);
}
