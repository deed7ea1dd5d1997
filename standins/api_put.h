/* api_put - PutRecords and PutRecord: the hot path. Each writes the answer into the call and returns the
 * status. */
#ifndef FRESHET_STANDINS_API_PUT_H
#define FRESHET_STANDINS_API_PUT_H

#include "standins/call.h"

unsigned api_put_records(struct call *call, const char *body, size_t length);
unsigned api_put_record(struct call *call, const json_t *root);

#endif
