/*
 * endpoint - which host a service's requests go to, and which region they are signed for.
 *
 * Pure: environment variables come through a lookup function, files through profiles. The order is the SDKs'.
 */
#ifndef FRESHET_ENDPOINT_H
#define FRESHET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "secondary/kinesis/profiles.h"

enum { ENDPOINT_HOST_MAX = 300, ENDPOINT_PATH_MAX = 512, ENDPOINT_URL_MAX = 1024, ENDPOINT_REGION_MAX = 64 };

struct endpoint {
    char url[ENDPOINT_URL_MAX];   /* to give to the HTTP client */
    char host[ENDPOINT_HOST_MAX]; /* value of Host: with the port where it is not the scheme's own */
    char path[ENDPOINT_PATH_MAX]; /* at least "/" */
    bool tls;
};

typedef const char *(endpoint_lookup_fn)(void *context, const char *name);

struct endpoint_source {        /* borrowed */
    endpoint_lookup_fn *lookup; /* an environment variable, NULL when absent */
    void *context;
    const profiles_t *profiles;
    const char *profile; /* name in use */
};

/* A variable's value, NULL when absent or empty. */
const char *endpoint_variable(const struct endpoint_source *source, const char *name);

/* The region: `asked` (may be NULL) before AWS_REGION, AWS_DEFAULT_REGION and the profile. NULL when none
 * says it. Borrowed. */
const char *endpoint_region(const struct endpoint_source *source, const char *asked);

/* Is it written like a region, so that a host may be made of it? */
bool endpoint_region_ok(const char *region);

/* Read http[s]://host[:port][/path]. False, and `error` says why, for anything else. */
MUST_USE bool endpoint_parse(const char *url, struct endpoint *out, char *error, size_t error_size);

/* The endpoint of `service` ("kinesis", "sts") in `region`: `asked` (may be NULL), else
 * AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's for the service, the profile's, else the
 * region's own host. */
MUST_USE bool endpoint_find(const struct endpoint_source *source, const char *service, const char *region,
                            const char *asked, struct endpoint *out, char *error, size_t error_size);

#endif
