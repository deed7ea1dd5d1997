/* api - finds the operation that X-Amz-Target names and calls it. Any thread, one call each. */
#ifndef FRESHET_STANDINS_API_H
#define FRESHET_STANDINS_API_H

#include "standins/call.h"

/* "Kinesis_20131202.PutRecords" and "Kinesis_20131202.PutRecord" put; everything else does not. */
bool api_puts(const char *target);

/* Write the answer into the call and return the HTTP status. `target` may be NULL. */
unsigned api_answer(struct call *call, const char *target, const char *body, size_t length);

#endif
