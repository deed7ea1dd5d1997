/* headers - who is asked, from where, by whom. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "web/server/headers.h"

static void a_name_that_was_made_to_point_here_is_refused(void **state)
{
    (void)state;
    static const char *const fine[] = {"localhost", "localhost:8089", "127.0.0.1:8089",  "[::1]:8089",
                                       "10.1.2.3",  "LOCALHOST",      "dash.example:443"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_true(headers_host_fine(fine[i], "dash.example", true));
    static const char *const bad[] = {"evil.example",
                                      "evil.example:8089",
                                      "localhost.evil.example",
                                      "",
                                      ":8089",
                                      "localhost:80x",
                                      "[::1",
                                      "[::1]x",
                                      "127.0.0.1.evil.example",
                                      "1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(headers_host_fine(bad[i], "127.0.0.1", true));
    assert_true(headers_host_fine("any.example:8089", "0.0.0.0", false));
    assert_false(headers_host_fine("any.example:x", "0.0.0.0", false));
    assert_true(headers_host_fine(NULL, "127.0.0.1", true));
}

static void a_page_of_another_site_is_seen(void **state)
{
    (void)state;
    assert_false(headers_cross_site(NULL, NULL, "127.0.0.1:8089"));
    assert_false(headers_cross_site("http://127.0.0.1:8089", "same-origin", "127.0.0.1:8089"));
    assert_false(headers_cross_site("https://Dash.example", NULL, "dash.example"));
    assert_true(headers_cross_site("http://127.0.0.1:9000", NULL, "127.0.0.1:8089"));
    assert_true(headers_cross_site("http://evil.example", NULL, "127.0.0.1:8089"));
    assert_true(headers_cross_site("null", NULL, "127.0.0.1:8089"));
    assert_true(headers_cross_site(NULL, "cross-site", "127.0.0.1:8089"));
    assert_true(headers_cross_site("http://127.0.0.1:8089", NULL, NULL));
}

static void one_cookie_among_others(void **state)
{
    (void)state;
    size_t length;
    const char *found = headers_cookie("a=1; freshet=abc; b=2", "freshet", &length);
    assert_int_equal(length, 3);
    assert_memory_equal(found, "abc", 3);
    assert_null(headers_cookie("xfreshet=abc; freshetx=abc", "freshet", &length));
    assert_null(headers_cookie("freshet", "freshet", &length));
    assert_null(headers_cookie("", "freshet", &length));
    assert_null(headers_cookie(NULL, "freshet", &length));
    found = headers_cookie("freshet=", "freshet", &length);
    assert_non_null(found);
    assert_int_equal(length, 0);
}

static void basic_credentials(void **state)
{
    (void)state;
    char user[WEB_USER_MAX], password[WEB_SECRET_MAX];
    /* the example of RFC 7617, section 2 */
    assert_int_equal(headers_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", user, password), HEADERS_BASIC);
    assert_string_equal(user, "Aladdin");
    assert_string_equal(password, "open sesame");
    assert_int_equal(headers_basic("basic dTpwOnE=", user, password), HEADERS_BASIC);
    assert_string_equal(user, "u");
    assert_string_equal(password, "p:q");
    assert_int_equal(headers_basic(NULL, user, password), HEADERS_NO_BASIC);
    assert_int_equal(headers_basic("Bearer x", user, password), HEADERS_NO_BASIC);
    assert_int_equal(headers_basic("Basic", user, password), HEADERS_NO_BASIC);
    static const char *const bad[] = {"Basic ", "Basic !",
                                      "Basic QWxhZGRpbg==", "Basic dTpwAA==", "Basic dTpw x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(headers_basic(bad[i], user, password), HEADERS_BAD_BASIC);
    char longest[2048];
    memset(longest, 'Q', sizeof longest);
    memcpy(longest, "Basic ", 6);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(headers_basic(longest, user, password), HEADERS_BAD_BASIC);
    assert_string_equal(headers_bearer("Bearer  abc"), "abc");
    assert_null(headers_bearer("Bearer "));
    assert_null(headers_bearer("Bearerabc"));
}

static void what_a_client_takes(void **state)
{
    (void)state;
    assert_true(headers_wants_page("text/html,application/xhtml+xml"));
    assert_false(headers_wants_page("*/*"));
    assert_false(headers_wants_page(NULL));
    assert_true(headers_gzip("gzip, deflate, br"));
    assert_true(headers_gzip("br;q=1.0, gzip;q=0.8"));
    assert_false(headers_gzip("gzip;q=0"));
    assert_false(headers_gzip("gzip; q=0.0, br"));
    assert_true(headers_gzip("gzip;q=0.01"));
    assert_false(headers_gzip("identity"));
    assert_true(headers_lists_etag("\"a\", \"b\"", "\"b\""));
    assert_true(headers_lists_etag("W/\"b\"", "\"b\""));
    assert_true(headers_lists_etag("*", "\"b\""));
    assert_false(headers_lists_etag("\"bb\"", "\"b\""));
    assert_false(headers_lists_etag(NULL, "\"b\""));
    assert_true(headers_type_is("application/json; charset=utf-8", "application/json"));
    assert_true(headers_type_is("Application/JSON", "application/json"));
    assert_false(headers_type_is("application/json-patch", "application/json"));
    assert_false(headers_type_is(NULL, "application/json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_was_made_to_point_here_is_refused),
        cmocka_unit_test(a_page_of_another_site_is_seen),
        cmocka_unit_test(one_cookie_among_others),
        cmocka_unit_test(basic_credentials),
        cmocka_unit_test(what_a_client_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
