#include "primary/report_csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/report.h"

#define PERCENTILES "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"

/* One field, and a comma before it unless the row begins. Quoted where it must be. */
static void field(struct buffer *out, bool first, const char *value)
{
    if (!first)
        buffer_text(out, ",");
    if (strpbrk(value, ",\"\r\n") == NULL) {
        buffer_text(out, value);
        return;
    }
    buffer_text(out, "\"");
    for (; *value != '\0'; value++) {
        if (*value == '"')
            buffer_text(out, "\"");
        buffer_append(out, value, 1);
    }
    buffer_text(out, "\"");
}

static void count_field(struct buffer *out, uint64_t value)
{
    buffer_printf(out, ",%" PRIu64, value);
}

static void real_field(struct buffer *out, double value)
{
    buffer_printf(out, ",%.6g", value);
}

static void ms_field(struct buffer *out, double us)
{
    buffer_printf(out, ",%.3f", us / 1000);
}

static double per(double value, double divisor)
{
    return divisor > 0 ? value / divisor : 0;
}

/* What a row of the stats table is made of. */
struct row {
    const char *type, *name;
    uint64_t requests, failures;
    double content_bytes, contents; /* sum, and of how many */
    double min_us, max_us, mean_us;
    const struct histogram *latency;
    const struct counters *events; /* NULL: has none */
};

static void stats_row(const struct row *row, double elapsed_s, struct buffer *out)
{
    static const struct counters none;
    const struct counters *events = row->events == NULL ? &none : row->events;
    bool empty = row->latency->count == 0;
    field(out, true, row->type);
    field(out, false, row->name);
    count_field(out, row->requests);
    count_field(out, row->failures);
    ms_field(out, empty ? 0 : (double)histogram_quantile(row->latency, 0.5));
    ms_field(out, row->mean_us);
    ms_field(out, row->min_us);
    ms_field(out, row->max_us);
    real_field(out, per(row->content_bytes, row->contents));
    real_field(out, per((double)row->requests, elapsed_s));
    real_field(out, per((double)row->failures, elapsed_s));
    for (size_t i = 0; i < SERIES_QUANTILES; i++) {
        if (empty)
            buffer_text(out, ",N/A");
        else
            ms_field(out, (double)histogram_quantile(row->latency, series_quantiles[i]));
    }
    count_field(out, events->generated);
    count_field(out, events->delivered);
    count_field(out, events->failed);
    count_field(out, events->unknown);
    count_field(out, events->retried);
    count_field(out, events->throttled);
    real_field(out, per((double)events->delivered, elapsed_s));
    real_field(out, per((double)events->payload_bytes, elapsed_s));
    buffer_text(out, "\r\n");
}

static void own_row(const struct snapshot *s, struct row *row)
{
    const struct counters *c = &s->totals.counters;
    const struct histogram *due = &s->totals.due;
    *row = (struct row){
        .type = report_request_type(s),
        .name = report_request_name(s),
        .requests = c->requests_succeeded + c->requests_failed,
        .failures = c->requests_failed,
        .content_bytes = (double)c->wire_bytes,
        .contents = (double)c->requests_sent,
        .min_us = due->count > 0 ? (double)due->min_us : 0,
        .max_us = (double)due->max_us,
        .mean_us = due->count > 0 ? histogram_mean(due) : 0,
        .latency = due,
        .events = c,
    };
}

/* Latencies of a stock entry, in our terms, added to `into`. */
static void add_stock_times(const struct stock_entry *entry, struct histogram *into)
{
    for (size_t i = 0; i < entry->response_times_count; i++) {
        int64_t ms = entry->response_times[i].key < 0 ? 0 : entry->response_times[i].key;
        uint64_t us = ms > (int64_t)(HISTOGRAM_US_MAX / 1000) ? HISTOGRAM_US_MAX : (uint64_t)ms * 1000;
        histogram_record(into, us, entry->response_times[i].count);
    }
}

static void stock_row(const struct stock_entry *entry, struct histogram *scratch, struct row *row)
{
    histogram_init(scratch);
    add_stock_times(entry, scratch);
    *row = (struct row){
        .type = entry->method,
        .name = entry->name,
        .requests = entry->requests,
        .failures = entry->failures,
        .content_bytes = (double)entry->content_bytes,
        .contents = (double)entry->requests,
        .min_us = entry->min_response_ms < 0 ? 0 : entry->min_response_ms * 1000,
        .max_us = entry->max_response_ms * 1000,
        .mean_us = per(entry->total_response_ms * 1000, (double)(entry->requests - entry->none_requests)),
        .latency = scratch,
    };
}

/* Fold a stock row into the aggregate; its latencies count once a request, ours once an event. */
static void aggregate(struct row *all, const struct row *one)
{
    double before = (double)all->requests, more = (double)one->requests;
    all->mean_us = per(all->mean_us * before + one->mean_us * more, before + more);
    if (one->min_us > 0 && (before <= 0 || one->min_us < all->min_us))
        all->min_us = one->min_us;
    if (one->max_us > all->max_us)
        all->max_us = one->max_us;
    all->requests += one->requests;
    all->failures += one->failures;
    all->content_bytes += one->content_bytes;
    all->contents += one->contents;
}

