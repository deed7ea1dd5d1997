/*
 * keys - which partition key an event gets: the rule of --keys, and the workload that applies it to another's
 * events.
 *
 * Pure. Nothing is allocated per event. Keys are "key-0", "key-1", ...; the first is the hottest.
 */
#ifndef FRESHET_KEYS_H
#define FRESHET_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/workload/workload.h"

enum { KEYS_TEXT_MAX = 32 }; /* bytes of a key that was made here, with the NUL */
#define KEYS_COUNT_MAX    UINT64_C(1000000000)
#define KEYS_EXPONENT_MAX 10.0

enum keys_kind {
    KEYS_OWN,      /* per-sensor: as the workload made them */
    KEYS_UNIFORM,  /* `count` keys, each as likely as the others */
    KEYS_ZIPF,     /* `count` keys, key i in proportion to 1 / (i + 1)^exponent */
    KEYS_HOT,      /* key 0 has `share` of all events, `count` others the rest evenly */
    KEYS_EXPLICIT, /* the workload's own, and a place in the stream's hash range that goes before it */
};

struct keys_rule {
    enum keys_kind kind;
    uint64_t count;
    double exponent, share;
};

/* "per-sensor", "uniform:100", "zipf:10k:1.1", "hot:30%:1k", "explicit"; NULL is per-sensor. */
MUST_USE bool keys_parse(const char *text, struct keys_rule *out);

/* How many different keys the rule makes; 0 when they are the workload's own. */
uint64_t keys_total(const struct keys_rule *rule);

/* Print key `number` of a rule that makes its own. Returns the length. */
size_t keys_print(uint64_t number, char out[KEYS_TEXT_MAX]);

/* The events of `inner`, which is taken over, with the rule's keys. The caller owns it. */
workload_t *keys_new(const struct keys_rule *rule, workload_t *inner, uint64_t seed, uint64_t stream);

#endif
