#include "primary/dispatch.h"

#include <string.h>

#include "common/must.h"

bool dispatch_takes(const struct plan *plan, bool freshet)
{
    must(plan != NULL);
    return freshet || (plan->model == PLAN_USERS && plan->events == PLAN_EVENTS_UNLIMITED);
}

static bool takes_part(const struct plan *plan, const struct dispatch_member *member)
{
    return member->alive && dispatch_takes(plan, member->freshet);
}

/* The first allowance: two reports' worth of the highest rate and a batch, or two batches a user; never past
 * the quota, and never below what was allowed before. */
static uint64_t first_bound(const struct plan *plan, const struct dispatch_share *share, uint64_t report_us,
                            uint64_t before)
{
    uint64_t bound = 2 * (share->users > 0 ? share->users : 1) * plan->batch_size;
    double rate = share->rate > share->rate_to ? share->rate : share->rate_to;
    if (rate >= 0)
        bound = plan->batch_size + (uint64_t)(rate * 2.0 * (double)report_us / 1e6);
    if (bound < before)
        bound = before;
    return bound < share->quota ? bound : share->quota;
}

/* Events that nobody was allowed to generate yet. */
static uint64_t events_left(const struct plan *plan, const struct dispatch_member *members, size_t count)
{
    uint64_t left = plan->events;
    for (size_t i = 0; i < count; i++)
        left -= members[i].bound < left ? members[i].bound : left;
    return left;
}

/* Those who can generate events: a secondary without a user would keep its part for ever. */
static size_t busy_of(const struct plan *plan, uint64_t users, size_t parts)
{
    uint64_t most =
        plan->replay_once ? plan->users : users; /* the lines of who has none yet wait for its users */
    return plan->model == PLAN_USERS && most < parts ? (size_t)most : parts;
}

static uint64_t part_of(uint64_t events, size_t busy, size_t place)
{
    return place < busy ? plan_share(events, busy, place) : 0;
}

/* Can everybody keep the part of all events that it had from the start? */
static bool parts_hold(const struct plan *plan, const struct dispatch_member *members, size_t count,
                       size_t busy)
{
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t part = takes_part(plan, &members[i]) ? part_of(plan->events, busy, place++) : 0;
        if (members[i].bound > part)
            return false;
    }
    return true;
}

size_t dispatch_parts(const struct plan *plan, const struct dispatch_member *members, size_t count)
{
    must(plan != NULL);
    must(count == 0 || members != NULL);
    size_t parts = 0;
    for (size_t i = 0; i < count; i++)
        parts += takes_part(plan, &members[i]);
    return parts;
}

size_t dispatch(const struct plan *plan, uint64_t users, double rate, double rate_to, uint64_t report_us,
                const struct dispatch_member *members, size_t count, struct dispatch_share *shares)
{
    must(plan != NULL);
    must(count == 0 || (members != NULL && shares != NULL));
    size_t parts = dispatch_parts(plan, members, count);
    bool limited = plan->events != PLAN_EVENTS_UNLIMITED;
    uint64_t left = limited ? events_left(plan, members, count) : 0;
    size_t busy = busy_of(plan, users, parts);
    bool hold = limited && plan->replay_once && parts_hold(plan, members, count, busy);
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        struct dispatch_share *share = &shares[i];
        memset(share, 0, sizeof *share);
        if (!takes_part(plan, &members[i])) {
            share->quota = share->bound = members[i].bound;
            share->rate = share->rate_to = plan->model == PLAN_RATE ? 0 : -1;
            continue;
        }
        share->index = place;
        share->users = plan->model == PLAN_USERS ? plan_share(users, parts, place) : 0;
        share->rate = plan->model == PLAN_RATE ? rate / (double)parts : -1;
        share->rate_to = plan->model == PLAN_RATE ? rate_to / (double)parts : -1;
        share->phase = (double)place / (double)parts;
        share->parts = plan->replay_once ? busy : parts;
        share->quota = hold      ? part_of(plan->events, busy, place)
                       : limited ? members[i].bound + part_of(left, busy, place)
                                 : PLAN_EVENTS_UNLIMITED;
        share->bound = first_bound(plan, share, report_us, members[i].bound);
        place++;
    }
    return parts;
}
