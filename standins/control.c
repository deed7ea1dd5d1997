#include "standins/control.h"

#include "common/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_US_MAX 60e6

struct control {
    const struct service *service;
    pthread_mutex_t lock; /* guards faults and served_us */
    struct faults faults;
    double served_us; /* when the last of the records that came will have been served */
    _Atomic uint64_t requests, other_requests, late;
    _Atomic uint64_t struck[FAULTS_COUNT]; /* the two of records are counted in the streams */
};

control_t *control_new(const struct service *service, const struct faults *faults)
{
    must(service != NULL);
    must(faults != NULL);
    control_t *self = mem_new(1, sizeof *self);
    self->service = service;
    self->faults = *faults;
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    return self;
}

void control_destroy(control_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    must(pthread_mutex_destroy(&(*self_p)->lock) == 0);
    free(*self_p);
    *self_p = NULL;
}

void control_faults(control_t *self, struct faults *out)
{
    must(self != NULL);
    must(out != NULL);
    must(pthread_mutex_lock(&self->lock) == 0);
    *out = self->faults;
    must(pthread_mutex_unlock(&self->lock) == 0);
}

void control_count_request(control_t *self, bool puts)
{
    must(self != NULL);
    atomic_fetch_add_explicit(puts ? &self->requests : &self->other_requests, 1, memory_order_relaxed);
}

void control_count_fault(control_t *self, enum fault fault)
{
    must(self != NULL);
    must(fault < FAULTS_COUNT);
    atomic_fetch_add_explicit(&self->struck[fault], 1, memory_order_relaxed);
}

void control_count_late(control_t *self)
{
    must(self != NULL);
    atomic_fetch_add_explicit(&self->late, 1, memory_order_relaxed);
}

uint64_t control_queue_us(control_t *self, size_t records, double rate, uint64_t now_us)
{
    must(self != NULL);
    must(rate > 0);
    must(pthread_mutex_lock(&self->lock) == 0);
    double from_us = self->served_us > (double)now_us ? self->served_us : (double)now_us;
    double until_us = from_us + (double)records * 1e6 / rate;
    if (until_us - (double)now_us < QUEUE_US_MAX)
        self->served_us = until_us;
    else
        until_us = (double)now_us + QUEUE_US_MAX;
    must(pthread_mutex_unlock(&self->lock) == 0);
    return (uint64_t)(until_us - (double)now_us);
}

static void put_count(json_t *object, const char *name, uint64_t value)
{
    must(json_object_set_new(object, name, json_integer((json_int_t)value)) == 0);
}

static void put_counts(json_t *object, const struct stream_counts *counts)
{
    put_count(object, "records", counts->records);
    put_count(object, "bytes", counts->bytes);
    put_count(object, "stored", counts->stored);
    put_count(object, "evicted", counts->evicted);
    put_count(object, "throttled", counts->throttled);
    put_count(object, "refused", counts->refused);
}

static void add(struct stream_counts *sum, const struct stream_counts *more)
{
    sum->records += more->records;
    sum->bytes += more->bytes;
    sum->stored += more->stored;
    sum->evicted += more->evicted;
    sum->throttled += more->throttled;
    sum->refused += more->refused;
}

/* Add a stream to the sums and, unless NULL, to `streams` and to `shards`, which adds up equal ids. */
static void one_stream(control_t *self, const struct stream_summary *stream, struct stream_counts *total,
                       json_t *streams, json_t *shards)
{
    struct stream_counts counts;
    struct stream_counts *each = mem_new(stream->shards, sizeof *each);
    if (streams_counts(self->service->streams, stream, &counts, each)) {
        add(total, &counts);
        json_t *own = json_object();
        for (uint32_t i = 0; streams != NULL && i < stream->shards; i++) {
            char id[CALL_SHARD_MAX];
            call_shard_print(i, id);
            put_count(own, id, each[i].records);
            put_count(shards, id,
                      each[i].records + (uint64_t)json_integer_value(json_object_get(shards, id)));
        }
        if (streams != NULL) {
            json_t *object = json_object();
            put_counts(object, &counts);
            must(json_object_set(object, "shards", own) == 0);
            must(json_object_set_new(streams, stream->name, object) == 0);
        }
        json_decref(own);
    }
    free(each);
}

static void all_streams(control_t *self, struct stream_counts *total, json_t *streams, json_t *shards)
{
    struct stream_summary *list = mem_new(STREAMS_MAX, sizeof *list);
    bool more;
    size_t count = streams_list(self->service->streams, "", list, STREAMS_MAX, &more);
    for (size_t i = 0; i < count; i++)
        one_stream(self, &list[i], total, streams, shards);
    free(list);
}

void control_totals(control_t *self, struct control_totals *out)
{
    must(self != NULL);
    must(out != NULL);
    *out = (struct control_totals){.requests = atomic_load(&self->requests)};
    all_streams(self, &out->counts, NULL, NULL);
}

static unsigned answer_stats(control_t *self, struct call *call)
{
    struct stream_counts total = {0};
    json_t *root = json_object();
    json_t *streams = json_object();
    json_t *shards = json_object();
    json_t *struck = json_object();
    must(root != NULL && streams != NULL && shards != NULL && struck != NULL);
    all_streams(self, &total, streams, shards);
    put_counts(root, &total);
    put_count(root, "requests", atomic_load(&self->requests));
    put_count(root, "other_requests", atomic_load(&self->other_requests));
    put_count(struck, "latency", atomic_load(&self->late));
    for (size_t i = 0; i < FAULT_REFUSE; i++)
        put_count(struck, faults_name((enum fault)i), atomic_load(&self->struck[i]));
    must(json_object_set_new(root, "faults", struck) == 0);
    must(json_object_set_new(root, "shards", shards) == 0);
    must(json_object_set_new(root, "streams", streams) == 0);
    return call_json(call, root);
}

static unsigned change_faults(control_t *self, struct call *call, const char *body, size_t length)
{
    char error[FAULTS_ERROR_MAX];
    json_error_t problem;
    json_t *object = json_loadb(body, length, JSON_REJECT_DUPLICATES, &problem);
    if (object == NULL)
        return call_error(call, 400, "BadFaults", "%s at byte %d", problem.text, problem.position);
    must(pthread_mutex_lock(&self->lock) == 0);
    bool good = faults_set_json(&self->faults, object, error);
    struct faults now = self->faults;
    must(pthread_mutex_unlock(&self->lock) == 0);
    json_decref(object);
    return good ? call_json(call, faults_json(&now)) : call_error(call, 400, "BadFaults", "%s", error);
}

unsigned control_answer(control_t *self, struct call *call, const char *method, const char *path,
                        const char *body, size_t length)
{
    must(self != NULL);
    must(call != NULL && method != NULL && path != NULL);
    bool get = strcmp(method, "GET") == 0;
    if (get && strcmp(path, "/_freshet/health") == 0)
        return call_json(call, json_pack("{s:s}", "status", "ok"));
    if (get && strcmp(path, "/_freshet/stats") == 0)
        return answer_stats(self, call);
    if (strcmp(path, "/_freshet/faults") == 0 && (get || strcmp(method, "POST") == 0)) {
        struct faults faults;
        control_faults(self, &faults);
        return get ? call_json(call, faults_json(&faults)) : change_faults(self, call, body, length);
    }
    return call_error(call, 404, "NotFound", "nothing at %.256s for %.16s", path, method);
}
