/*
 * bench_body - the PutRecords body of one batch of default readings, as a secondary makes it.
 *
 * For one thread. The caller owns the batch.
 */
#ifndef FRESHET_BENCH_BODY_H
#define FRESHET_BENCH_BODY_H

#include <stdint.h>

#include "common/workload/workload.h"
#include "secondary/batch.h"
#include "secondary/kinesis/putrecords.h"

/* Room for `events` readings of the default workload. */
void bench_body_init(struct batch *batch, uint32_t events);

/* Empty the batch and fill it with a batch of `user` at wall time `now_ms`, closed. */
void bench_body_fill(struct batch *batch, const struct putrecords *form, workload_t *workload, uint64_t user,
                     uint32_t events, int64_t now_ms);

#endif
