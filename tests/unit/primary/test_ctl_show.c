/* ctl_show - the status as lines: figures where they belong, dashes for what a server left out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "primary/ctl_show.h"

#include <string.h>

static const char running[] =
    "{'state':'running','phase':'steady','run_id':'ab','elapsed_s':75.4,'total_s':3600.0,'settings':{'target'"
    ":'S',"
    "'model':'rate','rate':50000.0,'users':null,'batch_size':500},'events':{'generated':100,'delivered':90,'"
    "failed':7,"
    "'unknown':1,'in_flight':2,'retried':5,'throttled':3},'now_per_s':{'delivered':49000.0},'latency_us':{'"
    "p99':1500},"
    "'verdict':{'kind':'x','text':'on target'},'refused':{'count':3,'address':'10.0.0.9','reason':'no keys',"
    "'at':'2026-11-22T10:00:00Z'},'secondaries':[{'id':'a_1','state':'running','share':{'rate':50000.0,'"
    "users':null},"
    "'delivered_per_s':49000.0,'cpu_percent':12.4,'unknown':0,'version':'freshet/"
    "1'},{'id':'b_2','state':'missing',"
    "'share':null,'unknown':1,'version':'freshet/1'},{'id':'c_3','state':'left'}]}";

static void shown(const char *json, struct buffer *out)
{
    char text[4096];
    size_t length = strlen(json);
    assert_true(length < sizeof text);
    for (size_t i = 0; i <= length; i++)
        text[i] = json[i] == '\'' ? '"' : json[i];
    json_t *run = json_loads(text, 0, NULL);
    assert_non_null(run);
    buffer_init(out, 1 << 20);
    ctl_show_status(run, out);
    assert_false(out->full);
    json_decref(run);
}

static void has(const struct buffer *out, const char *line)
{
    if (strstr(buffer_str(out), line) == NULL)
        fail_msg("no \"%s\" in\n%s", line, buffer_str(out));
}

static void a_run_is_shown_with_its_ledger_and_secondaries(void **state)
{
    (void)state;
    struct buffer out;
    shown(running, &out);
    has(&out, "state        running, steady, 00:01:15 of 01:00:00\n");
    has(&out, "target       S\n");
    has(&out, "load         50.0k events/s, batches of 500\n");
    has(&out, "now          49.0k events/s delivered; p99 1.50ms\n");
    has(&out, "events       generated 100 = delivered 90 + failed 7 + unknown 1 + in flight 2\n");
    has(&out, "             retried 5, throttled 3\n");
    has(&out, "verdict      on target\n");
    has(&out, "secondaries  1, 1 missing\n");
    has(&out, "refused      3, last from 10.0.0.9 at 2026-11-22T10:00:00Z: no keys\n");
    has(&out, "\na_1 ");
    has(&out, "\nb_2 ");
    has(&out, "  missing  ");
    buffer_fini(&out);
}

static void what_is_left_out_or_odd_is_a_dash(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "{}",
        "{'state':5,'events':[],'secondaries':{},'settings':'x','refused':[]}",
        "{'state':'ready','events':{'generated':-5,'delivered':1e300},'secondaries':[1,{'id':5,'share':7}]}",
        "{'elapsed_s':1e300,'run_id':'x','refused':{}}",
    };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct buffer out;
        shown(odd[i], &out);
        has(&out, "target       -\n");
        has(&out, "generated - = delivered -");
        buffer_fini(&out);
    }
}

static void busy_is_what_stop_waits_for(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        bool busy;
    } rows[] = {{"ready", false},   {"spawning", true}, {"running", true},
                {"stopping", true}, {"stopped", false}, {"whatever", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *run = json_pack("{s:s}", "state", rows[i].state);
        assert_int_equal(ctl_show_busy(run), rows[i].busy);
        json_decref(run);
    }
    assert_false(ctl_show_busy(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_shown_with_its_ledger_and_secondaries),
        cmocka_unit_test(what_is_left_out_or_odd_is_a_dash),
        cmocka_unit_test(busy_is_what_stop_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
