/* What is downloaded: the one-file report, the histogram log; and what holds them: packed bytes, the log
 * book. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "primary/logbook.h"
#include "primary/packed.h"
#include "primary/report_hlog.h"
#include "primary/report_html.h"

static void the_report_carries_its_data(void **state)
{
    (void)state;
    static const char page[] =
        "<html><script type=\"application/json\" id=\"data\">null</script><script>go()</script></html>";
    struct buffer out;
    buffer_init(&out, 4096);
    assert_true(report_html(page, sizeof page - 1, "{\"name\":\"</script><b>\"}", &out));
    assert_string_equal(buffer_str(&out),
                        "<html><script type=\"application/json\" id=\"data\">"
                        "{\"name\":\"\\u003c/script>\\u003cb>\"}</script><script>go()</script></html>");
    buffer_clear(&out);
    assert_false(report_html("<html></html>", 13, "{}", &out));
    static const char filled[] = "<script type=\"application/json\" id=\"data\">{}</script>";
    assert_false(report_html(filled, sizeof filled - 1, "{}", &out));
    assert_false(report_html(page, 50, "{}", &out)); /* cut off in the middle of the place */
    buffer_fini(&out);
}

#define HLOG_EXPECTED "HISTFAAAACZ4nJNpmSzMwMDAzgABTFCaEYj5/wOB/QeIwGf2F+wf+dkAobcJeg=="

/* Written by HdrHistogram's Python port (0.10.8): HdrHistogram(1, 2**36 - 1, 2), record_value(1000) 500 times
 * and record_value(250000) 3 times. */
static void the_log_is_hdr_histograms_own(void **state)
{
    (void)state;
    struct histogram due, none;
    struct buffer out;
    histogram_init(&due);
    histogram_init(&none);
    histogram_record(&due, 1000, 500);
    histogram_record(&due, 250000, 3);
    buffer_init(&out, 65536);
    assert_true(report_hlog(&due, &none, 1700000000250, 12.5, &out));
    assert_non_null(strstr(buffer_str(&out), "#[Histogram log format version 1.3]\n"));
    assert_non_null(
        strstr(buffer_str(&out), "#[StartTime: 1700000000.250 (seconds since epoch), 2023-11-14T"));
    assert_non_null(strstr(buffer_str(&out), "\n0.000,12.500,0.250," HLOG_EXPECTED "\n"));
    assert_non_null(strstr(buffer_str(&out), "\nTag=service,0.000,12.500,0.000,HIST"));
    buffer_fini(&out);
}

static void packed_bytes_open_again(void **state)
{
    (void)state;
    size_t length = 0, back = 0;
    char *many = mem_new(100000, 1);
    memset(many, 'x', 99999);
    unsigned char *packed = packed_make(many, 99999, &length);
    assert_true(length < 1000);
    char *opened = packed_open(packed, length, &back);
    assert_int_equal(back, 99999);
    assert_string_equal(opened, many);
    free(opened);
    assert_null(packed_open(packed, length - 1, &back));
    packed[2] = 0xFF; /* claims more than there is */
    assert_null(packed_open(packed, length, &back));
    packed[3] = 0xFF; /* more than is ever allowed */
    assert_null(packed_open(packed, length, &back));
    assert_null(packed_open("abc", 3, &back));
    assert_null(packed_open(NULL, 0, &back));
    free(packed);
    free(many);
    packed = packed_make("", 0, &length);
    opened = packed_open(packed, length, &back);
    assert_string_equal(opened, "");
    free(opened);
    free(packed);
}

static void base64_as_in_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char *text = packed_base64(pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(text, pairs[i][1]);
        free(text);
    }
    char *high = packed_base64("\xff\xff\xfe", 3);
    assert_string_equal(high, "///+");
    free(high);
}

static json_t *lines_of(json_t *document)
{
    return json_object_get(document, "lines");
}

static void the_log_book_keeps_the_newest(void **state)
{
    (void)state;
    logbook_t *book = logbook_new();
    for (int i = 1; i <= LOGBOOK_LINES + 5; i++)
        logbook_note(book, LOG_LEVEL_INFO, "primary", i == 3 ? "three" : "line");
    logbook_note(book, LOG_LEVEL_ERROR, "host_1", "boom \xff");
    json_t *all = logbook_document(book, 0), *new = logbook_document(book, LOGBOOK_LINES + 4);
    json_t *none = logbook_document(book, UINT64_MAX), *locust = logbook_locust(book);
    assert_int_equal(json_array_size(lines_of(all)), LOGBOOK_LINES);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines_of(all), 0), "n")), 7);
    assert_int_equal(json_array_size(lines_of(new)), 2);
    json_t *last = json_array_get(lines_of(new), 1);
    assert_int_equal(json_integer_value(json_object_get(last, "n")), LOGBOOK_LINES + 6);
    assert_string_equal(json_string_value(json_object_get(last, "level")), "ERROR");
    assert_string_equal(json_string_value(json_object_get(last, "who")), "host_1");
    assert_string_equal(json_string_value(json_object_get(last, "message")), "boom ?");
    assert_int_equal(json_array_size(lines_of(none)), 0);
    assert_int_equal(json_array_size(json_object_get(locust, "master")), LOGBOOK_LINES - 1);
    assert_int_equal(json_array_size(json_object_get(json_object_get(locust, "workers"), "host_1")), 1);
    json_decref(all);
    json_decref(new);
    json_decref(none);
    json_decref(locust);
    logbook_destroy(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_carries_its_data),   cmocka_unit_test(the_log_is_hdr_histograms_own),
        cmocka_unit_test(packed_bytes_open_again),       cmocka_unit_test(base64_as_in_rfc_4648),
        cmocka_unit_test(the_log_book_keeps_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
