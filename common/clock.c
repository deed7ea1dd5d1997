#include "common/clock.h"

#include "common/must.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec now;
    must(clock_gettime(id, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

uint64_t clock_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_thread_cpu_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_wall_ms(void)
{
    return (int64_t)(read_us(CLOCK_REALTIME) / 1000U);
}

uint64_t clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_MAX])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    must(gmtime_r(&seconds, &parts) != NULL);
    char day[24];
    must(strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts) > 0);
    snprintf(out, CLOCK_RFC3339_MAX, "%s.%03dZ", day, (int)(wall_ms % 1000));
}
