#include "standins/streams.h"

#include "common/mem.h"
#include "standins/record_log.h"
#include "standins/shard_limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct shard {
    struct stream_counts counts;
    struct shard_limit limit;
    uint64_t ordinal_next;
    uint64_t *positions; /* owned ring of log positions of the kept records */
    size_t capacity;     /* a power of two, or 0 */
};

struct stream {
    bool used;
    struct stream_summary summary;
    struct shard *shards; /* owned */
    hash128 *firsts;      /* owned: first hash of each shard */
};

struct streams {
    pthread_mutex_t lock;
    struct streams_options options;
    record_log_t *log;      /* owned; NULL when records are discarded */
    struct stream *streams; /* owned, STREAMS_MAX of them */
    size_t slots;           /* streams beyond have never been used */
    uint64_t created_ms_last;
};

static void on_evict(void *context, const struct record_head *head)
{
    streams_t *self = context;
    must(head->slot < STREAMS_MAX);
    struct stream *stream = &self->streams[head->slot];
    if (!stream->used || stream->summary.created_ms != head->created_ms)
        return;
    struct shard *shard = &stream->shards[head->shard];
    must(shard->counts.stored > 0);
    shard->counts.stored--;
    shard->counts.evicted++;
}

streams_t *streams_new(const struct streams_options *options)
{
    must(options != NULL);
    must(options->discard || options->retention_bytes >= ((size_t)STREAMS_RECORD_KIB_MAX << 11) + 4096);
    streams_t *self = mem_new(1, sizeof *self);
    must(pthread_mutex_init(&self->lock, NULL) == 0);
    self->options = *options;
    self->streams = mem_new(STREAMS_MAX, sizeof *self->streams);
    if (!options->discard)
        self->log = record_log_new(options->retention_bytes, on_evict, self);
    return self;
}

static void stream_clear(struct stream *stream)
{
    for (uint32_t i = 0; stream->used && i < stream->summary.shards; i++)
        free(stream->shards[i].positions);
    free(stream->shards);
    free(stream->firsts);
    *stream = (struct stream){0};
}

void streams_destroy(streams_t **self_p)
{
    must(self_p != NULL);
    streams_t *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < STREAMS_MAX; i++)
        stream_clear(&self->streams[i]);
    record_log_destroy(&self->log);
    free(self->streams);
    must(pthread_mutex_destroy(&self->lock) == 0);
    free(self);
    *self_p = NULL;
}

static void lock(streams_t *self)
{
    must(pthread_mutex_lock(&self->lock) == 0);
}

static void unlock(streams_t *self)
{
    must(pthread_mutex_unlock(&self->lock) == 0);
}

/* The stream of this name, or NULL. The lock is held. */
static struct stream *by_name(const streams_t *self, const char *name)
{
    for (size_t i = 0; i < self->slots; i++)
        if (self->streams[i].used && strcmp(self->streams[i].summary.name, name) == 0)
            return &self->streams[i];
    return NULL;
}

/* The very stream that `summary` was copied from, or NULL when it has been deleted since. The lock is held.
 */
static struct stream *same(const streams_t *self, const struct stream_summary *summary)
{
    struct stream *stream = by_name(self, summary->name);
    return stream != NULL && stream->summary.created_ms == summary->created_ms ? stream : NULL;
}

/* The lock is held. */
static bool create(streams_t *self, const struct stream_summary *made, uint64_t now_us)
{
    size_t slot = 0;
    while (slot < STREAMS_MAX && self->streams[slot].used)
        slot++;
    if (slot == STREAMS_MAX || by_name(self, made->name) != NULL)
        return false;
    struct stream *stream = &self->streams[slot];
    if (slot == self->slots)
        self->slots++;
    stream->used = true;
    stream->summary = *made;
    if (stream->summary.created_ms <= self->created_ms_last)
        stream->summary.created_ms = self->created_ms_last + 1;
    self->created_ms_last = stream->summary.created_ms;
    stream->shards = mem_new(made->shards, sizeof *stream->shards);
    stream->firsts = mem_new(made->shards, sizeof *stream->firsts);
    for (uint32_t i = 0; i < made->shards; i++) {
        stream->firsts[i] = hash_range_first(i, made->shards);
        stream->shards[i].ordinal_next = 1;
        shard_limit_init(&stream->shards[i].limit, now_us);
    }
    return true;
}

