#include "primary/api_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "primary/api_locust.h"
#include "primary/document.h"
#include "primary/passing_document.h"
#include "primary/predicted.h"

#define SEED_MAX (UINT64_C(1) << 53) /* what every reader of JSON holds exactly */

void api_run_id(uint64_t id, char out[API_RUN_ID_MAX])
{
    snprintf(out, API_RUN_ID_MAX, "%016" PRIx64, id);
}

bool api_run_exists(const struct snapshot *snapshot)
{
    return snapshot->run.state != RUN_READY && snapshot->run.id != 0;
}

static json_t *events(const struct counters *c)
{
    json_t *out = json_object();
    document_put(out, "generated", document_number(c->generated));
    document_put(out, "delivered", document_number(c->delivered));
    document_put(out, "failed", document_number(c->failed));
    document_put(out, "unknown", document_number(c->unknown));
    document_put(out, "in_flight", document_number(counters_in_flight(c)));
    document_put(out, "retried", document_number(c->retried));
    document_put(out, "throttled", document_number(c->throttled));
    return out;
}

static json_t *latency(const struct snapshot_latency *l)
{
    bool empty = l->count == 0;
    json_t *out = json_object();
    document_put(out, "count", document_number(l->count));
    document_put(out, "min", empty ? json_null() : document_number(l->min_us));
    document_put(out, "mean", empty ? json_null() : document_real(l->mean_us));
    document_put(out, "p50", empty ? json_null() : document_number(l->p50_us));
    document_put(out, "p90", empty ? json_null() : document_number(l->p90_us));
    document_put(out, "p95", empty ? json_null() : document_number(l->p95_us));
    document_put(out, "p99", empty ? json_null() : document_number(l->p99_us));
    document_put(out, "p999", empty ? json_null() : document_number(l->p999_us));
    document_put(out, "max", empty ? json_null() : document_number(l->max_us));
    return out;
}

static bool shaped(const struct plan *plan)
{
    return plan->shape.kind != SHAPE_NONE;
}

static json_t *settings(const struct snapshot *s, const struct api_run_more *more)
{
    const struct plan *p = &s->run.plan;
    bool users = p->model == PLAN_USERS;
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, p->seed);
    json_t *out = json_object();
    document_put(out, "target", document_text(more->no_target ? "" : s->target));
    document_put(out, "model", document_text(users ? "users" : "rate"));
    document_put(out, "rate", users ? json_null() : document_real(p->rate));
    document_put(out, "users", users ? document_number(p->users) : json_null());
    document_put(out, "spawn_rate", users ? document_real(p->spawn_rate) : json_null());
    document_put(out, "batch_size", document_number(p->batch_size));
    bool stages = p->shape.kind == SHAPE_STAGES;
    document_put(out, "stages", document_text(stages ? p->shape.text : NULL));
    document_put(out, "shape", document_text(!stages && shaped(p) ? p->shape.text : NULL));
    document_put(out, "warm_up_s", document_real((double)p->warm_up_us / 1e6));
    document_put(out, "wait_time", document_text(more->wait_time));
    document_put(out, "run_time_s",
                 p->run_time_us == 0 ? json_null() : document_real((double)p->run_time_us / 1e6));
    document_put(out, "events",
                 p->events == PLAN_EVENTS_UNLIMITED ? json_null() : document_number(p->events));
    document_put(out, "seed", p->seed <= SEED_MAX ? document_number(p->seed) : document_text(seed));
    return out;
}

static void put_rate(json_t *out, const char *key, double value)
{
    document_put(out, key, document_real(value));
}

#define NOW(s, name) ((s)->rates[offsetof(struct counters, name) / sizeof(uint64_t)])

static json_t *now_per_s(const struct snapshot *s)
{
    bool on = s->run.state == RUN_SPAWNING || s->run.state == RUN_RUNNING;
    double asked = run_rate(&s->run, s->now_us);
    json_t *out = json_object();
    put_rate(out, "delivered", NOW(s, delivered));
    put_rate(out, "generated", NOW(s, generated));
    document_put(out, "asked", on && s->run.plan.model == PLAN_RATE ? document_real(asked) : json_null());
    put_rate(out, "failed", NOW(s, failed));
    put_rate(out, "throttled", NOW(s, throttled));
    put_rate(out, "retried", NOW(s, retried));
    put_rate(out, "payload_bytes", NOW(s, payload_bytes));
    return out;
}

