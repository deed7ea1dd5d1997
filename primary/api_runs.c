/* The history of runs: kept up to date while one goes on, listed, opened, renamed, deleted. */
#include "primary/api_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "primary/api_options.h"
#include "primary/document.h"
#include "primary/report_csv.h"

enum { KEEP_US = 10000000, LIST_DEFAULT = 50, PARTS_MAX = 10, CSV_MAX = 64 * 1024 * 1024 };

/* ---- keeping ---- */

struct parts {
    struct history_part list[PARTS_MAX];
    void *owned[PARTS_MAX];
    size_t count;
};

static void add(struct parts *parts, const char *kind, void *bytes, size_t length)
{
    must(parts->count < PARTS_MAX);
    parts->owned[parts->count] = bytes;
    parts->list[parts->count++] = (struct history_part){.kind = kind, .bytes = bytes, .length = length};
}

static void add_document(struct parts *parts, const char *kind, json_t *document)
{
    size_t length = 0;
    char *text = document_dump(document, &length);
    add(parts, kind, text, length);
}

static void add_histogram(struct parts *parts, const char *kind, const struct histogram *histogram)
{
    uint8_t *bytes = mem_new(HISTOGRAM_ENCODED_MAX, 1);
    add(parts, kind, bytes, histogram_encode(histogram, bytes, HISTOGRAM_ENCODED_MAX));
}

static void add_csv(struct parts *parts, const char *kind, struct buffer *csv, bool fits)
{
    if (fits)
        add(parts, kind, mem_text_n(buffer_str(csv), csv->length), csv->length);
    buffer_fini(csv);
}

static void add_csvs(api_t *self, const struct snapshot *snapshot, struct parts *parts)
{
    struct buffer csv;
    size_t count = 0;
    const struct report_exception *exceptions = members_exceptions(self->is.members, &count);
    buffer_init(&csv, CSV_MAX);
    add_csv(parts, "stats.csv", &csv, report_csv_stats(snapshot, &csv));
    buffer_init(&csv, CSV_MAX);
    add_csv(parts, "failures.csv", &csv, report_csv_failures(snapshot, &csv));
    buffer_init(&csv, CSV_MAX);
    add_csv(parts, "exceptions.csv", &csv, report_csv_exceptions(exceptions, count, &csv));
}

/* The points after those that were written; *last_s becomes the time of the newest. */
static const struct series_point *new_points(const api_t *self, size_t *count_out, double *last_s)
{
    const series_t *series = control_series(self->is.control);
    size_t count = series_count(series), first = count;
    while (first > 0 && series_at(series, first - 1)->at_s > self->kept.written_s)
        first--;
    *count_out = count - first;
    if (first < count)
        *last_s = series_at(series, count - 1)->at_s;
    return first < count ? series_at(series, first) : NULL;
}

static bool keep(api_t *self, const struct snapshot *snapshot, bool over)
{
    const struct snapshot_latency *due = &snapshot->headline->due;
    const struct plan *plan = &snapshot->run.plan;
    struct history_run run = {.id = self->kept.id,
                              .state = over ? "finished" : "running",
                              .started_ms = snapshot->run.started_ms,
                              .duration_s = snapshot->elapsed_s,
                              .target = snapshot->target,
                              .model = plan->model == PLAN_RATE ? "rate" : "users",
                              .asked = plan->model == PLAN_RATE ? plan->rate : -1,
                              .counters = snapshot->all.counters,
                              .p50_us = due->p50_us,
                              .p99_us = due->p99_us,
                              .timed = due->count > 0,
                              .verdict = snapshot->verdict.text,
                              .exit_code = snapshot->exit_code};
    struct parts parts = {.count = 0};
    add_document(&parts, "run", api_run_of_now(self, snapshot));
    add_document(&parts, "shards", api_shards_of_now(self));
    add_document(&parts, "settings", api_options_settings(control_options(self->is.control)));
    add(&parts, "host", mem_text(self->host_facts), strlen(self->host_facts));
    add_histogram(&parts, "due", &snapshot->totals.due);
    add_histogram(&parts, "service", &snapshot->totals.service);
    if (over)
        add_csvs(self, snapshot, &parts);
    size_t points_count = 0;
    double last_s = self->kept.written_s;
    const struct series_point *points = new_points(self, &points_count, &last_s);
    bool good = history_write(self->is.history, &run, parts.list, parts.count, points, points_count);
    if (good)
        self->kept.written_s = last_s;
    for (size_t i = 0; i < parts.count; i++)
        free(parts.owned[i]);
    return good;
}

/* A run that came to nothing after it had begun leaves no trace. */
static void drop_refused(api_t *self)
{
    if (self->kept.id[0] != '\0' && !self->kept.over && control_refusal(self->is.control) != NULL &&
        history_delete(self->is.history, self->kept.id) == HISTORY_FAILED)
        log_debug(self->is.log, "the history keeps a run that was refused: %s", self->kept.id);
    self->kept = (struct api_kept){.over = true};
}

static uint64_t unknown_now(const api_t *self)
{
    return ledger_counters(members_ledger(self->is.members)).unknown;
}

/* A secondary came back after the end and told what became of its events. */
static bool books_changed(const api_t *self)
{
    return unknown_now(self) != self->kept.unknown;
}

