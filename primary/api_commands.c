/* Start, edit, stop, reset; questions to a secondary while somebody types. */
#include "primary/api_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "primary/api_locust.h"
#include "primary/api_workload.h"
#include "primary/document.h"
#include "primary/predicted.h"
#include "primary/preflight_text.h"

enum { ASK_US = 20000000, TEXT_MAX = 512 };

static void told(api_t *self, const struct api_question *question, const char *what)
{
    log_info(self->is.log, "%s: user=%s from=%s", what, question->user, question->remote);
}

static json_t *ok(void)
{
    json_t *out = json_object();
    document_put(out, "ok", json_true());
    return out;
}

static void busy(struct api_answer *answer)
{
    api_say_error(answer, 409, "busy", "A run is going on: stop it first.");
}

/* ---- start ---- */

/* False: the fields say why. */
static bool start(api_t *self, const struct api_question *question, bool locust,
                  struct api_command_fields *fields)
{
    options_t *options = options_copy(self->is.options);
    struct plan plan;
    bool good = api_command_take(options, question->parameters, question->parameters_count, locust, fields) &&
                api_command_plan(options, &plan, fields) && api_workload_check(options, fields);
    if (good) {
        told(self, question, "a run is started");
        control_start(self->is.control, options, &plan);
        self->start = self->is.later(self->is.context, question->exchange);
        self->start_locust = locust;
    }
    options_destroy(&options);
    return good;
}

static json_t *swarm_said(const api_t *self, bool success, const char *message)
{
    const struct plan *plan = &control_run(self->is.control)->plan;
    const char *host = options_text(control_options(self->is.control), OPT_TARGET);
    return api_locust_said(success, message, host != NULL ? host : "", (double)plan->run_time_us / 1e6);
}

/* Under the target's name, unless the words begin with another option's: "--replay: ...". */
static json_t *refusal(const char *why)
{
    char name[64] = "target";
    const char *words = strncmp(why, "--", 2) == 0 ? strstr(why, ": ") : NULL;
    if (words != NULL)
        snprintf(name, sizeof name, "%.*s", (int)strcspn(why + 2, ": "), why + 2);
    json_t *fields = json_object(), *error = json_object(), *out = json_object();
    document_put(fields, name, document_text(words != NULL ? words + 2 : why));
    document_put(error, "code", document_text("refused"));
    document_put(error, "message", document_text(why));
    document_put(error, "fields", fields);
    document_put(out, "error", error);
    return out;
}

/* The start has come to something, or to nothing. */
static void settle_start(api_t *self)
{
    struct api_answer answer = {.status = 0};
    const char *why = control_refusal(self->is.control);
    char id[API_RUN_ID_MAX];
    if (api_current_id(self, id)) {
        json_t *out = json_object();
        document_put(out, "run_id", document_text(id));
        if (self->start_locust) {
            json_decref(out);
            out = swarm_said(self, true, "Swarming started");
        }
        api_say(&answer, 200, out);
    } else {
        why = why != NULL ? why : "stopped before it began";
        api_say(&answer, self->start_locust ? 200 : 422,
                self->start_locust ? swarm_said(self, false, why) : refusal(why));
    }
    self->is.finish(self->is.context, self->start, &answer);
    self->start = NULL;
}

void api_start_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    struct api_command_fields *fields = mem_new(1, sizeof *fields);
    if (control_busy(self->is.control) || self->start != NULL)
        busy(answer);
    else if (start(self, question, false, fields))
        answer->later = true;
    else
        api_say(answer, 422, api_command_refusal(fields));
    free(fields);
}

/* ---- edit ---- */

static bool edit(api_t *self, const struct api_question *question, bool locust,
                 struct api_command_fields *fields)
{
    options_t *options = options_copy(control_options(self->is.control));
    struct plan plan;
    bool good = api_command_edit(options, &control_run(self->is.control)->plan, question->parameters,
                                 question->parameters_count, locust, &plan, fields);
    if (good) {
        told(self, question, "the run is changed");
        good = control_edit(self->is.control, options, &plan);
    }
    options_destroy(&options);
    return good;
}

static bool loading(const api_t *self)
{
    enum run_state state = control_run(self->is.control)->state;
    return state == RUN_SPAWNING || state == RUN_RUNNING;
}

