#include "secondary/kinesis/providers.h"

#include "common/buffer.h"
#include "secondary/kinesis/assume.h"
#include "secondary/kinesis/metadata.h"
#include "secondary/kinesis/process.h"
#include "secondary/kinesis/sts.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

enum { CHAIN_MAX = 5, PROCESS_OUTPUT_MAX = 65536, PROCESS_US = 15000000 };

typedef enum provider_outcome(provider_fn)(const struct providers_setup *setup, struct provided *out,
                                           char why[PROVIDER_WHY_MAX]);

/* False when one of them does not fit. */
static bool set_keys(struct sigv4_keys *keys, const char *id, const char *secret, const char *token)
{
    if (strlen(id) >= sizeof keys->id || strlen(secret) >= sizeof keys->secret ||
        (token != NULL && strlen(token) >= sizeof keys->token))
        return false;
    snprintf(keys->id, sizeof keys->id, "%s", id);
    snprintf(keys->secret, sizeof keys->secret, "%s", secret);
    snprintf(keys->token, sizeof keys->token, "%s", token != NULL ? token : "");
    return true;
}

static enum provider_outcome environment_keys(const struct providers_setup *setup, struct provided *out,
                                              char why[PROVIDER_WHY_MAX])
{
    const char *id = endpoint_variable(&setup->source, "AWS_ACCESS_KEY_ID");
    const char *secret = endpoint_variable(&setup->source, "AWS_SECRET_ACCESS_KEY");
    const char *token = endpoint_variable(&setup->source, "AWS_SESSION_TOKEN");
    const char *expires = endpoint_variable(&setup->source, "AWS_CREDENTIAL_EXPIRATION");
    if (id == NULL) {
        snprintf(why, PROVIDER_WHY_MAX, "AWS_ACCESS_KEY_ID is not set");
        return PROVIDER_ABSENT;
    }
    if (secret == NULL || !set_keys(&out->keys, id, secret, token)) {
        snprintf(why, PROVIDER_WHY_MAX, "%s",
                 secret == NULL ? "AWS_ACCESS_KEY_ID without AWS_SECRET_ACCESS_KEY"
                                : "the keys are too long");
        return PROVIDER_FAILED;
    }
    if (expires != NULL && !sts_time(expires, &out->expires_s))
        out->expires_s = 0;
    out->provider = "environment";
    return PROVIDER_GAVE;
}

static enum provider_outcome environment(const struct providers_setup *setup, struct provided *out,
                                         char why[PROVIDER_WHY_MAX])
{
    if (setup->profile_named) {
        snprintf(why, PROVIDER_WHY_MAX, "passed over, because a profile is named");
        return PROVIDER_ABSENT;
    }
    return environment_keys(setup, out, why);
}

static const char *value_of(const struct providers_setup *setup, const char *profile, const char *key)
{
    return profiles_get(setup->source.profiles, profile, key);
}

static enum provider_outcome static_keys(const struct providers_setup *setup, const char *profile,
                                         struct provided *out, char why[PROVIDER_WHY_MAX])
{
    const char *id = value_of(setup, profile, "aws_access_key_id");
    const char *secret = value_of(setup, profile, "aws_secret_access_key");
    if (id == NULL)
        return PROVIDER_ABSENT;
    if (secret == NULL || !set_keys(&out->keys, id, secret, value_of(setup, profile, "aws_session_token"))) {
        snprintf(why, PROVIDER_WHY_MAX,
                 "profile %.128s has aws_access_key_id without a usable aws_secret_access_key", profile);
        return PROVIDER_FAILED;
    }
    out->provider = "profile";
    return PROVIDER_GAVE;
}

