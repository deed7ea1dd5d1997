#include "standins/sigv4_check.h"

#include "common/buffer.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    HEX_MAX = 2 * SHA256_DIGEST_LENGTH + 1,
    FIELD_MAX = 128,
    SIGNED_MAX = 1024,
    CANONICAL_MAX = 64 * 1024,
    DATE_MAX = 17, /* 20261122T120000Z and the NUL */
    SKEW_S = 5 * 60
};

static const char algorithm[] = "AWS4-HMAC-SHA256";

/* The parts of the Authorization header. */
struct claim {
    char key_id[FIELD_MAX], day[FIELD_MAX], region[FIELD_MAX], service[FIELD_MAX], end[FIELD_MAX];
    char signed_headers[SIGNED_MAX]; /* as given: lower-case names joined by ';' */
    char signature[FIELD_MAX];
};

__attribute__((format(printf, 3, 4))) static bool refuse(struct sigv4_refusal *refusal, const char *type,
                                                         const char *format, ...)
{
    va_list arguments;
    refusal->type = type;
    va_start(arguments, format);
    vsnprintf(refusal->message, sizeof refusal->message, format, arguments);
    va_end(arguments);
    return false;
}

static const char *header(const struct sigv4_request *request, const char *name, size_t length)
{
    for (size_t i = 0; i < request->headers_count; i++)
        if (strlen(request->headers[i].name) == length &&
            strncasecmp(request->headers[i].name, name, length) == 0)
            return request->headers[i].value;
    return NULL;
}

static const char *header_named(const struct sigv4_request *request, const char *name)
{
    return header(request, name, strlen(name));
}

static bool copy_field(char *out, size_t size, const char *from, size_t length)
{
    if (length == 0 || length >= size)
        return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

/* "ID/20261122/us-east-1/kinesis/aws4_request". The id is what stands before the last four parts. */
static bool split_credential(struct claim *claim, const char *text, size_t length)
{
    char *const parts[] = {claim->end, claim->service, claim->region, claim->day};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t at = length;
        while (at > 0 && text[at - 1] != '/')
            at--;
        if (at == 0 || !copy_field(parts[i], FIELD_MAX, text + at, length - at))
            return false;
        length = at - 1;
    }
    return copy_field(claim->key_id, FIELD_MAX, text, length);
}

/* Take the "Name=value" parts that follow the algorithm, in any order. */
static bool split_authorization(struct claim *claim, const char *text)
{
    *claim = (struct claim){.key_id = ""};
    while (*text != '\0') {
        text += strspn(text, " ,");
        size_t length = strcspn(text, ", ");
        bool good = true;
        if (strncmp(text, "Credential=", 11) == 0)
            good = split_credential(claim, text + 11, length - 11);
        else if (strncmp(text, "SignedHeaders=", 14) == 0)
            good = copy_field(claim->signed_headers, SIGNED_MAX, text + 14, length - 14);
        else if (strncmp(text, "Signature=", 10) == 0)
            good = copy_field(claim->signature, FIELD_MAX, text + 10, length - 10);
        if (!good)
            return false;
        text += length;
    }
    return claim->key_id[0] != '\0' && claim->signed_headers[0] != '\0' && claim->signature[0] != '\0';
}

static void to_hex(const unsigned char digest[SHA256_DIGEST_LENGTH], char out[HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[HEX_MAX - 1] = '\0';
}

static void sha256_hex(const void *bytes, size_t length, char out[HEX_MAX])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    must(SHA256(bytes, length, digest) != NULL);
    to_hex(digest, out);
}

static void hmac(const void *key, size_t key_length, const char *text,
                 unsigned char out[SHA256_DIGEST_LENGTH])
{
    unsigned length = 0;
    must(HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), out, &length) !=
         NULL);
    must(length == SHA256_DIGEST_LENGTH);
}

/* A value with its outer blanks cut and inner runs of them squeezed to one. */
static void add_trimmed(struct buffer *to, const char *value)
{
    bool started = false;
    bool blank = false;
    for (; *value != '\0'; value++) {
        if (*value == ' ' || *value == '\t') {
            blank = started;
            continue;
        }
        if (blank)
            (void)buffer_append(to, " ", 1);
        (void)buffer_append(to, value, 1);
        started = true;
        blank = false;
    }
}

/* All values of one header, joined by commas. False when the request has none. */
static bool add_header(struct buffer *to, const struct sigv4_request *request, const char *name,
                       size_t length)
{
    bool found = false;
    (void)buffer_append(to, name, length);
    (void)buffer_text(to, ":");
    for (size_t i = 0; i < request->headers_count; i++) {
        const struct sigv4_header *one = &request->headers[i];
        if (strlen(one->name) != length || strncasecmp(one->name, name, length) != 0)
            continue;
        if (found)
            (void)buffer_text(to, ",");
        add_trimmed(to, one->value);
        found = true;
    }
    (void)buffer_text(to, "\n");
    return found;
}

/* The hash of the canonical request; false when a signed header is missing or it is absurdly long. */
static bool canonical_hash(const struct sigv4_request *request, const char *signed_headers, char out[HEX_MAX])
{
    struct buffer text;
    char payload[HEX_MAX];
    bool complete = true;
    buffer_init(&text, CANONICAL_MAX);
    (void)buffer_printf(&text, "%s\n%s\n\n", request->method, request->path);
    for (const char *name = signed_headers; *name != '\0';) {
        size_t length = strcspn(name, ";");
        complete = add_header(&text, request, name, length) && complete;
        name += length;
        name += *name == ';';
    }
    sha256_hex(request->body, request->body_length, payload);
    (void)buffer_printf(&text, "\n%s\n%s", signed_headers, payload);
    if (!text.full)
        sha256_hex(text.bytes, text.length, out);
    complete = complete && !text.full;
    buffer_fini(&text);
    return complete;
}

