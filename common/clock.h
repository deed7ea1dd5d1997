/*
 * clock - the only reader of clocks. Pure modules take the time as an argument instead.
 *
 * Monotonic time measures (intervals, latencies, due times); wall time labels (timestamps in readings and
 * reports). The two are never compared. Any thread.
 */
#ifndef FRESHET_CLOCK_H
#define FRESHET_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds since an arbitrary moment; never goes back. */
uint64_t clock_us(void);

/* Microseconds of CPU time that this process has used, all threads. */
uint64_t clock_cpu_us(void);

/* The same of the calling thread alone. */
uint64_t clock_thread_cpu_us(void);

/* Milliseconds, and microseconds, since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);
uint64_t clock_wall_us(void);

enum { CLOCK_RFC3339_MAX = 32 }; /* bytes, with the final NUL */

/* Print wall milliseconds as RFC 3339 in UTC, e.g. 2026-11-22T12:00:00.250Z. */
void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_MAX]);

#endif