void api_runs_turn(api_t *self, uint64_t now_us)
{
    struct api_kept *kept = &self->kept;
    char id[API_RUN_ID_MAX];
    if (self->is.history == NULL)
        return;
    if (!api_current_id(self, id)) {
        drop_refused(self);
        return;
    }
    if (strcmp(kept->id, id) != 0) {
        *kept = (struct api_kept){.written_s = 0};
        memcpy(kept->id, id, sizeof kept->id);
    }
    bool over = control_run(self->is.control)->state == RUN_STOPPED;
    if (kept->over && books_changed(self))
        kept->over = false;
    if (kept->over || (!over && now_us < kept->next_us))
        return;
    if (over && now_us < kept->next_us && history_error(self->is.history) != NULL)
        return; /* the disk refused a moment ago */
    if (kept->resets != control_resets(self->is.control))
        history_forget_points(self->is.history, kept->id);
    kept->resets = control_resets(self->is.control);
    struct snapshot *snapshot = control_snapshot(self->is.control, 2);
    kept->unknown = unknown_now(self);
    bool good = keep(self, snapshot, over);
    snapshot_destroy(&snapshot);
    kept->next_us = now_us + KEEP_US;
    kept->over = over && good;
    if (kept->over)
        history_prune(self->is.history, clock_wall_ms(), kept->id);
}

/* ---- asking ---- */

static bool none(api_t *self, struct api_answer *answer)
{
    if (self->is.history != NULL)
        return false;
    api_say_error(answer, 404, "no_history", "This primary keeps no history.");
    return true;
}

static void no_such(struct api_answer *answer)
{
    api_say_error(answer, 404, "no_such_run", "There is no run of this id.");
}

void api_runs_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    const char *limit_text = api_value(question, "limit"), *before = api_value(question, "before");
    long limit = limit_text != NULL ? strtol(limit_text, NULL, 10) : LIST_DEFAULT;
    limit = limit < 1 ? 1 : limit > HISTORY_LIST_MAX ? HISTORY_LIST_MAX : limit;
    if (before != NULL && before[0] == '\0')
        before = NULL;
    json_t *out = json_object();
    document_put(out, "runs",
                 self->is.history != NULL ? history_list(self->is.history, (size_t)limit, before)
                                          : json_array());
    document_put(out, "history_error",
                 document_text(self->is.history != NULL ? history_error(self->is.history) : NULL));
    api_say_kept(answer, out);
}

static json_t *part(api_t *self, const char *id, const char *kind)
{
    size_t length = 0;
    char *text = history_part(self->is.history, id, kind, &length);
    json_t *out = text != NULL ? json_loadb(text, length, JSON_DECODE_ANY, NULL) : NULL;
    free(text);
    return out != NULL ? out : json_null();
}

void api_run_one_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    char name[HISTORY_NAME_MAX], state[16];
    if (none(self, answer))
        return;
    if (!history_find(self->is.history, question->id, name, state)) {
        no_such(answer);
        return;
    }
    json_t *run = part(self, question->id, "run");
    if (json_is_object(run)) {
        document_put(run, "name", name[0] != '\0' ? document_text(name) : json_null());
        if (strcmp(state, "interrupted") == 0)
            document_put(run, "state", document_text("stopped")); /* as far as it came */
    }
    json_t *out = json_object();
    document_put(out, "run", run);
    document_put(out, "host", part(self, question->id, "host"));
    document_put(out, "settings", part(self, question->id, "settings"));
    document_put(out, "state", document_text(state));
    api_say_kept(answer, out);
}

static void say_outcome(enum history_outcome outcome, struct api_answer *answer, const history_t *history)
{
    if (outcome == HISTORY_NONE) {
        no_such(answer);
    } else if (outcome == HISTORY_FAILED) {
        const char *why = history_error(history);
        api_say_error(answer, 503, "history", why != NULL ? why : "The history can't be written.");
    } else {
        json_t *out = json_object();
        document_put(out, "ok", json_true());
        api_say(answer, 200, out);
    }
}

void api_rename_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    const char *name = api_value(question, "name");
    if (none(self, answer))
        return;
    if (name == NULL || strlen(name) >= HISTORY_NAME_MAX) {
        struct api_command_fields fields = {.count = 1};
        snprintf(fields.list[0].name, sizeof fields.list[0].name, "name");
        snprintf(fields.list[0].message, sizeof fields.list[0].message, "needs a name of at most %d bytes",
                 HISTORY_NAME_MAX - 1);
        api_say(answer, 422, api_command_refusal(&fields));
        return;
    }
    enum history_outcome outcome = history_rename(self->is.history, question->id, name);
    if (outcome == HISTORY_DONE && strcmp(question->id, self->kept.id) == 0)
        snprintf(self->kept.name, sizeof self->kept.name, "%s", name);
    say_outcome(outcome, answer, self->is.history);
}

void api_delete_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    if (none(self, answer))
        return;
    if (control_busy(self->is.control) && strcmp(question->id, self->kept.id) == 0) {
        api_say_error(answer, 409, "busy", "This run is going on: stop it first.");
        return;
    }
    log_info(self->is.log, "run %s is deleted: user=%s from=%s", question->id, question->user,
             question->remote);
    say_outcome(history_delete(self->is.history, question->id), answer, self->is.history);
}
