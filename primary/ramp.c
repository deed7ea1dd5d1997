#include "primary/ramp.h"

#include <math.h>

#include "common/must.h"

static double iteration_users(double spawn_rate)
{
    return spawn_rate < 1 ? 1 : floor(spawn_rate);
}

/* Users that come or go in all. */
static uint64_t distance(uint64_t from, uint64_t to)
{
    return from < to ? to - from : from - to;
}

uint64_t ramp_users(uint64_t from, uint64_t to, double spawn_rate, uint64_t since_us)
{
    must(spawn_rate > 0);
    double users = iteration_users(spawn_rate);
    double interval_us = users / spawn_rate * 1e6;
    /* Times are whole microseconds: an iteration is due in the microsecond it falls into. */
    double done = users * (1 + floor((double)since_us / ceil(interval_us - 1e-6)));
    uint64_t all = distance(from, to);
    uint64_t moved = done >= (double)all ? all : (uint64_t)done;
    return from < to ? from + moved : from - moved;
}

uint64_t ramp_length_us(uint64_t from, uint64_t to, double spawn_rate)
{
    must(spawn_rate > 0);
    uint64_t all = distance(from, to);
    if (all == 0)
        return 0;
    double users = iteration_users(spawn_rate);
    double interval_us = users / spawn_rate * 1e6;
    double iterations = ceil((double)all / users);
    double length_us = (iterations - 1) * ceil(interval_us - 1e-6);
    return length_us < 1e18 ? (uint64_t)length_us : UINT64_C(1000000000000000000);
}
