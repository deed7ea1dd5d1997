#include "primary/report.h"

#include <inttypes.h>
#include <string.h>

#include "common/units.h"
#include "primary/report_passing.h"

enum { TEXT_SHARDS_MAX = 5, TEXT_ERRORS_MAX = 10, TEXT_MEMBERS_MAX = 16 };

const char *report_request_type(const struct snapshot *snapshot)
{
    must(snapshot != NULL);
    switch (snapshot->run.plan.target.kind) {
    case TARGET_KINESIS:
        return "PutRecords";
    case TARGET_KAFKA:
        return "Produce";
    case TARGET_NULL:
        break;
    }
    return "null";
}

const char *report_request_name(const struct snapshot *snapshot)
{
    must(snapshot != NULL);
    const struct target *target = &snapshot->run.plan.target;
    switch (target->kind) {
    case TARGET_KINESIS:
        return target->stream;
    case TARGET_KAFKA:
        return target->topic;
    case TARGET_NULL:
        break;
    }
    return "null";
}

static void head(const struct snapshot *s, struct buffer *out)
{
    const struct plan *plan = &s->run.plan;
    char number[UNITS_TEXT_MAX];
    buffer_printf(out, "verdict   %s\n", s->verdict.text);
    buffer_printf(out, "target    %s\n", s->target);
    const char *up_to = plan->shape.kind == SHAPE_NONE ? "" : "up to ";
    if (plan->shape.kind == SHAPE_CALLED) /* nobody knows how far it goes */
        buffer_printf(out, "load      %s", plan->model == PLAN_RATE ? "events/s" : "users");
    else if (plan->model == PLAN_RATE)
        buffer_printf(out, "load      %s%s events/s", up_to, units_print_count(plan->rate, number));
    else
        buffer_printf(out, "load      %s%" PRIu64 " users", up_to, plan->users);
    if (plan->shape.kind != SHAPE_NONE)
        buffer_printf(out, " (%.200s)", plan->shape.text);
    buffer_printf(out, ", batches of %" PRIu32 ", %zu secondaries", plan->batch_size, s->members_count);
    const char *end = run_end_name(&s->run);
    buffer_printf(out, ", %.1f s%s%s\n\n", s->elapsed_s, *end == '\0' ? "" : ": ", end);
}

static void ledger_line(const char *name, double duration_s, const struct counters *c, struct buffer *out)
{
    buffer_printf(
        out,
        "%-9s %9.1f %13" PRIu64 " %13" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11" PRIu64 "\n",
        name, duration_s, c->generated, c->delivered, c->failed, c->unknown, c->retried, c->throttled);
}

static void ledger_table(const struct snapshot *s, struct buffer *out)
{
    buffer_printf(out, "%-9s %9s %13s %13s %11s %11s %11s %11s\n", "events", "seconds", "generated",
                  "delivered", "failed", "unknown", "retried", "throttled");
    ledger_line("all", s->elapsed_s, &s->all.counters, out);
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        if (i == PHASE_WARM_UP && s->run.plan.warm_up_us == 0)
            continue;
        ledger_line(phase_name((enum phase)i), s->phases[i].duration_s, &s->phases[i].counters, out);
    }
    if (s->lost_unknown > 0)
        buffer_printf(out, "%" PRIu64 " of the unknown events are those of %zu lost secondaries.\n",
                      s->lost_unknown, s->lost);
    buffer_text(out, "\n");
}

static void rates(const struct snapshot *s, struct buffer *out)
{
    char mean[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX], payload[UNITS_TEXT_MAX], lag[UNITS_TEXT_MAX];
    const struct counters *c = &s->headline->counters;
    double duration_s = s->headline->duration_s > 0 ? s->headline->duration_s : 1;
    units_print_count(s->delivered_per_s_mean, mean);
    units_print_count(s->delivered_per_s_max, max);
    units_print_size((double)c->payload_bytes / duration_s, payload);
    buffer_printf(out, "rate      %s events/s (max %s), %s/s", mean, max, payload);
    if (s->run.plan.model == PLAN_RATE)
        buffer_printf(out, ", %.1f %% of what was asked, lag at most %s", 100 * s->achieved_ratio,
                      units_print_duration(s->lag_us_max, lag));
    c = &s->all.counters;
    buffer_printf(out, "\nrequests  %" PRIu64 " sent, %" PRIu64 " succeeded, %" PRIu64 " failed\n\n",
                  c->requests_sent, c->requests_succeeded, c->requests_failed);
}

