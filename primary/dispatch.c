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

/* The first allowance: two batches a user, or a second of the rate, or the minimum; never past the quota, and
 * never below what was allowed before. */
static uint64_t first_bound(const struct plan *plan, const struct dispatch_share *share, uint64_t before)
{
    uint64_t bound = DISPATCH_BOUND_MIN;
    uint64_t batches = 2 * share->users * plan->batch_size;
    if (bound < batches)
        bound = batches;
    if (share->rate > (double)bound)
        bound = (uint64_t)share->rate;
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

size_t dispatch(const struct plan *plan, uint64_t users, double rate, const struct dispatch_member *members,
                size_t count, struct dispatch_share *shares)
{
    must(plan != NULL);
    must(count == 0 || (members != NULL && shares != NULL));
    size_t parts = 0;
    for (size_t i = 0; i < count; i++)
        parts += takes_part(plan, &members[i]);

    bool limited = plan->events != PLAN_EVENTS_UNLIMITED;
    uint64_t left = limited ? events_left(plan, members, count) : 0;
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        struct dispatch_share *share = &shares[i];
        memset(share, 0, sizeof *share);
        if (!takes_part(plan, &members[i])) {
            share->quota = share->bound = members[i].bound;
            share->rate = plan->model == PLAN_RATE ? 0 : -1;
            continue;
        }
        share->index = place;
        share->users = plan->model == PLAN_USERS ? plan_share(users, parts, place) : 0;
        share->rate = plan->model == PLAN_RATE ? rate / (double)parts : -1;
        share->phase = (double)place / (double)parts;
        share->quota = limited ? members[i].bound + plan_share(left, parts, place) : PLAN_EVENTS_UNLIMITED;
        share->bound = first_bound(plan, share, members[i].bound);
        place++;
    }
    return parts;
}
