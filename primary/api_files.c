/* Files to download, of the present run or a kept one, and Locust's own. */
#include "primary/api_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/option_table.h"
#include "primary/api_locust.h"
#include "primary/api_series.h"
#include "primary/document.h"
#include "primary/report_hlog.h"
#include "primary/report_html.h"

enum { FILE_MAX = 256 * 1024 * 1024, REPORT_POINTS = 2000 };

static const char csv[] = "text/csv; charset=utf-8";

static void call_it(struct api_answer *answer, const char *name)
{
    if (answer->status == 200)
        snprintf(answer->file, sizeof answer->file, "%s", name);
}

static void not_kept(struct api_answer *answer)
{
    api_say_error(answer, 404, "no_such_run", "There is no run of this id, or it has no such file.");
}

/* ---- of the present run ---- */

static void present_csv(api_t *self, const char *file, bool full, struct api_answer *answer)
{
    bool history = strcmp(file, "history.csv") == 0;
    struct snapshot *snapshot = control_snapshot(self->is.control, history ? SIZE_MAX : 1);
    struct buffer out;
    buffer_init(&out, FILE_MAX);
    size_t count = 0;
    const struct report_exception *exceptions = members_exceptions(self->is.members, &count);
    bool fits = history                             ? report_csv_history(snapshot, full, &out)
                : strcmp(file, "stats.csv") == 0    ? report_csv_stats(snapshot, &out)
                : strcmp(file, "failures.csv") == 0 ? report_csv_failures(snapshot, &out)
                                                    : report_csv_exceptions(exceptions, count, &out);
    out.full = !fits;
    snapshot_destroy(&snapshot);
    api_say_bytes(answer, csv, &out);
}

static json_t *present_run(api_t *self)
{
    struct snapshot *snapshot = control_snapshot(self->is.control, 2);
    json_t *out = api_run_of_now(self, snapshot);
    snapshot_destroy(&snapshot);
    return out;
}

static void present_hlog(api_t *self, struct api_answer *answer)
{
    struct snapshot *snapshot = control_snapshot(self->is.control, 1);
    struct buffer out;
    buffer_init(&out, FILE_MAX);
    bool fits = report_hlog(&snapshot->totals.due, &snapshot->totals.service, snapshot->run.started_ms,
                            snapshot->elapsed_s, &out);
    out.full = !fits;
    snapshot_destroy(&snapshot);
    api_say_bytes(answer, "text/plain; charset=utf-8", &out);
}

/* ---- of a kept one ---- */

static json_t *kept(api_t *self, const char *id, const char *kind)
{
    size_t length = 0;
    char *text = self->is.history != NULL ? history_part(self->is.history, id, kind, &length) : NULL;
    json_t *out = text != NULL ? json_loadb(text, length, JSON_DECODE_ANY, NULL) : NULL;
    free(text);
    return out;
}

/* The history's rows need no more of a snapshot than its target. */
static void kept_history(api_t *self, const char *id, struct api_answer *answer)
{
    struct series_point *points = NULL;
    size_t count = 0;
    json_t *run = kept(self, id, "run");
    const char *target = json_string_value(json_object_get(json_object_get(run, "settings"), "target"));
    struct snapshot *snapshot = mem_new(1, sizeof *snapshot);
    char error[256];
    if (target == NULL || !target_parse(target, &snapshot->run.plan.target, error, sizeof error) ||
        !history_points(self->is.history, id, &points, &count)) {
        not_kept(answer);
    } else {
        struct buffer out;
        buffer_init(&out, FILE_MAX);
        snprintf(snapshot->target, sizeof snapshot->target, "%s", target);
        snapshot->points = points;
        snapshot->points_count = count;
        out.full = !report_csv_history(snapshot, true, &out);
        snapshot->points = NULL;
        api_say_bytes(answer, csv, &out);
    }
    free(points);
    snapshot_destroy(&snapshot);
    json_decref(run);
}

static bool kept_histogram(api_t *self, const char *id, const char *kind, struct histogram *out)
{
    size_t length = 0;
    char *bytes = history_part(self->is.history, id, kind, &length);
    bool good = bytes != NULL && histogram_decode(out, (const uint8_t *)bytes, length);
    free(bytes);
    return good;
}

static void kept_hlog(api_t *self, const char *id, struct api_answer *answer)
{
    struct histogram *due = mem_new(2, sizeof *due), *service = due + 1;
    json_t *run = kept(self, id, "run");
    double duration_s = json_number_value(json_object_get(run, "elapsed_s"));
    if (run == NULL || !kept_histogram(self, id, "due", due) ||
        !kept_histogram(self, id, "service", service)) {
        not_kept(answer);
    } else {
        struct buffer out;
        buffer_init(&out, FILE_MAX);
        out.full = !report_hlog(due, service, history_started_ms(self->is.history, id), duration_s, &out);
        api_say_bytes(answer, "text/plain; charset=utf-8", &out);
    }
    json_decref(run);
    free(due);
}

static void kept_part(api_t *self, const char *id, const char *kind, const char *type,
                      struct api_answer *answer)
{
    size_t length = 0;
    char *text = history_part(self->is.history, id, kind, &length);
    if (text == NULL)
        not_kept(answer);
    else
        api_say_text(answer, type, text, length);
}

/* ---- the report ---- */

