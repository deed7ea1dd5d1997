/*
 * providers - where AWS credentials come from: the SDKs' chain, asked once.
 *
 * Blocking (files, HTTP, a process), bounded in time. Order: environment (unless a profile is named), profile
 * (role, static keys, web identity, process), web identity from the environment, container, instance
 * metadata. A provider that is not configured is passed over; one that is and fails, fails the chain where
 * the SDKs do so. Any thread; nothing is shared.
 */
#ifndef FRESHET_PROVIDERS_H
#define FRESHET_PROVIDERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "secondary/kinesis/endpoint.h"
#include "secondary/kinesis/sigv4.h"

enum { PROVIDERS_ERROR_MAX = 2048 };

struct providers_setup {
    struct endpoint_source source; /* environment, files and the profile in use */
    bool profile_named;            /* by option or AWS_PROFILE: the environment's keys are passed over */
    const char *region;            /* for STS; borrowed; "" when not known yet */
    const char *ca_bundle;         /* borrowed; NULL: the system's */
    const atomic_bool *cancelled;  /* borrowed; set from outside: give up within a second; NULL: never */
};

struct provided {
    struct sigv4_keys keys;
    int64_t expires_s;    /* wall seconds; 0: never */
    const char *provider; /* static text */
};

/* Ask one after the other. On false `error` names each that was tried and why it gave nothing. */
MUST_USE bool providers_fetch(const struct providers_setup *setup, struct provided *out,
                              char error[PROVIDERS_ERROR_MAX]);

/* The region this machine is in, from the instance's metadata; false when that does not say. */
MUST_USE bool providers_region(const struct providers_setup *setup, char out[ENDPOINT_REGION_MAX]);

#endif