static json_t *mean_per_s(const struct snapshot *s)
{
    const struct counters *c = &s->headline->counters;
    double d = s->headline->duration_s;
    json_t *out = json_object();
    put_rate(out, "delivered", s->delivered_per_s_mean);
    bool rated = s->run.plan.model == PLAN_RATE;
    document_put(out, "asked", rated ? document_real(s->asked_per_s_mean) : json_null());
    put_rate(out, "generated", d > 0 ? (double)c->generated / d : 0);
    put_rate(out, "failed", d > 0 ? (double)c->failed / d : 0);
    put_rate(out, "throttled", d > 0 ? (double)c->throttled / d : 0);
    put_rate(out, "payload_bytes", d > 0 ? (double)c->payload_bytes / d : 0);
    return out;
}

static json_t *now_latency(const struct snapshot *s, bool service)
{
    static const struct series_point none;
    const struct series_point *p = s->points_count > 0 ? &s->points[s->points_count - 1] : &none;
    json_t *out = json_object();
    bool empty = p->count == 0;
    document_put(out, "p50",
                 empty ? json_null() : document_number(service ? p->service_p50_us : p->due_us[SERIES_P50]));
    document_put(out, "p95", empty || service ? json_null() : document_number(p->due_us[SERIES_P95]));
    document_put(out, "p99",
                 empty ? json_null() : document_number(service ? p->service_p99_us : p->due_us[SERIES_P99]));
    document_put(out, "max",
                 empty ? json_null() : document_number(service ? p->service_max_us : p->due_us[SERIES_P100]));
    return out;
}

static json_t *phases(const struct snapshot *s)
{
    json_t *out = json_object();
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        json_t *one = json_object();
        document_put(one, "duration_s", document_real(s->phases[i].duration_s));
        document_put(one, "events", events(&s->phases[i].counters));
        document_put(one, "latency_us", latency(&s->phases[i].due));
        document_put(out, phase_name((enum phase)i), one);
    }
    return out;
}

static json_t *preflight(const struct snapshot *s)
{
    const struct wire_preflight *p = &s->preflight;
    if (!s->has_preflight || !p->ok)
        return json_null();
    json_t *out = json_object();
    document_put(out, "mode", p->mode[0] != '\0' ? document_text(p->mode) : json_null());
    document_put(out, "shards", p->shards > 0 ? document_number(p->shards) : json_null());
    document_put(out, "events_per_s", p->events_per_s > 0 ? document_real(p->events_per_s) : json_null());
    document_put(out, "bytes_per_s", p->bytes_per_s > 0 ? document_real(p->bytes_per_s) : json_null());
    document_put(out, "event_bytes", document_real(p->event_bytes));
    document_put(out, "place", p->place[0] != '\0' ? document_text(p->place) : json_null());
    document_put(out, "predicted", predicted_document(p, API_RUN_SHARDS));
    return out;
}

static json_t *share(const struct snapshot *s, const struct snapshot_member *member)
{
    json_t *out = json_object();
    bool rate = s->run.plan.model == PLAN_RATE;
    bool on =
        run_rate(&s->run, s->now_us) > 0 && member->ledger.known && !member->ledger.lost && s->sharing > 0;
    document_put(out, "rate",
                 rate && on ? document_real(run_rate(&s->run, s->now_us) / (double)s->sharing) : json_null());
    document_put(out, "users", rate ? json_null() : document_number(member->roster.users));
    return out;
}

