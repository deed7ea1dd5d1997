#include "primary/api_metrics.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "primary/report.h"

/* Upper ends of the latency buckets, in microseconds. */
static const uint64_t bounds_us[] = {500,    1000,   2500,    5000,    10000,   25000,    50000,   100000,
                                     250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000};
enum { BOUNDS = sizeof bounds_us / sizeof bounds_us[0] };

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s.\n# TYPE %s %s\n", name, help, name, type);
}

static void number(struct buffer *out, double value)
{
    if (isnan(value) || isinf(value))
        value = 0;
    if (fabs(value) < 1e15 && fabs(value - nearbyint(value)) <= 0)
        buffer_printf(out, "%.0f\n", value);
    else
        buffer_printf(out, "%.10g\n", value);
}

static void gauge(struct buffer *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    buffer_printf(out, "%s ", name);
    number(out, value);
}

/* Without a type: the exporter's names end as only a histogram's may. */
static void plain(struct buffer *out, const char *name, const char *help, double value)
{
    head(out, name, "untyped", help);
    buffer_printf(out, "%s ", name);
    number(out, value);
}

/* A label's value: backslash, quote and line break are written with a backslash. */
static void label(struct buffer *out, const char *name, const char *value)
{
    buffer_printf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '\\' || c == '"')
            buffer_text(out, "\\");
        if (c == '\n')
            buffer_text(out, "\\n");
        else if (c < 0x80)
            buffer_append(out, value, 1);
        else
            buffer_text(out, "?");
    }
    buffer_text(out, "\"");
}

static void counters(const struct snapshot *s, struct buffer *out)
{
    for (size_t i = 0; i < COUNTERS_COUNT; i++) {
        const struct counters_row *row = counters_row(i);
        bool named = strstr(row->name, row->unit) != NULL;
        char name[96], help[192];
        snprintf(name, sizeof name,
                 strcmp(row->unit, "events") == 0 ? "freshet_events_%s_total" : "freshet_%s_total",
                 row->name);
        snprintf(help, sizeof help, "%s%s%s of the current run, %s", named ? "" : row->unit, named ? "" : " ",
                 row->name, row->help);
        if (help[0] >= 'a' && help[0] <= 'z')
            help[0] = (char)(help[0] - 'a' + 'A');
        head(out, name, "counter", help);
        buffer_printf(out, "%s %" PRIu64 "\n", name, counters_get(&s->all.counters, i));
    }
}

static void histogram(struct buffer *out, const char *name, const char *help, const struct histogram *h)
{
    head(out, name, "histogram", help);
    uint64_t below = 0;
    size_t bucket = 0;
    for (size_t i = 0; i < BOUNDS; i++) {
        uint64_t low = 0, high = 0;
        for (; bucket < HISTOGRAM_BUCKETS; bucket++) {
            histogram_bucket(bucket, &low, &high);
            if (high > bounds_us[i])
                break;
            below += h->buckets[bucket];
        }
        buffer_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, (double)bounds_us[i] / 1e6, below);
    }
    buffer_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, h->count);
    buffer_printf(out, "%s_sum %.10g\n", name, (double)h->sum_us / 1e6);
    buffer_printf(out, "%s_count %" PRIu64 "\n", name, h->count);
}

static size_t count_state(const struct snapshot *s, enum roster_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < s->members_count; i++)
        count += s->members[i].roster.state == state;
    return count;
}

static void states(const struct snapshot *s, struct buffer *out)
{
    head(out, "freshet_run_state", "gauge", "1 for the state that the run is in");
    for (int i = RUN_READY; i <= RUN_STOPPED; i++)
        buffer_printf(out, "freshet_run_state{state=\"%s\"} %d\n", run_state_name((enum run_state)i),
                      s->run.state == (enum run_state)i);
    head(out, "freshet_secondaries", "gauge", "Secondaries by state");
    static const enum roster_state kinds[] = {ROSTER_READY, ROSTER_SPAWNING, ROSTER_RUNNING, ROSTER_MISSING};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        buffer_printf(out, "freshet_secondaries{state=\"%s\"} %zu\n", roster_state_name(kinds[i]),
                      count_state(s, kinds[i]));
    head(out, "freshet_build_info", "gauge", "The version of freshet, always 1");
    buffer_text(out, "freshet_build_info{");
    label(out, "version", s->version);
    buffer_text(out, "} 1\n");
}

static void gauges(const struct snapshot *s, struct buffer *out)
{
    double asked = run_rate(&s->run, s->now_us);
    gauge(out, "freshet_run_elapsed_seconds", "Time since the start of the run", s->elapsed_s);
    gauge(out, "freshet_asked_events_per_second", "Rate that is asked for now, 0 in the users model", asked);
    gauge(out, "freshet_delivered_events_per_second", "Rate of delivered events now",
          s->rates[offsetof(struct counters, delivered) / sizeof(uint64_t)]);
    gauge(out, "freshet_achieved_ratio", "Delivered events of those asked for, 0 to 1", s->achieved_ratio);
    gauge(out, "freshet_events_in_flight", "Events sent and not answered for yet",
          (double)counters_in_flight(&s->all.counters));
    gauge(out, "freshet_schedule_lag_seconds", "How far the worst secondary is behind its schedule",
          (double)s->lag_us / 1e6);
    gauge(out, "freshet_users", "Users that run now", (double)s->users);
    gauge(out, "freshet_secondaries_lost", "Secondaries lost in this run", (double)s->lost);
}

/* ---- the exporter's names ---- */

struct row {
    const char *method, *name;
    double requests, failures, mean, min, max, median, rps, fail_rps, length;
};

