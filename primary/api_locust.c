#include "primary/api_locust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/document.h"
#include "primary/report.h"

enum { ROWS_MAX = 500 };

#define NOW(s, name) ((s)->rates[offsetof(struct counters, name) / sizeof(uint64_t)])

/* A row before it is written down; times in ms. */
struct row {
    const char *method, *name;
    uint64_t requests, failures;
    double min_ms, max_ms, mean_ms, p50_ms, p95_ms, p99_ms, p999_ms;
    double rps, failures_per_s, content_bytes, contents;
};

static double per(double value, double divisor)
{
    return divisor > 0 ? value / divisor : 0;
}

static json_t *document_of(const struct row *row, double elapsed_s)
{
    json_t *out = json_object();
    document_put(out, "method", document_text(row->method));
    document_put(out, "name", document_text(row->name));
    document_put(out, "num_requests", document_number(row->requests));
    document_put(out, "num_failures", document_number(row->failures));
    document_put(out, "min_response_time", json_integer((json_int_t)lround(row->min_ms)));
    document_put(out, "max_response_time", json_integer((json_int_t)lround(row->max_ms)));
    document_put(out, "current_rps", document_real(row->rps));
    document_put(out, "current_fail_per_sec", document_real(row->failures_per_s));
    document_put(out, "avg_response_time", document_real(row->mean_ms));
    document_put(out, "median_response_time", document_real(row->p50_ms));
    document_put(out, "total_rps", document_real(per((double)row->requests, elapsed_s)));
    document_put(out, "total_fail_per_sec", document_real(per((double)row->failures, elapsed_s)));
    document_put(out, "avg_content_length", document_real(per(row->content_bytes, row->contents)));
    document_put(out, "response_time_percentile_0.95", document_real(row->p95_ms));
    document_put(out, "response_time_percentile_0.99", document_real(row->p99_ms));
    document_put(out, "response_time_percentile_0.999", document_real(row->p999_ms));
    return out;
}

static void own_row(const struct snapshot *s, struct row *row)
{
    const struct counters *c = &s->all.counters;
    const struct snapshot_latency *due = &s->all.due;
    *row = (struct row){
        .method = report_request_type(s),
        .name = report_request_name(s),
        .requests = c->requests_succeeded + c->requests_failed,
        .failures = c->requests_failed,
        .min_ms = (double)due->min_us / 1e3,
        .max_ms = (double)due->max_us / 1e3,
        .mean_ms = due->mean_us / 1e3,
        .p50_ms = (double)due->p50_us / 1e3,
        .p95_ms = (double)due->p95_us / 1e3,
        .p99_ms = (double)due->p99_us / 1e3,
        .p999_ms = (double)due->p999_us / 1e3,
        .rps = NOW(s, requests_succeeded) + NOW(s, requests_failed),
        .failures_per_s = NOW(s, requests_failed),
        .content_bytes = (double)c->wire_bytes,
        .contents = (double)c->requests_sent,
    };
}

static void stock_row(const struct snapshot *s, const struct stock_entry *entry, struct row *row)
{
    *row = (struct row){
        .method = entry->method,
        .name = entry->name,
        .requests = entry->requests,
        .failures = entry->failures,
        .min_ms = entry->min_response_ms < 0 ? 0 : entry->min_response_ms,
        .max_ms = entry->max_response_ms,
        .mean_ms = per(entry->total_response_ms, (double)(entry->requests - entry->none_requests)),
        .p50_ms = stock_quantile_ms(entry, 0.5),
        .p95_ms = stock_quantile_ms(entry, 0.95),
        .p99_ms = stock_quantile_ms(entry, 0.99),
        .p999_ms = stock_quantile_ms(entry, 0.999),
        .content_bytes = (double)entry->content_bytes,
        .contents = (double)entry->requests,
    };
    if (s->run.state != RUN_STOPPED)
        stock_rates(entry, (double)s->wall_ms / 1e3, &row->rps, &row->failures_per_s);
}