static json_t *secondary(const struct snapshot *s, const struct snapshot_member *member, const char *host)
{
    const struct roster_entry *r = &member->roster;
    const struct ledger_member *l = &member->ledger;
    char name[WIRE_ID_MAX];
    size_t length = roster_host_length(r->id);
    snprintf(name, sizeof name, "%.*s", (int)length, r->id);
    bool alive = r->state == ROSTER_READY || r->state == ROSTER_SPAWNING || r->state == ROSTER_RUNNING;
    bool loaded = alive && l->known && s->run.state != RUN_STOPPED;
    json_t *out = json_object();
    document_put(out, "id", document_text(r->id));
    document_put(out, "host", document_text(name));
    document_put(out, "index", document_number(member->index));
    document_put(out, "state", document_text(roster_state_name(r->state)));
    document_put(out, "local", json_boolean(host != NULL && strcmp(host, name) == 0));
    document_put(out, "core", r->process >= 0 ? json_integer(r->process) : json_null());
    document_put(out, "share", share(s, member));
    document_put(
        out, "delivered_per_s",
        document_real(loaded ? l->rates[offsetof(struct counters, delivered) / sizeof(uint64_t)] : 0));
    document_put(out, "cpu_percent", alive ? document_real(r->cpu_percent) : json_null());
    document_put(out, "memory_bytes", alive ? document_number(r->memory_bytes) : json_null());
    document_put(out, "lag_us", l->known ? document_number(l->lag_us) : json_null());
    document_put(out, "rtt_us", r->round_trip_us > 0 ? document_number(r->round_trip_us) : json_null());
    bool timed = r->round_trip_us > 0;
    document_put(out, "clock_offset_us", timed ? json_integer(r->clock_offset_us) : json_null());
    document_put(out, "clock_error_us", timed ? document_number(r->clock_error_us) : json_null());
    document_put(out, "version", r->version[0] != '\0' ? document_text(r->version) : json_null());
    document_put(out, "uptime_s",
                 alive ? document_real((double)(s->now_us - r->joined_us) / 1e6) : json_null());
    document_put(out, "delivered", document_number(l->counters.delivered));
    document_put(out, "unknown", document_number(l->lost_unknown));
    document_put(out, "users", document_number(r->users));
    return out;
}

json_t *api_run_secondaries(const struct snapshot *snapshot, const char *host)
{
    must(snapshot != NULL);
    json_t *out = json_array();
    for (size_t i = 0; i < snapshot->members_count; i++)
        document_append(out, secondary(snapshot, &snapshot->members[i], host));
    return out;
}

static double shard_rate(const struct api_run_more *more, const char *id)
{
    if (more->shard_times == NULL)
        return 0;
    for (size_t i = 0; i < ledger_shards_count(more->ledger) && i < SHARD_TIMES_SHARDS; i++) {
        if (strcmp(ledger_shard(more->ledger, i).id, id) == 0)
            return shard_times_rate(more->shard_times, i);
    }
    return 0;
}

static json_t *shards(const struct snapshot *s, const struct api_run_more *more)
{
    json_t *out = json_array();
    bool over = s->run.state == RUN_STOPPED;
    for (size_t i = 0; i < s->shards_count && i < API_RUN_SHARDS; i++) {
        json_t *one = json_object();
        document_put(one, "id", document_text(s->shards[i].id));
        document_put(one, "events", document_number(s->shards[i].events));
        document_put(one, "per_s", document_real(over ? 0 : shard_rate(more, s->shards[i].id)));
        document_put(one, "predicted", predicted_number(s->shards[i].predicted));
        document_append(out, one);
    }
    return out;
}

static json_t *error_row(const char *code, const char *message, uint64_t count, int64_t first_ms,
                         int64_t last_ms)
{
    json_t *one = json_object();
    document_put(one, "code", document_text(code));
    document_put(one, "message", document_text(message));
    document_put(one, "events", document_number(count));
    document_put(one, "first_seen", document_time(first_ms));
    document_put(one, "last_seen", document_time(last_ms));
    document_put(one, "shard", json_null());
    return one;
}

static json_t *errors(const struct snapshot *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->errors_count; i++)
        document_append(out, error_row(s->errors[i].code, s->errors[i].message, s->errors[i].events,
                                       s->errors[i].first_seen_ms, s->errors[i].last_seen_ms));
    for (size_t i = 0; i < s->stock_errors_count; i++)
        document_append(out, error_row(s->stock_errors[i].method, s->stock_errors[i].error,
                                       s->stock_errors[i].occurrences, s->stock_errors[i].first_seen_ms,
                                       s->stock_errors[i].last_seen_ms));
    return out;
}