bool report_csv_stats(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL && out != NULL);
    buffer_text(out,
                "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
                "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s," PERCENTILES
                ",Events Generated,Events Delivered,Events Failed,Events Unknown,Events Retried,"
                "Events Throttled,Events/s,Payload Bytes/s\r\n");
    struct histogram *all_times = mem_new(1, sizeof *all_times);
    struct histogram *scratch = mem_new(1, sizeof *scratch);
    struct row own, all, one;
    own_row(snapshot, &own);
    all = own;
    all.type = "";
    all.name = "Aggregated";
    *all_times = snapshot->totals.due;
    all.latency = all_times;
    if (snapshot->stock_entries_count == 0 || own.events->generated > 0)
        stats_row(&own, snapshot->elapsed_s, out);
    for (size_t i = 0; i < snapshot->stock_entries_count; i++) {
        stock_row(&snapshot->stock_entries[i], scratch, &one);
        stats_row(&one, snapshot->elapsed_s, out);
        aggregate(&all, &one);
        histogram_add(all_times, scratch);
    }
    stats_row(&all, snapshot->elapsed_s, out);
    free(all_times);
    free(scratch);
    return !out->full;
}

bool report_csv_history_header(struct buffer *out)
{
    must(out != NULL);
    return buffer_text(out, "Timestamp,User Count,Type,Name,Requests/s,Failures/s," PERCENTILES
                            ",Total Request Count,Total Failure Count,Total Median Response Time,"
                            "Total Average Response Time,Total Min Response Time,Total Max Response Time,"
                            "Total Average Content Size,Events/s,Events Generated/s,Events Failed/s,"
                            "Events Retried/s,Events Throttled/s,Payload Bytes/s,Asked Events/s,Total Events,"
                            "Events In Flight,Secondaries,Lag (ms),CPU (%),Phase\r\n");
}

static void history_row(const char *type, const char *name, const struct series_point *p, struct buffer *out)
{
    buffer_printf(out, "%" PRId64 ",%" PRIu64, p->wall_ms / 1000, p->users);
    field(out, false, type);
    field(out, false, name);
    real_field(out, SERIES_RATE(p, requests_succeeded) + SERIES_RATE(p, requests_failed));
    real_field(out, SERIES_RATE(p, requests_failed));
    for (size_t i = 0; i < SERIES_QUANTILES; i++) {
        if (p->count == 0)
            buffer_text(out, ",N/A");
        else
            ms_field(out, (double)p->due_us[i]);
    }
    count_field(out, p->total_requests);
    count_field(out, p->total_requests_failed);
    ms_field(out, (double)p->total_p50_us);
    ms_field(out, p->total_mean_us);
    ms_field(out, (double)p->total_min_us);
    ms_field(out, (double)p->total_max_us);
    real_field(out, per((double)p->total_wire_bytes, (double)p->total_requests_sent));
    real_field(out, SERIES_RATE(p, delivered));
    real_field(out, SERIES_RATE(p, generated));
    real_field(out, SERIES_RATE(p, failed));
    real_field(out, SERIES_RATE(p, retried));
    real_field(out, SERIES_RATE(p, throttled));
    real_field(out, SERIES_RATE(p, payload_bytes));
    real_field(out, p->asked_per_s);
    count_field(out, p->total_delivered);
    count_field(out, p->in_flight);
    count_field(out, p->secondaries);
    ms_field(out, (double)p->lag_us);
    real_field(out, p->cpu_percent);
    field(out, false, phase_name(p->phase));
    buffer_text(out, "\r\n");
}

bool report_csv_history_point(const struct snapshot *snapshot, const struct series_point *point, bool full,
                              struct buffer *out)
{
    must(snapshot != NULL && point != NULL);
    must(out != NULL);
    if (full)
        history_row(report_request_type(snapshot), report_request_name(snapshot), point, out);
    history_row("", "Aggregated", point, out);
    return !out->full;
}

bool report_csv_history(const struct snapshot *snapshot, bool full, struct buffer *out)
{
    bool fits = report_csv_history_header(out);
    for (size_t i = 0; i < snapshot->points_count; i++)
        fits = report_csv_history_point(snapshot, &snapshot->points[i], full, out) && fits;
    return fits;
}

static void seen_fields(struct buffer *out, int64_t first_ms, int64_t last_ms)
{
    buffer_printf(out, ",%.3f,%.3f", (double)first_ms / 1000, (double)last_ms / 1000);
}

bool report_csv_failures(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL && out != NULL);
    buffer_text(out, "Method,Name,Error,Occurrences,First Seen,Last Seen,Error Code\r\n");
    for (size_t i = 0; i < snapshot->errors_count; i++) {
        const struct snapshot_error *error = &snapshot->errors[i];
        struct buffer message;
        buffer_init(&message, strlen(error->code) + strlen(error->message) + 3);
        buffer_printf(&message, "%s: %s", error->code, error->message);
        field(out, true, report_request_type(snapshot));
        field(out, false, report_request_name(snapshot));
        field(out, false, buffer_str(&message));
        count_field(out, error->events);
        seen_fields(out, error->first_seen_ms, error->last_seen_ms);
        field(out, false, error->code);
        buffer_text(out, "\r\n");
        buffer_fini(&message);
    }
    for (size_t i = 0; i < snapshot->stock_errors_count; i++) {
        const struct stock_error *error = &snapshot->stock_errors[i];
        field(out, true, error->method);
        field(out, false, error->name);
        field(out, false, error->error);
        count_field(out, error->occurrences);
        seen_fields(out, error->first_seen_ms, error->last_seen_ms);
        field(out, false, "");
        buffer_text(out, "\r\n");
    }
    return !out->full;
}

bool report_csv_exceptions(const struct report_exception *exceptions, size_t count, struct buffer *out)
{
    must(out != NULL);
    must(count == 0 || exceptions != NULL);
    buffer_text(out, "Count,Message,Traceback,Nodes\r\n");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, "%" PRIu64, exceptions[i].count);
        field(out, false, exceptions[i].message);
        field(out, false, exceptions[i].traceback);
        field(out, false, exceptions[i].nodes);
        buffer_text(out, "\r\n");
    }
    return !out->full;
}