void api_edit_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    struct api_command_fields *fields = mem_new(1, sizeof *fields);
    if (!loading(self))
        api_say_error(answer, 409, "not_running", "No run is going on that could be changed.");
    else if (edit(self, question, false, fields))
        api_say(answer, 200, ok());
    else
        api_say(answer, 422, api_command_refusal(fields));
    free(fields);
    api_publish(self); /* who asks next sees it */
}

void api_swarm_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    struct api_command_fields *fields = mem_new(1, sizeof *fields);
    const char *host = api_value(question, "host");
    char text[TEXT_MAX + 80] = "A run is starting or stopping.";
    if (loading(self)) {
        if (edit(self, question, true, fields))
            api_say(answer, 200, swarm_said(self, true, "Swarming started"));
    } else if (!control_busy(self->is.control) && self->start == NULL) {
        answer->later = start(self, question, true, fields);
    }
    if (answer->status == 0 && !answer->later) {
        if (fields->count > 0)
            snprintf(text, sizeof text, "%s: %s", fields->list[0].name, fields->list[0].message);
        api_say(answer, 200, api_locust_said(false, text, host != NULL ? host : "", 0));
    }
    free(fields);
}

/* ---- stop and reset ---- */

void api_stop_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    if (!control_stop(self->is.control) && !control_busy(self->is.control)) {
        api_say_error(answer, 409, "not_running", "No run is going on.");
        return;
    }
    told(self, question, "the run is stopped");
    api_publish(self);
    api_say(answer, 200, ok());
}

/* As Locust: answers when it has stopped. */
void api_locust_stop_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    if (control_stop(self->is.control))
        told(self, question, "the run is stopped");
    if (control_busy(self->is.control) && self->stops_count < API_WAITERS) {
        self->stops[self->stops_count++] = self->is.later(self->is.context, question->exchange);
        answer->later = true;
        return;
    }
    api_say(answer, 200, api_locust_said(true, "Test stopped", NULL, 0));
}

static void settle_stops(api_t *self)
{
    for (size_t i = 0; i < self->stops_count; i++) {
        struct api_answer answer = {.status = 0};
        api_say(&answer, 200, api_locust_said(true, "Test stopped", NULL, 0));
        self->is.finish(self->is.context, self->stops[i], &answer);
    }
    self->stops_count = 0;
}

static void reset(api_t *self, const struct api_question *question)
{
    told(self, question, "the statistics are reset");
    control_reset(self->is.control);
    api_publish(self);
}

void api_reset_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    reset(self, question);
    api_say(answer, 200, ok());
}

void api_locust_reset_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    reset(self, question);
    api_say_text(answer, "text/plain; charset=utf-8", mem_text("ok"), strlen("ok"));
}

/* ---- questions to a secondary ---- */

/* Ask one of the secondaries; its answer comes later. */
static void inquire(api_t *self, const struct api_question *question, const options_t *options,
                    const struct plan *plan, bool preview, struct api_answer *answer)
{
    size_t free_one = 0;
    while (free_one < API_ASKS && self->asks[free_one].id != 0)
        free_one++;
    if (free_one == API_ASKS) {
        api_say_error(answer, 503, "busy", "Too many such questions wait for an answer.");
    } else if (!members_inquire(self->is.members, self->next_ask, options, preview)) {
        api_say_error(answer, 503, "no_secondary", "No secondary is there that could be asked.");
    } else {
        self->asks[free_one] =
            (struct api_ask){.id = self->next_ask++,
                             .handle = self->is.later(self->is.context, question->exchange),
                             .preview = preview,
                             .due_us = clock_us() + ASK_US,
                             .plan = *plan};
        answer->later = true;
    }
}

static void ask(api_t *self, const struct api_question *question, bool preview, struct api_answer *answer)
{
    struct api_command_fields *fields = mem_new(1, sizeof *fields);
    options_t *options = options_copy(self->is.options);
    struct plan plan = {.events = PLAN_EVENTS_UNLIMITED};
    json_t *events = NULL;
    bool good = api_command_take(options, question->parameters, question->parameters_count, false, fields) &&
                (preview || api_command_plan(options, &plan, fields)) && api_workload_check(options, fields);
    bool here = preview && good && !api_workload_is_elsewhere(options);
    if (here)
        events = api_workload_preview(options, fields);
    if (!good || (here && events == NULL))
        api_say(answer, 422, api_command_refusal(fields));
    else if (here)
        api_say(answer, 200, events);
    else
        inquire(self, question, options, &plan, preview, answer);
    options_destroy(&options);
    free(fields);
}