static void put_head(json_t *out, const struct snapshot *s, const struct api_run_more *more)
{
    const struct run *run = &s->run;
    bool exists = api_run_exists(s);
    char id[API_RUN_ID_MAX];
    api_run_id(run->id, id);
    double total_s = (double)run->plan.run_time_us / 1e6;
    bool timed = exists && run->plan.run_time_us > 0;
    bool on = run->state == RUN_SPAWNING || run->state == RUN_RUNNING;
    document_put(out, "schema_version", json_integer(1));
    document_put(out, "version", document_text(s->version));
    document_put(out, "sequence", document_number(more->sequence));
    document_put(out, "now", document_time(s->wall_ms));
    document_put(out, "state", document_text(more->state != NULL ? more->state : run_state_name(run->state)));
    document_put(out, "phase", document_text(phase_name(run->phase)));
    document_put(out, "run_id", exists ? document_text(id) : json_null());
    document_put(out, "name", document_text(more->name));
    document_put(out, "started_at", exists ? document_time(run->started_ms) : json_null());
    document_put(out, "elapsed_s", document_real(s->elapsed_s));
    document_put(out, "total_s", timed ? document_real(total_s) : json_null());
    document_put(out, "remaining_s",
                 timed && on ? document_real(total_s > s->elapsed_s ? total_s - s->elapsed_s : 0)
                             : json_null());
    document_put(out, "ended_by", document_text(run_end_name(run)));
    document_put(out, "settings", settings(s, more));
}

static void put_numbers(json_t *out, const struct snapshot *s)
{
    const struct counters *c = &s->all.counters;
    json_t *requests = json_object(), *bytes = json_object();
    document_put(requests, "sent", document_number(c->requests_sent));
    document_put(requests, "succeeded", document_number(c->requests_succeeded));
    document_put(requests, "failed", document_number(c->requests_failed));
    document_put(bytes, "payload", document_number(c->payload_bytes));
    document_put(bytes, "wire", document_number(c->wire_bytes));
    document_put(out, "events", events(c));
    document_put(out, "requests", requests);
    document_put(out, "bytes", bytes);
    document_put(out, "now_per_s", now_per_s(s));
    document_put(out, "mean_per_s", mean_per_s(s));
    bool rated = api_run_exists(s) && s->run.plan.model == PLAN_RATE;
    document_put(out, "achieved_ratio", rated ? document_real(s->achieved_ratio) : json_null());
    document_put(out, "latency_us", latency(&s->headline->due));
    document_put(out, "service_us", latency(&s->headline->service));
    document_put(out, "now_latency_us", now_latency(s, false));
    document_put(out, "now_service_us", now_latency(s, true));
    document_put(out, "lag_us", document_number(s->lag_us));
    document_put(out, "lag_us_max", document_number(s->lag_us_max));
    document_put(out, "users", document_number(s->users));
    uint64_t window = 0, batches = 0;
    for (size_t i = 0; i < s->members_count; i++) {
        window += s->members[i].ledger.lost ? 0 : s->members[i].ledger.window;
        batches += s->members[i].ledger.lost ? 0 : s->members[i].ledger.batches_in_flight;
    }
    document_put(out, "window", document_number(window));
    document_put(out, "batches_in_flight", document_number(batches));
}

static json_t *refused(const struct refused *who)
{
    if (who == NULL || who->count == 0)
        return json_null();
    json_t *out = json_object();
    document_put(out, "count", document_number(who->count));
    document_put(out, "address", document_text(who->address));
    document_put(out, "reason", document_text(who->reason));
    document_put(out, "at", document_time(who->at_ms));
    return out;
}

json_t *api_run(const struct snapshot *snapshot, const struct api_run_more *more)
{
    must(snapshot != NULL && more != NULL);
    const struct snapshot *s = snapshot;
    json_t *out = json_object(), *verdict = json_object();
    put_head(out, s, more);
    put_numbers(out, s);
    document_put(out, "phases", phases(s));
    document_put(verdict, "kind", document_text(verdict_name(s->verdict.kind)));
    document_put(verdict, "text", document_text(s->verdict.text));
    document_put(out, "verdict", verdict);
    document_put(out, "thresholds", passing_document_thresholds(s));
    document_put(out, "search", passing_document_search(s));
    document_put(out, "preflight", preflight(s));
    document_put(out, "secondaries", api_run_secondaries(s, more->host));
    document_put(out, "refused", refused(more->refused));
    document_put(out, "shards", shards(s, more));
    document_put(out, "errors", errors(s));
    document_put(out, "marks",
                 more->marks == NULL ? json_array() : marks_document(more->marks, 0, 1e18, API_RUN_MARKS));
    document_put(out, "rows", api_locust_rows(s));
    document_put(out, "exit_code", s->run.state == RUN_STOPPED ? json_integer(s->exit_code) : json_null());
    document_put(out, "history_error", document_text(more->history_error));
    document_put(out, "refusal", document_text(more->refusal));
    return out;
}
