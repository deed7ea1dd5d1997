/*
 * gate - which connections may stay: bounds in number, by address and in time.
 *
 * Pure: time is an argument, in monotonic microseconds. A connection that has not yet sent a whole request is
 * waiting; only such a one is ever told to go to make room for another, the oldest first, of the same address
 * when that address has too many. So a flood of half requests shuts out itself and nobody else. One thread at
 * a time (the caller locks).
 */
#ifndef FRESHET_GATE_H
#define FRESHET_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

enum { GATE_ADDRESS_BYTES = 16, GATE_NONE = -1 };

enum gate_state {
    GATE_FREE,   /* no connection */
    GATE_HEAD,   /* until the head of a request is there; also between requests */
    GATE_BODY,   /* until its body is there */
    GATE_ANSWER, /* being answered, bounded by what answers */
    GATE_SEND,   /* the answer is on its way */
    GATE_LIVE    /* a live stream; must be noted again with each event handed over */
};

#define GATE_HEAD_US UINT64_C(20000000)
#define GATE_BODY_US UINT64_C(30000000)
#define GATE_SEND_US UINT64_C(120000000)
#define GATE_LIVE_US UINT64_C(60000000)

typedef struct gate gate_t;

gate_t *gate_new(size_t connections_max, size_t per_address_max);
void gate_destroy(gate_t **self_p);

/* A connection came: returns its slot, or GATE_NONE when it must go. *victim_out is GATE_NONE or a slot that
 * must be told to go now (it keeps its slot until gate_close()). `handle` is the caller's, e.g. a socket. */
MUST_USE int gate_open(gate_t *self, const uint8_t address[GATE_ADDRESS_BYTES], int handle, uint64_t now_us,
                       int *victim_out);
void gate_note(gate_t *self, int slot, enum gate_state state, uint64_t now_us);
void gate_close(gate_t *self, int slot);

/* The next slot after `slot` (GATE_NONE: the first) that has been in its state for too long, or GATE_NONE. */
MUST_USE int gate_overdue(const gate_t *self, int slot, uint64_t now_us);

int gate_handle(const gate_t *self, int slot);
size_t gate_count(const gate_t *self);

#endif
