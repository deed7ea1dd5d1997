
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "secondary/kinesis/endpoint.h"
#include "secondary/kinesis/metadata.h"

/* name, value, name, value ... NULL */
static const char *from_list(void *context, const char *name)
{
    for (const char *const *at = context; *at != NULL; at += 2) {
        if (strcmp(at[0], name) == 0)
            return at[1];
    }
    return NULL;
}

static const char *url_for(const char *const *variables, const char *config, const char *region,
                           const char *asked)
{
    static struct endpoint out;
    char error[256];
    profiles_t *profiles = profiles_new("", config);
    struct endpoint_source source = {from_list, (void *)(uintptr_t)variables, profiles, "default"};
    bool found = endpoint_find(&source, "kinesis", region, asked, &out, error, sizeof error);
    profiles_destroy(&profiles);
    return found ? out.url : "refused";
}

static void regions_have_their_partitions_hosts(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    static const char *const dual[] = {"AWS_USE_DUALSTACK_ENDPOINT", "true", NULL};
    static const char *const fips[] = {"AWS_USE_FIPS_ENDPOINT", "true", NULL};
    assert_string_equal(url_for(none, "", "eu-central-1", NULL),
                        "https://kinesis.eu-central-1.amazonaws.com/");
    assert_string_equal(url_for(none, "", "cn-north-1", NULL),
                        "https://kinesis.cn-north-1.amazonaws.com.cn/");
    assert_string_equal(url_for(none, "", "us-iso-east-1", NULL),
                        "https://kinesis.us-iso-east-1.c2s.ic.gov/");
    assert_string_equal(url_for(none, "", "us-isob-east-1", NULL),
                        "https://kinesis.us-isob-east-1.sc2s.sgov.gov/");
    assert_string_equal(url_for(dual, "", "us-east-1", NULL), "https://kinesis.us-east-1.api.aws/");
    assert_string_equal(url_for(fips, "", "us-east-1", NULL),
                        "https://kinesis-fips.us-east-1.amazonaws.com/");
    assert_string_equal(url_for(fips, "", "us-gov-west-1", NULL),
                        "https://kinesis.us-gov-west-1.amazonaws.com/");
    assert_string_equal(url_for(none, "", "evil/host", NULL), "refused");
    assert_string_equal(url_for(dual, "", "us-iso-east-1", NULL), "refused");
}

static void an_override_is_found_in_the_sdks_order(void **state)
{
    (void)state;
    static const char config[] =
        "[default]\nendpoint_url = http://profile\nservices = s\n[services s]\nkinesis =\n  "
        "endpoint_url = http://service\n";
    static const char *const both[] = {"AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_KINESIS",
                                       "http://mine", NULL};
    static const char *const all[] = {"AWS_ENDPOINT_URL", "http://all", NULL};
    static const char *const none[] = {NULL};
    static const char *const ignore[] = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "AWS_ENDPOINT_URL",
                                         "http://all", NULL};
    assert_string_equal(url_for(both, config, "us-east-1", "http://asked:80/x"), "http://asked:80/x");
    assert_string_equal(url_for(both, config, "us-east-1", NULL), "http://mine/");
    assert_string_equal(url_for(all, config, "us-east-1", NULL), "http://all/");
    assert_string_equal(url_for(none, config, "us-east-1", NULL), "http://service/");
    assert_string_equal(url_for(none, "[default]\nendpoint_url=http://profile\n", "us-east-1", NULL),
                        "http://profile/");
    assert_string_equal(url_for(ignore, config, "us-east-1", NULL),
                        "https://kinesis.us-east-1.amazonaws.com/");
    assert_string_equal(url_for(ignore, config, "us-east-1", "http://asked"), "http://asked/");
}

static void the_host_header_keeps_an_uncommon_port_only(void **state)
{
    (void)state;
    struct endpoint out;
    char error[256];
    assert_true(endpoint_parse("https://h:443/", &out, error, sizeof error));
    assert_string_equal(out.host, "h");
    assert_true(endpoint_parse("http://h:443", &out, error, sizeof error));
    assert_string_equal(out.host, "h:443");
    assert_string_equal(out.path, "/");
    assert_true(endpoint_parse("http://[::1]:4567/a/b", &out, error, sizeof error));
    assert_string_equal(out.host, "[::1]:4567");
    assert_string_equal(out.path, "/a/b");
    static const char *const bad[] = {
        "",           "h",           "ftp://h",    "http://",    "http://h:0", "http://h:65536",
        "http://h:x", "http://h/?q", "http://u@h", "http://h h", "http://:80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(endpoint_parse(bad[i], &out, error, sizeof error));
}

static void the_region_is_asked_for_in_order(void **state)
{
    (void)state;
    static const char *const both[] = {"AWS_DEFAULT_REGION", "d", "AWS_REGION", "r", NULL};
    static const char *const fallback[] = {"AWS_DEFAULT_REGION", "d", "AWS_REGION", "", NULL};
    static const char *const none[] = {NULL};
    profiles_t *profiles = profiles_new("", "[default]\nregion = p\n");
    struct endpoint_source source = {from_list, (void *)(uintptr_t)both, profiles, "default"};
    assert_string_equal(endpoint_region(&source, "asked"), "asked");
    assert_string_equal(endpoint_region(&source, ""), "r");
    source.context = (void *)(uintptr_t)fallback;
    assert_string_equal(endpoint_region(&source, NULL), "d");
    source.context = (void *)(uintptr_t)none;
    assert_string_equal(endpoint_region(&source, NULL), "p");
    source.profile = "other";
    assert_null(endpoint_region(&source, NULL));
    profiles_destroy(&profiles);
}

static void container_credentials_come_from_local_places_only(void **state)
{
    (void)state;
    static const char *const good[] = {"https://any.example/x",  "http://127.0.0.1:99/x",
                                       "http://127.9.9.9/",      "http://localhost/c?a=b",
                                       "http://[::1]:8/",        "http://169.254.170.2/v2",
                                       "http://169.254.170.23/", "http://[fd00:ec2::23]/"};
    static const char *const bad[] = {"http://example.com/", "http://127.0.0.1.example.com/",
                                      "http://10.0.0.1/",    "http://169.254.169.254/",
                                      "ftp://localhost/",    ""};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(metadata_uri_allowed(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(metadata_uri_allowed(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_have_their_partitions_hosts),
        cmocka_unit_test(an_override_is_found_in_the_sdks_order),
        cmocka_unit_test(the_host_header_keeps_an_uncommon_port_only),
        cmocka_unit_test(the_region_is_asked_for_in_order),
        cmocka_unit_test(container_credentials_come_from_local_places_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
