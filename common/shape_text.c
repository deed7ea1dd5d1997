/* Stages and shapes as people write them. */
#include "common/shape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quote.h"
#include "common/units.h"

enum { PART_MAX = 64 }; /* bytes of a stage or a parameter, with the NUL */

#define USERS_MAX 1e6

static const struct shape_row rows[] = {
    {"step",
     "from the least to the peak in equal steps; ends with the last one",
     {{"steps", "5", "how many"}, {"every", "1m", "how long each lasts"}, {"low", "20%", "the first"}},
     3},
    {"spike",
     "the peak for a moment in the middle of each period, else the least",
     {{"every", "1m", "from one spike to the next"},
      {"length", "10s", "of a spike"},
      {"low", "20%", "between them"}},
     3},
    {"sine",
     "up and down between the least, where it begins, and the peak",
     {{"period", "10m", "from one peak to the next"}, {"low", "20%", "the least"}},
     2},
    {"daily",
     "as people use a service over a day: least at 4 h, most at 20 h",
     {{"period", "24h", "how long a day takes"},
      {"start", "0h", "time of day at which it begins"},
      {"low", "20%", "the least"}},
     3},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

const struct shape_row *shape_list(size_t *count_out)
{
    must(count_out != NULL);
    *count_out = ROWS;
    return rows;
}

/* Copy up to the next comma; *text moves past it, and becomes NULL after the last part. False: too long. */
static bool next_part(const char **text, char out[PART_MAX])
{
    size_t length = strcspn(*text, ",");
    bool fits = length < PART_MAX;
    snprintf(out, PART_MAX, "%.*s", (int)length, *text);
    *text = (*text)[length] == ',' ? *text + length + 1 : NULL;
    return fits;
}

static bool keep_text(const char *text, struct shape *out, const char *option, char error[SHAPE_ERROR_MAX])
{
    int length = snprintf(out->text, sizeof out->text, "%s", text);
    if (length >= 0 && (size_t)length < sizeof out->text)
        return true;
    snprintf(error, SHAPE_ERROR_MAX, "%s: longer than %zu bytes", option, sizeof out->text - 1);
    return false;
}

/* ---- stages ---- */

static bool parse_value(const char *text, bool users, double *out)
{
    uint64_t count = 0;
    if (!users)
        return units_parse_rate(text, out) && *out <= SHAPE_VALUE_MAX;
    if (!units_parse_count(text, &count) || (double)count > USERS_MAX)
        return false;
    *out = (double)count;
    return true;
}

static bool parse_stage(const char *text, bool users, struct shape_stage *out)
{
    char time[PART_MAX];
    const char *colon = strchr(text, ':');
    if (colon == NULL)
        return false;
    snprintf(time, sizeof time, "%.*s", (int)(colon - text), text);
    return units_parse_duration(time, &out->over_us) &&
           out->over_us <= SHAPE_TOTAL_MAX_S * UINT64_C(1000000) &&
           parse_value(colon + 1, users, &out->value);
}

bool shape_parse_stages(const char *text, double base, bool users, struct shape *out,
                        char error[SHAPE_ERROR_MAX])
{
    must(text != NULL && out != NULL && error != NULL);
    must(base >= 0 && base <= SHAPE_VALUE_MAX);
    struct shape shape = {.kind = SHAPE_STAGES, .base = base};
    if (!keep_text(text, &shape, "--stages", error))
        return false;
    char part[PART_MAX], quoted[QUOTE_MAX];
    while (text != NULL) {
        if (shape.stages_count == SHAPE_STAGES_MAX) {
            snprintf(error, SHAPE_ERROR_MAX, "--stages: more than %d stages", SHAPE_STAGES_MAX);
            return false;
        }
        bool fits = next_part(&text, part);
        if (!fits || !parse_stage(part, users, &shape.stages[shape.stages_count])) {
            snprintf(error, SHAPE_ERROR_MAX,
                     "--stages: stage %zu: %s is none; allowed is a time up to a year and %s, as %s",
                     shape.stages_count + 1, quote(part, quoted),
                     users ? "users up to 1M" : "events per second up to 1G", users ? "5m:200" : "5m:50k");
            return false;
        }
        shape.stages_count++;
    }
    uint64_t total_us = shape_total_us(&shape);
    if (total_us == 0 || total_us > SHAPE_TOTAL_MAX_S * UINT64_C(1000000)) {
        snprintf(error, SHAPE_ERROR_MAX, "--stages: together they last %s",
                 total_us == 0 ? "no time; allowed is more than 0" : "longer than a year");
        return false;
    }
    if (shape_peak(&shape) <= 0) {
        snprintf(error, SHAPE_ERROR_MAX, "--stages: all of them are 0: there is nothing to send");
        return false;
    }
    *out = shape;
    return true;
}

/* ---- named shapes ---- */

struct limits {
    const char *name;
    uint64_t min_us, max_us;
    const char *allowed;
};

static const struct limits times[] = {
    {"every", 1000000, UINT64_C(604800000000), "a time from 1s to 7d"},
    {"length", 250000, UINT64_C(604800000000), "a time from 250ms to 7d"},
    {"period", 10000000, UINT64_C(31536000000000), "a time from 10s to 365d"},
    {"start", 0, UINT64_C(86400000000), "a time of day, from 0h to 24h"},
};

static uint64_t *time_of(struct shape *shape, const char *name)
{
    if (strcmp(name, "length") == 0)
        return &shape->length_us;
    return strcmp(name, "start") == 0 ? &shape->start_us : &shape->period_us;
}

static bool parse_percent(const char *text, double *out)
{
    char number[PART_MAX];
    double percent = 0;
    size_t length = strlen(text);
    if (length < 2 || length >= sizeof number || text[length - 1] != '%')
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(length - 1), text);
    if (!units_parse_rate(number, &percent) || percent > 100)
        return false;
    *out = percent / 100;
    return true;
}