static void signature_of(const struct sigv4_keys *keys, const struct claim *claim, const char *date,
                         const char hash[HEX_MAX], char out[HEX_MAX])
{
    char secret[512], text[1024];
    unsigned char key[SHA256_DIGEST_LENGTH], digest[SHA256_DIGEST_LENGTH];
    int length = snprintf(secret, sizeof secret, "AWS4%s", keys->secret_key);
    must(length > 0 && (size_t)length < sizeof secret);
    hmac(secret, (size_t)length, claim->day, key);
    hmac(key, sizeof key, claim->region, digest);
    hmac(digest, sizeof digest, claim->service, key);
    hmac(key, sizeof key, "aws4_request", digest);
    snprintf(text, sizeof text, "%s\n%s\n%s/%s/%s/aws4_request\n%s", algorithm, date, claim->day,
             claim->region, claim->service, hash);
    hmac(digest, sizeof digest, text, key);
    to_hex(key, out);
}

static void print_date(time_t seconds, char out[DATE_MAX])
{
    struct tm parts;
    must(gmtime_r(&seconds, &parts) != NULL);
    must(strftime(out, DATE_MAX, "%Y%m%dT%H%M%SZ", &parts) == DATE_MAX - 1);
}

/* Is the date of the request, which begins with the scope's day, near enough to now? */
static bool date_fits(const struct claim *claim, const char *date, int64_t wall_ms,
                      struct sigv4_refusal *refusal)
{
    struct tm parts = {.tm_year = 0};
    const char *rest = date != NULL ? strptime(date, "%Y%m%dT%H%M%SZ", &parts) : NULL;
    if (rest == NULL || *rest != '\0' || strlen(date) != DATE_MAX - 1)
        return refuse(refusal, "IncompleteSignatureException",
                      "Date must be in ISO-8601 'basic format'. Got '%.64s'. See "
                      "http://en.wikipedia.org/wiki/ISO_8601",
                      date != NULL ? date : "");
    if (strncmp(claim->day, date, 8) != 0 || claim->day[8] != '\0')
        return refuse(
            refusal, "InvalidSignatureException",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'%.64s' != '%.8s', from '%s'.",
            claim->day, date, date);
    time_t asked = timegm(&parts);
    time_t now = (time_t)(wall_ms / 1000);
    char now_text[DATE_MAX], bound[DATE_MAX];
    print_date(now, now_text);
    if (asked < now - SKEW_S) {
        print_date(now - SKEW_S, bound);
        return refuse(refusal, "InvalidSignatureException",
                      "Signature expired: %s is now earlier than %s (%s - 5 min.)", date, bound, now_text);
    }
    if (asked > now + SKEW_S) {
        print_date(now + SKEW_S, bound);
        return refuse(refusal, "InvalidSignatureException",
                      "Signature not yet current: %s is still later than %s (%s + 5 min.)", date, bound,
                      now_text);
    }
    return true;
}

/* Is the claim for this service, by someone known, and does it cover the host? */
static bool claim_fits(const struct sigv4_keys *keys, const struct claim *claim,
                       struct sigv4_refusal *refusal)
{
    char padded[SIGNED_MAX + 2];
    if (strcmp(claim->key_id, keys->access_key) != 0)
        return refuse(refusal, "UnrecognizedClientException",
                      "The security token included in the request is invalid.");
    if (strcmp(claim->service, "kinesis") != 0)
        return refuse(refusal, "InvalidSignatureException",
                      "Credential should be scoped to correct service: 'kinesis'. ");
    if (keys->region != NULL && strcmp(claim->region, keys->region) != 0)
        return refuse(refusal, "InvalidSignatureException",
                      "Credential should be scoped to a valid region, not '%.64s'. ", claim->region);
    if (strcmp(claim->end, "aws4_request") != 0)
        return refuse(refusal, "InvalidSignatureException",
                      "Credential should be scoped with a valid terminator: 'aws4_request', not '%.64s'.",
                      claim->end);
    snprintf(padded, sizeof padded, ";%s;", claim->signed_headers);
    if (strstr(padded, ";host;") == NULL)
        return refuse(refusal, "InvalidSignatureException",
                      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    return true;
}

bool sigv4_check(const struct sigv4_keys *keys, const struct sigv4_request *request, int64_t wall_ms,
                 struct sigv4_refusal *refusal)
{
    must(keys != NULL && keys->access_key != NULL && keys->secret_key != NULL);
    must(request != NULL && refusal != NULL);
    struct claim claim;
    char hash[HEX_MAX], expected[HEX_MAX];
    const char *authorization = header_named(request, "authorization");
    if (authorization == NULL || authorization[0] == '\0')
        return refuse(refusal, "MissingAuthenticationTokenException", "Missing Authentication Token");
    if (strncmp(authorization, algorithm, sizeof algorithm - 1) != 0 ||
        !split_authorization(&claim, authorization + sizeof algorithm - 1))
        return refuse(
            refusal, "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters, and a "
            "Credential of five parts.");
    const char *date = header_named(request, "x-amz-date");
    if (!claim_fits(keys, &claim, refusal) || !date_fits(&claim, date, wall_ms, refusal))
        return false;
    bool complete = canonical_hash(request, claim.signed_headers, hash);
    if (complete)
        signature_of(keys, &claim, date, hash, expected);
    if (!complete || strlen(claim.signature) != HEX_MAX - 1 ||
        CRYPTO_memcmp(expected, claim.signature, HEX_MAX - 1) != 0)
        return refuse(
            refusal, "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your "
            "AWS Secret Access Key and signing method. Consult the service documentation for details.");
    return true;
}
