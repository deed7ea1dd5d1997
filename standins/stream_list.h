/* stream_list - reads --stream: NAME:SHARDS[,NAME:SHARDS...]. Pure. */
#ifndef FRESHET_STANDINS_STREAM_LIST_H
#define FRESHET_STANDINS_STREAM_LIST_H

#include "standins/streams.h"

enum { STREAM_LIST_ERROR_MAX = 256 };

/* Read the next entry at *at_p and step past it. False at the end of the list, and on a bad entry: then
 * `error` is not empty and names it. */
MUST_USE bool stream_list_next(const char **at_p, struct stream_summary *out,
                               char error[STREAM_LIST_ERROR_MAX]);

#endif