static enum provider_outcome run_process(const struct providers_setup *setup, const char *command,
                                         struct provided *out, char why[PROVIDER_WHY_MAX])
{
    struct buffer output;
    buffer_init(&output, PROCESS_OUTPUT_MAX);
    char error[PROVIDER_WHY_MAX] = "";
    bool gave = process_run(command, PROCESS_US, setup->cancelled, &output, error, sizeof error);
    if (gave) {
        json_t *root = json_loadb(buffer_str(&output), output.length, 0, NULL);
        bool version = json_integer_value(json_object_get(root, "Version")) == 1;
        json_decref(root);
        if (!version)
            snprintf(error, sizeof error, "it did not print {\"Version\":1,...}");
        gave = version && metadata_read_keys(buffer_str(&output), output.length, out, error);
    }
    if (output.bytes != NULL)
        OPENSSL_cleanse(output.bytes, output.length);
    buffer_fini(&output);
    if (!gave)
        snprintf(why, PROVIDER_WHY_MAX, "credential_process: %.600s", error);
    out->provider = "credential_process";
    return gave ? PROVIDER_GAVE : PROVIDER_FAILED;
}

/* What a profile itself holds, roles by AssumeRole apart. */
static enum provider_outcome plain_profile(const struct providers_setup *setup, const char *profile,
                                           struct provided *out, char why[PROVIDER_WHY_MAX])
{
    enum provider_outcome outcome = static_keys(setup, profile, out, why);
    if (outcome != PROVIDER_ABSENT)
        return outcome;
    const char *token_file = value_of(setup, profile, "web_identity_token_file");
    const char *role_arn = value_of(setup, profile, "role_arn");
    if (token_file != NULL && role_arn != NULL) {
        struct assume role = {.role_arn = role_arn,
                              .session_name = value_of(setup, profile, "role_session_name"),
                              .duration_s = value_of(setup, profile, "duration_seconds")};
        return assume_web_identity(setup, &role, token_file, out, why);
    }
    const char *command = value_of(setup, profile, "credential_process");
    if (command != NULL)
        return run_process(setup, command, out, why);
    snprintf(why, PROVIDER_WHY_MAX, "%.128s has no keys, role, web identity or process", profile);
    return PROVIDER_ABSENT;
}

static enum provider_outcome named_source(const struct providers_setup *setup, const char *name,
                                          struct provided *out, char why[PROVIDER_WHY_MAX])
{
    if (strcmp(name, "Environment") == 0)
        return environment_keys(setup, out, why);
    if (strcmp(name, "Ec2InstanceMetadata") == 0)
        return metadata_instance(setup, out, why);
    if (strcmp(name, "EcsContainer") == 0)
        return metadata_container(setup, out, why);
    snprintf(why, PROVIDER_WHY_MAX,
             "credential_source '%.64s' is none of Environment, Ec2InstanceMetadata, "
             "EcsContainer",
             name);
    return PROVIDER_FAILED;
}

/* Is a role to be assumed in this profile? Web identity has a role too, but needs no source. */
static bool has_source(const struct providers_setup *setup, const char *profile)
{
    return value_of(setup, profile, "role_arn") != NULL &&
           value_of(setup, profile, "web_identity_token_file") == NULL;
}

