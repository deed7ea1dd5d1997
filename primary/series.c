#include "primary/series.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/must.h"

const double series_quantiles[SERIES_QUANTILES] = {0.50, 0.66, 0.75,  0.80,   0.90, 0.95,
                                                   0.98, 0.99, 0.999, 0.9999, 1.00};

struct series {
    size_t points_max;
    size_t count, size;
    struct series_point *points;
    size_t merge;  /* seconds that go into one point: 1, later 2, 4 ... */
    size_t merged; /* how many the last point has */
    uint64_t begun_us, last_us;
    struct histogram due, service; /* cumulative, at the last point */
    struct histogram difference;
};

series_t *series_new(size_t points_max)
{
    must(points_max >= 2 && points_max % 2 == 0);
    series_t *self = mem_new(1, sizeof *self);
    self->points_max = points_max;
    series_begin(self, 0);
    return self;
}

void series_destroy(series_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    free((*self_p)->points);
    free(*self_p);
    *self_p = NULL;
}

void series_begin(series_t *self, uint64_t now_us)
{
    must(self != NULL);
    self->count = 0;
    self->merge = 1;
    self->merged = 0;
    self->begun_us = self->last_us = now_us;
    histogram_init(&self->due);
    histogram_init(&self->service);
}

void series_clear(series_t *self)
{
    must(self != NULL);
    self->count = 0;
    self->merge = 1;
    self->merged = 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static double weighted(double a, double a_span, double b, double b_span)
{
    return a_span + b_span > 0 ? (a * a_span + b * b_span) / (a_span + b_span) : b;
}

/* `next` follows `into`; both become one. Percentiles can't be merged: the higher one is kept, so that a bad
 * second stays visible. */
static void merge_points(struct series_point *into, const struct series_point *next)
{
    struct series_point old = *into;
    *into = *next;
    into->span_s = old.span_s + next->span_s;
    into->asked_per_s = weighted(old.asked_per_s, old.span_s, next->asked_per_s, next->span_s);
    for (size_t i = 0; i < COUNTERS_COUNT; i++)
        into->rates[i] = weighted(old.rates[i], old.span_s, next->rates[i], next->span_s);
    into->lag_us = larger(old.lag_us, next->lag_us);
    into->cpu_percent = old.cpu_percent > next->cpu_percent ? old.cpu_percent : next->cpu_percent;
    into->count = old.count + next->count;
    for (size_t i = 0; i < SERIES_QUANTILES; i++)
        into->due_us[i] = larger(old.due_us[i], next->due_us[i]);
    into->service_p50_us = larger(old.service_p50_us, next->service_p50_us);
    into->service_p99_us = larger(old.service_p99_us, next->service_p99_us);
    into->service_max_us = larger(old.service_max_us, next->service_max_us);
}

static void halve(series_t *self)
{
    for (size_t i = 0; i < self->count / 2; i++) {
        self->points[i] = self->points[2 * i];
        merge_points(&self->points[i], &self->points[2 * i + 1]);
    }
    self->count /= 2;
    self->merge *= 2;
    self->merged = self->merge;
}

static void fill_latencies(series_t *self, const struct ledger_totals *reported, struct series_point *point)
{
    struct histogram *difference = &self->difference;
    if (histogram_since(&reported->due, &self->due, difference) && difference->count > 0) {
        point->count = difference->count;
        for (size_t i = 0; i < SERIES_QUANTILES; i++)
            point->due_us[i] = histogram_quantile(difference, series_quantiles[i]);
    }
    if (histogram_since(&reported->service, &self->service, difference) && difference->count > 0) {
        point->service_p50_us = histogram_quantile(difference, 0.5);
        point->service_p99_us = histogram_quantile(difference, 0.99);
        point->service_max_us = difference->max_us;
    }
    if (reported->due.count > 0) {
        point->total_count = reported->due.count;
        point->total_p50_us = histogram_quantile(&reported->due, 0.5);
        point->total_min_us = reported->due.min_us;
        point->total_max_us = reported->due.max_us;
        point->total_mean_us = histogram_mean(&reported->due);
    }
    self->due = reported->due;
    self->service = reported->service;
}

void series_add(series_t *self, const struct series_sample *sample)
{
    must(self != NULL && sample != NULL);
    must(sample->rates != NULL && sample->reported != NULL);
    must(sample->now_us >= self->last_us);
    const struct counters *counters =
        sample->counters != NULL ? sample->counters : &sample->reported->counters;
    struct series_point point = {
        .at_s = (double)(sample->now_us - self->begun_us) / 1e6,
        .span_s = (double)(sample->now_us - self->last_us) / 1e6,
        .wall_ms = sample->wall_ms,
        .phase = sample->phase,
        .asked_per_s = sample->asked_per_s,
        .users = sample->users,
        .secondaries = sample->secondaries,
        .in_flight = sample->in_flight,
        .lag_us = sample->lag_us,
        .cpu_percent = sample->cpu_percent,
        .total_requests = counters->requests_succeeded + counters->requests_failed,
        .total_requests_failed = counters->requests_failed,
        .total_requests_sent = counters->requests_sent,
        .total_wire_bytes = counters->wire_bytes,
        .total_delivered = counters->delivered,
        .total_failed = counters->failed,
    };
    memcpy(point.rates, sample->rates, sizeof point.rates);
    fill_latencies(self, sample->reported, &point);
    self->last_us = sample->now_us;

    if (self->merged > 0 && self->merged < self->merge) {
        merge_points(&self->points[self->count - 1], &point);
        self->merged++;
        return;
    }
    if (self->count == self->points_max)
        halve(self);
    if (self->count == self->size) {
        self->size = self->size == 0 ? 64 : 2 * self->size;
        self->points = mem_resize(self->points, self->size, sizeof *self->points);
    }
    self->points[self->count++] = point;
    self->merged = 1;
}

size_t series_count(const series_t *self)
{
    must(self != NULL);
    return self->count;
}

const struct series_point *series_at(const series_t *self, size_t index)
{
    must(index < series_count(self));
    return &self->points[index];
}