/* NULL when it is taken; else what is allowed. */
static const char *take_parameter(struct shape *shape, const char *name, const char *value)
{
    if (strcmp(name, "low") == 0)
        return parse_percent(value, &shape->low) ? NULL : "a part of the peak from 0% to 100%";
    if (strcmp(name, "steps") == 0)
        return units_parse_count(value, &shape->steps) && shape->steps >= 2 && shape->steps <= 1000
                   ? NULL
                   : "a number from 2 to 1000";
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        uint64_t us = 0;
        if (strcmp(name, times[i].name) != 0)
            continue;
        if (!units_parse_duration(value, &us) || us < times[i].min_us || us > times[i].max_us)
            return times[i].allowed;
        *time_of(shape, name) = us;
        return NULL;
    }
    must(false); /* the rows name no others */
    return NULL;
}

static void name_parameters(const struct shape_row *row, char out[SHAPE_ERROR_MAX / 4])
{
    out[0] = '\0';
    for (size_t i = 0; i < row->parameters_count; i++) {
        size_t length = strlen(out);
        snprintf(out + length, SHAPE_ERROR_MAX / 4 - length, "%s%s=%s", i == 0 ? "" : ", ",
                 row->parameters[i].name, row->parameters[i].fallback);
    }
}

static bool refuse_parameter(const struct shape_row *row, const char *part, const char *allowed,
                             char error[SHAPE_ERROR_MAX])
{
    char quoted[QUOTE_MAX], all[SHAPE_ERROR_MAX / 4];
    name_parameters(row, all);
    if (allowed != NULL)
        snprintf(error, SHAPE_ERROR_MAX, "--shape: %s of %s: allowed is %s", quote(part, quoted), row->name,
                 allowed);
    else
        snprintf(error, SHAPE_ERROR_MAX,
                 "--shape: %s is no parameter of %s; they are, with their defaults, %s", quote(part, quoted),
                 row->name, all);
    return false;
}

static bool parse_parameters(const struct shape_row *row, const char *text, struct shape *shape,
                             char error[SHAPE_ERROR_MAX])
{
    while (text != NULL) {
        char part[PART_MAX], name[PART_MAX];
        bool fits = next_part(&text, part);
        size_t length = strcspn(part, "="), i = 0;
        snprintf(name, sizeof name, "%.*s", (int)length, part);
        while (i < row->parameters_count && strcmp(row->parameters[i].name, name) != 0)
            i++;
        if (!fits || part[length] == '\0' || i == row->parameters_count)
            return refuse_parameter(row, part, NULL, error);
        const char *allowed = take_parameter(shape, name, part + length + 1);
        if (allowed != NULL)
            return refuse_parameter(row, part, allowed, error);
    }
    if (shape->kind == SHAPE_SPIKE && shape->length_us >= shape->period_us)
        return refuse_parameter(row, "length", "less time than from one spike to the next", error);
    return true;
}

bool shape_parse(const char *text, double base, struct shape *out, char error[SHAPE_ERROR_MAX])
{
    static const enum shape_kind kinds[ROWS] = {SHAPE_STEP, SHAPE_SPIKE, SHAPE_SINE, SHAPE_DAILY};
    must(text != NULL && out != NULL && error != NULL);
    must(base >= 0 && base <= SHAPE_VALUE_MAX);
    size_t length = strcspn(text, ":"), i = 0;
    while (i < ROWS && (strlen(rows[i].name) != length || strncmp(rows[i].name, text, length) != 0))
        i++;
    if (i == ROWS) {
        char quoted[QUOTE_MAX];
        snprintf(error, SHAPE_ERROR_MAX,
                 "--shape: %s is none; allowed are step, spike, sine and daily, with parameters as "
                 "sine:period=10m,low=20%%",
                 quote(text, quoted));
        return false;
    }
    struct shape shape = {.kind = kinds[i], .base = base};
    if (!keep_text(text, &shape, "--shape", error))
        return false;
    for (size_t p = 0; p < rows[i].parameters_count; p++)
        must(take_parameter(&shape, rows[i].parameters[p].name, rows[i].parameters[p].fallback) == NULL);
    if (text[length] == ':' && !parse_parameters(&rows[i], text + length + 1, &shape, error))
        return false;
    *out = shape;
    return true;
}
