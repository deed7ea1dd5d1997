/* api_streams - the operations on streams and shards. Each writes the answer into the call and returns the
 * status.
 */
#ifndef FRESHET_STANDINS_API_STREAMS_H
#define FRESHET_STANDINS_API_STREAMS_H

#include "standins/call.h"

unsigned api_create_stream(struct call *call, const json_t *root);
unsigned api_delete_stream(struct call *call, const json_t *root);
unsigned api_describe_stream(struct call *call, const json_t *root);
unsigned api_describe_stream_summary(struct call *call, const json_t *root);
unsigned api_list_streams(struct call *call, const json_t *root);
unsigned api_list_shards(struct call *call, const json_t *root);

#endif
