/*
 * wire_scan - look over msgpack bytes before the library allocates what their headers announce.
 *
 * Private to wire*.c. Pure; allocates nothing and reads no byte outside the input.
 */
#ifndef FRESHET_WIRE_SCAN_H
#define FRESHET_WIRE_SCAN_H

#include <stddef.h>

#include "common/must.h"

enum {
    WIRE_DEPTH_MAX = 16,            /* arrays and maps inside each other */
    WIRE_ELEMENTS_MAX = 1000 * 1000 /* values in one message, map keys included */
};

/* NULL when `bytes` are exactly one complete msgpack value within the limits, else the reason (static). */
MUST_USE const char *wire_scan(const void *bytes, size_t length);

#endif
