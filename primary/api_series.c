#include "primary/api_series.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/document.h"

/* Several seconds as one. */
struct group {
    double at_s, span_s, asked, rates[COUNTERS_COUNT], p50, service_p50, cpu_percent;
    uint64_t count, p95, p99, max, service_p99, lag_us, users, in_flight, secondaries;
};

static void larger(uint64_t *into, uint64_t value)
{
    if (value > *into)
        *into = value;
}

static void gather(const struct series_point *points, size_t count, struct group *g)
{
    *g = (struct group){.secondaries = UINT64_MAX};
    double weights = 0;
    for (size_t i = 0; i < count; i++) {
        const struct series_point *p = &points[i];
        double span = p->span_s > 0 ? p->span_s : 1e-6, events = (double)p->count;
        g->at_s = p->at_s;
        g->span_s += span;
        g->asked += p->asked_per_s * span;
        for (size_t c = 0; c < COUNTERS_COUNT; c++)
            g->rates[c] += p->rates[c] * span;
        g->p50 += (double)p->due_us[SERIES_P50] * events;
        g->service_p50 += (double)p->service_p50_us * events;
        weights += events;
        g->count += p->count;
        larger(&g->p95, p->due_us[SERIES_P95]);
        larger(&g->p99, p->due_us[SERIES_P99]);
        larger(&g->max, p->due_us[SERIES_P100]);
        larger(&g->service_p99, p->service_p99_us);
        larger(&g->lag_us, p->lag_us);
        larger(&g->in_flight, p->in_flight);
        g->users = p->users;
        if (p->secondaries < g->secondaries)
            g->secondaries = p->secondaries;
        if (p->cpu_percent > g->cpu_percent)
            g->cpu_percent = p->cpu_percent;
    }
    g->asked /= g->span_s;
    for (size_t c = 0; c < COUNTERS_COUNT; c++)
        g->rates[c] /= g->span_s;
    g->p50 = weights > 0 ? g->p50 / weights : 0;
    g->service_p50 = weights > 0 ? g->service_p50 / weights : 0;
}

enum column {
    ASKED,
    DELIVERED,
    GENERATED,
    FAILED,
    THROTTLED,
    RETRIED,
    PAYLOAD,
    P50,
    P95,
    P99,
    MAXIMUM,
    SERVICE_P50,
    SERVICE_P99,
    LAG,
    USERS,
    IN_FLIGHT,
    CPU,
    SECONDARIES,
    COLUMNS,
};

static const char *const column_names[COLUMNS] = {
    "asked",          "delivered", "generated", "failed",    "throttled",   "retried",
    "payload_bytes",  "p50_us",    "p95_us",    "p99_us",    "max_us",      "service_p50_us",
    "service_p99_us", "lag_us",    "users",     "in_flight", "cpu_percent", "secondaries"};

#define RATE(g, name) ((g)->rates[offsetof(struct counters, name) / sizeof(uint64_t)])

static json_t *value_of(const struct group *g, enum column column, bool rate_model)
{
    bool none = g->count == 0;
    switch (column) {
    case ASKED:
        return rate_model ? document_real(g->asked) : json_null();
    case DELIVERED:
        return document_real(RATE(g, delivered));
    case GENERATED:
        return document_real(RATE(g, generated));
    case FAILED:
        return document_real(RATE(g, failed));
    case THROTTLED:
        return document_real(RATE(g, throttled));
    case RETRIED:
        return document_real(RATE(g, retried));
    case PAYLOAD:
        return document_real(RATE(g, payload_bytes));
    case P50:
        return none ? json_null() : document_real(g->p50);
    case P95:
        return none ? json_null() : document_number(g->p95);
    case P99:
        return none ? json_null() : document_number(g->p99);
    case MAXIMUM:
        return none ? json_null() : document_number(g->max);
    case SERVICE_P50:
        return none ? json_null() : document_real(g->service_p50);
    case SERVICE_P99:
        return none ? json_null() : document_number(g->service_p99);
    case LAG:
        return document_number(g->lag_us);
    case USERS:
        return document_number(g->users);
    case IN_FLIGHT:
        return document_number(g->in_flight);
    case CPU:
        return document_real(g->cpu_percent);
    case SECONDARIES:
        return document_number(g->secondaries);
    case COLUMNS:
        break;
    }
    must(false);
    return NULL;
}

