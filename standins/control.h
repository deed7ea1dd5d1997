/*
 * control - what the server counts about its requests, and the faults that can be changed while it runs: the
 * /_freshet/ addresses.
 *
 * GET /_freshet/health, GET /_freshet/stats, GET and POST /_freshet/faults. Any thread.
 */
#ifndef FRESHET_STANDINS_CONTROL_H
#define FRESHET_STANDINS_CONTROL_H

#include <stdatomic.h>

#include "standins/call.h"

/* Totals over all streams that exist, and over all requests. */
struct control_totals {
    struct stream_counts counts;
    uint64_t requests; /* PutRecord and PutRecords, spoilt ones included */
};

typedef struct control control_t;

control_t *control_new(const struct service *service, const struct faults *faults);
void control_destroy(control_t **self_p);

/* Copy the faults in force. */
void control_faults(control_t *self, struct faults *out);

void control_count_request(control_t *self, bool puts);
void control_count_fault(control_t *self, enum fault fault);
void control_count_late(control_t *self);

/* `records` came at `now_us` and are served one after the other at `rate` a second, after those before them:
 * how long until the last one is, at most a minute. Who comes when a minute's work waits gets no place. */
uint64_t control_queue_us(control_t *self, size_t records, double rate, uint64_t now_us);

void control_totals(control_t *self, struct control_totals *out);

/* Answer a request to /_freshet/...; returns the status. */
unsigned control_answer(control_t *self, struct call *call, const char *method, const char *path,
                        const char *body, size_t length);

#endif
