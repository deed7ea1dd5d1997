/*
 * metadata - credentials and region from the machine the program runs on: container endpoint and EC2 instance
 * metadata (IMDSv2, with the fall-back to v1 where that is allowed).
 *
 * Blocking, a few seconds at most. Any thread.
 */
#ifndef FRESHET_METADATA_H
#define FRESHET_METADATA_H

#include "secondary/kinesis/providers.h"

enum provider_outcome {
    PROVIDER_GAVE,   /* `out` is filled */
    PROVIDER_ABSENT, /* not configured here: `why` says what is missing; the chain goes on */
    PROVIDER_FAILED, /* configured, and failed: `why` says how; the chain ends */
};

enum { PROVIDER_WHY_MAX = 640 };

MUST_USE enum provider_outcome metadata_container(const struct providers_setup *setup, struct provided *out,
                                                  char why[PROVIDER_WHY_MAX]);
MUST_USE enum provider_outcome metadata_instance(const struct providers_setup *setup, struct provided *out,
                                                 char why[PROVIDER_WHY_MAX]);
MUST_USE bool metadata_region(const struct providers_setup *setup, char out[ENDPOINT_REGION_MAX]);

/* Pure: may credentials be asked for at this full URI (https, or http to one of the hosts that are local)? */
bool metadata_uri_allowed(const char *uri);

/* Pure: read AccessKeyId, SecretAccessKey, Token or SessionToken, and Expiration from JSON. `why` names what
 * is missing. */
MUST_USE bool metadata_read_keys(const char *json, size_t length, struct provided *out,
                                 char why[PROVIDER_WHY_MAX]);

#endif