bool streams_create(streams_t *self, const struct stream_summary *made, uint64_t now_us)
{
    must(self != NULL);
    must(made != NULL && made->shards > 0 && made->shards <= STREAMS_SHARDS_MAX);
    lock(self);
    bool created = create(self, made, now_us);
    unlock(self);
    return created;
}

bool streams_delete(streams_t *self, const char *name)
{
    must(self != NULL);
    must(name != NULL);
    lock(self);
    struct stream *stream = by_name(self, name);
    if (stream != NULL)
        stream_clear(stream);
    unlock(self);
    return stream != NULL;
}

bool streams_find(streams_t *self, const char *name, struct stream_summary *out)
{
    must(self != NULL);
    must(name != NULL && out != NULL);
    lock(self);
    const struct stream *stream = by_name(self, name);
    if (stream != NULL)
        *out = stream->summary;
    unlock(self);
    return stream != NULL;
}

size_t streams_list(streams_t *self, const char *after, struct stream_summary *out, size_t max,
                    bool *more_out)
{
    must(self != NULL);
    must(after != NULL && more_out != NULL);
    size_t count = 0;
    const char *last = after;
    *more_out = false;
    lock(self);
    for (;;) {
        const struct stream *next = NULL;
        for (size_t i = 0; i < self->slots; i++) {
            const struct stream *stream = &self->streams[i];
            if (stream->used && strcmp(stream->summary.name, last) > 0 &&
                (next == NULL || strcmp(stream->summary.name, next->summary.name) < 0))
                next = stream;
        }
        *more_out = next != NULL && count == max;
        if (next == NULL || count == max)
            break;
        out[count] = next->summary;
        last = out[count++].name;
    }
    unlock(self);
    return count;
}

static uint64_t *position_of(const struct shard *shard, uint64_t ordinal)
{
    return &shard->positions[ordinal & (shard->capacity - 1)];
}

static uint64_t oldest(const struct shard *shard)
{
    return shard->ordinal_next - shard->counts.stored;
}

static void make_room(struct shard *shard)
{
    if (shard->counts.stored < shard->capacity)
        return;
    size_t capacity = shard->capacity > 0 ? shard->capacity * 2 : 1024;
    struct shard grown = *shard;
    grown.capacity = capacity;
    grown.positions = mem_new(capacity, sizeof *grown.positions);
    for (uint64_t ordinal = oldest(shard); ordinal < shard->ordinal_next; ordinal++)
        *position_of(&grown, ordinal) = *position_of(shard, ordinal);
    free(shard->positions);
    *shard = grown;
}

static void store(streams_t *self, struct stream *stream, const struct put_item *item, int64_t wall_ms)
{
    struct shard *shard = &stream->shards[item->shard];
    struct record_head head = {.created_ms = stream->summary.created_ms,
                               .slot = (uint32_t)(stream - self->streams),
                               .shard = item->shard,
                               .arrived_ms = wall_ms,
                               .key_length = item->key_length,
                               .data_length = item->data_length};
    uint64_t position = record_log_append(self->log, &head, item->key, item->data);
    make_room(shard);
    *position_of(shard, item->ordinal) = position;
    shard->counts.stored++;
}

/* The lock is held. */
static void put_one(streams_t *self, struct stream *stream, struct put_item *item, uint64_t now_us,
                    int64_t wall_ms)
{
    item->shard = hash_range_find(item->hash, stream->firsts, stream->summary.shards);
    struct shard *shard = &stream->shards[item->shard];
    uint64_t bytes = (uint64_t)item->key_length + item->data_length;
    if (item->verdict == PUT_TAKEN && self->options.enforce_limits && !stream->summary.on_demand &&
        !shard_limit_take(&shard->limit, now_us, bytes))
        item->verdict = PUT_THROTTLED;
    if (item->verdict != PUT_TAKEN) {
        shard->counts.throttled += item->verdict == PUT_THROTTLED;
        shard->counts.refused += item->verdict == PUT_REFUSED;
        return;
    }
    item->ordinal = shard->ordinal_next;
    if (self->log != NULL)
        store(self, stream, item, wall_ms);
    shard->ordinal_next++;
    shard->counts.records++;
    shard->counts.bytes += bytes;
}