static json_t *kept_series(api_t *self, const char *id, json_t *run)
{
    struct series_point *points = NULL;
    size_t count = 0;
    const char *model = json_string_value(json_object_get(json_object_get(run, "settings"), "model"));
    json_t *marks = json_object_get(run, "marks");
    struct api_series_ask ask = {.from_s = -1,
                                 .to_s = 1e18,
                                 .points_max = REPORT_POINTS,
                                 .run_id = id,
                                 .rate_model = model != NULL && strcmp(model, "rate") == 0,
                                 .marks = marks != NULL ? json_deep_copy(marks) : NULL};
    if (!history_points(self->is.history, id, &points, &count))
        count = 0;
    json_t *out = api_series(points, count, &ask);
    free(points);
    return out;
}

static json_t *present_series(api_t *self)
{
    char id[API_RUN_ID_MAX];
    const series_t *series = control_series(self->is.control);
    size_t count = series_count(series);
    bool there = api_current_id(self, id);
    struct api_series_ask ask = {.from_s = -1,
                                 .to_s = 1e18,
                                 .points_max = REPORT_POINTS,
                                 .run_id = there ? id : NULL,
                                 .rate_model = control_run(self->is.control)->plan.model == PLAN_RATE,
                                 .marks =
                                     marks_document(control_marks(self->is.control), 0, 1e18, MARKS_MAX)};
    return api_series(count > 0 ? series_at(series, 0) : NULL, count, &ask);
}

static json_t *or_null(json_t *value)
{
    return value != NULL ? value : json_null();
}

static void report(api_t *self, const char *id, struct api_answer *answer)
{
    const char *page = NULL;
    size_t length = 0;
    bool present = api_is_current(self, id);
    json_t *run = present ? present_run(self) : kept(self, id, "run");
    if (run == NULL) {
        not_kept(answer);
        return;
    }
    json_t *data = json_object();
    document_put(data, "series", present ? present_series(self) : kept_series(self, id, run));
    document_put(data, "shards", present ? api_shards_of_now(self) : or_null(kept(self, id, "shards")));
    document_put(data, "host",
                 or_null(present ? json_loads(self->host_facts, 0, NULL) : kept(self, id, "host")));
    document_put(data, "run", run);
    char *text = document_dump(data, NULL);
    struct buffer out;
    buffer_init(&out, FILE_MAX);
    if (!self->is.asset("report.html", &page, &length) || !report_html(page, length, text, &out)) {
        buffer_fini(&out);
        api_say_error(answer, 404, "no_report",
                      "This primary was built without the page, and so without reports.");
    } else {
        api_say_bytes(answer, "text/html; charset=utf-8", &out);
    }
    free(text);
}

/* ---- routes ---- */

static bool is_csv(const char *file)
{
    static const char *const names[] = {"stats.csv", "history.csv", "failures.csv", "exceptions.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(file, names[i]) == 0)
            return true;
    }
    return false;
}

static void download_kept(api_t *self, const char *file, const char *id, struct api_answer *answer)
{
    bool kept = self->is.history != NULL;
    if (kept && strcmp(file, "history.csv") == 0)
        kept_history(self, id, answer);
    else if (kept && is_csv(file))
        kept_part(self, id, file, csv, answer);
    else if (kept && strcmp(file, "run.json") == 0)
        kept_part(self, id, "run", "application/json", answer);
    else if (kept && strcmp(file, "latency.hlog") == 0)
        kept_hlog(self, id, answer);
    else
        not_kept(answer);
}

void api_download_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    const char *run = api_value(question, "run"), *file = question->id;
    char id[API_RUN_ID_MAX], name[96];
    bool present = api_is_current(self, run);
    if (strcmp(file, "report.html") == 0)
        report(self, present ? NULL : run, answer);
    else if (!present)
        download_kept(self, file, run, answer);
    else if (is_csv(file))
        present_csv(self, file, true, answer);
    else if (strcmp(file, "run.json") == 0)
        api_say(answer, 200, present_run(self));
    else if (strcmp(file, "latency.hlog") == 0)
        present_hlog(self, answer);
    else
        api_say_error(answer, 404, "no_such_file", "There is no such file.");
    bool known = api_current_id(self, id);
    snprintf(name, sizeof name, "freshet-%.16s-%.40s", present ? (known ? id : "none") : run, file);
    call_it(answer, name);
}

void api_stats_csv_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    present_csv(self, "stats.csv", false, answer);
    call_it(answer, "requests.csv");
}

void api_history_csv_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    if (!options_flag(self->is.options, OPT_CSV_FULL_HISTORY)) { /* as Locust does */
        api_say_error(answer, 404, "no_full_history",
                      "the primary was not started with --csv-full-history; GET /api/v1/download/history.csv "
                      "has the history without it");
        return;
    }
    present_csv(self, "history.csv", true, answer);
    call_it(answer, "requests_full_history.csv");
}

void api_failures_csv_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    present_csv(self, "failures.csv", false, answer);
    call_it(answer, "failures.csv");
}

void api_exceptions_csv_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    present_csv(self, "exceptions.csv", false, answer);
    call_it(answer, "exceptions.csv");
}

void api_exceptions_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    size_t count = 0;
    const struct report_exception *exceptions = members_exceptions(self->is.members, &count);
    api_say(answer, 200, api_locust_exceptions(exceptions, count));
}

void api_report_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    const char *download = api_value(question, "download");
    report(self, NULL, answer);
    if (download != NULL && strcmp(download, "1") == 0)
        call_it(answer, "report.html");
}

void api_tasks_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)self;
    (void)question;
    api_say(answer, 200, api_locust_tasks());
}

void api_locust_logs_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    api_say(answer, 200, logbook_locust(self->is.logbook));
}
