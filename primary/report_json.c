#include "primary/report.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/clock.h"
#include "common/mem.h"
#include "primary/passing_document.h"
#include "primary/predicted.h"

/* Text from the network may not be UTF-8; then what is not ASCII is shown as '?'. */
static json_t *text(const char *value)
{
    json_t *out = json_string(value);
    if (out != NULL)
        return out;
    char *copy = mem_text(value);
    for (char *c = copy; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    out = json_string(copy);
    free(copy);
    must(out != NULL);
    return out;
}

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static void put(json_t *object, const char *key, json_t *value)
{
    must(value != NULL);
    must(json_object_set_new(object, key, value) == 0);
}

static void append(json_t *array, json_t *value)
{
    must(value != NULL);
    must(json_array_append_new(array, value) == 0);
}

static json_t *events(const struct counters *c)
{
    json_t *out = json_object();
    put(out, "generated", number(c->generated));
    put(out, "delivered", number(c->delivered));
    put(out, "failed", number(c->failed));
    put(out, "unknown", number(c->unknown));
    put(out, "retried", number(c->retried));
    put(out, "throttled", number(c->throttled));
    return out;
}

static json_t *requests(const struct counters *c)
{
    json_t *out = json_object();
    put(out, "sent", number(c->requests_sent));
    put(out, "succeeded", number(c->requests_succeeded));
    put(out, "failed", number(c->requests_failed));
    return out;
}

static json_t *bytes(const struct counters *c)
{
    json_t *out = json_object();
    put(out, "payload", number(c->payload_bytes));
    put(out, "wire", number(c->wire_bytes));
    return out;
}

static json_t *latency(const struct snapshot_latency *l)
{
    json_t *out = json_object();
    put(out, "min", number(l->min_us));
    put(out, "mean", json_real(l->mean_us));
    put(out, "p50", number(l->p50_us));
    put(out, "p90", number(l->p90_us));
    put(out, "p95", number(l->p95_us));
    put(out, "p99", number(l->p99_us));
    put(out, "p999", number(l->p999_us));
    put(out, "max", number(l->max_us));
    return out;
}

static json_t *schedule(const struct snapshot *s)
{
    json_t *out = json_object();
    bool shaped = s->run.plan.shape.kind != SHAPE_NONE;
    put(out, "target_events_per_s", json_real(shaped ? s->asked_per_s_mean : s->asked_per_s));
    put(out, "achieved_ratio", json_real(s->achieved_ratio));
    put(out, "lag_us_max", number(s->lag_us_max));
    return out;
}

static json_t *errors(const struct snapshot *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->errors_count; i++) {
        json_t *error = json_object();
        put(error, "code", text(s->errors[i].code));
        put(error, "message", text(s->errors[i].message));
        put(error, "events", number(s->errors[i].events));
        append(out, error);
    }
    return out;
}

static json_t *shards(const struct snapshot *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->shards_count; i++) {
        json_t *shard = json_object();
        put(shard, "id", text(s->shards[i].id));
        put(shard, "events", number(s->shards[i].events));
        put(shard, "predicted", predicted_number(s->shards[i].predicted));
        append(out, shard);
    }
    return out;
}

static json_t *phases(const struct snapshot *s)
{
    json_t *out = json_object();
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        const struct snapshot_phase *phase = &s->phases[i];
        json_t *one = json_object();
        put(one, "duration_s", json_real(phase->duration_s));
        put(one, "events", events(&phase->counters));
        put(one, "requests", requests(&phase->counters));
        put(one, "bytes", bytes(&phase->counters));
        put(one, "latency_us", latency(&phase->due));
        put(one, "service_us", latency(&phase->service));
        put(out, phase_name((enum phase)i), one);
    }
    return out;
}

static json_t *members(const struct snapshot *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->members_count; i++) {
        const struct snapshot_member *member = &s->members[i];
        json_t *one = json_object();
        put(one, "id", text(member->roster.id));
        put(one, "state", text(roster_state_name(member->roster.state)));
        put(one, "lost", json_boolean(member->ledger.lost));
        put(one, "final_report", json_boolean(member->ledger.final));
        put(one, "lost_unknown", number(member->ledger.lost_unknown));
        put(one, "events", events(&member->ledger.counters));
        double elapsed_us = (double)member->ledger.elapsed_us;
        double cpu = elapsed_us > 0 ? (double)member->ledger.cpu_us / elapsed_us * 100 : 0;
        put(one, "cpu_percent", json_real(cpu));
        put(one, "lag_us_max", number(member->ledger.lag_us_max));
        append(out, one);
    }
    return out;
}

