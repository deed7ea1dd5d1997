/* route - from a request line to what is asked, and nothing beside. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "web/server/route.h"

static struct route route;
static char allow[ROUTE_ALLOW_MAX];

static enum route_found find(const char *method, const char *target)
{
    return route_find("", method, target, &route, allow);
}

static void a_published_document_is_found(void **state)
{
    (void)state;
    assert_int_equal(find("GET", "/api/v1/run"), ROUTE_FOUND);
    assert_int_equal(route.kind, ROUTE_DOC);
    assert_int_equal(route.doc, WEB_DOC_RUN);
    assert_int_equal(route.access, ROUTE_ACCOUNT);
    assert_false(route.changes);
    assert_int_equal(find("HEAD", "/metrics"), ROUTE_FOUND);
    assert_int_equal(route.access, ROUTE_METRICS);
}

static void methods_of_one_path_are_different_questions(void **state)
{
    (void)state;
    assert_int_equal(find("POST", "/api/v1/run"), ROUTE_FOUND);
    assert_int_equal(route.question, WEB_RUN_START);
    assert_true(route.changes);
    assert_int_equal(route.method, WEB_POST);
    assert_int_equal(find("PATCH", "/api/v1/run"), ROUTE_FOUND);
    assert_int_equal(route.question, WEB_RUN_EDIT);
    assert_int_equal(route.method, WEB_PATCH);
    assert_int_equal(find("DELETE", "/api/v1/runs/20261122-1"), ROUTE_FOUND);
    assert_int_equal(route.question, WEB_RUNS_DELETE);
    assert_string_equal(route.id, "20261122-1");
}

static void a_wrong_method_names_the_right_ones(void **state)
{
    (void)state;
    assert_int_equal(find("DELETE", "/api/v1/run"), ROUTE_NO_METHOD);
    assert_string_equal(allow, "GET, HEAD, POST, PATCH");
    assert_int_equal(find("GET", "/swarm"), ROUTE_NO_METHOD);
    assert_string_equal(allow, "POST");
    assert_int_equal(find("BREW", "/"), ROUTE_NO_METHOD);
    assert_string_equal(allow, "GET, HEAD");
}

static void looking_never_stops_a_run(void **state)
{
    (void)state;
    assert_int_equal(find("GET", "/stop"), ROUTE_FOUND);
    assert_int_equal(route.access, ROUTE_BASIC_ONLY);
    assert_true(route.changes);
    assert_int_equal(find("HEAD", "/stop"), ROUTE_NO_METHOD);
    assert_string_equal(allow, "POST, GET");
    assert_int_equal(find("HEAD", "/stats/reset"), ROUTE_NO_METHOD);
}

static void queries_fragments_and_whole_urls_are_cut(void **state)
{
    (void)state;
    assert_int_equal(find("GET", "/api/v1/series?run=current&points=10"), ROUTE_FOUND);
    assert_string_equal(route.query, "run=current&points=10");
    assert_int_equal(find("GET", "http://127.0.0.1:8089/tasks?a"), ROUTE_FOUND);
    assert_string_equal(route.query, "a");
    assert_int_equal(find("GET", "/%74asks"), ROUTE_FOUND);
    assert_int_equal(route.question, WEB_TASKS);
}

static void no_path_leads_out(void **state)
{
    (void)state;
    static const char *const bad[] = {"/assets/../web-password",
                                      "/assets/..%2fweb-password",
                                      "/assets/%2e%2e/x",
                                      "/assets/.hidden",
                                      "/assets/",
                                      "/assets/a/b",
                                      "/assets/a%00.js",
                                      "/api/v1/runs/",
                                      "/api/v1/runs/a%2fb",
                                      "/api/v1/runs/a b",
                                      "//tasks",
                                      "/tasks/",
                                      "tasks",
                                      "*",
                                      "/%",
                                      "/%7",
                                      "/%zz",
                                      "/api/v1/download/passwd",
                                      "/api/v1/runs/%f0%9f%98%80",
                                      "x",
                                      "/TASKS"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(find("GET", bad[i]), ROUTE_NO_PATH);
    char longest[ROUTE_PATH_MAX + 200];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "/assets/", 8);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(find("GET", longest), ROUTE_NO_PATH);
    longest[8 + ROUTE_ID_MAX] = '\0';
    assert_int_equal(find("GET", longest), ROUTE_NO_PATH);
    longest[8 + ROUTE_ID_MAX - 1] = '\0';
    assert_int_equal(find("GET", longest), ROUTE_FOUND);
}

static void a_base_path_is_before_all(void **state)
{
    (void)state;
    assert_int_equal(route_find("/load", "GET", "/load/", &route, allow), ROUTE_FOUND);
    assert_int_equal(route.kind, ROUTE_PAGE);
    assert_int_equal(route_find("/load", "GET", "/load", &route, allow), ROUTE_FOUND);
    assert_int_equal(route.kind, ROUTE_ENTER);
    assert_int_equal(route_find("/load", "GET", "/", &route, allow), ROUTE_NO_PATH);
    assert_int_equal(route_find("/load", "GET", "/loader/", &route, allow), ROUTE_NO_PATH);
    assert_int_equal(route_find("", "GET", "/", &route, allow), ROUTE_FOUND);
    assert_true(route_base_valid(""));
    assert_true(route_base_valid("/a/b-c.d_e"));
    static const char *const bad[] = {"/", "a", "/a/", "/a//b", "/..", "/a b", "/a\"b", "/a;b", "/a:b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(route_base_valid(bad[i]));
}

static void escapes_are_decoded_once(void **state)
{
    (void)state;
    char out[8];
    assert_true(route_decode("a+%2B%41", 8, true, out, sizeof out));
    assert_string_equal(out, "a +A");
    assert_true(route_decode("%2541", 5, false, out, sizeof out));
    assert_string_equal(out, "%41");
    assert_false(route_decode("%4", 2, false, out, sizeof out));
    assert_false(route_decode("%00", 3, false, out, sizeof out));
    assert_false(route_decode("12345678", 8, false, out, sizeof out));
    assert_true(route_decode("1234567", 7, false, out, sizeof out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_document_is_found),
        cmocka_unit_test(methods_of_one_path_are_different_questions),
        cmocka_unit_test(a_wrong_method_names_the_right_ones),
        cmocka_unit_test(looking_never_stops_a_run),
        cmocka_unit_test(queries_fragments_and_whole_urls_are_cut),
        cmocka_unit_test(no_path_leads_out),
        cmocka_unit_test(a_base_path_is_before_all),
        cmocka_unit_test(escapes_are_decoded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
