/*
 * access - region, endpoint and credentials of one stream: all that is settled before the first request.
 *
 * Opening blocks (files, perhaps metadata services). One thread, but for the credentials' own side thread.
 */
#ifndef FRESHET_ACCESS_H
#define FRESHET_ACCESS_H

#include "secondary/kinesis/credentials.h"
#include "secondary/kinesis/endpoint.h"
#include "secondary/sink.h"

struct access {
    profiles_t *profiles;         /* owned */
    struct providers_setup setup; /* borrows from profiles and options */
    credentials_t *credentials;   /* owned */
    char region[ENDPOINT_REGION_MAX];
    struct endpoint endpoint;
    const char *ca_bundle; /* borrowed; NULL: the system's */
    log_t *log;            /* borrowed */
    int64_t skew_s;        /* the service's clock less ours, once it has refused us for that; else 0 */
};

/* False: `error` says what is missing. Must not be moved afterwards; access_close either way. */
MUST_USE bool access_open(struct access *self, const struct sink_setup *setup, struct sink_error *error);
void access_close(struct access *self);

/* Wall seconds to sign with: ours, set right by what the service said. */
int64_t access_wall_s(const struct access *self);

/* The service refused a request signed with `skew_s` for its time; its own is `service_wall_s` (0: it did not
 * say). True when the clock is set right now and sending again makes sense. */
MUST_USE bool access_set_clock(struct access *self, int64_t service_wall_s, int64_t skew_s);

#endif
