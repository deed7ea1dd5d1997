/*
 * ramp - how many users there shall be at a moment, as Locust adds them.
 *
 * Pure. Users come (or go) in iterations of max(1, floor(spawn_rate)), the first at once, the next each
 * that / spawn_rate seconds later.
 */
#ifndef FRESHET_RAMP_H
#define FRESHET_RAMP_H

#include <stdint.h>

/* Users wanted `since_us` after the ramp from `from` to `to` began. spawn_rate > 0. */
uint64_t ramp_users(uint64_t from, uint64_t to, double spawn_rate, uint64_t since_us);

/* When the last iteration takes place, in microseconds after the beginning. */
uint64_t ramp_length_us(uint64_t from, uint64_t to, double spawn_rate);

#endif
