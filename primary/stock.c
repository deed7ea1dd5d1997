#include "primary/stock.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/must.h"
#include "primary/names.h"

struct stock {
    names_t *entry_names, *error_names; /* (name, method); (name TAB method, error) */
    struct stock_entry *entries;
    size_t entries_count;
    struct stock_error *errors;
    size_t errors_count;
};

stock_t *stock_new(void)
{
    stock_t *self = mem_new(1, sizeof *self);
    self->entry_names = names_new(STOCK_ENTRIES_MAX);
    self->error_names = names_new(STOCK_ERRORS_MAX);
    return self;
}

void stock_entry_fini(struct stock_entry *self)
{
    must(self != NULL);
    free(self->response_times);
    self->response_times = NULL;
    self->response_times_count = 0;
}

void stock_error_fini(struct stock_error *self)
{
    must(self != NULL);
    free(self->error);
    self->error = NULL;
}

void stock_clear(stock_t *self)
{
    must(self != NULL);
    for (size_t i = 0; i < self->entries_count; i++)
        stock_entry_fini(&self->entries[i]);
    for (size_t i = 0; i < self->errors_count; i++)
        stock_error_fini(&self->errors[i]);
    free(self->entries);
    free(self->errors);
    self->entries = NULL;
    self->errors = NULL;
    self->entries_count = self->errors_count = 0;
    names_clear(self->entry_names);
    names_clear(self->error_names);
}

void stock_destroy(stock_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    stock_clear(*self_p);
    names_destroy(&(*self_p)->entry_names);
    names_destroy(&(*self_p)->error_names);
    free(*self_p);
    *self_p = NULL;
}

