#include "common/option_value.h"

#include "common/option_names.h"
#include "common/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* From here on a limit is no limit that anyone could meet, and is not worth a word. */
#define WITHOUT_LIMIT 1e15

static enum option_check parse_flag(const char *text, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};
    for (size_t i = 0; i < 4; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *out = strcasecmp(text, yes[i]) == 0;
            return OPTION_GOOD;
        }
    }
    return OPTION_MALFORMED;
}

static bool is_free_text(const struct option *row)
{
    return row->type == OPTION_TEXT || row->type == OPTION_LIST || row->type == OPTION_LINES;
}

/* Control characters would break log lines, reports and terminals. */
static bool acceptable(const struct option *row, unsigned char byte)
{
    if (byte >= 0x20)
        return byte != 0x7F;
    return (byte == '\n' && row->type != OPTION_TEXT) ||
           ((byte == '\t' || byte == '\r') && row->type == OPTION_LINES);
}

static enum option_check check_text(const struct option *row, const char *text)
{
    size_t length = strlen(text);
    if (length == 0)
        return OPTION_MALFORMED;
    for (size_t i = 0; i < length; i++) {
        if (!acceptable(row, (unsigned char)text[i]))
            return OPTION_MALFORMED;
    }
    return (double)length <= row->max ? OPTION_GOOD : OPTION_OUT_OF_RANGE;
}

static enum option_check check_choice(const struct option *row, const char *text)
{
    const char *cursor = row->choices;
    char choice[OPTION_NAME_MAX];
    while (option_names_word(&cursor, choice))
        if (strcasecmp(choice, text) == 0)
            return OPTION_GOOD;
    return OPTION_MALFORMED;
}

static enum option_check within(const struct option *row, double value)
{
    return value >= row->min && value <= row->max ? OPTION_GOOD : OPTION_OUT_OF_RANGE;
}

static enum option_check parse_integer(const struct option *row, const char *text, int64_t *out)
{
    bool negative = text[0] == '-';
    uint64_t size;
    if (!units_parse_count(negative ? text + 1 : text, &size))
        return OPTION_MALFORMED;
    if (size > INT64_MAX)
        return OPTION_OUT_OF_RANGE;
    *out = negative ? -(int64_t)size : (int64_t)size;
    return within(row, (double)*out);
}

static enum option_check parse_any(const struct option *row, const char *text, struct option_value *out)
{
    switch (row->type) {
    case OPTION_FLAG:
        return parse_flag(text, &out->flag);
    case OPTION_TEXT:
    case OPTION_LIST:
    case OPTION_LINES:
        return check_text(row, text);
    case OPTION_CHOICE:
        return check_choice(row, text);
    case OPTION_INTEGER:
        return parse_integer(row, text, &out->integer);
    case OPTION_COUNT:
        return units_parse_count(text, &out->whole) ? within(row, (double)out->whole) : OPTION_MALFORMED;
    case OPTION_RATE:
        return units_parse_rate(text, &out->real) ? within(row, out->real) : OPTION_MALFORMED;
    case OPTION_DURATION:
        return units_parse_duration(text, &out->whole) ? within(row, (double)out->whole / 1e6)
                                                       : OPTION_MALFORMED;
    case OPTION_SIZE:
        return units_parse_size(text, &out->whole) ? within(row, (double)out->whole) : OPTION_MALFORMED;
    }
    must_fail("a known option type", __FILE__, __LINE__);
}

enum option_check option_value_parse(const struct option *row, const char *text, struct option_value *out)
{
    must(row != NULL);
    must(text != NULL && out != NULL);
    struct option_value value = {0};
    if (!is_free_text(row) && strlen(text) > OPTION_NUMBER_MAX)
        return OPTION_MALFORMED;
    enum option_check check = parse_any(row, text, &value);
    if (check == OPTION_GOOD)
        *out = value;
    return check;
}

/* A limit exactly, in the largest unit that leaves it whole: 500, 10k, 1M, 0.01; 5MiB. */
static void print_limit(double value, double step, const char *const units[3], char out[UNITS_TEXT_MAX])
{
    int unit = 0;
    while (unit < 3 && value != 0 && fmod(value, step) == 0) {
        value /= step;
        unit++;
    }
    snprintf(out, UNITS_TEXT_MAX, "%.10g%s", value, unit > 0 ? units[unit - 1] : "");
}

