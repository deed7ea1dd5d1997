#include "primary/ctl_show.h"

#include "common/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_COLUMN = 40, SECONDARIES_MAX = 100000 };

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && value[0] != '\0' ? value : "-";
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double real = json_is_number(value) ? json_number_value(value) : NAN;
    return isfinite(real) && real >= 0 && real < 1e18 ? real : NAN;
}

static const char *count(const json_t *object, const char *key, char out[UNITS_TEXT_MAX])
{
    double value = number(object, key);
    if (isnan(value))
        snprintf(out, UNITS_TEXT_MAX, "-");
    else
        snprintf(out, UNITS_TEXT_MAX, "%.0f", value);
    return out;
}

static const char *rounded(const json_t *object, const char *key, char out[UNITS_TEXT_MAX])
{
    double value = number(object, key);
    if (isnan(value))
        snprintf(out, UNITS_TEXT_MAX, "-");
    else
        units_print_count(value, out);
    return out;
}

static const char *seconds(const json_t *object, const char *key, char out[UNITS_TEXT_MAX])
{
    double value = number(object, key);
    if (isnan(value) || value > 1e9)
        snprintf(out, UNITS_TEXT_MAX, "-");
    else
        snprintf(out, UNITS_TEXT_MAX, "%02.0f:%02.0f:%02.0f", floor(value / 3600),
                 floor(fmod(value, 3600) / 60), floor(fmod(value, 60)));
    return out;
}

static void show_run(const json_t *run, struct buffer *out)
{
    char a[UNITS_TEXT_MAX], b[UNITS_TEXT_MAX], c[UNITS_TEXT_MAX], d[UNITS_TEXT_MAX];
    const json_t *settings = json_object_get(run, "settings");
    buffer_printf(out, "state        %s", text(run, "state"));
    if (json_is_string(json_object_get(run, "phase")))
        buffer_printf(out, ", %s", text(run, "phase"));
    if (json_is_string(json_object_get(run, "run_id"))) {
        buffer_printf(out, ", %s", seconds(run, "elapsed_s", a));
        if (!isnan(number(run, "total_s")))
            buffer_printf(out, " of %s", seconds(run, "total_s", b));
    }
    buffer_printf(out, "\ntarget       %s\n", text(settings, "target"));
    bool rate = strcmp(text(settings, "model"), "rate") == 0;
    buffer_printf(out, "load         %s %s, batches of %s\n",
                  rate ? rounded(settings, "rate", a) : count(settings, "users", a),
                  rate ? "events/s" : "users", count(settings, "batch_size", b));
    const json_t *now = json_object_get(run, "now_per_s"), *latency = json_object_get(run, "latency_us");
    buffer_printf(out, "now          %s events/s delivered", rounded(now, "delivered", a));
    double p99 = number(latency, "p99");
    if (!isnan(p99))
        buffer_printf(out, "; p99 %s", units_print_duration((uint64_t)p99, b));
    const json_t *events = json_object_get(run, "events");
    buffer_printf(out, "\nevents       generated %s = delivered %s + failed %s + unknown %s",
                  count(events, "generated", a), count(events, "delivered", b), count(events, "failed", c),
                  count(events, "unknown", d));
    buffer_printf(out, " + in flight %s\n             retried %s, throttled %s\n",
                  count(events, "in_flight", a), count(events, "retried", b), count(events, "throttled", c));
    buffer_printf(out, "verdict      %s\n", text(json_object_get(run, "verdict"), "text"));
    if (json_is_string(json_object_get(run, "refusal")))
        buffer_printf(out, "not started  %s\n", text(run, "refusal"));
}

static void show_secondary(const json_t *one, struct buffer *out)
{
    char a[UNITS_TEXT_MAX], b[UNITS_TEXT_MAX], c[UNITS_TEXT_MAX], d[UNITS_TEXT_MAX];
    const json_t *share = json_object_get(one, "share");
    bool rate = !isnan(number(share, "rate"));
    buffer_printf(out, "%-*.*s  %-8.8s  %10s  %11s  %5s  %7s  %.40s\n", NAME_COLUMN, NAME_COLUMN,
                  text(one, "id"), text(one, "state"),
                  rate ? rounded(share, "rate", a) : count(share, "users", a),
                  rounded(one, "delivered_per_s", b), count(one, "cpu_percent", c), count(one, "unknown", d),
                  text(one, "version"));
}

void ctl_show_status(const json_t *run, struct buffer *out)
{
    char a[UNITS_TEXT_MAX];
    show_run(run, out);
    const json_t *list = json_object_get(run, "secondaries"), *refused = json_object_get(run, "refused");
    size_t missing = 0, gone = 0, i;
    json_t *one;
    json_array_foreach((json_t *)list, i, one)
    {
        missing += strcmp(text(one, "state"), "missing") == 0;
        gone += strcmp(text(one, "state"), "left") == 0;
    }
    buffer_printf(out, "secondaries  %zu, %zu missing\n", json_array_size(list) - missing - gone, missing);
    if (json_is_object(refused))
        buffer_printf(out, "refused      %s, last from %s at %s: %s\n", count(refused, "count", a),
                      text(refused, "address"), text(refused, "at"), text(refused, "reason"));
    if (json_array_size(list) == 0)
        return;
    buffer_printf(out, "\n%-*s  %-8s  %10s  %11s  %5s  %7s  %s\n", NAME_COLUMN, "secondary", "state", "share",
                  "delivered/s", "CPU %", "unknown", "version");
    json_array_foreach((json_t *)list, i, one)
    {
        if (i < SECONDARIES_MAX)
            show_secondary(one, out);
    }
}

bool ctl_show_busy(const json_t *run)
{
    static const char *const busy[] = {"spawning", "running", "stopping", "cleanup"};
    for (size_t i = 0; i < sizeof busy / sizeof busy[0]; i++) {
        if (strcmp(text(run, "state"), busy[i]) == 0)
            return true;
    }
    return false;
}