/* Percentiles of the aggregate stay ours where there are ours: they can't be added. */
static void aggregate(struct row *all, const struct row *one)
{
    double before = (double)all->requests, more = (double)one->requests;
    all->mean_ms = per(all->mean_ms * before + one->mean_ms * more, before + more);
    if (one->requests > 0 && (all->requests == 0 || one->min_ms < all->min_ms))
        all->min_ms = one->min_ms;
    if (one->max_ms > all->max_ms)
        all->max_ms = one->max_ms;
    if (all->requests == 0) {
        all->p50_ms = one->p50_ms;
        all->p95_ms = one->p95_ms;
        all->p99_ms = one->p99_ms;
        all->p999_ms = one->p999_ms;
    }
    all->requests += one->requests;
    all->failures += one->failures;
    all->rps += one->rps;
    all->failures_per_s += one->failures_per_s;
    all->content_bytes += one->content_bytes;
    all->contents += one->contents;
}

/* What Locust has no columns for. */
static void put_events(json_t *out, const struct snapshot *s)
{
    const struct counters *c = &s->all.counters;
    document_put(out, "events", document_number(c->generated));
    document_put(out, "delivered", document_number(c->delivered));
    document_put(out, "failed", document_number(c->failed));
    document_put(out, "unknown", document_number(c->unknown));
    document_put(out, "throttled", document_number(c->throttled));
    document_put(out, "retried", document_number(c->retried));
    document_put(out, "events_per_s", document_real(NOW(s, delivered)));
    document_put(out, "mb_per_s", document_real(NOW(s, payload_bytes) / 1e6));
}

static void whole_row(const struct snapshot *s, struct row *all)
{
    struct row one;
    own_row(s, all);
    all->method = "";
    all->name = "Aggregated";
    for (size_t i = 0; i < s->stock_entries_count; i++) {
        stock_row(s, &s->stock_entries[i], &one);
        aggregate(all, &one);
    }
}

json_t *api_locust_rows(const struct snapshot *snapshot)
{
    must(snapshot != NULL);
    json_t *out = json_array();
    struct row row;
    if (snapshot->all.counters.generated > 0 || snapshot->all.counters.requests_sent > 0) {
        own_row(snapshot, &row);
        json_t *own = document_of(&row, snapshot->elapsed_s);
        put_events(own, snapshot);
        document_append(out, own);
    }
    for (size_t i = 0; i < snapshot->stock_entries_count && i < ROWS_MAX; i++) {
        stock_row(snapshot, &snapshot->stock_entries[i], &row);
        document_append(out, document_of(&row, snapshot->elapsed_s));
    }
    whole_row(snapshot, &row);
    json_t *last = document_of(&row, snapshot->elapsed_s);
    put_events(last, snapshot);
    document_append(out, last);
    return out;
}

static json_t *error(const char *name, const char *method, const char *text, uint64_t occurrences,
                     int64_t first_ms, int64_t last_ms)
{
    json_t *out = json_object();
    document_put(out, "name", document_text(name));
    document_put(out, "method", document_text(method));
    document_put(out, "error", document_text(text));
    document_put(out, "occurrences", document_number(occurrences));
    document_put(out, "first_seen", document_real((double)first_ms / 1e3));
    document_put(out, "last_seen", document_real((double)last_ms / 1e3));
    return out;
}

static json_t *errors(const struct snapshot *s)
{
    json_t *out = json_array();
    size_t left = ROWS_MAX;
    for (size_t i = 0; i < s->errors_count && left > 0; i++, left--) {
        const struct snapshot_error *e = &s->errors[i];
        struct buffer text;
        buffer_init(&text, strlen(e->code) + strlen(e->message) + 3);
        buffer_printf(&text, "%s: %s", e->code, e->message);
        document_append(out, error(report_request_name(s), report_request_type(s), buffer_str(&text),
                                   e->events, e->first_seen_ms, e->last_seen_ms));
        buffer_fini(&text);
    }
    for (size_t i = 0; i < s->stock_errors_count && left > 0; i++, left--) {
        const struct stock_error *e = &s->stock_errors[i];
        document_append(
            out, error(e->name, e->method, e->error, e->occurrences, e->first_seen_ms, e->last_seen_ms));
    }
    return out;
}

