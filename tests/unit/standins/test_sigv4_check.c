/* sigv4_check against a vector computed with botocore's signer, and requests changed after they were signed.
 */
#include "standins/sigv4_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS INT64_C(1795348800000) /* 2026-11-22T12:00:00Z */
#define BODY   "{\"StreamName\":\"flood\",\"Records\":[{\"Data\":\"aGVsbG8=\",\"PartitionKey\":\"a\"}]}"
#define SCOPE  "AKIDEXAMPLE/20261122/us-east-1/kinesis/aws4_request"
#define MISMATCH                                                                                             \
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "  \
    "Access "                                                                                                \
    "Key and signing method. Consult the service documentation for details."

static const struct sigv4_keys keys = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL};

static const char plain[] =
    "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=content-type;host;x-amz-date;"
    "x-amz-target, Signature=a4ed49d23376d7c20a116e197aa08b672fc8ba24b898c40ee18d8419905fba60";
static const char with_token[] =
    "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;"
    "x-amz-target, Signature=412c234c0844275acf0d39298afebb0e593c7e1b03b00389cd4518c55778c76f";

enum { AUTHORIZATION, HOST, DATE, TYPE, TARGET, AGENT, TOKEN, HEADERS };

struct signed_request {
    struct sigv4_header headers[HEADERS];
    struct sigv4_request request;
    struct sigv4_refusal refusal;
};

static void make(struct signed_request *self)
{
    *self = (struct signed_request){
        .headers = {{"Authorization", plain},
                    {"Host", "kinesis.us-east-1.amazonaws.com"},
                    {"X-Amz-Date", "20261122T120000Z"},
                    {"content-type", "application/x-amz-json-1.1"},
                    {"X-Amz-Target", "Kinesis_20131202.PutRecords"},
                    {"User-Agent", "not signed"},
                    {"X-Amz-Security-Token", "TOKENexample=="}},
        .request = {.method = "POST", .path = "/", .headers_count = TOKEN, .body = BODY, .body_length = 73}};
    self->request.headers = self->headers;
    assert_int_equal(strlen(BODY), 73);
}

static bool check(struct signed_request *self, const struct sigv4_keys *with, int64_t at_ms)
{
    self->request.headers = self->headers;
    return sigv4_check(with, &self->request, at_ms, &self->refusal);
}

static void assert_refused(struct signed_request *self, const struct sigv4_keys *with, int64_t at_ms,
                           const char *type, const char *message)
{
    assert_false(check(self, with, at_ms));
    assert_string_equal(self->refusal.type, type);
    assert_string_equal(self->refusal.message, message);
}

static void accepts_what_botocore_signed(void **state)
{
    (void)state;
    struct signed_request one;
    make(&one);
    assert_true(check(&one, &keys, NOW_MS));
    assert_true(check(&one, &keys, NOW_MS + 300 * 1000));
    assert_true(check(&one, &keys, NOW_MS - 300 * 1000));
    one.headers[AUTHORIZATION].value = with_token;
    one.request.headers_count = HEADERS;
    assert_true(check(&one, &keys, NOW_MS));
}

static void squeezes_blanks_in_headers(void **state)
{
    (void)state;
    struct signed_request one;
    make(&one);
    one.headers[TYPE].value = "  application/x-amz-json-1.1 ";
    assert_true(check(&one, &keys, NOW_MS));
}

static void refuses_any_change(void **state)
{
    (void)state;
    struct signed_request one;
    const char *type = "InvalidSignatureException";
    make(&one);
    one.request.body =
        "{\"StreamName\":\"flooD\",\"Records\":[{\"Data\":\"aGVsbG8=\",\"PartitionKey\":\"a\"}]}";
    assert_refused(&one, &keys, NOW_MS, type, MISMATCH);
    make(&one);
    one.headers[TARGET].value = "Kinesis_20131202.DeleteStream";
    assert_refused(&one, &keys, NOW_MS, type, MISMATCH);
    make(&one);
    one.headers[HOST].value = "127.0.0.1:4567";
    assert_refused(&one, &keys, NOW_MS, type, MISMATCH);
    make(&one);
    one.headers[TARGET].name = "X-Other"; /* signed, but not there */
    assert_refused(&one, &keys, NOW_MS, type, MISMATCH);
    make(&one);
    struct sigv4_keys wrong = keys;
    wrong.secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEy";
    assert_refused(&one, &wrong, NOW_MS, type, MISMATCH);
}

static void refuses_strangers_and_other_scopes(void **state)
{
    (void)state;
    struct signed_request one;
    make(&one);
    struct sigv4_keys other = keys;
    other.access_key = "AKIDOTHER";
    assert_refused(&one, &other, NOW_MS, "UnrecognizedClientException",
                   "The security token included in the request is invalid.");
    other = keys;
    other.region = "eu-central-1";
    assert_refused(&one, &other, NOW_MS, "InvalidSignatureException",
                   "Credential should be scoped to a valid region, not 'us-east-1'. ");
    other.region = "us-east-1";
    assert_true(check(&one, &other, NOW_MS));
}

static void refuses_old_and_early_requests(void **state)
{
    (void)state;
    struct signed_request one;
    make(&one);
    assert_refused(
        &one, &keys, NOW_MS + 301 * 1000, "InvalidSignatureException",
        "Signature expired: 20261122T120000Z is now earlier than 20261122T120001Z (20261122T120501Z - 5 "
        "min.)");
    assert_refused(&one, &keys, NOW_MS - 301 * 1000, "InvalidSignatureException",
                   "Signature not yet current: 20261122T120000Z is still later than 20261122T115959Z "
                   "(20261122T115459Z + 5 min.)");
}

static void refuses_missing_and_broken_headers(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "Basic YTpi", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=, Signature=0"};
    struct signed_request one;
    make(&one);
    one.headers[AUTHORIZATION].name = "X-Nothing";
    assert_refused(&one, &keys, NOW_MS, "MissingAuthenticationTokenException",
                   "Missing Authentication Token");
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        make(&one);
        one.headers[AUTHORIZATION].value = broken[i];
        assert_false(check(&one, &keys, NOW_MS));
        assert_string_equal(one.refusal.type, "IncompleteSignatureException");
    }
    make(&one);
    one.headers[DATE].value = "yesterday";
    assert_false(check(&one, &keys, NOW_MS));
    assert_string_equal(one.refusal.type, "IncompleteSignatureException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_botocore_signed),
        cmocka_unit_test(squeezes_blanks_in_headers),
        cmocka_unit_test(refuses_any_change),
        cmocka_unit_test(refuses_strangers_and_other_scopes),
        cmocka_unit_test(refuses_old_and_early_requests),
        cmocka_unit_test(refuses_missing_and_broken_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
