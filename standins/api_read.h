/* api_read - GetShardIterator and GetRecords. Each writes the answer into the call and returns the status. */
#ifndef FRESHET_STANDINS_API_READ_H
#define FRESHET_STANDINS_API_READ_H

#include "standins/call.h"

unsigned api_get_shard_iterator(struct call *call, const json_t *root);
unsigned api_get_records(struct call *call, const json_t *root);

#endif
