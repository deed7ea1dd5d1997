/* What of the present run is shown, and the lists beside it. */
#include "primary/api_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/option_table.h"
#include "primary/api_options.h"
#include "primary/api_series.h"
#include "primary/document.h"

enum { POINTS_DEFAULT = 600 };

json_t *api_run_of_now(api_t *self, const struct snapshot *snapshot)
{
    control_t *control = self->is.control;
    struct api_run_more more = {
        .sequence = self->sequence,
        .state = control_state(control),
        .name = self->kept.id[0] != '\0' && self->kept.name[0] != '\0' ? self->kept.name : NULL,
        .no_target = options_text(control_options(control), OPT_TARGET) == NULL,
        .wait_time = options_text(control_options(control), OPT_WAIT_TIME),
        .host = self->host,
        .marks = control_marks(control),
        .history_error = self->is.history != NULL ? history_error(self->is.history) : NULL,
        .refusal = control_refusal(control),
        .refused = self->is.refused,
        .shard_times = control_shard_times(control),
        .ledger = members_ledger(self->is.members)};
    return api_run(snapshot, &more);
}

json_t *api_shards_of_now(const api_t *self)
{
    bool kinesis = control_run(self->is.control)->plan.target.kind == TARGET_KINESIS;
    return shard_times_document(control_shard_times(self->is.control), members_ledger(self->is.members),
                                members_preflight(self->is.members), kinesis);
}

bool api_current_id(const api_t *self, char out[API_RUN_ID_MAX])
{
    const struct run *run = control_run(self->is.control);
    api_run_id(run->id, out);
    return run->state != RUN_READY && run->id != 0;
}

bool api_is_current(const api_t *self, const char *run)
{
    char id[API_RUN_ID_MAX];
    if (run == NULL || run[0] == '\0' || strcmp(run, "current") == 0)
        return true;
    return api_current_id(self, id) && strcmp(run, id) == 0;
}

/* A number among the parameters; `fallback` when there is none or no number. */
static double number(const struct api_question *question, const char *name, double fallback)
{
    const char *text = api_value(question, name);
    char *end = NULL;
    double value = text != NULL && text[0] != '\0' ? strtod(text, &end) : fallback;
    return end != NULL && (*end != '\0' || !isfinite(value)) ? fallback : value;
}

static bool rate_model(json_t *run)
{
    const char *model = json_string_value(json_object_get(json_object_get(run, "settings"), "model"));
    return model != NULL && strcmp(model, "rate") == 0;
}

static json_t *kept_document(api_t *self, const char *id, const char *kind)
{
    size_t length = 0;
    char *text = self->is.history != NULL ? history_part(self->is.history, id, kind, &length) : NULL;
    json_t *out = text != NULL ? json_loadb(text, length, JSON_DECODE_ANY, NULL) : NULL;
    free(text);
    return out;
}

/* The marks of a kept run within the times asked for. */
static json_t *kept_marks(json_t *run, double from_s, double to_s)
{
    json_t *out = json_array(), *mark;
    size_t i;
    json_array_foreach(json_object_get(run, "marks"), i, mark)
    {
        double at_s = json_number_value(json_object_get(mark, "at_s"));
        if (at_s >= from_s && at_s <= to_s)
            must(json_array_append(out, mark) == 0);
    }
    return out;
}

static void kept_series(api_t *self, const char *id, struct api_series_ask *ask, struct api_answer *answer)
{
    struct series_point *points = NULL;
    size_t count = 0;
    if (self->is.history == NULL || !history_points(self->is.history, id, &points, &count)) {
        api_say_error(answer, 404, "no_such_run", "there is no run of this id");
        return;
    }
    json_t *run = kept_document(self, id, "run");
    ask->run_id = id;
    ask->rate_model = rate_model(run);
    ask->marks = kept_marks(run, ask->from_s, ask->to_s);
    api_say_kept(answer, api_series(points, count, ask));
    json_decref(run);
    free(points);
}

void api_series_ask_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    double points_max = number(question, "points", POINTS_DEFAULT);
    points_max = points_max < 1 ? 1 : points_max > API_SERIES_POINTS_MAX ? API_SERIES_POINTS_MAX : points_max;
    struct api_series_ask ask = {.from_s = number(question, "from", -1),
                                 .to_s = number(question, "to", 1e18),
                                 .points_max = (size_t)points_max};
    const char *run = api_value(question, "run");
    if (!api_is_current(self, run)) {
        kept_series(self, run, &ask, answer);
        return;
    }
    char id[API_RUN_ID_MAX];
    const series_t *series = control_series(self->is.control);
    size_t count = series_count(series);
    bool there = api_current_id(self, id);
    ask.run_id = there ? id : NULL;
    ask.rate_model = control_run(self->is.control)->plan.model == PLAN_RATE;
    ask.marks = marks_document(control_marks(self->is.control), ask.from_s, ask.to_s, MARKS_MAX);
    api_say_kept(answer, api_series(count > 0 ? series_at(series, 0) : NULL, count, &ask));
}

void api_shards_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    const char *run = api_value(question, "run");
    if (api_is_current(self, run)) {
        api_say_kept(answer, api_shards_of_now(self));
        return;
    }
    json_t *document = kept_document(self, run, "shards");
    if (document != NULL)
        api_say_kept(answer, document);
    else
        api_say_error(answer, 404, "no_such_run", "there is no run of this id, or its shards are not kept");
}

void api_secondaries_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    json_t *out = self->snapshot != NULL ? api_run_secondaries(self->snapshot, self->host) : json_array();
    api_say_kept(answer, out);
}

void api_logs_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    double after = number(question, "after", 0);
    uint64_t from = after > 0 && after < 1e18 ? (uint64_t)after : 0;
    api_say(answer, 200, logbook_document(self->is.logbook, from));
}

void api_options_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    (void)question;
    api_say_kept(answer, api_options(self->is.options));
}
