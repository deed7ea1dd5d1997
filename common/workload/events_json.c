#include "common/workload/events_json.h"

#include "common/must.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_BYTES = 32,         /* of any number */
    ESCAPED_BYTES = 6,         /* of any byte */
    REMEMBERED_FROM = 1000000, /* smaller whole numbers are printed faster than looked up */
};

static const double exact_max =
    1e15; /* whole numbers up to here have 15 digits, and a double holds them all */
static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

/* Is there room for `bytes` more? */
static bool fits(events_t *self, int32_t at, size_t bytes)
{
    if (at >= 0 && at <= self->limit && bytes <= (size_t)(self->limit - at))
        return true;
    self->full = true;
    return false;
}

int32_t events_json_text(events_t *self, int32_t at, const char *text, size_t length)
{
    if (!fits(self, at, length))
        return at;
    memcpy(self->bytes + at, text, length);
    return at + (int32_t)length;
}

/* --- Strings */

/* Bytes of the UTF-8 character at `text`, or 0: it is none (Unicode 15, table 3-7). */
static size_t character(const uint8_t *text, size_t left)
{
    uint8_t first = text[0];
    size_t length = first < 0x80   ? 1
                    : first < 0xc2 ? 0
                    : first < 0xe0 ? 2
                    : first < 0xf0 ? 3
                    : first < 0xf5 ? 4
                                   : 0;
    if (length == 0 || length > left)
        return 0;
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < length; i++) {
        if (text[i] < low || text[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

/* Are these eight bytes all printable ASCII without quote and backslash? */
static bool plain(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quotes = (bytes ^ ones * '"') - ones;
    uint64_t backslashes = (bytes ^ ones * '\\') - ones;
    return ((bytes | (bytes - ones * 0x20) | quotes | backslashes) & ones * 0x80) == 0;
}

/* One character that needs care, or a byte that is none; *used says how many bytes of `text` it was. */
static size_t escape_one(char *out, const uint8_t *text, size_t left, size_t *used)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t byte = *text;
    *used = 1;
    if (byte >= 0x80) {
        size_t length = character(text, left);
        *used = length > 0 ? length : 1;
        memcpy(out, length > 0 ? (const char *)text : "\\ufffd", length > 0 ? length : 6);
        return length > 0 ? length : 6;
    }
    const char *shorthand = "b\bf\fn\nr\rt\t\"\"\\\\";
    for (size_t i = 0; shorthand[i] != '\0'; i += 2) {
        if ((uint8_t)shorthand[i + 1] == byte) {
            memcpy(out, (char[]){'\\', shorthand[i]}, 2);
            return 2;
        }
    }
    memcpy(out, (char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
    return 6;
}

/* Bytes that `text` takes when escaped. */
static size_t escaped_size(const char *text, size_t length)
{
    char scratch[ESCAPED_BYTES];
    size_t size = 0;
    for (size_t i = 0, used = 1; i < length; i += used) {
        uint8_t byte = (uint8_t)text[i];
        bool as_it_is = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
        used = 1;
        size += as_it_is ? 1 : escape_one(scratch, (const uint8_t *)text + i, length - i, &used);
    }
    return size;
}

/* Copy text that needs no escapes, in pieces of eight bytes; false where some byte is not plain. Writes up to
 * seven bytes more, which what follows covers. */
static bool copy_plain(char *out, const char *text, size_t length)
{
    uint64_t eight = 0;
    if (length >= 8) {
        for (size_t i = 0; i + 8 <= length; i += 8) {
            memcpy(&eight, text + i, 8);
            if (!plain(eight))
                return false;
            memcpy(out + i, &eight, 8);
        }
        memcpy(&eight, text + length - 8, 8); /* again some of those before */
        memcpy(out + length - 8, &eight, 8);
        return plain(eight);
    }
    uint32_t head = 0, tail = 0;
    if (length >= 4) {
        memcpy(&head, text, 4);
        memcpy(&tail, text + length - 4, 4);
        eight = head | (uint64_t)tail << 8 * (length - 4);
    } else if (length > 0) {
        eight = (uint8_t)text[0] | (uint64_t)(uint8_t)text[length / 2] << 8 * (length / 2) |
                (uint64_t)(uint8_t)text[length - 1] << 8 * (length - 1);
    }
    memcpy(out, &eight, 8);
    uint64_t blanks = UINT64_C(0x2020202020202020) << 8 * length;
    return plain(eight | blanks);
}

static int32_t copy_escaped(events_t *self, int32_t at, const char *text, size_t length)
{
    char *out = (char *)self->bytes + at;
    size_t used = 1;
    for (size_t i = 0; i < length; i += used) {
        uint8_t byte = (uint8_t)text[i];
        used = 1;
        if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\')
            *out++ = (char)byte;
        else
            out += escape_one(out, (const uint8_t *)text + i, length - i, &used);
    }
    return (int32_t)(out - (char *)self->bytes);
}

int32_t events_json_escaped(events_t *self, int32_t at, const char *text, size_t length)
{
    if (!fits(self, at, length))
        return at;
    if (copy_plain((char *)self->bytes + at, text, length))
        return at + (int32_t)length;
    if (!fits(self, at, escaped_size(text, length)))
        return at;
    return copy_escaped(self, at, text, length);
}

int32_t events_json_quoted(events_t *self, int32_t at, const char *text, size_t length)
{
    if (!fits(self, at, 2))
        return at;
    self->bytes[at] = '"';
    int32_t end = events_json_escaped(self, at + 1, text, length);
    if (!fits(self, end, 1))
        return at;
    self->bytes[end] = '"';
    return end + 1;
}

static size_t digits(const char *text, size_t at, size_t length)
{
    while (at < length && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* Is it a JSON number (RFC 8259, section 6)? */
static bool is_number(const char *text, size_t length)
{
    size_t at = length > 0 && text[0] == '-' ? 1 : 0;
    size_t whole = digits(text, at, length);
    if (whole == at || (text[at] == '0' && whole > at + 1))
        return false;
    at = whole;
    if (at < length && text[at] == '.') {
        size_t end = digits(text, at + 1, length);
        if (end == at + 1)
            return false;
        at = end;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '+' || text[at] == '-'))
            at++;
        size_t end = digits(text, at, length);
        if (end == at)
            return false;
        at = end;
    }
    return at == length;
}

int32_t events_json_bare(events_t *self, int32_t at, const char *text, size_t length)
{
    bool word = (length == 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) ||
                (length == 5 && memcmp(text, "false", 5) == 0);
    return word || is_number(text, length) ? events_json_text(self, at, text, length)
                                           : events_json_quoted(self, at, text, length);
}

/* --- Numbers */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "digits are put together with shifts");

/* Four digits of `value` (below 10,000) with zeros in front, the first one in the lowest byte. */
static uint32_t four(uint32_t value)
{
    uint32_t upper = value / 100, lower = value % 100;
    uint32_t tens = upper / 10 | lower / 10 << 16;
    uint32_t ones = upper % 10 | lower % 10 << 16;
    return UINT32_C(0x30303030) | tens | ones << 8;
}

static size_t print_four(char *out, uint32_t value)
{
    unsigned zeros = (value < 10 ? 1U : 0) + (value < 100 ? 1U : 0) + (value < 1000 ? 1U : 0);
    uint32_t text = four(value) >> 8 * zeros;
    memcpy(out, &text, 4);
    return 4 - zeros;
}

static size_t print_whole(char *out, uint64_t value)
{
    if (value < 10000)
        return print_four(out, (uint32_t)value);
    uint32_t last;
    size_t length;
    if (value < 100000000) {
        uint32_t upper = (uint32_t)value / 10000;
        last = (uint32_t)value - upper * 10000;
        length = print_four(out, upper);
    } else {
        last = (uint32_t)(value % 10000);
        length = print_whole(out, value / 10000);
    }
    uint32_t text = four(last);
    memcpy(out + length, &text, 4);
    return length + 4;
}

/* `units` of 10^-decimals. */
static size_t print_units(char *out, uint64_t units, bool negative, int32_t decimals)
{
    size_t length = 0;
    if (negative)
        out[length++] = '-';
    if (decimals == 2 && units < 1000000) { /* by far the most frequent */
        uint32_t whole = (uint32_t)units / 100;
        length += print_four(out + length, whole);
        uint32_t rest = four((uint32_t)units - whole * 100) >> 16;
        memcpy(out + length, (char[]){'.', (char)rest, (char)(rest >> 8)}, 3);
        return length + 3;
    }
    uint64_t one = (uint64_t)(int64_t)powers[decimals];
    uint64_t whole = units / one;
    uint64_t rest = units - whole * one;
    length += print_whole(out + length, whole);
    if (decimals == 0)
        return length;
    out[length] = '.';
    for (size_t i = (size_t)decimals; i > 0; i--) {
        out[length + i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    return length + 1 + (size_t)decimals;
}

static size_t print_fraction(char *out, double value)
{
    if (!isfinite(value))
        return (size_t)snprintf(out, NUMBER_BYTES, "null");
    double size = fabs(value);
    for (int32_t decimals = 2; decimals <= 4 && size < 1e9; decimals += 2) {
        int64_t units = (int64_t)(size * powers[decimals] + 0.5);
        if ((double)units / powers[decimals] == size) { /* a quotient is rounded as decimal text is */
            size_t length = print_units(out, (uint64_t)units, value < 0, decimals);
            while (out[length - 1] == '0')
                length--;
            return length;
        }
    }
    int length = snprintf(out, NUMBER_BYTES, "%.15g", value);
    if (strtod(out, NULL) != value)
        length = snprintf(out, NUMBER_BYTES, "%.17g", value);
    return (size_t)length;
}

int32_t events_json_number(events_t *self, int32_t at, double value, int32_t memo)
{
    if (!fits(self, at, NUMBER_BYTES))
        return at;
    char *out = (char *)self->bytes + at;
    if (value >= 0 && value < REMEMBERED_FROM) {
        int32_t whole = (int32_t)value;
        if ((double)whole == value)
            return at + (int32_t)print_whole(out, (uint32_t)whole);
    }
    struct events_memo *known = &self->memos[(uint32_t)memo % EVENTS_MEMOS];
    if (known->value != value || known->length == 0) {
        bool whole = fabs(value) < exact_max && (double)(int64_t)value == value;
        char *text = known->text;
        if (whole && value < 0)
            *text++ = '-';
        text += whole ? print_whole(text, (uint64_t)fabs(value)) : print_fraction(text, value);
        known->length = (uint32_t)(text - known->text);
        known->value = value;
    }
    memcpy(out, known->text, sizeof known->text);
    return at + (int32_t)known->length;
}

int32_t events_json_decimal(events_t *self, int32_t at, double value, int32_t decimals)
{
    must(decimals >= 0 && decimals <= EVENTS_DECIMALS_MAX);
    double units = fabs(value) * powers[decimals] + 0.5;
    if (!(units < exact_max))
        return events_json_number(self, at, value, 0);
    if (!fits(self, at, NUMBER_BYTES))
        return at;
    uint64_t whole = (uint64_t)(int64_t)units;
    return at + (int32_t)print_units((char *)self->bytes + at, whole, value < 0 && whole > 0, decimals);
}