void api_preflight_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    ask(self, question, false, answer);
}

void api_preview_handler(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    ask(self, question, true, answer);
}

static json_t *preview_document(const struct wire_preflight *said_by)
{
    json_t *events = json_array(), *out = json_object();
    for (size_t i = 0; i < said_by->samples_count; i++) {
        json_t *event = json_object();
        document_put(event, "key", document_text(said_by->samples[i].key));
        document_put(event, "data", document_text(said_by->samples[i].data));
        document_append(events, event);
    }
    document_put(out, "events", events);
    return out;
}

static void say_preview(const api_t *self, const struct wire_preflight *said_by, struct api_answer *answer)
{
    if (said_by->ok) {
        api_say(answer, 200, preview_document(said_by));
        return;
    }
    struct api_command_fields *fields = mem_new(1, sizeof *fields);
    api_workload_refuse(self->is.options, said_by->message != NULL ? said_by->message : said_by->code,
                        fields);
    api_say(answer, 422, api_command_refusal(fields));
    free(fields);
}

static json_t *known(double value)
{
    return value > 0 ? document_real(value) : json_null();
}

static json_t *preflight_document(const struct wire_preflight *p, const struct plan *plan)
{
    json_t *out = json_object();
    document_put(out, "ok", json_boolean(p->ok));
    if (!p->ok) {
        document_put(out, "code", document_text(p->code));
        document_put(out, "message", document_text(p->message != NULL ? p->message : ""));
        return out;
    }
    json_t *warnings = json_array();
    char text[PREFLIGHT_TEXT_MAX];
    if (p->message != NULL && p->message[0] != '\0')
        document_append(warnings, document_text(p->message));
    if (preflight_text_warning(p, plan, text))
        document_append(warnings, document_text(text));
    if (preflight_text_keys(p, plan, text))
        document_append(warnings, document_text(text));
    document_put(out, "mode", p->mode[0] != '\0' ? document_text(p->mode) : json_null());
    document_put(out, "shards", p->shards > 0 ? document_number(p->shards) : json_null());
    document_put(out, "events_per_s", known(p->events_per_s));
    document_put(out, "bytes_per_s", known(p->bytes_per_s));
    document_put(out, "event_bytes", document_real(p->event_bytes));
    document_put(out, "place", p->place[0] != '\0' ? document_text(p->place) : json_null());
    document_put(out, "predicted", predicted_document(p, API_RUN_SHARDS));
    document_put(out, "warnings", warnings);
    return out;
}

static void finish_ask(api_t *self, struct api_ask *one, struct api_answer *answer)
{
    self->is.finish(self->is.context, one->handle, answer);
    *one = (struct api_ask){.id = 0};
}

void api_answered(void *context, const struct wire_preflight *said_by)
{
    api_t *self = context;
    must(self != NULL && said_by != NULL);
    for (size_t i = 0; i < API_ASKS; i++) {
        struct api_ask *one = &self->asks[i];
        if (one->id == 0 || one->id != said_by->id)
            continue;
        struct api_answer answer = {.status = 0};
        if (one->preview)
            say_preview(self, said_by, &answer);
        else
            api_say(&answer, 200, preflight_document(said_by, &one->plan));
        finish_ask(self, one, &answer);
    }
}

void api_commands_turn(api_t *self, uint64_t now_us)
{
    if (self->start != NULL && !control_preparing(self->is.control))
        settle_start(self);
    if (self->stops_count > 0 && !control_busy(self->is.control))
        settle_stops(self);
    for (size_t i = 0; i < API_ASKS; i++) {
        struct api_answer answer = {.status = 0};
        if (self->asks[i].id == 0 || now_us < self->asks[i].due_us)
            continue;
        api_say_error(&answer, 504, "no_answer", "The secondary that was asked did not answer in time.");
        finish_ask(self, &self->asks[i], &answer);
    }
}

void api_commands_end(api_t *self)
{
    if (self->start != NULL)
        settle_start(self);
    settle_stops(self);
    for (size_t i = 0; i < API_ASKS; i++) {
        struct api_answer answer = {.status = 0};
        if (self->asks[i].id == 0)
            continue;
        api_say_error(&answer, 503, "ending", "The primary ends.");
        finish_ask(self, &self->asks[i], &answer);
    }
}
