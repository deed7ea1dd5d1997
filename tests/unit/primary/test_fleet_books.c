/* Ledger and dispatch against a small simulation of secondaries that join, die, return, and whose reports are
 * repeated, late and out of order. What truly happened is known here, so the books can be held against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/rng.h"
#include "primary/dispatch.h"
#include "primary/ledger.h"

enum { FLEET = 6, HISTORY = 64, STEPS = 3000 };

/* A secondary as it really is. */
struct peer {
    bool there;     /* has joined */
    bool cut;       /* its messages do not get through */
    bool dead;      /* never returns */
    bool seen_lost; /* the primary gave it up */
    struct counters counters;
    uint64_t quota, bound; /* what it obeys */
    uint64_t epoch, sequence, elapsed_us, promise;
    struct wire_report sent[HISTORY]; /* on the way; any of them may arrive, in any order */
    size_t sent_count;
};

struct world {
    struct rng rng;
    struct plan plan;
    ledger_t *ledger;
    struct peer peers[FLEET];
    uint64_t epoch, now_us;
};

static void give_shares(struct world *w)
{
    struct dispatch_member members[FLEET];
    struct dispatch_share shares[FLEET];
    for (size_t i = 0; i < FLEET; i++) {
        members[i].alive = w->peers[i].there && !w->peers[i].seen_lost;
        members[i].freshet = true;
        members[i].bound = ledger_bound(w->ledger, i);
    }
    size_t parts = dispatch(&w->plan, 0, 1000, 1000, 250000, members, FLEET, shares);
    w->epoch++;
    uint64_t sum = 0;
    for (size_t i = 0; i < FLEET; i++) {
        sum += shares[i].quota;
        assert_true(shares[i].bound <= shares[i].quota);
        assert_true(shares[i].quota >= members[i].bound);
        if (!members[i].alive)
            continue;
        ledger_share(w->ledger, i, w->epoch, shares[i].quota, shares[i].bound);
        struct peer *peer = &w->peers[i];
        if (peer->cut || peer->dead)
            continue; /* the message is lost on the way */
        peer->epoch = w->epoch;
        peer->quota = shares[i].quota;
        if (peer->bound < shares[i].bound)
            peer->bound = shares[i].bound;
    }
    if (parts > 0)
        assert_int_equal(sum, w->plan.events);
}

static void work(struct world *w, struct peer *peer)
{
    uint64_t limit = peer->bound < peer->quota ? peer->bound : peer->quota;
    uint64_t room = limit > peer->counters.generated ? limit - peer->counters.generated : 0;
    uint64_t made = rng_below(&w->rng, 400);
    peer->counters.generated += made < room ? made : room;
    uint64_t open = counters_in_flight(&peer->counters);
    uint64_t answered = open == 0 ? 0 : rng_below(&w->rng, (uint32_t)open + 1);
    uint64_t failed = answered / 10;
    peer->counters.failed += failed;
    peer->counters.delivered += answered - failed;
    peer->elapsed_us += 100000;
}

static void send_report(struct world *w, struct peer *peer)
{
    struct wire_report report = {.run_id = 1,
                                 .epoch = peer->epoch,
                                 .sequence = ++peer->sequence,
                                 .bound = peer->counters.generated + 1 + rng_below(&w->rng, 1000),
                                 .counters = peer->counters,
                                 .elapsed_us = peer->elapsed_us};
    peer->promise = report.bound;
    if (peer->sent_count == HISTORY)
        peer->sent_count = 0;
    peer->sent[peer->sent_count++] = report;
}

static void check(const struct world *w)
{
    struct counters books = ledger_counters(w->ledger), reported = ledger_reported(w->ledger)->counters;
    assert_true(books.generated >= books.delivered + books.failed + books.unknown);
    uint64_t delivered = 0, generated = 0;
    for (size_t i = 0; i < FLEET; i++) {
        delivered += w->peers[i].counters.delivered;
        generated += w->peers[i].counters.generated;
    }
    assert_true(generated <= w->plan.events);
    assert_true(delivered >= books.delivered);
    assert_int_equal(books.unknown, reported.unknown + ledger_lost_unknown(w->ledger));
    struct ledger_totals phases[PHASE_COUNT];
    uint64_t by_phase = 0;
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        ledger_phase_totals(w->ledger, (enum phase)i, &phases[i]);
        by_phase += phases[i].counters.generated;
    }
    assert_int_equal(by_phase, books.generated);
}

