/*
 * roster - which secondaries the primary knows, and which have gone silent.
 *
 * A secondary keeps its index for as long as the roster remembers its id; every other module of this room
 * knows it by that index (0 .. roster_count() - 1). Capacity is fixed at birth; finding an id is a hash
 * look-up. Ids and versions are network input: checked, then copied. Time is an argument, in monotonic
 * microseconds. One thread (the primary's loop) owns it.
 */
#ifndef FRESHET_ROSTER_H
#define FRESHET_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/wire.h"

enum {
    ROSTER_CAPACITY = 10000,    /* secondaries a primary takes */
    ROSTER_PROCESS_REMOTE = -1, /* not started by this primary */

    /* Silent for longer means missing: longer than a lease, so that its load has stopped. A bad line is given
     * so many of its longest round trips lately on top of it, up to a limit. */
    ROSTER_SILENCE_US = 8000000,
    ROSTER_SILENCE_TRIPS = 4,
    ROSTER_SILENCE_US_MAX = 30000000,
};

enum roster_state {
    ROSTER_VACANT, /* nobody has this index */
    ROSTER_READY,
    ROSTER_SPAWNING,
    ROSTER_RUNNING,
    ROSTER_MISSING,  /* silent for too long; may return */
    ROSTER_LEFT,     /* said goodbye; may join again */
    ROSTER_REPLACED, /* missing, and another one came in its place; may return all the same */
};

enum roster_seen {
    ROSTER_KNOWN,    /* sign of life of a live secondary */
    ROSTER_JOINED,   /* first sight of it, or it joins again after it left */
    ROSTER_RETURNED, /* it was missing and is back */
    ROSTER_STRANGER, /* never joined, or left: ask it to join */
    ROSTER_FULL,     /* no room: refuse it */
    ROSTER_BAD_ID    /* empty or too long: refuse it */
};

/* Open data. A borrowed entry is good until the next join or prune. */
struct roster_entry {
    char id[WIRE_ID_MAX];
    char version[WIRE_VERSION_MAX]; /* "" when it gave none */
    enum roster_state state;
    bool ended;              /* its process is known to be gone */
    bool freshet;            /* false: a stock Locust peer */
    int process;             /* core that the local process is pinned to, or ROSTER_PROCESS_REMOTE */
    uint64_t users;          /* as last reported */
    double cpu_percent;      /* of one core, as last reported */
    uint64_t memory_bytes;   /* as last reported */
    uint64_t round_trip_us;  /* of the last heartbeat and its answer; 0: not known, and so the clock */
    int64_t clock_offset_us; /* its wall clock less ours */
    uint64_t clock_error_us; /* at most so far from the truth */
    uint64_t slowest_us;     /* the longest of the round trips lately */
    uint64_t joined_us;
    uint64_t seen_us; /* last sign of life */
};

typedef struct roster roster_t;

/* An empty roster. The caller owns it; exhausted memory aborts. */
roster_t *roster_new(size_t capacity, uint64_t silence_us_max);
void roster_destroy(roster_t **self_p);

/* A secondary introduces itself (client_ready). On KNOWN, JOINED and RETURNED *index_out is its index and its
 * version and kind are noted; a joiner is ROSTER_READY. */
MUST_USE enum roster_seen roster_join(roster_t *self, const char *id, const char *version, bool freshet,
                                      uint64_t now_us, size_t *index_out);

/* Note a sign of life (any other message). KNOWN and RETURNED set *index_out; one that returned is
 * ROSTER_READY until it says otherwise. */
MUST_USE enum roster_seen roster_see(roster_t *self, const char *id, uint64_t now_us, size_t *index_out);

/* Look up an id, whatever its state. */
MUST_USE bool roster_find(const roster_t *self, const char *id, size_t *index_out);

/* Facts about a live secondary. roster_set_state takes READY, SPAWNING or RUNNING. */
void roster_set_state(roster_t *self, size_t index, enum roster_state state);
void roster_set_load(roster_t *self, size_t index, double cpu_percent, uint64_t memory_bytes);
void roster_set_clock(roster_t *self, size_t index, uint64_t round_trip_us, int64_t offset_us,
                      uint64_t error_us);
void roster_set_slowest(roster_t *self, size_t index, uint64_t round_trip_us);
void roster_set_users(roster_t *self, size_t index, uint64_t users);
void roster_set_process(roster_t *self, size_t index, int process);

/* Mark the silent ones missing. Their indexes go to `lost` (room for roster_count() entries; may be NULL).
 * Returns how many changed in this call. */
size_t roster_sweep(roster_t *self, uint64_t now_us, size_t *lost);

/* For so long up to now we may have heard nobody: it does not count as their silence. */
void roster_excuse(roster_t *self, uint64_t length_us, uint64_t now_us);

/* Its process has ended: missing at once, and what is still on the way from it is no sign of life. True when
 * it was there until now. */
bool roster_end(roster_t *self, size_t index);

/* It said goodbye. */
void roster_leave(roster_t *self, size_t index);

/* `index` has just joined: it takes the place of one that is missing on its host, which is REPLACED from now
 * on. False: nobody is missing there. */
bool roster_replace(roster_t *self, size_t index, size_t *replaced_out);

/* Bytes of the host's name in an id, which is host_number. */
size_t roster_host_length(const char *id);

/* Between runs: forget those that are missing or left; their indexes may go to others. */
void roster_prune(roster_t *self);

/* Entry `index`, which must be below roster_count(); it may be vacant. Borrowed. */
const struct roster_entry *roster_at(const roster_t *self, size_t index);
/* Indexes in use are below this. */
size_t roster_count(const roster_t *self);
/* Ready, spawning or running. */
bool roster_alive(const roster_t *self, size_t index);
size_t roster_alive_count(const roster_t *self);

/* "ready", "spawning", "running", "missing", "left", "replaced", "vacant". */
const char *roster_state_name(enum roster_state state);

#endif