static void latency_line(const char *name, const struct snapshot_latency *l, struct buffer *out)
{
    const uint64_t values[] = {l->p50_us, l->p90_us, l->p95_us, l->p99_us, l->p999_us, l->max_us};
    char text[UNITS_TEXT_MAX];
    buffer_printf(out, "%-9s", name);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        buffer_printf(out, " %9s", l->count == 0 ? "-" : units_print_duration(values[i], text));
    buffer_text(out, "\n");
}

static void latencies(const struct snapshot *s, struct buffer *out)
{
    buffer_printf(out, "%-9s %9s %9s %9s %9s %9s %9s\n", "latency", "p50", "p90", "p95", "p99", "p99.9",
                  "max");
    latency_line("from due", &s->headline->due, out);
    latency_line("service", &s->headline->service, out);
    buffer_text(out, "\n");
}

static void shard_line(const struct snapshot_shard *shard, double all, struct buffer *out)
{
    buffer_printf(out, "  %-30s %13" PRIu64 "  %5.1f %%", shard->id, shard->events,
                  100 * (double)shard->events / all);
    if (shard->predicted >= 0)
        buffer_printf(out, ", predicted %.1f %%", 100 * shard->predicted);
    buffer_text(out, "\n");
}

static void shards(const struct snapshot *s, struct buffer *out)
{
    if (s->shards_count == 0)
        return;
    buffer_printf(out, "%-9s %zu, those with most events:\n",
                  s->run.plan.target.kind == TARGET_KAFKA ? "partitions" : "shards", s->shards_count);
    double all = s->all.counters.delivered > 0 ? (double)s->all.counters.delivered : 1;
    for (size_t i = 0; i < s->shards_count && i < TEXT_SHARDS_MAX; i++)
        shard_line(&s->shards[i], all, out);
    buffer_text(out, "\n");
}

static void errors(const struct snapshot *s, struct buffer *out)
{
    if (s->errors_count == 0)
        return;
    buffer_text(out, "errors (events given up)\n");
    for (size_t i = 0; i < s->errors_count && i < TEXT_ERRORS_MAX; i++)
        buffer_printf(out, "  %13" PRIu64 "  %s: %.200s\n", s->errors[i].events, s->errors[i].code,
                      s->errors[i].message);
    if (s->errors_count > TEXT_ERRORS_MAX)
        buffer_printf(out, "  ... and %zu other kinds\n", s->errors_count - TEXT_ERRORS_MAX);
    buffer_text(out, "\n");
}

static void stock(const struct snapshot *s, struct buffer *out)
{
    for (size_t i = 0; i < s->stock_entries_count; i++) {
        const struct stock_entry *entry = &s->stock_entries[i];
        buffer_printf(out,
                      "stock     %s %s: %" PRIu64 " requests, %" PRIu64 " failed, p50 %.0f ms, p99 %.0f ms\n",
                      entry->method, entry->name, entry->requests, entry->failures,
                      stock_quantile_ms(entry, 0.5), stock_quantile_ms(entry, 0.99));
    }
}

static void members(const struct snapshot *s, struct buffer *out)
{
    buffer_printf(out, "%-40s %13s %6s %9s  %s\n", "secondary", "delivered", "CPU %", "lag max",
                  "final report");
    for (size_t i = 0; i < s->members_count && i < TEXT_MEMBERS_MAX; i++) {
        const struct snapshot_member *member = &s->members[i];
        const struct ledger_member *books = &member->ledger;
        double cpu = books->elapsed_us > 0 ? (double)books->cpu_us / (double)books->elapsed_us * 100 : 0;
        char lag[UNITS_TEXT_MAX];
        const char *end = books->stopped_short ? "none" : books->lost ? "lost" : books->final ? "yes" : "-";
        buffer_printf(out, "%-40.40s %13" PRIu64 " %6.1f %9s  %s\n", member->roster.id,
                      books->counters.delivered, cpu, units_print_duration(books->lag_us_max, lag), end);
    }
    if (s->members_count > TEXT_MEMBERS_MAX)
        buffer_printf(out, "... and %zu more\n", s->members_count - TEXT_MEMBERS_MAX);
}

/* Ids and messages come from the network: nothing in them may steer the terminal. */
static void disarm(struct buffer *out, size_t from)
{
    for (size_t i = from; i < out->length; i++) {
        unsigned char c = (unsigned char)out->bytes[i];
        if ((c < 0x20 && c != '\n') || c == 0x7f)
            out->bytes[i] = '?';
    }
}

bool report_text(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL);
    must(out != NULL);
    size_t from = out->length;
    head(snapshot, out);
    report_passing_text(snapshot, out);
    ledger_table(snapshot, out);
    rates(snapshot, out);
    latencies(snapshot, out);
    shards(snapshot, out);
    errors(snapshot, out);
    stock(snapshot, out);
    members(snapshot, out);
    disarm(out, from);
    return !out->full;
}