json_t *api_series(const struct series_point *points, size_t count, const struct api_series_ask *ask)
{
    must(ask != NULL && (points != NULL || count == 0));
    must(ask->points_max >= 1);
    size_t first = 0, end = count;
    while (first < end && points[first].at_s < ask->from_s)
        first++;
    while (end > first && points[end - 1].at_s > ask->to_s)
        end--;
    size_t each = (end - first + ask->points_max - 1) / ask->points_max;
    each = each == 0 ? 1 : each;
    json_t *out = json_object(), *at = json_array(), *columns = json_object(), *lists[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        document_put(columns, column_names[c], lists[c] = json_array());
    double interval_s = (double)each;
    for (size_t i = first; i < end; i += each) {
        struct group group;
        gather(&points[i], i + each <= end ? each : end - i, &group);
        if (i == first && group.span_s > interval_s)
            interval_s = group.span_s;
        document_append(at, document_real(group.at_s));
        for (size_t c = 0; c < COLUMNS; c++)
            document_append(lists[c], value_of(&group, (enum column)c, ask->rate_model));
    }
    document_put(out, "run_id", document_text(ask->run_id));
    document_put(out, "interval_s", document_real(interval_s));
    document_put(out, "at_s", at);
    document_put(out, "columns", columns);
    document_put(out, "marks", ask->marks != NULL ? ask->marks : json_array());
    return out;
}

/* ---- bytes ---- */

enum { FORMAT = 1, WORDS = 25 + COUNTERS_COUNT + SERIES_QUANTILES };

/* All fields of a point in order, each as 64 bits: from the point to the words, or back. */
struct words {
    uint64_t list[WORDS];
    size_t next;
    bool reading;
};

static void whole(struct words *words, uint64_t *field)
{
    must(words->next < WORDS);
    uint64_t *word = &words->list[words->next++];
    if (words->reading)
        *field = *word;
    else
        *word = *field;
}

static void real(struct words *words, double *field)
{
    uint64_t bits;
    memcpy(&bits, field, sizeof bits);
    whole(words, &bits);
    memcpy(field, &bits, sizeof bits);
}

static void walk(struct words *words, struct series_point *p)
{
    uint64_t wall_ms = (uint64_t)p->wall_ms, phase = phase_code(p->phase);
    real(words, &p->at_s);
    real(words, &p->span_s);
    whole(words, &wall_ms);
    whole(words, &phase);
    real(words, &p->asked_per_s);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        real(words, &p->rates[i]);
    for (size_t i = 0; i < SERIES_QUANTILES; i++)
        whole(words, &p->due_us[i]);
    uint64_t *const fields[] = {
        &p->users,           &p->secondaries,           &p->in_flight,           &p->lag_us,
        &p->count,           &p->service_p50_us,        &p->service_p99_us,      &p->service_max_us,
        &p->total_requests,  &p->total_requests_failed, &p->total_requests_sent, &p->total_wire_bytes,
        &p->total_delivered, &p->total_failed,          &p->total_count,         &p->total_p50_us,
        &p->total_min_us,    &p->total_max_us};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        whole(words, fields[i]);
    real(words, &p->cpu_percent);
    real(words, &p->total_mean_us);
    p->wall_ms = (int64_t)wall_ms;
    p->phase = phase_of_code(phase);
}

bool api_series_pack(const struct series_point *points, size_t count, struct buffer *out)
{
    must(out != NULL && (points != NULL || count == 0));
    const char head[2] = {FORMAT, WORDS};
    bool fits = buffer_append(out, head, sizeof head);
    for (size_t i = 0; i < count && fits; i++) {
        struct words words = {.reading = false};
        struct series_point copy = points[i];
        walk(&words, &copy);
        for (size_t w = 0; w < WORDS; w++) {
            char bytes[8];
            for (size_t b = 0; b < sizeof bytes; b++)
                bytes[b] = (char)(words.list[w] >> (8 * b) & 0xFF);
            fits = buffer_append(out, bytes, sizeof bytes) && fits;
        }
    }
    return fits;
}

bool api_series_unpack(const void *bytes, size_t length, struct series_point **points, size_t *count)
{
    must(bytes != NULL && points != NULL && count != NULL);
    const unsigned char *at = bytes;
    if (length < 2 || at[0] != FORMAT || at[1] != WORDS || (length - 2) % (WORDS * 8) != 0)
        return false;
    size_t more = (length - 2) / (WORDS * 8);
    *points = mem_resize(*points, *count + more + 1, sizeof **points);
    at += 2;
    for (size_t i = 0; i < more; i++) {
        struct words words = {.reading = true};
        for (size_t w = 0; w < WORDS; w++, at += 8) {
            for (size_t b = 0; b < 8; b++)
                words.list[w] |= (uint64_t)at[b] << (8 * b);
        }
        struct series_point *point = &(*points)[(*count)++];
        *point = (struct series_point){.at_s = 0};
        walk(&words, point);
    }
    return true;
}
