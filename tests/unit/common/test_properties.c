/* properties - what of librdkafka's properties may be shown, kept and given in argv. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/properties.h"

#include <stdlib.h>

static void shows(const char *lines, const char *expected)
{
    char *shown = properties_public(lines);
    assert_string_equal(shown, expected);
    free(shown);
}

static void what_is_no_secret_is_shown_as_it_is(void **state)
{
    (void)state;
    shows("", "");
    shows("acks=1", "acks=1");
    shows("acks=1\ncompression.type=lz4", "acks=1\ncompression.type=lz4");
    shows("acks=1\n\n", "acks=1\n\n");
    shows("sasl.mechanism=PLAIN\nSASL.mechanisms = SCRAM-SHA-512",
          "sasl.mechanism=PLAIN\nSASL.mechanisms = SCRAM-SHA-512");
}

static void what_may_be_a_secret_keeps_its_name_only(void **state)
{
    (void)state;
    shows("sasl.password=a=b", "sasl.password=...");
    shows("acks=1\nsasl.username=flood\nlinger.ms=1", "acks=1\nsasl.username=...\nlinger.ms=1");
    shows(" Ssl.Key.Pem =x", " Ssl.Key.Pem =...");
    shows("ssl.ca.location=/etc/ca.pem", "ssl.ca.location=...");
    shows("some.client.secret=", "some.client.secret=...");
    shows("x", "...");
    shows("hunter2\nx\ny", "...\n...\n...");
    shows("=hunter2\n", "...\n"); /* no name */
}

static void a_secret_in_argv_is_noticed(void **state)
{
    (void)state;
    assert_true(properties_secret("acks=1\nsasl.password=x"));
    assert_true(properties_secret("ssl.keystore.password=x\nacks=1"));
    assert_true(properties_secret("sasl.oauthbearer.client.secret=x"));
    assert_true(properties_secret("ssl.key.pem=x"));
    assert_false(properties_secret(""));
    assert_false(properties_secret("acks=1\nsasl.username=password\nssl.key.location=/k.pem"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_secret_is_shown_as_it_is),
        cmocka_unit_test(what_may_be_a_secret_keeps_its_name_only),
        cmocka_unit_test(a_secret_in_argv_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