static void own_row(const struct snapshot *s, struct row *row)
{
    const struct counters *c = &s->all.counters;
    double failed = s->rates[offsetof(struct counters, requests_failed) / sizeof(uint64_t)];
    double good = s->rates[offsetof(struct counters, requests_succeeded) / sizeof(uint64_t)];
    *row =
        (struct row){.method = report_request_type(s),
                     .name = report_request_name(s),
                     .requests = (double)(c->requests_succeeded + c->requests_failed),
                     .failures = (double)c->requests_failed,
                     .mean = s->all.due.mean_us / 1e3,
                     .min = (double)s->all.due.min_us / 1e3,
                     .max = (double)s->all.due.max_us / 1e3,
                     .median = (double)s->all.due.p50_us / 1e3,
                     .rps = good + failed,
                     .fail_rps = failed,
                     .length = c->requests_sent > 0 ? (double)c->wire_bytes / (double)c->requests_sent : 0};
}

/* The row of the target and Locust's aggregate, which is the same as long as there is one target. */
static void labelled(struct buffer *out, const char *name, const char *help, const struct row *row,
                     double value)
{
    const char *const methods[] = {row->method, ""}, *const names[] = {row->name, "Aggregated"};
    head(out, name, "gauge", help);
    for (size_t i = 0; i < 2; i++) {
        buffer_printf(out, "%s{", name);
        label(out, "method", methods[i]);
        buffer_text(out, ",");
        label(out, "name", names[i]);
        buffer_text(out, "} ");
        number(out, value);
    }
}

static void locust_row(const struct snapshot *s, struct buffer *out)
{
    struct row row;
    own_row(s, &row);
    labelled(out, "locust_requests_num_requests", "Requests made", &row, row.requests);
    labelled(out, "locust_requests_num_failures", "Requests failed", &row, row.failures);
    labelled(out, "locust_requests_avg_response_time", "Mean response time in ms", &row, row.mean);
    labelled(out, "locust_requests_min_response_time", "Shortest response time in ms", &row, row.min);
    labelled(out, "locust_requests_max_response_time", "Longest response time in ms", &row, row.max);
    labelled(out, "locust_requests_median_response_time", "Median response time in ms", &row, row.median);
    labelled(out, "locust_requests_current_rps", "Requests per second now", &row, row.rps);
    labelled(out, "locust_requests_current_fail_per_sec", "Failed requests per second now", &row,
             row.fail_rps);
    labelled(out, "locust_requests_avg_content_length", "Mean size of a request in bytes", &row, row.length);
    gauge(out, "locust_requests_fail_ratio", "Failed requests of all, 0 to 1",
          row.requests > 0 ? row.failures / row.requests : 0);
}

static void locust_errors(const struct snapshot *s, struct buffer *out)
{
    head(out, "locust_errors", "gauge", "Events failed or unknown, by error");
    for (size_t i = 0; i < s->errors_count && i < 100; i++) {
        buffer_text(out, "locust_errors{");
        label(out, "method", report_request_type(s));
        buffer_text(out, ",");
        label(out, "name", report_request_name(s));
        buffer_text(out, ",");
        char text[WIRE_TEXT_MAX + WIRE_NAME_MAX + 4];
        snprintf(text, sizeof text, "%s: %s", s->errors[i].code, s->errors[i].message);
        label(out, "error", text);
        buffer_printf(out, "} %" PRIu64 "\n", s->errors[i].events);
    }
    head(out, "locust_worker_detail", "gauge", "Users of each worker");
    for (size_t i = 0; i < s->members_count; i++) {
        buffer_text(out, "locust_worker_detail{");
        label(out, "id", s->members[i].roster.id);
        buffer_text(out, ",");
        label(out, "state", roster_state_name(s->members[i].roster.state));
        buffer_printf(out, "} %" PRIu64 "\n", s->members[i].roster.users);
    }
}

static void locust(const struct snapshot *s, struct buffer *out)
{
    const struct series_point *p = s->points_count > 0 ? &s->points[s->points_count - 1] : NULL;
    double running = s->run.state == RUN_RUNNING ? 2 : s->run.state == RUN_SPAWNING ? 1 : 0;
    gauge(out, "locust_up", "Locust's name: always 1", 1);
    gauge(out, "locust_running", "0 stopped, 1 spawning, 2 running", running);
    gauge(out, "locust_users", "Users that run now", (double)s->users);
    plain(out, "locust_workers_count", "Secondaries that are there", (double)s->alive);
    plain(out, "locust_workers_running_count", "Secondaries that run",
          (double)count_state(s, ROSTER_RUNNING));
    plain(out, "locust_workers_hatching_count", "Secondaries that spawn",
          (double)count_state(s, ROSTER_SPAWNING));
    plain(out, "locust_workers_missing_count", "Secondaries that are missing",
          (double)count_state(s, ROSTER_MISSING));
    gauge(out, "locust_requests_current_response_time_percentile_50", "Median of the last second in ms",
          p != NULL ? (double)p->due_us[SERIES_P50] / 1e3 : 0);
    gauge(out, "locust_requests_current_response_time_percentile_95",
          "95th percentile of the last second in ms", p != NULL ? (double)p->due_us[SERIES_P95] / 1e3 : 0);
    locust_row(s, out);
    locust_errors(s, out);
}

bool api_metrics(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL && out != NULL);
    counters(snapshot, out);
    histogram(out, "freshet_latency_seconds", "Latency of delivered events from their due time",
              &snapshot->totals.due);
    histogram(out, "freshet_service_seconds", "Latency of delivered events from their sending",
              &snapshot->totals.service);
    gauges(snapshot, out);
    states(snapshot, out);
    locust(snapshot, out);
    return !out->full;
}