bool streams_put(streams_t *self, const struct stream_summary *summary, struct put_item *items, size_t count,
                 uint64_t now_us, int64_t wall_ms)
{
    must(self != NULL);
    must(items != NULL || count == 0);
    lock(self);
    struct stream *stream = same(self, summary);
    for (size_t i = 0; stream != NULL && i < count; i++)
        put_one(self, stream, &items[i], now_us, wall_ms);
    unlock(self);
    return stream != NULL;
}

bool streams_tip(streams_t *self, const struct stream_summary *summary, uint32_t shard, uint64_t *out)
{
    must(self != NULL);
    must(shard < summary->shards);
    lock(self);
    const struct stream *stream = same(self, summary);
    if (stream != NULL)
        *out = stream->shards[shard].ordinal_next;
    unlock(self);
    return stream != NULL;
}

bool streams_horizon(streams_t *self, const struct stream_summary *summary, uint32_t shard, uint64_t *out)
{
    must(self != NULL);
    must(shard < summary->shards);
    lock(self);
    const struct stream *stream = same(self, summary);
    if (stream != NULL)
        *out = oldest(&stream->shards[shard]);
    unlock(self);
    return stream != NULL;
}

/* First kept ordinal that arrived at or after `wall_ms`. The lock is held. */
static uint64_t since(const streams_t *self, const struct shard *shard, int64_t wall_ms)
{
    uint64_t low = oldest(shard);
    uint64_t high = shard->ordinal_next;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct record_view view;
        record_log_read(self->log, *position_of(shard, middle), &view);
        if (view.head.arrived_ms < wall_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool streams_at_time(streams_t *self, const struct stream_summary *summary, uint32_t shard, int64_t wall_ms,
                     uint64_t *out)
{
    must(self != NULL);
    must(shard < summary->shards);
    lock(self);
    const struct stream *stream = same(self, summary);
    if (stream != NULL)
        *out = since(self, &stream->shards[shard], wall_ms);
    unlock(self);
    return stream != NULL;
}

/* The lock is held. */
static void read_shard(streams_t *self, const struct shard *shard, uint64_t ordinal, int64_t wall_ms,
                       struct stream_record *out, size_t max, struct buffer *bytes,
                       struct stream_read *read_out)
{
    *read_out = (struct stream_read){0};
    if (ordinal < oldest(shard))
        ordinal = oldest(shard);
    struct record_view view = {0};
    for (; ordinal < shard->ordinal_next; ordinal++) {
        record_log_read(self->log, *position_of(shard, ordinal), &view);
        size_t offset = bytes->length;
        size_t length = (size_t)view.head.key_length + view.head.data_length;
        if (read_out->count == max || !buffer_append(bytes, view.key, length)) {
            read_out->behind_ms = wall_ms > view.head.arrived_ms ? wall_ms - view.head.arrived_ms : 0;
            break;
        }
        out[read_out->count++] = (struct stream_record){ordinal, view.head.arrived_ms, offset,
                                                        view.head.key_length, view.head.data_length};
    }
    read_out->ordinal_next = ordinal;
}

bool streams_read(streams_t *self, const struct stream_summary *summary, uint32_t shard, uint64_t ordinal,
                  int64_t wall_ms, struct stream_record *out, size_t max, struct buffer *bytes,
                  struct stream_read *read_out)
{
    must(self != NULL);
    must(shard < summary->shards && out != NULL && bytes != NULL && read_out != NULL);
    lock(self);
    const struct stream *stream = same(self, summary);
    if (stream != NULL)
        read_shard(self, &stream->shards[shard], ordinal, wall_ms, out, max, bytes, read_out);
    unlock(self);
    return stream != NULL;
}

static void add_counts(struct stream_counts *sum, const struct stream_counts *more)
{
    sum->records += more->records;
    sum->bytes += more->bytes;
    sum->stored += more->stored;
    sum->evicted += more->evicted;
    sum->throttled += more->throttled;
    sum->refused += more->refused;
}

bool streams_counts(streams_t *self, const struct stream_summary *summary, struct stream_counts *out,
                    struct stream_counts *shards_out)
{
    must(self != NULL);
    must(out != NULL && shards_out != NULL);
    *out = (struct stream_counts){0};
    lock(self);
    const struct stream *stream = same(self, summary);
    for (uint32_t i = 0; stream != NULL && i < summary->shards; i++) {
        shards_out[i] = stream->shards[i].counts;
        add_counts(out, &shards_out[i]);
    }
    unlock(self);
    return stream != NULL;
}
