#include "common/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FRACTION_MAX = 18 }; /* digits after the point that are taken; 10^18 still fits in 64 bits */

/* digits / 10^fraction, exactly as typed. */
struct decimal {
    uint64_t digits;
    unsigned fraction;
};

struct unit {
    const char *name;
    uint64_t worth;
};

static const struct unit DECIMAL_UNITS[] = {
    {"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}};

/* The largest first: the parts of 1h30m must come in this order. */
static const struct unit TIME_UNITS[] = {{"d", UINT64_C(86400000000)},
                                         {"h", UINT64_C(3600000000)},
                                         {"m", 60000000},
                                         {"s", 1000000},
                                         {"ms", 1000},
                                         {"us", 1}};

static const struct unit SIZE_UNITS[] = {{"", 1},
                                         {"B", 1},
                                         {"kB", 1000},
                                         {"KB", 1000},
                                         {"MB", 1000000},
                                         {"GB", 1000000000},
                                         {"KiB", UINT64_C(1) << 10},
                                         {"MiB", UINT64_C(1) << 20},
                                         {"GiB", UINT64_C(1) << 30}};

enum {
    DECIMAL_UNITS_COUNT = sizeof DECIMAL_UNITS / sizeof *DECIMAL_UNITS,
    TIME_UNITS_COUNT = sizeof TIME_UNITS / sizeof *TIME_UNITS,
    SIZE_UNITS_COUNT = sizeof SIZE_UNITS / sizeof *SIZE_UNITS
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint64_t power_of_ten(unsigned exponent)
{
    must(exponent <= FRACTION_MAX);
    uint64_t power = 1;
    for (unsigned i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

/* Append one digit; false on overflow. */
static bool push_digit(struct decimal *self, unsigned digit)
{
    return !__builtin_mul_overflow(self->digits, UINT64_C(10), &self->digits) &&
           !__builtin_add_overflow(self->digits, (uint64_t)digit, &self->digits);
}

/* Read 12, 1.5 or .5; returns what follows it, or NULL. Zeros that end a fraction are dropped. */
static const char *read_decimal(const char *text, struct decimal *out)
{
    *out = (struct decimal){0};
    const char *c = text;
    for (; is_digit(*c); c++)
        if (!push_digit(out, (unsigned)(*c - '0')))
            return NULL;
    if (*c != '.')
        return c > text ? c : NULL;
    c++;
    if (!is_digit(*c))
        return NULL;
    unsigned zeros = 0;
    for (; is_digit(*c); c++) {
        if (*c == '0') {
            zeros++;
            continue;
        }
        if (zeros >= FRACTION_MAX || out->fraction + zeros + 1 > FRACTION_MAX)
            return NULL;
        out->fraction += zeros + 1;
        for (; zeros > 0; zeros--)
            if (!push_digit(out, 0))
                return NULL;
        if (!push_digit(out, (unsigned)(*c - '0')))
            return NULL;
    }
    return c;
}

/* Divide both by `factor` as long as it divides both. */
static void cancel(uint64_t *a, uint64_t *b, uint64_t factor)
{
    while (*a % factor == 0 && *b % factor == 0) {
        *a /= factor;
        *b /= factor;
    }
}

/* number * worth, if that is whole and fits. A power of ten has no other factors than 2 and 5. */
static bool scale(const struct decimal *number, uint64_t worth, uint64_t *out)
{
    uint64_t divisor = power_of_ten(number->fraction);
    cancel(&divisor, &worth, 2);
    cancel(&divisor, &worth, 5);
    if (number->digits % divisor != 0)
        return false;
    return !__builtin_mul_overflow(number->digits / divisor, worth, out);
}

static const struct unit *find_unit(const struct unit *units, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0)
            return &units[i];
    return NULL;
}

bool units_parse_count(const char *text, uint64_t *out)
{
    must(text != NULL);
    must(out != NULL);
    struct decimal number;
    const char *rest = read_decimal(text, &number);
    if (rest == NULL)
        return false;
    const struct unit *unit = find_unit(DECIMAL_UNITS, DECIMAL_UNITS_COUNT, rest, strlen(rest));
    uint64_t value = 0;
    if (unit == NULL || !scale(&number, unit->worth, &value))
        return false;
    *out = value;
    return true;
}

bool units_parse_rate(const char *text, double *out)
{
    must(text != NULL);
    must(out != NULL);
    struct decimal number;
    const char *rest = read_decimal(text, &number);
    if (rest == NULL)
        return false;
    size_t length = strlen(rest);
    if (length >= 2 && strcmp(rest + length - 2, "/s") == 0)
        length -= 2;
    const struct unit *unit = find_unit(DECIMAL_UNITS, DECIMAL_UNITS_COUNT, rest, length);
    if (unit == NULL)
        return false;
    /* One multiplication or one division, never both: 1.1k is 11 * 100, without a rounding error. */
    uint64_t worth = unit->worth;
    for (; number.fraction > 0 && worth >= 10; worth /= 10)
        number.fraction--;
    *out = (double)number.digits * (double)worth / (double)power_of_ten(number.fraction);
    return true;
}

bool units_parse_duration(const char *text, uint64_t *out_us)
{
    must(text != NULL);
    must(out_us != NULL);
    uint64_t total_us = 0;
    const struct unit *after = TIME_UNITS; /* units that may still come */
    const struct unit *end = TIME_UNITS + TIME_UNITS_COUNT;
    for (const char *rest = text; *rest != '\0' || rest == text;) {
        struct decimal number;
        bool first = rest == text;
        rest = read_decimal(rest, &number);
        if (rest == NULL)
            return false;
        size_t length = strspn(rest, "dhmsu");
        const char *name = rest;
        if (first && *rest == '\0') {
            name = "s";
            length = 1;
        }
        const struct unit *unit = find_unit(after, (size_t)(end - after), name, length);
        uint64_t part_us = 0;
        if (unit == NULL || !scale(&number, unit->worth, &part_us) ||
            __builtin_add_overflow(total_us, part_us, &total_us))
            return false;
        after = unit + 1;
        if (name == rest)
            rest += length;
    }
    *out_us = total_us;
    return true;
}

bool units_parse_size(const char *text, uint64_t *out_bytes)
{
    must(text != NULL);
    must(out_bytes != NULL);
    struct decimal number;
    const char *rest = read_decimal(text, &number);
    if (rest == NULL)
        return false;
    const struct unit *unit = find_unit(SIZE_UNITS, SIZE_UNITS_COUNT, rest, strlen(rest));
    uint64_t value = 0;
    if (unit == NULL || !scale(&number, unit->worth, &value))
        return false;
    *out_bytes = value;
    return true;
}

/* `value` with three significant digits, as far as it has a fraction, and `unit` behind it. */
static void print_three(double value, const char *unit, char out[UNITS_TEXT_MAX])
{
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(out, UNITS_TEXT_MAX, "%.*f%s", decimals, value, unit);
}

const char *units_print_count(double value, char out[UNITS_TEXT_MAX])
{
    must(out != NULL);
    if (!isfinite(value) || value < 0)
        snprintf(out, UNITS_TEXT_MAX, "-");
    else if (value < 999.5)
        snprintf(out, UNITS_TEXT_MAX, "%.3g", value);
    else if (value < 999.5e3)
        print_three(value / 1e3, "k", out);
    else if (value < 999.5e6)
        print_three(value / 1e6, "M", out);
    else if (value < 1e18)
        print_three(value / 1e9, "G", out);
    else
        snprintf(out, UNITS_TEXT_MAX, "%.2e", value);
    return out;
}

static uint64_t divide_rounded(uint64_t value, uint64_t divisor)
{
    return value / divisor + (value % divisor >= divisor / 2 ? 1 : 0);
}

/* Print `small` units, `ratio` of which are one `big` one: 90 seconds as 1m30s, 60 as 1m. */
static void print_pair(uint64_t small, uint64_t ratio, char big_name, char small_name,
                       char out[UNITS_TEXT_MAX])
{
    unsigned long long big = small / ratio, rest = small % ratio;
    if (rest == 0)
        snprintf(out, UNITS_TEXT_MAX, "%llu%c", big, big_name);
    else
        snprintf(out, UNITS_TEXT_MAX, "%llu%c%llu%c", big, big_name, rest, small_name);
}

const char *units_print_duration(uint64_t us, char out[UNITS_TEXT_MAX])
{
    must(out != NULL);
    uint64_t seconds = divide_rounded(us, UINT64_C(1000000));
    uint64_t minutes = divide_rounded(us, UINT64_C(60000000));
    /* Each limit is where rounding would print the next unit's first value: 999.6ms is 1.00s. */
    if (us < 1000)
        snprintf(out, UNITS_TEXT_MAX, "%uus", (unsigned)us);
    else if (us < 999500)
        print_three((double)us / 1e3, "ms", out);
    else if (us < 59950000)
        print_three((double)us / 1e6, "s", out);
    else if (seconds < 3600)
        print_pair(seconds, 60, 'm', 's', out);
    else if (minutes < 1440)
        print_pair(minutes, 60, 'h', 'm', out);
    else
        print_pair(divide_rounded(us, UINT64_C(3600000000)), 24, 'd', 'h', out);
    return out;
}

const char *units_print_size(double bytes, char out[UNITS_TEXT_MAX])
{
    static const char *const names[] = {" KiB", " MiB", " GiB", " TiB"};
    must(out != NULL);
    if (!isfinite(bytes) || bytes < 0) {
        snprintf(out, UNITS_TEXT_MAX, "-");
    } else if (bytes < 1023.5) {
        snprintf(out, UNITS_TEXT_MAX, "%.0f B", bytes);
    } else if (bytes >= 1e18) {
        snprintf(out, UNITS_TEXT_MAX, "%.2e B", bytes);
    } else {
        size_t i = 0;
        double value = bytes / 1024;
        for (; value >= 1023.5 && i < 3; i++)
            value /= 1024;
        print_three(value, names[i], out);
    }
    return out;
}
