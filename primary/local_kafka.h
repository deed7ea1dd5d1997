/*
 * local_kafka - the cluster behind kafka://local/TOPIC: freshet-kafka as a child of ours, started when it is
 * first wanted, ended with us.
 *
 * One thread, the primary's loop; a start blocks it for at most LOCAL_KAFKA_START_MS.
 */
#ifndef FRESHET_LOCAL_KAFKA_H
#define FRESHET_LOCAL_KAFKA_H

#include "common/log.h"
#include "common/must.h"
#include "common/target.h"

enum { LOCAL_KAFKA_START_MS = 3000 };

typedef struct local_kafka local_kafka_t;

local_kafka_t *local_kafka_new(log_t *log);
void local_kafka_destroy(local_kafka_t **self_p);

/* Where a target is local, put our cluster's brokers in its place, starting the cluster if need be. False: it
 * can't be started (told on the log), and the target is as it was. */
bool local_kafka_resolve(local_kafka_t *self, struct target *target);

#endif