static void print_row_limit(const struct option *row, double value, char out[UNITS_TEXT_MAX])
{
    static const char *const decimal[] = {"k", "M", "G"};
    static const char *const binary[] = {"KiB", "MiB", "GiB"};
    if (row->type == OPTION_SIZE)
        print_limit(value, 1024, binary, out);
    else if (row->type == OPTION_DURATION && value > 0)
        units_print_duration((uint64_t)(value * 1e6), out);
    else if (row->type == OPTION_DURATION)
        snprintf(out, UNITS_TEXT_MAX, "0s");
    else
        print_limit(value, 1000, decimal, out);
}

/* "a whole number from 1 to 500" */
static void print_range(const struct option *row, const char *noun, const char *hint,
                        char out[OPTION_ALLOWED_MAX])
{
    char low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX];
    print_row_limit(row, row->min, low);
    print_row_limit(row, row->max, high);
    if (row->max >= WITHOUT_LIMIT)
        snprintf(out, OPTION_ALLOWED_MAX, "%s of at least %s%s", noun, low, hint);
    else
        snprintf(out, OPTION_ALLOWED_MAX, "%s from %s to %s%s", noun, low, high, hint);
}

/* "DEBUG, INFO or ERROR" */
static void print_choices(const struct option *row, char out[OPTION_ALLOWED_MAX])
{
    const char *cursor = row->choices;
    char choice[OPTION_NAME_MAX], next[OPTION_NAME_MAX];
    size_t length = 0;
    bool more = option_names_word(&cursor, choice);
    for (bool first = true; more; first = false) {
        more = option_names_word(&cursor, next);
        const char *before = first ? "" : more ? ", " : " or ";
        length += (size_t)snprintf(out + length, OPTION_ALLOWED_MAX - length, "%s%s", before, choice);
        must(length < OPTION_ALLOWED_MAX);
        memcpy(choice, next, sizeof choice);
    }
}

void option_value_allowed(const struct option *row, char out[OPTION_ALLOWED_MAX])
{
    must(row != NULL);
    must(out != NULL);
    out[0] = '\0';
    switch (row->type) {
    case OPTION_FLAG:
        snprintf(out, OPTION_ALLOWED_MAX, "true or false, 1 or 0, yes or no, on or off");
        break;
    case OPTION_TEXT:
    case OPTION_LIST:
        snprintf(out, OPTION_ALLOWED_MAX, "text of 1 to %.0f bytes without control characters", row->max);
        break;
    case OPTION_LINES:
        snprintf(out, OPTION_ALLOWED_MAX,
                 "text of 1 to %.0f bytes without control characters but tabs and line ends", row->max);
        break;
    case OPTION_CHOICE:
        print_choices(row, out);
        break;
    case OPTION_INTEGER:
    case OPTION_COUNT:
        print_range(row, "a whole number", row->max >= 1e6 ? " with units, as 500 or 50k" : "", out);
        break;
    case OPTION_RATE:
        print_range(row, "a number", " with units, as 50k or 1.5M", out);
        break;
    case OPTION_DURATION:
        print_range(row, "a time", ", as 300s, 20m or 1h30m", out);
        break;
    case OPTION_SIZE:
        print_range(row, "a size", ", as 64KiB or 5MiB", out);
        break;
    }
}

const char *option_value_complaint(const struct option *row)
{
    must(row != NULL);
    switch (row->type) {
    case OPTION_FLAG:
        return "is neither true nor false";
    case OPTION_TEXT:
    case OPTION_LIST:
    case OPTION_LINES:
        return "is not a usable text";
    case OPTION_CHOICE:
        return "is not a choice";
    case OPTION_INTEGER:
    case OPTION_COUNT:
        return "is not a whole number";
    case OPTION_RATE:
        return "is not a rate";
    case OPTION_DURATION:
        return "is not a time";
    case OPTION_SIZE:
        return "is not a size";
    }
    must_fail("a known option type", __FILE__, __LINE__);
}
