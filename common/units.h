/*
 * units - read and print numbers as people write them: 50k, 1.5M, 1h30m, 64KiB.
 *
 * Pure. Parsers take the whole text or nothing: false leaves *out alone. No sign, no blanks, no overflow, no
 * NaN; values that don't come out whole (1.0000001k) are refused where a whole number is asked for.
 */
#ifndef FRESHET_UNITS_H
#define FRESHET_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

/* Decimal count: 12, 50k, 1.5M, 2G (k, M, G = 10^3, 10^6, 10^9; K is taken as k). */
MUST_USE bool units_parse_count(const char *text, uint64_t *out);

/* The same for a real number >= 0; a trailing "/s" is allowed (50k/s). */
MUST_USE bool units_parse_rate(const char *text, double *out);

/* Time in microseconds: 300s, 20m, 3h, 1h30m, 1d, 250ms, 50us, 0.5s; a bare number counts seconds. */
MUST_USE bool units_parse_duration(const char *text, uint64_t *out_us);

/* Bytes: 128B, 64KiB, 5MiB, 1GiB (2^10n), 1kB, 5MB, 1GB (10^3n); a bare number counts bytes. */
MUST_USE bool units_parse_size(const char *text, uint64_t *out_bytes);

enum { UNITS_TEXT_MAX = 48 }; /* bytes that each printer may need, with the NUL */

/* 999, 1.23k, 50.0k, 1.50M: three significant digits from 1000 on. Returns `out`. */
const char *units_print_count(double value, char out[UNITS_TEXT_MAX]);

/* 850us, 12.3ms, 4.56s, 1m30s, 1h30m. Returns `out`. */
const char *units_print_duration(uint64_t us, char out[UNITS_TEXT_MAX]);

/* 512 B, 64.0 KiB, 5.25 MiB. Returns `out`. */
const char *units_print_size(double bytes, char out[UNITS_TEXT_MAX]);

#endif
