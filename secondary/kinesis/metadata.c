#include "secondary/kinesis/metadata.h"

#include "common/buffer.h"
#include "common/clock.h"
#include "secondary/kinesis/fetch.h"
#include "secondary/kinesis/sts.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CONTAINER_TRIES = 3,
    CONTAINER_MS = 2000,
    INSTANCE_TRIES = 1,
    INSTANCE_MS = 1000,
    SETTING_MAX = 60,       /* of the tries and seconds that the environment may ask for */
    TRY_APART_US = 1000000, /* from the start of one try to the start of the next */
    LINE_MAX_BYTES = 4096,
    URL_BYTES = 1024
};

static const char roles_path[] = "/latest/meta-data/iam/security-credentials/";

static bool copy_member(const json_t *object, const char *name, char *out, size_t out_size)
{
    const json_t *value = json_object_get(object, name);
    size_t length = json_string_length(value);
    if (length == 0 || length >= out_size)
        return false;
    memcpy(out, json_string_value(value), length + 1);
    return true;
}

bool metadata_read_keys(const char *json, size_t length, struct provided *out, char why[PROVIDER_WHY_MAX])
{
    must(json != NULL && out != NULL && why != NULL);
    json_t *root = json_loadb(json, length, 0, NULL);
    const char *code = json_string_value(json_object_get(root, "Code"));
    bool success = code == NULL || strcasecmp(code, "Success") == 0;
    bool keys = copy_member(root, "AccessKeyId", out->keys.id, sizeof out->keys.id) &&
                copy_member(root, "SecretAccessKey", out->keys.secret, sizeof out->keys.secret);
    bool token = copy_member(root, "Token", out->keys.token, sizeof out->keys.token) ||
                 copy_member(root, "SessionToken", out->keys.token, sizeof out->keys.token);
    if (!token)
        out->keys.token[0] = '\0';
    out->expires_s = 0;
    const char *expires = json_string_value(json_object_get(root, "Expiration"));
    bool time = expires == NULL || sts_time(expires, &out->expires_s);
    if (root == NULL)
        snprintf(why, PROVIDER_WHY_MAX, "the answer is no JSON");
    else if (!success)
        snprintf(why, PROVIDER_WHY_MAX, "the answer says %.100s", code);
    else if (!keys)
        snprintf(why, PROVIDER_WHY_MAX, "the answer lacks AccessKeyId or SecretAccessKey");
    else if (!time)
        snprintf(why, PROVIDER_WHY_MAX, "the answer's Expiration can't be read");
    json_decref(root);
    return success && keys && time;
}

bool metadata_uri_allowed(const char *uri)
{
    must(uri != NULL);
    static const char *const hosts[] = {"localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
                                        "[::1]"};
    char why[PROVIDER_WHY_MAX];
    struct endpoint parsed;
    char plain[ENDPOINT_URL_MAX];
    int length = snprintf(plain, sizeof plain, "%.*s", (int)strcspn(uri, "?"), uri);
    if (length < 0 || (size_t)length >= sizeof plain || !endpoint_parse(plain, &parsed, why, sizeof why))
        return false;
    if (parsed.tls)
        return true;
    char *port = strrchr(parsed.host, ':');
    if (port != NULL && strchr(port, ']') == NULL)
        *port = '\0';
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (strcasecmp(parsed.host, hosts[i]) == 0)
            return true;
    }
    return strncmp(parsed.host, "127.", 4) == 0 && strspn(parsed.host, "0123456789.") == strlen(parsed.host);
}

/* A small number from the environment, or the fall-back where it is none. */
static long setting(const struct providers_setup *setup, const char *name, long fallback)
{
    const char *text = endpoint_variable(&setup->source, name);
    if (text == NULL)
        return fallback;
    char *end;
    long value = strtol(text, &end, 10);
    return *end == '\0' && value >= 1 && value <= SETTING_MAX ? value : fallback;
}

/* Ask up to `tries` times, until there is an answer that asking again can't better. Tries begin a second
 * apart, so a refused connection costs that pause and a time-out costs no more than itself. `out` as
 * fetch_do leaves it. */
static long ask_patiently(const struct fetch *request, long tries, struct buffer *out, char *why)
{
    must(request != NULL && tries > 0);
    for (;;) {
        uint64_t began_us = clock_us();
        long status = fetch_do(request, out, why, PROVIDER_WHY_MAX);
        bool cancelled = request->cancelled != NULL && atomic_load(request->cancelled);
        if ((status > 0 && status < 500) || --tries == 0 || cancelled)
            return status;
        buffer_fini(out);
        uint64_t took_us = clock_us() - began_us;
        if (took_us < TRY_APART_US)
            fetch_pause(request->cancelled, TRY_APART_US - took_us);
    }
}

