#include "primary/threshold.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/quote.h"
#include "common/units.h"

/* What a metric may be compared with. */
enum kind { TIME, AMOUNT, AMOUNT_OR_SHARE, RATE, PERCENT };

static const struct {
    const char *name;
    enum kind kind;
    bool latency;
} metrics[THRESHOLD_METRICS] = {
    [THRESHOLD_P50] = {"p50", TIME, true},
    [THRESHOLD_P90] = {"p90", TIME, true},
    [THRESHOLD_P95] = {"p95", TIME, true},
    [THRESHOLD_P99] = {"p99", TIME, true},
    [THRESHOLD_P999] = {"p99.9", TIME, true},
    [THRESHOLD_MAX] = {"max", TIME, true},
    [THRESHOLD_MEAN] = {"mean", TIME, true},
    [THRESHOLD_MIN] = {"min", TIME, true},
    [THRESHOLD_FAILED] = {"failed", AMOUNT_OR_SHARE, false},
    [THRESHOLD_UNKNOWN] = {"unknown", AMOUNT_OR_SHARE, false},
    [THRESHOLD_THROTTLED] = {"throttled", AMOUNT_OR_SHARE, false},
    [THRESHOLD_RETRIED] = {"retried", AMOUNT_OR_SHARE, false},
    [THRESHOLD_DELIVERED] = {"delivered", AMOUNT, false},
    [THRESHOLD_DELIVERED_RATE] = {"delivered_rate", RATE, false},
    [THRESHOLD_ACHIEVED] = {"achieved", PERCENT, false},
    [THRESHOLD_LAG] = {"lag", TIME, false},
    [THRESHOLD_CODE] = {"e.code", AMOUNT, false},
};

#define METRICS_ALLOWED                                                                                      \
    "p50, p90, p95, p99, p99.9, max, mean, min (service.p99 from the send), failed, unknown, throttled, "    \
    "retried, delivered, delivered_rate, achieved, lag and e.code(NAME)"

/* A stretch of text that is being read. */
struct part {
    const char *at;
    size_t length;
};

static struct part trimmed(const char *at, size_t length)
{
    while (length > 0 && isspace((unsigned char)*at)) {
        at++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)at[length - 1]))
        length--;
    return (struct part){at, length};
}

static bool wrong(const char *condition, const char *what, char error[THRESHOLD_ERROR_MAX])
{
    char quoted[QUOTE_MAX];
    snprintf(error, THRESHOLD_ERROR_MAX, "%s: %.*s", quote(condition, quoted),
             THRESHOLD_ERROR_MAX - QUOTE_MAX - 2, what);
    return false;
}

static bool copy(struct part part, char *out, size_t size)
{
    if (part.length >= size)
        return false;
    memcpy(out, part.at, part.length);
    out[part.length] = '\0';
    return true;
}

/* "e.code(NAME)". */
static bool take_code(struct threshold *out)
{
    static const char head[] = "e.code(";
    size_t length = strlen(out->name);
    if (strncmp(out->name, head, sizeof head - 1) != 0 || out->name[length - 1] != ')')
        return false;
    struct part code = trimmed(out->name + sizeof head - 1, length - sizeof head);
    if (code.length == 0 || !copy(code, out->code, sizeof out->code) || strpbrk(out->code, "() ") != NULL)
        return false;
    out->metric = THRESHOLD_CODE;
    return true;
}

static bool take_metric(struct part part, struct threshold *out, char error[THRESHOLD_ERROR_MAX])
{
    static const char service[] = "service.";
    char text[THRESHOLD_ERROR_MAX], quoted[QUOTE_MAX];
    bool fits = copy(part, out->name, sizeof out->name);
    if (fits && take_code(out))
        return true;
    out->service = fits && strncmp(out->name, service, sizeof service - 1) == 0;
    const char *name = out->service ? out->name + sizeof service - 1 : out->name;
    for (size_t i = 0; fits && i < THRESHOLD_CODE; i++) {
        if (strcmp(name, metrics[i].name) != 0 || (out->service && !metrics[i].latency))
            continue;
        out->metric = (enum threshold_metric)i;
        return true;
    }
    snprintf(text, sizeof text, "there is no metric %s; allowed are " METRICS_ALLOWED,
             quote(out->name, quoted));
    return wrong(out->text, text, error);
}

/* "0.1%" -> 0.001. */
static bool parse_percent(const char *text, double *out)
{
    char number[UNITS_TEXT_MAX];
    size_t length = strlen(text);
    double percent = 0;
    if (length < 2 || text[length - 1] != '%')
        return false;
    struct part part = trimmed(text, length - 1);
    if (!copy(part, number, sizeof number) || strpbrk(number, "kKMG/") != NULL ||
        !units_parse_rate(number, &percent) || percent > 100)
        return false;
    *out = percent / 100;
    return true;
}

