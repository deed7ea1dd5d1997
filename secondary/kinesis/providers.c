#include "secondary/kinesis/providers.h"

#include <stdio.h>
#include <string.h>

static bool from_environment(const struct providers_setup *setup, struct provided *out, char *error)
{
    const char *id = endpoint_variable(&setup->source, "AWS_ACCESS_KEY_ID");
    const char *secret = endpoint_variable(&setup->source, "AWS_SECRET_ACCESS_KEY");
    const char *token = endpoint_variable(&setup->source, "AWS_SESSION_TOKEN");
    if (id == NULL || secret == NULL) {
        snprintf(error, PROVIDERS_ERROR_MAX, "environment: no keys");
        return false;
    }
    snprintf(out->keys.id, sizeof out->keys.id, "%s", id);
    snprintf(out->keys.secret, sizeof out->keys.secret, "%s", secret);
    snprintf(out->keys.token, sizeof out->keys.token, "%s", token != NULL ? token : "");
    out->provider = "environment";
    return true;
}

bool providers_fetch(const struct providers_setup *setup, struct provided *out,
                     char error[PROVIDERS_ERROR_MAX])
{
    return from_environment(setup, out, error);
}

bool providers_region(const struct providers_setup *setup, char out[ENDPOINT_REGION_MAX])
{
    (void)setup, (void)out;
    return false;
}