static void receive(struct world *w, size_t i)
{
    struct peer *peer = &w->peers[i];
    if (peer->cut || peer->sent_count == 0)
        return;
    struct wire_report *report = &peer->sent[rng_below(&w->rng, (uint32_t)peer->sent_count)];
    uint64_t known = i < ledger_count(w->ledger) ? ledger_member(w->ledger, i)->sequence : 0;
    enum ledger_take taken = ledger_report(w->ledger, i, report, w->now_us, 0, NULL);
    assert_int_equal(taken, report->sequence > known ? LEDGER_TAKEN : LEDGER_STALE);
    if (peer->seen_lost) { /* any sign of life brings it back */
        peer->seen_lost = false;
        ledger_returned(w->ledger, i);
        give_shares(w);
    }
    if (peer->dead)
        return;
    uint64_t sequence = ledger_acknowledge(w->ledger, i);
    for (size_t k = 0; k < peer->sent_count; k++) {
        if (peer->sent[k].sequence == sequence && peer->bound < peer->sent[k].bound)
            peer->bound = peer->sent[k].bound;
    }
}

static void step(struct world *w)
{
    w->now_us += 100000;
    size_t i = rng_below(&w->rng, FLEET);
    struct peer *peer = &w->peers[i];
    switch (rng_below(&w->rng, 12)) {
    case 0:
        if (!peer->there) {
            peer->there = true;
            give_shares(w);
        }
        break;
    case 1:
        peer->cut = peer->there && rng_below(&w->rng, 3) == 0;
        break;
    case 2:
        if (peer->cut && !peer->seen_lost) {
            peer->seen_lost = true;
            ledger_lost(w->ledger, i);
            give_shares(w);
        }
        break;
    case 3:
        if (rng_below(&w->rng, 100) == 0)
            peer->dead = peer->there;
        break;
    default:
        if (!peer->there)
            break;
        if (!peer->dead) {
            work(w, peer);
            send_report(w, peer);
        }
        receive(w, i);
    }
    check(w);
}

/* However it went: at the end nothing is in flight in the books, and the truth lies within them. */
static void close_and_check(struct world *w)
{
    uint64_t delivered = 0;
    ledger_close(w->ledger, w->now_us);
    struct counters books = ledger_counters(w->ledger);
    for (size_t i = 0; i < FLEET; i++) {
        struct peer *peer = &w->peers[i];
        /* Whatever is open may still turn out delivered. */
        delivered += peer->counters.delivered + counters_in_flight(&peer->counters);
        assert_true(peer->counters.generated <= ledger_bound(w->ledger, i));
    }
    assert_int_equal(books.generated, books.delivered + books.failed + books.unknown);
    assert_true(delivered >= books.delivered);
    assert_true(delivered <= books.delivered + books.unknown);
    assert_true(books.generated <= w->plan.events);
}

static void books_hold_over_random_schedules(void **state)
{
    (void)state;
    static struct world w;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        memset(&w, 0, sizeof w);
        rng_init(&w.rng, seed, 0);
        w.plan.model = PLAN_RATE;
        w.plan.batch_size = 10;
        w.plan.events = 20000 + rng_below(&w.rng, 300000);
        w.ledger = ledger_new(FLEET);
        ledger_begin(w.ledger, 1, w.plan.events, 0);
        for (size_t i = 0; i < STEPS; i++) {
            if (i == STEPS / 3)
                ledger_phase(w.ledger, PHASE_STEADY, w.now_us);
            step(&w);
        }
        ledger_phase(w.ledger, PHASE_DRAIN, w.now_us);
        close_and_check(&w);
        ledger_destroy(&w.ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(books_hold_over_random_schedules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