/* A bare number would count seconds, and "p99<250" is seldom meant so. */
static bool parse_time(const char *text, double *out_us)
{
    uint64_t us = 0;
    size_t length = strlen(text);
    if (length == 0 || !isalpha((unsigned char)text[length - 1]) || !units_parse_duration(text, &us))
        return false;
    *out_us = (double)us;
    return true;
}

static bool take_value(struct part part, struct threshold *out, char error[THRESHOLD_ERROR_MAX])
{
    static const char *const allowed[] = {
        "a time with its unit, as 250ms", "a number of events, as 100 or 1k",
        "a number of events, as 100, or a share, as 0.1%", "events per second, as 49.5k", "a share, as 95%"};
    char value[UNITS_TEXT_MAX] = "", text[THRESHOLD_ERROR_MAX], quoted[QUOTE_MAX];
    enum kind kind = metrics[out->metric].kind;
    uint64_t count = 0;
    bool good = copy(part, value, sizeof value);
    bool share = good && (kind == AMOUNT_OR_SHARE || kind == PERCENT) && parse_percent(value, &out->limit);
    if (kind == TIME) {
        out->unit = THRESHOLD_US;
        good = good && parse_time(value, &out->limit);
    } else if (kind == RATE) {
        out->unit = THRESHOLD_PER_S;
        good = good && units_parse_rate(value, &out->limit);
    } else if (share || kind == PERCENT) {
        out->unit = THRESHOLD_SHARE;
        good = share;
    } else {
        out->unit = THRESHOLD_EVENTS;
        good = good && units_parse_count(value, &count);
        out->limit = (double)count;
    }
    if (good)
        return true;
    snprintf(text, sizeof text, "%s is no value for %s; allowed is %s", quote(value, quoted),
             metrics[out->metric].name, allowed[kind]);
    return wrong(out->text, text, error);
}

/* The operator at `at`, of *length_out bytes. */
static bool take_op(const char *at, size_t left, enum threshold_op *out, size_t *length_out)
{
    static const struct {
        const char *sign;
        enum threshold_op op;
    } signs[] = {{"<=", THRESHOLD_LE},
                 {">=", THRESHOLD_GE},
                 {"==", THRESHOLD_EQ},
                 {"<", THRESHOLD_LT},
                 {">", THRESHOLD_GT}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t length = strlen(signs[i].sign);
        if (left < length || strncmp(at, signs[i].sign, length) != 0)
            continue;
        *out = signs[i].op;
        *length_out = length;
        return true;
    }
    return false;
}

bool threshold_parse(const char *text, size_t length, struct threshold *out, char error[THRESHOLD_ERROR_MAX])
{
    must(text != NULL && out != NULL && error != NULL);
    memset(out, 0, sizeof *out);
    struct part whole = trimmed(text, length);
    if (!copy(whole, out->text, sizeof out->text)) {
        snprintf(error, THRESHOLD_ERROR_MAX, "a condition of %zu bytes; allowed are at most %d", whole.length,
                 THRESHOLD_TEXT_MAX - 1);
        return false;
    }
    size_t at = strcspn(out->text, "<>="), signs = 0;
    if (!take_op(out->text + at, whole.length - at, &out->op, &signs))
        return wrong(out->text,
                     "is not METRIC OPERATOR VALUE, as p99<250ms; operators are <, <=, >, >= and ==", error);
    const char *value = out->text + at + signs;
    if (!take_metric(trimmed(out->text, at), out, error) ||
        !take_value(trimmed(value, strlen(value)), out, error))
        return false;
    if (out->op == THRESHOLD_EQ && out->unit != THRESHOLD_EVENTS)
        return wrong(out->text, "== is for numbers of events; allowed are <, <=, > and >=", error);
    return true;
}

bool threshold_next(const char **text_p, const char **item_out, size_t *length_out)
{
    must(text_p != NULL && *text_p != NULL);
    must(item_out != NULL && length_out != NULL);
    const char *text = *text_p;
    while (*text != '\0') {
        size_t length = strcspn(text, ",\n");
        struct part item = trimmed(text, length);
        text += length;
        text += *text != '\0';
        *text_p = text;
        *item_out = item.at;
        *length_out = item.length;
        if (item.length > 0)
            return true;
    }
    return false;
}

bool threshold_parse_list(const char *text, struct threshold_list *out, char error[THRESHOLD_ERROR_MAX])
{
    must(text != NULL && out != NULL);
    const char *item;
    size_t length;
    out->count = 0;
    while (threshold_next(&text, &item, &length)) {
        if (out->count == THRESHOLD_LIST_MAX) {
            snprintf(error, THRESHOLD_ERROR_MAX, "more than %d conditions", THRESHOLD_LIST_MAX);
            return false;
        }
        if (!threshold_parse(item, length, &out->list[out->count], error))
            return false;
        out->count++;
    }
    return true;
}