/* The Authorization line for the container endpoint; false, `why` filled, when it can't be had. */
static bool container_token(const struct providers_setup *setup, char line[LINE_MAX_BYTES], char *why)
{
    const char *path = endpoint_variable(&setup->source, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *given = endpoint_variable(&setup->source, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    char token[LINE_MAX_BYTES - 32] = "";
    if (path != NULL) {
        FILE *file = fopen(path, "re");
        size_t got = file != NULL ? fread(token, 1, sizeof token - 1, file) : 0;
        if (file != NULL)
            fclose(file);
        if (got == 0) {
            snprintf(why, PROVIDER_WHY_MAX, "the token file %.300s can't be read or is empty", path);
            return false;
        }
    } else if (given != NULL) {
        snprintf(token, sizeof token, "%s", given);
    }
    if (strpbrk(token, "\r\n") != NULL) {
        snprintf(why, PROVIDER_WHY_MAX, "the authorization token has a line break");
        return false;
    }
    line[0] = '\0';
    if (token[0] != '\0')
        snprintf(line, LINE_MAX_BYTES, "Authorization: %s", token);
    return true;
}

enum provider_outcome metadata_container(const struct providers_setup *setup, struct provided *out,
                                         char why[PROVIDER_WHY_MAX])
{
    must(setup != NULL && out != NULL && why != NULL);
    const char *relative = endpoint_variable(&setup->source, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = endpoint_variable(&setup->source, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative == NULL && full == NULL) {
        snprintf(why, PROVIDER_WHY_MAX,
                 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and ..._FULL_URI are not set");
        return PROVIDER_ABSENT;
    }
    char url[URL_BYTES], line[LINE_MAX_BYTES];
    snprintf(url, sizeof url, "%s%s", relative != NULL ? "http://169.254.170.2" : "",
             relative != NULL ? relative : full);
    if (!metadata_uri_allowed(url)) {
        snprintf(why, PROVIDER_WHY_MAX, "%.300s is neither https nor a local address", url);
        return PROVIDER_FAILED;
    }
    if (!container_token(setup, line, why))
        return PROVIDER_FAILED;
    struct fetch request = {.url = url,
                            .method = "GET",
                            .headers = {"Accept: application/json", line[0] != '\0' ? line : NULL},
                            .ca_bundle = setup->ca_bundle,
                            .cancelled = setup->cancelled,
                            .timeout_ms = CONTAINER_MS,
                            .direct = true};
    struct buffer answer;
    long status = ask_patiently(&request, CONTAINER_TRIES, &answer, why);
    bool gave = status == 200 && metadata_read_keys(buffer_str(&answer), answer.length, out, why);
    if (status > 0 && status != 200)
        snprintf(why, PROVIDER_WHY_MAX, "HTTP status %ld from %.300s", status, url);
    if (answer.bytes != NULL)
        OPENSSL_cleanse(answer.bytes, answer.length);
    buffer_fini(&answer);
    OPENSSL_cleanse(line, sizeof line);
    out->provider = "container";
    return gave ? PROVIDER_GAVE : PROVIDER_FAILED;
}

struct instance { /* one conversation with the metadata service */
    char base[URL_BYTES];
    char token_line[LINE_MAX_BYTES]; /* empty: version 1 */
    long timeout_ms, tries;
    const atomic_bool *cancelled;
};

static bool is_true(const struct providers_setup *setup, const char *name)
{
    const char *value = endpoint_variable(&setup->source, name);
    return value != NULL && strcasecmp(value, "true") == 0;
}

static enum provider_outcome begin_instance(const struct providers_setup *setup, struct instance *self,
                                            char *why)
{
    if (is_true(setup, "AWS_EC2_METADATA_DISABLED")) {
        snprintf(why, PROVIDER_WHY_MAX, "switched off by AWS_EC2_METADATA_DISABLED");
        return PROVIDER_ABSENT;
    }
    const char *mode = endpoint_variable(&setup->source, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    const char *base = endpoint_variable(&setup->source, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (base == NULL)
        base = mode != NULL && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                             : "http://169.254.169.254";
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/')
        length--;
    *self = (struct instance){.timeout_ms =
                                  setting(setup, "AWS_METADATA_SERVICE_TIMEOUT", INSTANCE_MS / 1000) * 1000,
                              .tries = setting(setup, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", INSTANCE_TRIES),
                              .cancelled = setup->cancelled};
    if (length + sizeof roles_path + 256 > sizeof self->base) {
        snprintf(why, PROVIDER_WHY_MAX, "AWS_EC2_METADATA_SERVICE_ENDPOINT is too long");
        return PROVIDER_FAILED;
    }
    snprintf(self->base, sizeof self->base, "%.*s", (int)length, base);

    char url[URL_BYTES + 32];
    snprintf(url, sizeof url, "%s/latest/api/token", self->base);
    struct fetch request = {.url = url,
                            .method = "PUT",
                            .headers = {"x-aws-ec2-metadata-token-ttl-seconds: 21600"},
                            .cancelled = self->cancelled,
                            .timeout_ms = self->timeout_ms,
                            .direct = true};
    struct buffer answer;
    long status = ask_patiently(&request, self->tries, &answer, why);
    bool usable = status == 200 && answer.length > 0 && answer.length < sizeof self->token_line - 32 &&
                  strpbrk(buffer_str(&answer), "\r\n") == NULL;
    if (usable)
        snprintf(self->token_line, sizeof self->token_line, "x-aws-ec2-metadata-token: %s",
                 buffer_str(&answer));
    buffer_fini(&answer);
    bool old = status == 0 || status == 403 || status == 404 || status == 405;
    if (usable || (old && !is_true(setup, "AWS_EC2_METADATA_V1_DISABLED")))
        return PROVIDER_GAVE;
    if (status > 0)
        snprintf(why, PROVIDER_WHY_MAX, "HTTP status %ld to the request for a token", status);
    return PROVIDER_FAILED;
}

/* GET base + path + name into `out`; false and `why` unless the status is 200. The caller finishes `out`. */
static bool ask_instance(const struct instance *self, const char *path, const char *name, struct buffer *out,
                         char *why)
{
    char url[URL_BYTES * 2];
    snprintf(url, sizeof url, "%s%s%s", self->base, path, name);
    struct fetch request = {.url = url,
                            .method = "GET",
                            .headers = {self->token_line[0] != '\0' ? self->token_line : NULL},
                            .cancelled = self->cancelled,
                            .timeout_ms = self->timeout_ms,
                            .direct = true};
    long status = ask_patiently(&request, self->tries, out, why);
    if (status > 0 && status != 200)
        snprintf(why, PROVIDER_WHY_MAX, "HTTP status %ld from %.300s", status, url);
    return status == 200;
}

enum provider_outcome metadata_instance(const struct providers_setup *setup, struct provided *out,
                                        char why[PROVIDER_WHY_MAX])
{
    must(setup != NULL && out != NULL && why != NULL);
    struct instance instance;
    enum provider_outcome outcome = begin_instance(setup, &instance, why);
    if (outcome != PROVIDER_GAVE)
        return outcome;
    struct buffer roles;
    char role[256] = "";
    if (ask_instance(&instance, roles_path, "", &roles, why)) {
        size_t length = strcspn(buffer_str(&roles), "\r\n");
        snprintf(role, sizeof role, "%.*s", (int)(length < sizeof role ? length : 0), buffer_str(&roles));
        if (role[0] == '\0' ||
            strspn(role, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@-_") !=
                strlen(role)) {
            snprintf(why, PROVIDER_WHY_MAX, "the instance has no role");
            role[0] = '\0';
        }
    }
    buffer_fini(&roles);
    bool gave = false;
    if (role[0] != '\0') {
        struct buffer keys;
        gave = ask_instance(&instance, roles_path, role, &keys, why) &&
               metadata_read_keys(buffer_str(&keys), keys.length, out, why);
        buffer_fini(&keys);
    }
    out->provider = "instance metadata";
    return gave ? PROVIDER_GAVE : PROVIDER_FAILED;
}

bool metadata_region(const struct providers_setup *setup, char out[ENDPOINT_REGION_MAX])
{
    must(setup != NULL && out != NULL);
    struct instance instance;
    char why[PROVIDER_WHY_MAX];
    if (begin_instance(setup, &instance, why) != PROVIDER_GAVE)
        return false;
    struct buffer answer;
    bool ok = ask_instance(&instance, "/latest/meta-data/placement/", "region", &answer, why);
    if (ok)
        snprintf(out, ENDPOINT_REGION_MAX, "%.63s", buffer_str(&answer));
    buffer_fini(&answer);
    return ok && endpoint_region_ok(out);
}
