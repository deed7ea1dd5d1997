/*
 * events_json - text and numbers as JSON, into the memory of an events_t.
 *
 * Called by LuaJIT's compiled code. Each writes at `at` and returns where it ended; what does not fit is not
 * written, and `full` says so until it is cleared. Bytes that are no UTF-8 become U+FFFD. One thread.
 */
#ifndef FRESHET_EVENTS_JSON_H
#define FRESHET_EVENTS_JSON_H

#include "common/workload/events.h"

enum { EVENTS_DECIMALS_MAX = 9 };

int32_t events_json_text(events_t *self, int32_t at, const char *text, size_t length);
int32_t events_json_escaped(events_t *self, int32_t at, const char *text, size_t length);
int32_t events_json_quoted(events_t *self, int32_t at, const char *text, size_t length);
int32_t events_json_bare(events_t *self, int32_t at, const char *text, size_t length);
int32_t events_json_number(events_t *self, int32_t at, double value, int32_t memo);

/* With exactly so many decimals (0 .. EVENTS_DECIMALS_MAX). */
int32_t events_json_decimal(events_t *self, int32_t at, double value, int32_t decimals);

#endif
