/*
 * events - where Lua's loop leaves the events of a batch, and what it calls to write into them.
 *
 * One thread. `struct events` is also declared in lua/base.lua for LuaJIT: the two must be changed together
 * (events.c checks sizes). Lua writes constants and ids into `bytes` itself, at most EVENTS_FIXED_MAX
 * an event; whatever else has no such bound goes through the functions here, which never pass `limit`.
 */
#ifndef FRESHET_EVENTS_H
#define FRESHET_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/rng.h"
#include "common/workload/sensor_ids.h"

enum {
    EVENTS_CHUNK_BYTES = 256 * 1024, /* once so much is made, the rest of a batch waits until this is used */
    EVENTS_EVENT_MAX = 1024 * 1024,  /* bytes of one event */
    EVENTS_FIXED_MAX = 512 * 1024,   /* of which Lua may write so many without asking */
    EVENTS_KEY_MAX = 256,            /* bytes of a key: Kinesis' limit */
    EVENTS_RANDOM = 1024,            /* random numbers of 64 bits that are kept ready */
    EVENTS_MEMOS = 32,               /* numbers whose digits are remembered */
    EVENTS_TICKS_MAX = 4096, /* turns of loops and calls of functions between two looks at the clock */
};

struct events_memo {
    double value;
    char text[32];
    uint32_t length;
};

typedef struct events events_t;
typedef int32_t(events_text_fn)(events_t *self, int32_t at, const char *text, size_t length);

struct events {
    /* Shared with Lua, in this order. */
    uint8_t *bytes;         /* the events, one behind the other */
    const uint8_t *ids;     /* of the batch's sensors, SENSOR_IDS_MAX bytes each */
    const uint8_t *lengths; /* of the ids */
    uint32_t *ends;         /* where the data of an event ends; it begins where the one before ends */
    uint8_t *keys;          /* EVENTS_KEY_MAX bytes each; used when own_keys */
    uint16_t *key_lengths;
    uint32_t *random;        /* halves of random numbers, the lower one first */
    events_text_fn *text;    /* as it is */
    events_text_fn *escaped; /* as the inside of a JSON string */
    events_text_fn *quoted;  /* as a JSON string */
    events_text_fn *bare;    /* as it is if it is a JSON number or word, else as a JSON string */
    /* A number as JSON, the shortest that reads back the same; `memo` tells places of a template apart. */
    int32_t (*shortest)(events_t *self, int32_t at, double value, int32_t memo);
    int32_t (*decimal)(events_t *self, int32_t at, double value, int32_t decimals);
    void (*refill)(events_t *self);    /* more random numbers */
    bool (*may_go_on)(events_t *self); /* more ticks, unless the call lasts too long */
    double user;                       /* of the batch */
    double number;                     /* events of the batches before this one */
    double now_ms;
    uint64_t run_id;
    char now_text[32]; /* now_ms, printed */
    int32_t now_length;
    int32_t random_at; /* halves used */
    int32_t ticks;     /* left until may_go_on must be asked */
    int32_t made;      /* events of this chunk that are complete, counted from the batch's first */
    bool full;         /* something did not fit: the event is too large */
    bool own_keys;
    /* C's alone. */
    int32_t limit;
    uint32_t capacity;   /* sensors that there is room for */
    uint64_t started_us; /* the thread's CPU time at the first look in this call; 0: not looked yet */
    uint64_t looked_us;
    uint64_t call_us_max; /* CPU time that one call of Lua may take */
    int32_t step;         /* ticks between looks */
    struct rng rng;
    struct sensor_ids names;
    uint8_t *ids_room;
    uint8_t *lengths_room;
    struct events_memo memos[EVENTS_MEMOS];
};

/* The caller owns the memory; events_fini frees what it holds. Nothing is shared between two of them. */
void events_init(events_t *self, uint64_t seed, uint64_t stream, uint64_t run_id);
void events_fini(events_t *self);

/* Begin a batch of sensors 0 .. count - 1 of `user`. */
void events_begin(events_t *self, uint64_t user, uint32_t count, int64_t now_ms);

/* A call of Lua begins: its time counts from here. */
void events_watch(events_t *self);

#endif
