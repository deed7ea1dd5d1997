#include "primary/report_hlog.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "primary/packed.h"

/* The published V2 format: cookies, then big-endian fields, then counts as ZigZag LEB128 of at most 9 bytes,
 * a run of empty buckets as its negative length. */
#define COOKIE            UINT32_C(0x1c849313)
#define COOKIE_COMPRESSED UINT32_C(0x1c849314)
#define RATIO_ONE         UINT64_C(0x3ff0000000000000) /* 1.0 */

enum { HEAD = 40, DIGITS = 2, WORD_MAX = 9 };

static unsigned char *big(unsigned char *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *at++ = (unsigned char)(value >> (8 * (bytes - 1 - i)) & 0xFF);
    return at;
}

static unsigned char *leb128(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < WORD_MAX - 1 && value > 0x7F; i++) {
        *at++ = (unsigned char)((value & 0x7F) | 0x80);
        value >>= 7;
    }
    *at++ = (unsigned char)value;
    return at;
}

static unsigned char *counts(unsigned char *at, const struct histogram *h)
{
    size_t end = HISTOGRAM_BUCKETS;
    while (end > 0 && h->buckets[end - 1] == 0)
        end--;
    for (size_t i = 0; i < end; i++) {
        size_t empty = 0;
        while (i + empty < end && h->buckets[i + empty] == 0)
            empty++;
        if (empty > 1) {
            at = leb128(at, ((uint64_t)empty << 1) - 1); /* ZigZag of -empty */
            i += empty - 1;
        } else {
            at = leb128(at, h->buckets[i] << 1);
        }
    }
    return at;
}

static char *encode(const struct histogram *h)
{
    unsigned char *raw = mem_new(HEAD + HISTOGRAM_BUCKETS * WORD_MAX, 1);
    unsigned char *end = counts(raw + HEAD, h);
    unsigned char *at = big(raw, COOKIE, 4);
    at = big(at, (uint64_t)(end - raw) - HEAD, 4);
    at = big(at, 0, 4); /* normalizing index offset */
    at = big(at, DIGITS, 4);
    at = big(at, 1, 8);
    at = big(at, HISTOGRAM_US_MAX, 8);
    at = big(at, RATIO_ONE, 8);
    must(at == raw + HEAD);
    size_t length = 0;
    unsigned char *small = packed_deflate(raw, (size_t)(end - raw), &length);
    free(raw);
    unsigned char *whole = mem_new(length + 8, 1);
    big(big(whole, COOKIE_COMPRESSED, 4), length, 4);
    memcpy(whole + 8, small, length);
    free(small);
    char *text = packed_base64(whole, length + 8);
    free(whole);
    return text;
}

static void line(struct buffer *out, const char *tag, const struct histogram *h, double duration_s)
{
    char *text = encode(h);
    double max_s = h->count > 0 ? (double)h->max_us / 1e6 : 0;
    buffer_printf(out, "%s0.000,%.3f,%.3f,", tag, duration_s, max_s);
    buffer_text(out, text);
    buffer_text(out, "\n");
    free(text);
}

bool report_hlog(const struct histogram *due, const struct histogram *service, int64_t started_ms,
                 double duration_s, struct buffer *out)
{
    must(due != NULL && service != NULL && out != NULL);
    char when[CLOCK_RFC3339_MAX];
    clock_rfc3339(started_ms, when);
    buffer_text(
        out,
        "#[Latencies of freshet in microseconds: from the due time, and tagged service from the sending]\n"
        "#[Histogram log format version 1.3]\n");
    buffer_printf(out, "#[StartTime: %.3f (seconds since epoch), %s]\n", (double)started_ms / 1e3, when);
    buffer_text(
        out, "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n");
    line(out, "", due, duration_s);
    line(out, "Tag=service,", service, duration_s);
    return !out->full;
}