/* Follow source_profile to the profile that holds credentials, then assume the roles on the way back. */
static enum provider_outcome profile_chain(const struct providers_setup *setup, struct provided *out,
                                           char why[PROVIDER_WHY_MAX])
{
    const char *chain[CHAIN_MAX];
    size_t count = 0;
    const char *profile = setup->source.profile;
    const char *named = NULL; /* credential_source at the end of the chain */
    bool own_keys = false;
    while (!own_keys && named == NULL && has_source(setup, profile)) {
        if (count == CHAIN_MAX) {
            snprintf(why, PROVIDER_WHY_MAX,
                     "source_profile leads in a circle or through more than %d profiles", CHAIN_MAX);
            return PROVIDER_FAILED;
        }
        chain[count++] = profile;
        const char *next = value_of(setup, profile, "source_profile");
        named = value_of(setup, profile, "credential_source");
        if ((next == NULL) == (named == NULL)) {
            snprintf(why, PROVIDER_WHY_MAX,
                     "profile %.128s needs exactly one of source_profile and credential_source", profile);
            return PROVIDER_FAILED;
        }
        if (next != NULL && !profiles_has(setup->source.profiles, next)) {
            snprintf(why, PROVIDER_WHY_MAX, "source_profile %.128s does not exist", next);
            return PROVIDER_FAILED;
        }
        own_keys = next != NULL && strcmp(next, profile) == 0;
        profile = next != NULL ? next : profile;
    }
    enum provider_outcome outcome =
        named != NULL ? named_source(setup, named, out, why) : plain_profile(setup, profile, out, why);
    if (outcome == PROVIDER_ABSENT && count > 0)
        outcome = PROVIDER_FAILED; /* a role without its source */
    for (size_t i = count; i-- > 0 && outcome == PROVIDER_GAVE;) {
        struct assume role = {.role_arn = value_of(setup, chain[i], "role_arn"),
                              .session_name = value_of(setup, chain[i], "role_session_name"),
                              .external_id = value_of(setup, chain[i], "external_id"),
                              .duration_s = value_of(setup, chain[i], "duration_seconds")};
        struct sigv4_keys source = out->keys;
        outcome = assume_role(setup, &role, &source, out, why);
        OPENSSL_cleanse(&source, sizeof source);
    }
    return outcome;
}

static enum provider_outcome web_identity(const struct providers_setup *setup, struct provided *out,
                                          char why[PROVIDER_WHY_MAX])
{
    const char *token_file = endpoint_variable(&setup->source, "AWS_WEB_IDENTITY_TOKEN_FILE");
    struct assume role = {.role_arn = endpoint_variable(&setup->source, "AWS_ROLE_ARN"),
                          .session_name = endpoint_variable(&setup->source, "AWS_ROLE_SESSION_NAME")};
    if (token_file == NULL || role.role_arn == NULL) {
        snprintf(why, PROVIDER_WHY_MAX, "%s",
                 token_file == NULL ? "AWS_WEB_IDENTITY_TOKEN_FILE is not set"
                                    : "AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN");
        return token_file == NULL ? PROVIDER_ABSENT : PROVIDER_FAILED;
    }
    return assume_web_identity(setup, &role, token_file, out, why);
}

bool providers_fetch(const struct providers_setup *setup, struct provided *out,
                     char error[PROVIDERS_ERROR_MAX])
{
    must(setup != NULL && out != NULL && error != NULL);
    static const struct {
        const char *name;
        provider_fn *ask;
    } chain[] = {{"environment", environment},
                 {"profile", profile_chain},
                 {"web identity", web_identity},
                 {"container", metadata_container},
                 {"instance metadata", metadata_instance}};
    const size_t last = sizeof chain / sizeof chain[0] - 1;
    struct buffer tried;
    buffer_init(&tried, PROVIDERS_ERROR_MAX - 1);
    enum provider_outcome outcome = PROVIDER_ABSENT;
    for (size_t i = 0; i <= last && outcome == PROVIDER_ABSENT; i++) {
        char why[PROVIDER_WHY_MAX] = "no reason given";
        memset(out, 0, sizeof *out);
        outcome = chain[i].ask(setup, out, why);
        if (outcome == PROVIDER_FAILED && i < last) /* a thing that was set up and is broken: that first */
            snprintf(error, PROVIDERS_ERROR_MAX, "no AWS credentials from %s: %s%s%s", chain[i].name, why,
                     i > 0 ? ". Tried before it: " : "", buffer_str(&tried));
        else if (outcome != PROVIDER_GAVE)
            buffer_printf(&tried, "%s%s: %s", i > 0 ? "; " : "", chain[i].name, why);
        if (i == last && outcome != PROVIDER_GAVE)
            snprintf(error, PROVIDERS_ERROR_MAX,
                     "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or name a "
                     "--profile. Tried %s",
                     buffer_str(&tried));
    }
    buffer_fini(&tried);
    return outcome == PROVIDER_GAVE;
}

bool providers_region(const struct providers_setup *setup, char out[ENDPOINT_REGION_MAX])
{
    return metadata_region(setup, out);
}
