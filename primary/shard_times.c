#include "primary/shard_times.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/document.h"
#include "primary/predicted.h"

#define SHARD_BYTES_S 1048576 /* a Kinesis shard takes so many bytes a second */

struct note {
    double at_s;
    size_t count;     /* shards known then */
    uint64_t *events; /* owned: cumulative, by index */
};

struct shard_times {
    struct note notes[SHARD_TIMES_MAX];
    size_t count;
    double interval_s;
};

shard_times_t *shard_times_new(void)
{
    shard_times_t *self = mem_new(1, sizeof *self);
    self->interval_s = 1;
    return self;
}

void shard_times_destroy(shard_times_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    shard_times_begin(*self_p);
    free(*self_p);
    *self_p = NULL;
}

void shard_times_begin(shard_times_t *self)
{
    must(self != NULL);
    for (size_t i = 0; i < self->count; i++)
        free(self->notes[i].events);
    self->count = 0;
    self->interval_s = 1;
}

static void thin(shard_times_t *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (i % 2 == 1)
            self->notes[kept++] = self->notes[i];
        else
            free(self->notes[i].events);
    }
    self->count = kept;
    self->interval_s *= 2;
}

void shard_times_note(shard_times_t *self, const ledger_t *ledger, double at_s, bool last)
{
    must(self != NULL && ledger != NULL);
    double before_s = self->count > 0 ? self->notes[self->count - 1].at_s : 0;
    if (at_s <= before_s || (!last && at_s - before_s < self->interval_s * 0.95))
        return;
    if (self->count == SHARD_TIMES_MAX)
        thin(self);
    struct note *note = &self->notes[self->count++];
    size_t count = ledger_shards_count(ledger);
    note->at_s = at_s;
    note->count = count < SHARD_TIMES_SHARDS ? count : SHARD_TIMES_SHARDS;
    note->events = mem_new(note->count + 1, sizeof *note->events);
    for (size_t i = 0; i < note->count; i++)
        note->events[i] = ledger_shard(ledger, i).events;
}

static double events_at(const struct note *note, size_t shard)
{
    return shard < note->count ? (double)note->events[shard] : 0;
}

/* Events per second between note `index` and the one before it (or the start). */
static double rate(const shard_times_t *self, size_t index, size_t shard)
{
    static const struct note start;
    const struct note *note = &self->notes[index], *before = index > 0 ? &self->notes[index - 1] : &start;
    double span_s = note->at_s - before->at_s, more = events_at(note, shard) - events_at(before, shard);
    return span_s > 0 && more > 0 ? more / span_s : 0;
}

double shard_times_rate(const shard_times_t *self, size_t index)
{
    must(self != NULL);
    return self->count > 0 && index < SHARD_TIMES_SHARDS ? rate(self, self->count - 1, index) : 0;
}

struct rank {
    size_t shard;
    uint64_t events;
};

static int by_events(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    return x->shard < y->shard ? -1 : x->shard > y->shard;
}

static json_t *one_shard(const shard_times_t *self, const ledger_t *ledger,
                         const struct wire_preflight *preflight, const struct rank *rank)
{
    json_t *out = json_object(), *rates = json_array();
    document_put(out, "id", document_text(ledger_shard(ledger, rank->shard).id));
    document_put(out, "events", document_number(rank->events));
    for (size_t i = 0; i < self->count; i++) {
        if (rank->shard < SHARD_TIMES_SHARDS)
            document_append(rates, document_real(rate(self, i, rank->shard)));
        else
            document_append(rates, json_null());
    }
    document_put(out, "per_s", rates);
    double share = predicted_share(preflight, ledger_shard(ledger, rank->shard).id);
    document_put(out, "predicted", predicted_number(share));
    return out;
}

json_t *shard_times_document(const shard_times_t *self, const ledger_t *ledger,
                             const struct wire_preflight *preflight, bool kinesis)
{
    must(self != NULL && ledger != NULL);
    size_t count = ledger_shards_count(ledger);
    struct rank *ranks = mem_new(count + 1, sizeof *ranks);
    for (size_t i = 0; i < count; i++)
        ranks[i] = (struct rank){.shard = i, .events = ledger_shard(ledger, i).events};
    qsort(ranks, count, sizeof *ranks, by_events);
    json_t *out = json_object(), *at = json_array(), *shards = json_array(), *limits = json_object();
    for (size_t i = 0; i < self->count; i++)
        document_append(at, document_real(self->notes[i].at_s));
    for (size_t i = 0; i < count && i < SHARD_TIMES_SHARDS; i++)
        document_append(shards, one_shard(self, ledger, preflight, &ranks[i]));
    free(ranks);
    document_put(limits, "events_per_s", kinesis ? json_integer(SHARD_TIMES_EVENTS_S) : json_null());
    document_put(limits, "bytes_per_s", kinesis ? json_integer(SHARD_BYTES_S) : json_null());
    document_put(out, "unit", document_text("shard"));
    document_put(out, "at_s", at);
    document_put(out, "shards", shards);
    document_put(out, "limits", limits);
    return out;
}