static json_t *workers(const struct snapshot *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->members_count; i++) {
        const struct roster_entry *entry = &s->members[i].roster;
        if (entry->state == ROSTER_LEFT || entry->state == ROSTER_VACANT)
            continue;
        json_t *one = json_object();
        document_put(one, "id", document_text(entry->id));
        document_put(one, "state", document_text(roster_state_name(entry->state)));
        document_put(one, "user_count", document_number(entry->users));
        document_put(one, "cpu_usage", document_real(entry->cpu_percent));
        document_put(one, "memory_usage", document_number(entry->memory_bytes));
        document_append(out, one);
    }
    return out;
}

/* Percentiles of the last second; null before there is one. */
static void put_current(json_t *out, const struct snapshot *s)
{
    const struct series_point *p = s->points_count > 0 ? &s->points[s->points_count - 1] : NULL;
    bool known = p != NULL && p->count > 0 && s->run.state != RUN_STOPPED;
    double p50 = known ? (double)p->due_us[SERIES_P50] / 1e3 : 0;
    double p95 = known ? (double)p->due_us[SERIES_P95] / 1e3 : 0;
    json_t *nested = json_object();
    document_put(nested, "response_time_percentile_0.5", known ? document_real(p50) : json_null());
    document_put(nested, "response_time_percentile_0.95", known ? document_real(p95) : json_null());
    document_put(out, "current_response_time_percentiles", nested);
    document_put(out, "current_response_time_percentile_50", document_real(p50));
    document_put(out, "current_response_time_percentile_95", document_real(p95));
}

json_t *api_locust_stats(const struct snapshot *snapshot, const char *state)
{
    must(snapshot != NULL);
    struct row all;
    whole_row(snapshot, &all);
    json_t *out = json_object();
    document_put(out, "stats", api_locust_rows(snapshot));
    document_put(out, "errors", errors(snapshot));
    document_put(out, "current_rps", document_real(all.rps));
    document_put(out, "current_fail_per_sec", document_real(all.failures_per_s));
    document_put(out, "total_rps", document_real(per((double)all.requests, snapshot->elapsed_s)));
    document_put(out, "total_fail_per_sec", document_real(per((double)all.failures, snapshot->elapsed_s)));
    document_put(out, "fail_ratio", document_real(per((double)all.failures, (double)all.requests)));
    put_current(out, snapshot);
    document_put(out, "workers", workers(snapshot));
    document_put(out, "worker_count", document_number(snapshot->alive));
    document_put(out, "state", document_text(state != NULL ? state : run_state_name(snapshot->run.state)));
    document_put(out, "user_count", document_number(snapshot->users));
    document_put(out, "schema_version", json_integer(1));
    return out;
}

json_t *api_locust_worker_count(const struct snapshot *snapshot)
{
    must(snapshot != NULL);
    json_t *out = json_object();
    document_put(out, "worker_count", document_number(snapshot->alive));
    return out;
}

json_t *api_locust_exceptions(const struct report_exception *exceptions, size_t count)
{
    must(exceptions != NULL || count == 0);
    json_t *list = json_array(), *out = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        document_put(one, "count", document_number(exceptions[i].count));
        document_put(one, "msg", document_text(exceptions[i].message));
        document_put(one, "traceback", document_text(exceptions[i].traceback));
        document_put(one, "nodes", document_text(exceptions[i].nodes));
        document_append(list, one);
    }
    document_put(out, "exceptions", list);
    return out;
}

static json_t *ratios(void)
{
    json_t *task = json_object(), *tasks = json_object(), *user = json_object(), *out = json_object();
    document_put(task, "ratio", json_real(1.0));
    document_put(tasks, "send_batch", task);
    document_put(user, "ratio", json_real(1.0));
    document_put(user, "tasks", tasks);
    document_put(out, "SensorUser", user);
    return out;
}

json_t *api_locust_tasks(void)
{
    json_t *out = json_object();
    document_put(out, "per_class", ratios());
    document_put(out, "total", ratios());
    return out;
}

json_t *api_locust_said(bool success, const char *message, const char *host, double run_time_s)
{
    must(message != NULL);
    json_t *out = json_object();
    document_put(out, "success", json_boolean(success));
    document_put(out, "message", document_text(message));
    if (host != NULL)
        document_put(out, "host", document_text(host));
    if (run_time_s > 0)
        document_put(out, "run_time", json_integer((json_int_t)llround(run_time_s)));
    return out;
}