static void copy_name(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Add `count` to the key's pair; pairs stay ascending. */
static void add_time(struct stock_entry *entry, int64_t key, uint64_t count)
{
    size_t low = 0, high = entry->response_times_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (entry->response_times[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < entry->response_times_count && entry->response_times[low].key == key) {
        entry->response_times[low].count += count;
        return;
    }
    if (entry->response_times_count == WIRE_BUCKETS_MAX)
        return; /* more distinct times than Locust's rounding can make */
    size_t size = entry->response_times_count + 1;
    entry->response_times = mem_resize(entry->response_times, size, sizeof *entry->response_times);
    memmove(&entry->response_times[low + 1], &entry->response_times[low],
            (entry->response_times_count - low) * sizeof *entry->response_times);
    entry->response_times[low] = (struct wire_pair){key, count};
    entry->response_times_count = size;
}

/* The place of a second among the recent ones; NULL: it is older than what is kept there. */
static struct stock_second *second_of(struct stock_entry *entry, int64_t second)
{
    if (second < 0)
        return NULL;
    struct stock_second *place = &entry->recent[second % STOCK_RECENT];
    if (place->second > second)
        return NULL;
    if (place->second < second)
        *place = (struct stock_second){.second = second};
    return place;
}

static void add_seconds(struct stock_entry *to, const struct wire_entry *from)
{
    for (size_t i = 0; i < from->per_second_count; i++) {
        struct stock_second *place = second_of(to, from->per_second[i].key);
        if (place != NULL)
            place->requests += from->per_second[i].count;
    }
    for (size_t i = 0; i < from->failures_per_second_count; i++) {
        struct stock_second *place = second_of(to, from->failures_per_second[i].key);
        if (place != NULL)
            place->failures += from->failures_per_second[i].count;
    }
}

static void add_entry(struct stock_entry *to, const struct wire_entry *from)
{
    to->requests += from->requests;
    to->none_requests += from->none_requests;
    to->failures += from->failures;
    to->total_response_ms += from->total_response_ms;
    to->content_bytes += from->content_bytes;
    if (from->max_response_ms > to->max_response_ms)
        to->max_response_ms = from->max_response_ms;
    if (from->min_response_ms >= 0 &&
        (to->min_response_ms < 0 || from->min_response_ms < to->min_response_ms))
        to->min_response_ms = from->min_response_ms;
    if (from->start_time > 0 && (to->start_time <= 0 || from->start_time < to->start_time))
        to->start_time = from->start_time;
    if (from->last_request_time > to->last_request_time)
        to->last_request_time = from->last_request_time;
    for (size_t i = 0; i < from->response_times_count; i++)
        add_time(to, from->response_times[i].key, from->response_times[i].count);
    add_seconds(to, from);
}

static struct stock_entry *entry_for(stock_t *self, const struct wire_entry *from)
{
    size_t index = names_index(self->entry_names, from->name, from->method);
    if (index == self->entries_count) {
        self->entries = mem_resize(self->entries, index + 1, sizeof *self->entries);
        struct stock_entry *entry = &self->entries[self->entries_count++];
        memset(entry, 0, sizeof *entry);
        copy_name(entry->name, sizeof entry->name, names_first(self->entry_names, index));
        copy_name(entry->method, sizeof entry->method, names_second(self->entry_names, index));
        entry->min_response_ms = entry->last_request_time = -1;
    }
    return &self->entries[index];
}

static void add_failure(stock_t *self, const struct wire_failure *from, int64_t wall_ms)
{
    char what[WIRE_LABEL_MAX + WIRE_NAME_MAX];
    size_t name_length = strnlen(from->name, WIRE_LABEL_MAX - 1);
    size_t method_length = strnlen(from->method, WIRE_NAME_MAX - 1);
    memcpy(what, from->name, name_length);
    what[name_length] = '\t';
    memcpy(what + name_length + 1, from->method, method_length);
    what[name_length + 1 + method_length] = '\0';
    const char *text = from->error == NULL ? "" : from->error;
    size_t index = names_index(self->error_names, what, text);
    if (index == self->errors_count) {
        self->errors = mem_resize(self->errors, index + 1, sizeof *self->errors);
        struct stock_error *error = &self->errors[self->errors_count++];
        memset(error, 0, sizeof *error);
        bool other = index == STOCK_ERRORS_MAX;
        copy_name(error->name, sizeof error->name, other ? "other" : from->name);
        copy_name(error->method, sizeof error->method, other ? "" : from->method);
        error->error = mem_text(other ? "other" : text);
        error->first_seen_ms = wall_ms;
    }
    self->errors[index].occurrences += from->occurrences;
    self->errors[index].last_seen_ms = wall_ms;
}

void stock_take(stock_t *self, const struct wire_message *message, int64_t wall_ms)
{
    must(self != NULL);
    must(message != NULL && message->type == WIRE_STATS);
    for (size_t i = 0; i < message->entries_count; i++)
        add_entry(entry_for(self, &message->entries[i]), &message->entries[i]);
    for (size_t i = 0; i < message->failures_count; i++)
        add_failure(self, &message->failures[i], wall_ms);
}

const struct stock_entry *stock_entries(const stock_t *self, size_t *count_out)
{
    must(self != NULL && count_out != NULL);
    *count_out = self->entries_count;
    return self->entries;
}

const struct stock_error *stock_errors(const stock_t *self, size_t *count_out)
{
    must(self != NULL && count_out != NULL);
    *count_out = self->errors_count;
    return self->errors;
}

void stock_entry_copy(const struct stock_entry *from, struct stock_entry *to)
{
    must(from != NULL && to != NULL);
    *to = *from;
    to->response_times = mem_new(from->response_times_count + 1, sizeof *to->response_times);
    if (from->response_times_count > 0)
        memcpy(to->response_times, from->response_times,
               from->response_times_count * sizeof *to->response_times);
}

void stock_error_copy(const struct stock_error *from, struct stock_error *to)
{
    must(from != NULL && to != NULL);
    *to = *from;
    to->error = mem_text(from->error);
}

void stock_rates(const struct stock_entry *self, double unix_s, double *requests_out, double *failures_out)
{
    must(self != NULL);
    must(requests_out != NULL && failures_out != NULL);
    int64_t last = (int64_t)unix_s - 3, first = last - 9;
    if (self->start_time > (double)first)
        first = self->start_time < (double)last ? (int64_t)self->start_time : last;
    uint64_t requests = 0, failures = 0;
    for (size_t i = 0; i < STOCK_RECENT; i++) {
        if (self->recent[i].second < first || self->recent[i].second > last)
            continue;
        requests += self->recent[i].requests;
        failures += self->recent[i].failures;
    }
    double seconds = last >= first ? (double)(last - first + 1) : 1;
    *requests_out = (double)requests / seconds;
    *failures_out = (double)failures / seconds;
}

double stock_quantile_ms(const struct stock_entry *self, double quantile)
{
    must(self != NULL);
    must(quantile >= 0 && quantile <= 1);
    uint64_t all = self->requests > self->none_requests ? self->requests - self->none_requests : 0;
    uint64_t wanted = (uint64_t)((double)all * quantile), counted = 0;
    for (size_t i = self->response_times_count; i > 0; i--) {
        counted += self->response_times[i - 1].count;
        if (all <= counted || all - counted <= wanted)
            return (double)self->response_times[i - 1].key;
    }
    return 0;
}
