/*
 * kinesis_server - the stream service over HTTP: connections, bodies, faults and latency. The only file that
 * knows libmicrohttpd.
 *
 * Runs its own threads. What it is given is borrowed and must outlive it.
 */
#ifndef FRESHET_STANDINS_KINESIS_SERVER_H
#define FRESHET_STANDINS_KINESIS_SERVER_H

#include "standins/call.h"
#include "standins/control.h"
#include "standins/sigv4_check.h"

struct kinesis_server_options {
    const char *host; /* name or address to bind */
    uint16_t port;    /* 0: any free one */
    unsigned threads; /* at least 1 */
    uint64_t seed;    /* of faults and latencies */
    const struct service *service;
    control_t *control;
    const struct sigv4_keys *keys; /* NULL: signatures are not looked at */
};

enum { KINESIS_SERVER_ERROR_MAX = 256 };

typedef struct kinesis_server kinesis_server_t;

/* Listen and serve. NULL and a text when that is not possible. */
MUST_USE kinesis_server_t *kinesis_server_new(const struct kinesis_server_options *options,
                                              char error[KINESIS_SERVER_ERROR_MAX]);

/* Stop serving: requests that wait are dropped. */
void kinesis_server_destroy(kinesis_server_t **self_p);

/* The port it listens on. */
uint16_t kinesis_server_port(const kinesis_server_t *self);

#endif
