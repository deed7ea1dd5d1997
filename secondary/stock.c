#include "secondary/stock.h"

#include <stdio.h>
#include <string.h>

/* Locust's keys are dense: every 1 ms to 100, 10 ms to 1000, 100 ms to 10000, then seconds. */
static size_t place_of(int64_t key)
{
    must(key >= 0);
    size_t k = (size_t)key;
    if (k <= 100)
        return k;
    if (k <= 1000)
        return 100 + (k - 100) / 10;
    if (k <= 10000)
        return 190 + (k - 1000) / 100;
    size_t place = 280 + (k - 10000) / 1000;
    return place < STOCK_TIMES ? place : STOCK_TIMES - 1;
}

static int64_t key_of(size_t place)
{
    int64_t p = (int64_t)place;
    if (p <= 100)
        return p;
    if (p <= 190)
        return 100 + (p - 100) * 10;
    if (p <= 280)
        return 1000 + (p - 190) * 100;
    return 10000 + (p - 280) * 1000;
}

static void restart(struct stock *self, double unix_s)
{
    self->requests = self->failures = self->bytes = 0;
    self->total_ms = self->max_ms = 0;
    self->min_ms = self->last_time = -1;
    self->start_time = unix_s;
    self->seconds_count = self->failed_seconds_count = 0;
    memset(self->times, 0, sizeof self->times);
}

void stock_clear(struct stock *self, double unix_s)
{
    must(self != NULL);
    memset(self, 0, sizeof *self);
    restart(self, unix_s);
}

static void count_second(struct wire_pair *pairs, size_t *count, int64_t second)
{
    for (size_t i = *count; i > 0; i--) {
        if (pairs[i - 1].key == second || (i == *count && *count == STOCK_SECONDS)) {
            pairs[i - 1].count++; /* when there is no room, in the latest second */
            return;
        }
    }
    pairs[(*count)++] = (struct wire_pair){.key = second, .count = 1};
}

void stock_request(struct stock *self, uint64_t response_us, bool failed, uint64_t bytes, double unix_s)
{
    must(self != NULL);
    double ms = (double)response_us / 1000;
    self->requests++;
    self->total_ms += ms;
    self->bytes += bytes;
    self->last_time = unix_s;
    if (ms > self->max_ms)
        self->max_ms = ms;
    if (self->min_ms < 0 || ms < self->min_ms)
        self->min_ms = ms;
    self->times[place_of(wire_round_ms(ms))]++;
    count_second(self->seconds, &self->seconds_count, (int64_t)unix_s);
    if (failed) {
        self->failures++;
        count_second(self->failed_seconds, &self->failed_seconds_count, (int64_t)unix_s);
    }
}

static size_t fill_failures(struct stock *self, const tally_t *tally)
{
    size_t count = 0;
    for (size_t i = 0; i < tally->errors_count; i++) {
        const struct tally_error *error = &tally->errors[i];
        must(error->events >= self->errors_told[i]);
        if (error->events == self->errors_told[i])
            continue;
        snprintf(self->texts[count], sizeof self->texts[count], "%s: %s", error->code, error->message);
        struct wire_failure *failure = &self->failures_list[count];
        snprintf(failure->name, sizeof failure->name, "%s", self->entry.name);
        snprintf(failure->method, sizeof failure->method, "%s", self->entry.method);
        failure->error = self->texts[count];
        failure->occurrences = error->events - self->errors_told[i];
        count++;
    }
    return count;
}

void stock_fill(struct stock *self, const tally_t *tally, const char *method, const char *name,
                struct wire_message *message)
{
    must(self != NULL && message != NULL);
    size_t pairs = 0;
    for (size_t i = 0; i < STOCK_TIMES; i++) {
        if (self->times[i] > 0)
            self->pairs[pairs++] = (struct wire_pair){.key = key_of(i), .count = self->times[i]};
    }
    struct wire_entry *entry = &self->entry;
    *entry = (struct wire_entry){
        .requests = self->requests,
        .failures = self->failures,
        .total_response_ms = self->total_ms,
        .max_response_ms = self->max_ms,
        .min_response_ms = self->min_ms,
        .content_bytes = self->bytes,
        .start_time = self->start_time,
        .last_request_time = self->last_time,
        .response_times = self->pairs,
        .response_times_count = pairs,
        .per_second = self->seconds,
        .per_second_count = self->seconds_count,
        .failures_per_second = self->failed_seconds,
        .failures_per_second_count = self->failed_seconds_count,
    };
    message->total = *entry;
    snprintf(message->total.name, sizeof message->total.name, "Aggregated");
    snprintf(entry->name, sizeof entry->name, "%s", name);
    snprintf(entry->method, sizeof entry->method, "%s", method);
    message->entries = entry;
    message->entries_count = self->requests > 0 ? 1 : 0;
    message->failures = self->failures_list;
    message->failures_count = tally != NULL ? fill_failures(self, tally) : 0;
}

void stock_restart(struct stock *self, const tally_t *tally, double unix_s)
{
    must(self != NULL);
    restart(self, unix_s);
    for (size_t i = 0; tally != NULL && i < tally->errors_count; i++)
        self->errors_told[i] = tally->errors[i].events;
}
