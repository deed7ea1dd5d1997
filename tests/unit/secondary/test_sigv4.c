/* The vectors were computed with botocore's signer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "secondary/kinesis/sigv4.h"

static const char body[] =
    "{\"StreamName\":\"flood\",\"Records\":[{\"Data\":\"aGVsbG8=\",\"PartitionKey\":\"a\"}]}";
enum { NOON = 1795348800 }; /* 2026-11-22T12:00:00Z */

static sigv4_t *signer(void)
{
    struct sigv4_setup setup = {.region = "us-east-1",
                                .service = "kinesis",
                                .host = "kinesis.us-east-1.amazonaws.com",
                                .path = "/",
                                .content_type = "application/x-amz-json-1.1",
                                .target = "Kinesis_20131202.PutRecords"};
    return sigv4_new(&setup);
}

static struct sigv4_keys keys_with(const char *token)
{
    struct sigv4_keys keys = {.id = "AKIDEXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
    snprintf(keys.token, sizeof keys.token, "%s", token);
    return keys;
}

static const char *signature_of(const struct sigv4_signature *signature)
{
    const char *at = strstr(signature->authorization, "Signature=");
    assert_non_null(at);
    return at + strlen("Signature=");
}

static void long_lived_keys_sign_as_botocore_does(void **state)
{
    (void)state;
    sigv4_t *self = signer();
    struct sigv4_keys keys = keys_with("");
    sigv4_set_keys(self, &keys);
    struct sigv4_signature out;
    assert_int_equal(strlen(body), 73);
    sigv4_sign(self, body, strlen(body), NOON, &out);
    assert_string_equal(out.date, "20261122T120000Z");
    assert_string_equal(out.canonical_hash,
                        "303d09d137f32b787873d82cd19b3f69f19c35732348d16165dfc4f5d64b83e2");
    char key[SIGV4_HEX_MAX];
    sigv4_day_key(self, key);
    assert_string_equal(key, "296231418ce377f2eeae3c97f4aa559a2c91eb80a3123558eed95f3cb09cd128");
    assert_string_equal(out.authorization,
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/kinesis/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
                        "Signature=a4ed49d23376d7c20a116e197aa08b672fc8ba24b898c40ee18d8419905fba60");
    sigv4_destroy(&self);
    sigv4_destroy(&self);
}

static void a_session_token_is_signed_too(void **state)
{
    (void)state;
    sigv4_t *self = signer();
    struct sigv4_keys keys = keys_with("TOKENexample==");
    sigv4_set_keys(self, &keys);
    struct sigv4_signature out;
    sigv4_sign(self, body, strlen(body), NOON, &out);
    assert_string_equal(out.canonical_hash,
                        "6c8d61523e95a96c80d8feb99d0f0e3955a65bb308ee17b03e19efab2b72e8be");
    assert_string_equal(signature_of(&out),
                        "412c234c0844275acf0d39298afebb0e593c7e1b03b00389cd4518c55778c76f");
    assert_non_null(strstr(out.authorization, "host;x-amz-date;x-amz-security-token;x-amz-target"));
    sigv4_destroy(&self);
}

static void nothing_sticks_over_days_seconds_and_keys(void **state)
{
    (void)state;
    sigv4_t *self = signer();
    struct sigv4_keys plain = keys_with(""), session = keys_with("TOKENexample==");
    struct sigv4_signature out;
    sigv4_set_keys(self, &session);
    sigv4_sign(self, "x", 1, NOON - 86400, &out);
    sigv4_sign(self, "y", 1, NOON + 86400, &out);
    sigv4_sign(self, NULL, 0, NOON + 1, &out);
    sigv4_sign(self, body, strlen(body), NOON, &out);
    assert_string_equal(signature_of(&out),
                        "412c234c0844275acf0d39298afebb0e593c7e1b03b00389cd4518c55778c76f");
    sigv4_set_keys(self, &plain);
    sigv4_sign(self, body, strlen(body), NOON, &out);
    assert_string_equal(signature_of(&out),
                        "a4ed49d23376d7c20a116e197aa08b672fc8ba24b898c40ee18d8419905fba60");
    sigv4_destroy(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_lived_keys_sign_as_botocore_does),
        cmocka_unit_test(a_session_token_is_signed_too),
        cmocka_unit_test(nothing_sticks_over_days_seconds_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
