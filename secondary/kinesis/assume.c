#include "secondary/kinesis/assume.h"

#include "common/clock.h"
#include "secondary/kinesis/fetch.h"
#include "secondary/kinesis/sts.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

enum {
    FORM_MAX = 80000,
    TOKEN_FILE_MAX = 20000,
    STS_MS = 5000,
    TRIES = 3,
    LINE_BYTES = SIGV4_TOKEN_MAX + 32
};

static const char form_type[] = "application/x-www-form-urlencoded; charset=utf-8";

static void start_form(struct buffer *form, const char *action, const struct assume *role)
{
    char session[64];
    snprintf(session, sizeof session, "freshet-%lld", (long long)clock_wall_ms());
    sts_form(form, "Action", action);
    sts_form(form, "Version", "2011-06-15");
    sts_form(form, "RoleArn", role->role_arn);
    sts_form(form, "RoleSessionName", role->session_name != NULL ? role->session_name : session);
    if (role->duration_s != NULL)
        sts_form(form, "DurationSeconds", role->duration_s);
    if (role->external_id != NULL)
        sts_form(form, "ExternalId", role->external_id);
}

static enum provider_outcome post(const struct fetch *request, struct provided *out, char *why)
{
    for (int tries = 0; tries < TRIES; tries++) {
        struct buffer answer;
        char error[PROVIDER_WHY_MAX / 2] = "";
        long status = fetch_do(request, &answer, error, sizeof error);
        bool gave =
            status == 200 && sts_read(buffer_str(&answer), answer.length, &out->keys, &out->expires_s);
        if (status == 200 && !gave)
            snprintf(why, PROVIDER_WHY_MAX, "the answer of STS can't be read");
        else if (status > 0) {
            sts_read_error(buffer_str(&answer), answer.length, error, sizeof error);
            snprintf(why, PROVIDER_WHY_MAX, "STS answered HTTP status %ld %s", status, error);
        } else {
            snprintf(why, PROVIDER_WHY_MAX, "%s", error);
        }
        bool again = status == 0 || status >= 500 || strncmp(error, "IDPCommunicationError", 21) == 0;
        buffer_fini(&answer);
        if (gave)
            return PROVIDER_GAVE;
        if (!again || (request->cancelled != NULL && atomic_load(request->cancelled)))
            break;
    }
    return PROVIDER_FAILED;
}

static bool find_sts(const struct providers_setup *setup, struct endpoint *out, char *why)
{
    if (setup->region == NULL || setup->region[0] == '\0') {
        snprintf(why, PROVIDER_WHY_MAX, "no region for STS");
        return false;
    }
    return endpoint_find(&setup->source, "sts", setup->region, NULL, out, why, PROVIDER_WHY_MAX);
}

enum provider_outcome assume_web_identity(const struct providers_setup *setup, const struct assume *role,
                                          const char *token_file, struct provided *out,
                                          char why[PROVIDER_WHY_MAX])
{
    must(setup != NULL && role != NULL && token_file != NULL && out != NULL);
    must(role->role_arn != NULL);
    struct endpoint endpoint;
    if (!find_sts(setup, &endpoint, why))
        return PROVIDER_FAILED;
    char token[TOKEN_FILE_MAX + 1];
    FILE *file = fopen(token_file, "re");
    size_t got = file != NULL ? fread(token, 1, TOKEN_FILE_MAX, file) : 0;
    if (file != NULL)
        fclose(file);
    token[got] = '\0';
    token[strcspn(token, "\r\n")] = '\0';
    if (token[0] == '\0') {
        snprintf(why, PROVIDER_WHY_MAX, "the token file %.300s can't be read or is empty", token_file);
        return PROVIDER_FAILED;
    }
    struct buffer form;
    buffer_init(&form, FORM_MAX);
    start_form(&form, "AssumeRoleWithWebIdentity", role);
    sts_form(&form, "WebIdentityToken", token);
    struct fetch request = {.url = endpoint.url,
                            .method = "POST",
                            .headers = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8"},
                            .body = buffer_str(&form),
                            .ca_bundle = setup->ca_bundle,
                            .cancelled = setup->cancelled,
                            .timeout_ms = STS_MS};
    enum provider_outcome outcome = post(&request, out, why);
    OPENSSL_cleanse(token, sizeof token);
    buffer_fini(&form);
    out->provider = "web identity";
    return outcome;
}

enum provider_outcome assume_role(const struct providers_setup *setup, const struct assume *role,
                                  const struct sigv4_keys *source, struct provided *out,
                                  char why[PROVIDER_WHY_MAX])
{
    must(setup != NULL && role != NULL && source != NULL && out != NULL);
    must(role->role_arn != NULL);
    struct endpoint endpoint;
    if (!find_sts(setup, &endpoint, why))
        return PROVIDER_FAILED;
    struct buffer form;
    buffer_init(&form, FORM_MAX);
    start_form(&form, "AssumeRole", role);
    struct sigv4_setup signing = {.region = setup->region,
                                  .service = "sts",
                                  .host = endpoint.host,
                                  .path = endpoint.path,
                                  .content_type = form_type};
    sigv4_t *signer = sigv4_new(&signing);
    sigv4_set_keys(signer, source);
    struct sigv4_signature signature;
    sigv4_sign(signer, buffer_str(&form), form.length, clock_wall_ms() / 1000, &signature);
    sigv4_destroy(&signer);
    char date[64], authorization[SIGV4_AUTHORIZATION_MAX + 32], token[LINE_BYTES];
    snprintf(date, sizeof date, "X-Amz-Date: %s", signature.date);
    snprintf(authorization, sizeof authorization, "Authorization: %s", signature.authorization);
    snprintf(token, sizeof token, "X-Amz-Security-Token: %s", source->token);
    struct fetch request = {.url = endpoint.url,
                            .method = "POST",
                            .headers = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8",
                                        date, authorization, source->token[0] != '\0' ? token : NULL},
                            .body = buffer_str(&form),
                            .ca_bundle = setup->ca_bundle,
                            .cancelled = setup->cancelled,
                            .timeout_ms = STS_MS};
    enum provider_outcome outcome = post(&request, out, why);
    OPENSSL_cleanse(token, sizeof token);
    buffer_fini(&form);
    out->provider = "assumed role";
    return outcome;
}