static json_t *preflight(const struct wire_preflight *p)
{
    json_t *out = json_object();
    put(out, "mode", text(p->mode));
    put(out, "place", text(p->place));
    put(out, "shards", number(p->shards));
    put(out, "capacity_events_per_s", json_real(p->events_per_s));
    put(out, "capacity_bytes_per_s", json_real(p->bytes_per_s));
    put(out, "event_bytes", json_real(p->event_bytes));
    put(out, "message", p->message == NULL ? json_null() : text(p->message));
    return out;
}

static json_t *plan(const struct plan *p)
{
    json_t *out = json_object();
    bool users = p->model == PLAN_USERS;
    put(out, "users", users ? number(p->users) : json_null());
    put(out, "spawn_rate", users ? json_real(p->spawn_rate) : json_null());
    put(out, "rate", users ? json_null() : json_real(p->rate));
    bool stages = p->shape.kind == SHAPE_STAGES, shape = p->shape.kind != SHAPE_NONE && !stages;
    put(out, "stages", stages ? text(p->shape.text) : json_null());
    put(out, "shape", shape ? text(p->shape.text) : json_null());
    put(out, "warm_up_s", json_real((double)p->warm_up_us / 1e6));
    put(out, "batch_size", number(p->batch_size));
    put(out, "run_time_s", p->run_time_us == 0 ? json_null() : json_real((double)p->run_time_us / 1e6));
    put(out, "events", p->events == PLAN_EVENTS_UNLIMITED ? json_null() : number(p->events));
    put(out, "seed", number(p->seed));
    return out;
}

/* What stock Locust workers counted: requests, and milliseconds by Locust's rounding. */
static json_t *stock(const struct snapshot *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->stock_entries_count; i++) {
        const struct stock_entry *entry = &s->stock_entries[i];
        json_t *one = json_object();
        put(one, "method", text(entry->method));
        put(one, "name", text(entry->name));
        put(one, "requests", number(entry->requests));
        put(one, "failures", number(entry->failures));
        put(one, "p50_ms", json_real(stock_quantile_ms(entry, 0.5)));
        put(one, "p99_ms", json_real(stock_quantile_ms(entry, 0.99)));
        append(out, one);
    }
    return out;
}

static void put_head(json_t *out, const struct snapshot *s)
{
    char started[CLOCK_RFC3339_MAX];
    clock_rfc3339(s->run.started_ms, started);
    size_t took_part = 0;
    for (size_t i = 0; i < s->members_count; i++)
        took_part += s->members[i].ledger.known || !s->members[i].roster.freshet;
    put(out, "freshet", text(s->version));
    put(out, "target", text(s->target));
    put(out, "model", text(s->run.plan.model == PLAN_USERS ? "users" : "rate"));
    put(out, "started_at", text(started));
    put(out, "duration_s", json_real(s->elapsed_s));
    put(out, "secondaries", number(took_part));
}

static json_t *whole(const struct snapshot *s)
{
    json_t *out = json_object();
    put_head(out, s);
    put(out, "events", events(&s->all.counters));
    put(out, "requests", requests(&s->all.counters));
    put(out, "bytes", bytes(&s->all.counters));
    json_t *per_s = json_object();
    put(per_s, "mean", json_real(s->delivered_per_s_mean));
    put(per_s, "max", json_real(s->delivered_per_s_max));
    put(out, "events_per_s", per_s);
    put(out, "latency_us", latency(&s->headline->due));
    put(out, "service_us", latency(&s->headline->service));
    put(out, "schedule", schedule(s));
    put(out, "errors", errors(s));
    put(out, "shards", shards(s));
    json_t *verdict = json_object();
    put(verdict, "kind", text(verdict_name(s->verdict.kind)));
    put(verdict, "text", text(s->verdict.text));
    put(out, "verdict", verdict);
    put(out, "thresholds", passing_document_thresholds(s));
    put(out, "search", passing_document_search(s));
    put(out, "ended_by", text(run_end_name(&s->run)));
    put(out, "plan", plan(&s->run.plan));
    put(out, "phases", phases(s));
    put(out, "secondaries_lost", number(s->lost));
    put(out, "secondaries_detail", members(s));
    put(out, "preflight", s->has_preflight ? preflight(&s->preflight) : json_null());
    if (s->stock_entries_count > 0)
        put(out, "stock", stock(s));
    put(out, "exit_code", json_integer(s->exit_code));
    return out;
}

bool report_json(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL);
    must(out != NULL);
    json_t *object = whole(snapshot);
    char *dumped = json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
    json_decref(object);
    must(dumped != NULL);
    bool fits = buffer_text(out, dumped) && buffer_text(out, "\n");
    free(dumped);
    return fits;
}
