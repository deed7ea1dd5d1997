#include "primary/report_passing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/units.h"
#include "primary/exit_code.h"

/* ---- text ---- */

static const char *word(const struct threshold_result *result)
{
    return result->state == THRESHOLD_MET ? "ok" : result->state == THRESHOLD_MISSED ? "MISSED" : "no data";
}

static void thresholds(const struct snapshot *s, struct buffer *out)
{
    for (size_t i = 0; i < s->thresholds_count; i++) {
        const struct threshold_result *result = &s->thresholds[i];
        char value[THRESHOLD_NAME_MAX] = "";
        if (result->state != THRESHOLD_NONE)
            threshold_print(result->is.unit, result->value, value);
        buffer_printf(out, "threshold %-7s %s%s%s\n", word(result), result->is.text,
                      value[0] != '\0' ? ": " : "", value);
    }
    if (s->thresholds_count > 0)
        buffer_text(out, "\n");
}

static void search_result(const struct search *search, struct buffer *out)
{
    char rate[UNITS_TEXT_MAX];
    switch (search->state) {
    case SEARCH_FOUND:
        buffer_printf(out, "capacity  %s events/s: the highest rate that held\n",
                      units_print_count(search->found, rate));
        break;
    case SEARCH_NONE:
        buffer_printf(out, "capacity  not found: not even --from, %s events/s, held\n",
                      units_print_count(search->plan.from, rate));
        break;
    default:
        buffer_printf(out, "capacity  not found: %s events/s held so far, not confirmed\n",
                      units_print_count(search->held, rate));
    }
    if (search->stopped_by[0] != '\0')
        buffer_printf(out, "stopped   %s\n", search->stopped_by);
    if (search->verdict.text[0] != '\0')
        buffer_printf(out, "there     %s\n", search->verdict.text);
}

static void search_table(const struct search *search, struct buffer *out)
{
    buffer_printf(out, "\n%-12s %12s %9s %9s %11s  %s\n", "events/s", "delivered/s", "p50", "p99",
                  "throttled %", "held");
    for (size_t i = 0; i < search->steps_count; i++) {
        const struct search_step *step = &search->steps[i];
        char rate[UNITS_TEXT_MAX], delivered[UNITS_TEXT_MAX], p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX];
        buffer_printf(out, "%-12s %12s %9s %9s %11.2f  %s%s%s%s\n", units_print_count(step->rate, rate),
                      units_print_count(step->delivered_per_s, delivered),
                      step->timed ? units_print_duration(step->p50_us, p50) : "-",
                      step->timed ? units_print_duration(step->p99_us, p99) : "-",
                      100 * step->throttled_share, step->held ? "yes" : "no", step->held ? "" : ": ",
                      step->why, step->confirming ? " (confirmation)" : "");
    }
    buffer_text(out, "\n");
}

void report_passing_text(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL && out != NULL);
    thresholds(snapshot, out);
    if (snapshot->search == NULL)
        return;
    search_result(snapshot->search, out);
    search_table(snapshot->search, out);
}

/* ---- JUnit ---- */

/* As XML text or attribute. Control characters, which XML has no way to write, and what is not ASCII and may
 * not be UTF-8, become '?'. */
static void escaped(const char *text, struct buffer *out)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            buffer_text(out, "&amp;");
        else if (c == '<')
            buffer_text(out, "&lt;");
        else if (c == '>')
            buffer_text(out, "&gt;");
        else if (c == '"')
            buffer_text(out, "&quot;");
        else
            buffer_append(out, c < 0x20 || c >= 0x7f ? "?" : text, 1);
    }
}

/* `failure` NULL: it passed. */
static void test_case(const char *name, const char *failure, struct buffer *out)
{
    buffer_text(out, "  <testcase classname=\"freshet\" name=\"");
    escaped(name, out);
    if (failure == NULL) {
        buffer_text(out, "\"/>\n");
        return;
    }
    buffer_text(out, "\">\n    <failure message=\"");
    escaped(failure, out);
    buffer_text(out, "\"/>\n  </testcase>\n");
}

/* A missed threshold fails its own case. */
static bool run_failed(const struct snapshot *s)
{
    bool aborted = s->run.ended_by == RUN_END_ABORTED;
    return s->exit_code != EXIT_CODE_OK && (s->exit_code != EXIT_CODE_THRESHOLD || aborted);
}

static size_t failures(const struct snapshot *s)
{
    size_t count = run_failed(s);
    for (size_t i = 0; i < s->thresholds_count; i++)
        count += s->thresholds[i].state != THRESHOLD_MET;
    return count + (s->search != NULL && s->search->state != SEARCH_FOUND);
}

static void search_case(const struct search *search, struct buffer *out)
{
    char name[RUN_TEXT_MAX] = "find-capacity ", rate[UNITS_TEXT_MAX], found[RUN_TEXT_MAX];
    for (size_t i = 0; i < search->plan.conditions.count; i++) {
        size_t length = strlen(name);
        snprintf(name + length, sizeof name - length, "%s%s", i > 0 ? "," : "",
                 search->plan.conditions.list[i].text);
    }
    test_case(name, search->state == SEARCH_FOUND ? NULL : search->stopped_by, out);
    if (search->state != SEARCH_FOUND)
        return;
    snprintf(found, sizeof found, "capacity: %s events/s", units_print_count(search->found, rate));
    buffer_text(out, "  <system-out>");
    escaped(found, out);
    buffer_text(out, "</system-out>\n");
}

bool report_passing_junit(const struct snapshot *snapshot, struct buffer *out)
{
    must(snapshot != NULL && out != NULL);
    const struct snapshot *s = snapshot;
    char started[CLOCK_RFC3339_MAX], run[VERDICT_TEXT_MAX + RUN_TEXT_MAX + 64];
    clock_rfc3339(s->run.started_ms, started);
    buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"freshet ");
    escaped(s->target, out);
    buffer_printf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\" time=\"%.3f\"",
                  s->thresholds_count + (s->search != NULL) + 1, failures(s), s->elapsed_s);
    buffer_printf(out, " timestamp=\"%s\">\n", started);
    for (size_t i = 0; i < s->thresholds_count; i++) {
        char text[THRESHOLD_TEXT_MAX];
        bool met = s->thresholds[i].state == THRESHOLD_MET;
        test_case(s->thresholds[i].is.text, met ? NULL : threshold_explain(&s->thresholds[i], text), out);
    }
    snprintf(run, sizeof run, "exit code %d, %s; %s", s->exit_code, run_end_name(&s->run), s->verdict.text);
    test_case("run", run_failed(s) ? run : NULL, out);
    if (s->search != NULL)
        search_case(s->search, out);
    buffer_text(out, "</testsuite>\n");
    return !out->full;
}
