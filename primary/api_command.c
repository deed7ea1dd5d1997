#include "primary/api_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/option_table.h"
#include "common/wire.h"
#include "primary/api_options.h"
#include "primary/document.h"
#include "primary/passing.h"

bool api_command_refuse(struct api_command_fields *fields, const char *name, const char *message)
{
    must(fields != NULL);
    must(name != NULL && message != NULL);
    if (fields->count < API_COMMAND_FIELDS) {
        size_t i = fields->count++;
        snprintf(fields->list[i].name, sizeof fields->list[i].name, "%s", name);
        snprintf(fields->list[i].message, sizeof fields->list[i].message, "%s", message);
    }
    return false;
}

static bool refuse(struct api_command_fields *fields, const char *name, const char *message)
{
    return api_command_refuse(fields, name, message);
}

/* Locust's own words for what we call otherwise, or that we have no use for. */
static bool only_locusts(const char *name)
{
    static const char *const names[] = {"user_classes", "shape_class", "profile",
                                        "userclasses",  "tags",        "exclude_tags"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool find(const options_t *options, const char *name, size_t *index_out)
{
    if (strcmp(name, "user_count") == 0)
        name = "users";
    return options_find(options, name, index_out) &&
           (options_row(options, *index_out)->flags & OPTION_OF_A_RUN) != 0;
}

/* Such an address would be told in logs and reports, and nobody takes it. */
static bool has_login(const char *address)
{
    char *open_to_all = api_options_public(address);
    bool differs = strcmp(open_to_all, address) != 0;
    free(open_to_all);
    return differs;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A file whose lines are sent or told of: a browser must not choose which one is read. */
static bool names_file(size_t index)
{
    return index == OPT_REPLAY || index == OPT_KAFKA_CONFIG;
}

static bool take_one(options_t *options, const struct api_parameter *parameter, bool locust,
                     struct api_command_fields *fields)
{
    size_t index = 0;
    if (locust && only_locusts(parameter->name))
        return true;
    if (!find(options, parameter->name, &index))
        return refuse(fields, parameter->name, "there is no such option of a run");
    if (index == OPT_TEMPLATE_TEXT && same_text(options_text(options, index), parameter->value))
        return true; /* the form sends back what it shows: it still has the name of its file */
    if (names_file(index) && parameter->value[0] != '\0' &&
        !same_text(options_text(options, index), parameter->value))
        return refuse(fields, options_row(options, index)->name,
                      "names a file: only the command line of the primary can");
    if (options_row(options, index)->type != OPTION_LINES && strlen(parameter->value) > WIRE_TEXT_MAX)
        return refuse(fields, options_row(options, index)->name, "is too long");
    if (parameter->value[0] == '\0') {
        options_clear(options, index);
        return true;
    }
    if (index == OPT_ENDPOINT_URL && has_login(parameter->value))
        return refuse(fields, options_row(options, index)->name, "an address has no user and password in it");
    char error[OPTIONS_ERROR_MAX];
    if (options_set(options, index, parameter->value, "field", error))
        return true;
    const char *words = strstr(error, ": "); /* the form says the name itself */
    return refuse(fields, options_row(options, index)->name, words != NULL ? words + 2 : error);
}

bool api_command_take(options_t *options, const struct api_parameter *parameters, size_t count, bool locust,
                      struct api_command_fields *fields)
{
    must(options != NULL && fields != NULL);
    must(parameters != NULL || count == 0);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = take_one(options, &parameters[i], locust, fields) && good;
    return good;
}

bool api_command_refuse_option(struct api_command_fields *fields, const char *error)
{
    must(error != NULL);
    char name[64] = "target";
    const char *words = strstr(error, ": ");
    if (strncmp(error, "--", 2) == 0)
        snprintf(name, sizeof name, "%.*s", (int)strcspn(error + 2, ": "), error + 2);
    return refuse(fields, name, words != NULL ? words + 2 : error);
}

/* A plan's complaint begins with the option it is about. */
static bool refuse_plan(struct api_command_fields *fields, const char *error)
{
    static const char none[] = "no target";
    if (strncmp(error, none, sizeof none - 1) == 0)
        return refuse(fields, "target", "name a stream: DemoStream, kinesis://[region/]stream or null://");
    if (strncmp(error, "--rate and", strlen("--rate and")) == 0)
        return refuse(fields, "rate", "a rate and users exclude each other: give one of them");
    return api_command_refuse_option(fields, error);
}

bool api_command_plan(options_t *options, struct plan *out, struct api_command_fields *fields)
{
    must(options != NULL && out != NULL && fields != NULL);
    char error[OPTIONS_ERROR_MAX];
    plan_complete(options);
    return (plan_from_options(options, out, error) && passing_check(options, out, error)) ||
           refuse_plan(fields, error);
}

bool api_command_load(const options_t *options, struct plan *out, struct api_command_fields *fields)
{
    must(options != NULL && out != NULL && fields != NULL);
    char error[OPTIONS_ERROR_MAX];
    return plan_load_from_options(options, out, error) || refuse_plan(fields, error);
}

static bool changes(size_t index)
{
    return index == OPT_RATE || index == OPT_USERS || index == OPT_SPAWN_RATE || index == OPT_RUN_TIME ||
           index == OPT_STAGES || index == OPT_SHAPE;
}

static bool may_change(const options_t *before, const options_t *after, const struct plan *now,
                       struct api_command_fields *fields)
{
    bool good = true;
    for (size_t i = 0; i < options_rows(before); i++) {
        if (same_text(options_text(before, i), options_text(after, i)))
            continue;
        const char *name = options_row(before, i)->name;
        if (!changes(i))
            good = refuse(fields, name, "can't be changed while the run goes on");
        else if (i != OPT_RUN_TIME && passing_searches(before))
            good = refuse(fields, name, "the search for the limit sets the load");
        else if (i == OPT_RATE && now->model != PLAN_RATE)
            good = refuse(fields, name, "this run has users, not a rate");
        else if ((i == OPT_USERS || i == OPT_SPAWN_RATE) && now->model != PLAN_USERS)
            good = refuse(fields, name, "this run has a rate, not users");
        else if ((i == OPT_RATE || i == OPT_USERS) && options_text(after, OPT_STAGES) != NULL)
            good = refuse(fields, name, "this run follows its stages: change them, or leave them empty");
        else if ((i == OPT_RATE || i == OPT_USERS) && now->shape.kind == SHAPE_CALLED &&
                 options_text(after, OPT_SHAPE) == NULL)
            good = refuse(fields, name,
                          "this run follows its scenario's shape: give it stages or another shape");
    }
    return good;
}

static bool differs(const options_t *a, const options_t *b, size_t index)
{
    return !same_text(options_text(a, index), options_text(b, index));
}

/* Rate or users of the options; stages say them themselves. */
static bool read_load(const options_t *options, struct plan *plan, struct api_command_fields *fields)
{
    bool stages = options_text(options, OPT_STAGES) != NULL;
    if (passing_searches(options))
        return true;
    if (plan->model == PLAN_USERS) {
        plan->spawn_rate = options_rate(options, OPT_SPAWN_RATE);
        plan->users = stages ? plan->users : options_count(options, OPT_USERS);
        return true;
    }
    if (stages)
        return true;
    if (options_text(options, OPT_RATE) == NULL || options_rate(options, OPT_RATE) <= 0)
        return refuse(fields, "rate", "is not a rate to send at; allowed is more than 0");
    plan->rate = options_rate(options, OPT_RATE);
    return true;
}

/* Only what changes is set anew, so that the model does not follow from who spoke last. */
static bool read_edit(const options_t *before, const options_t *options, const struct plan *now,
                      struct plan *out, struct api_command_fields *fields)
{
    struct plan plan = *now;
    char error[OPTIONS_ERROR_MAX];
    bool reshaped = differs(before, options, OPT_STAGES) || differs(before, options, OPT_SHAPE);
    if (!read_load(options, &plan, fields))
        return false;
    double base = now->model == PLAN_USERS ? (double)now->users : now->rate; /* of now is known to the run */
    if (reshaped && !plan_reshape(options, base, &plan, error))
        return refuse_plan(fields, error);
    if (options_text(options, OPT_RUN_TIME) != NULL)
        plan.run_time_us = options_duration_us(options, OPT_RUN_TIME);
    else if (reshaped || options_text(before, OPT_RUN_TIME) != NULL)
        plan.run_time_us = 0; /* else it is as before: perhaps a shape's */
    *out = plan;
    return true;
}

bool api_command_edit(options_t *options, const struct plan *now, const struct api_parameter *parameters,
                      size_t count, bool locust, struct plan *out, struct api_command_fields *fields)
{
    must(options != NULL && now != NULL);
    must(out != NULL && fields != NULL);
    options_t *before = options_copy(options);
    bool good = api_command_take(options, parameters, count, locust, fields) &&
                may_change(before, options, now, fields) && read_edit(before, options, now, out, fields);
    options_destroy(&before);
    return good;
}

json_t *api_command_refusal(const struct api_command_fields *fields)
{
    must(fields != NULL && fields->count > 0);
    json_t *names = json_object(), *error = json_object(), *out = json_object();
    for (size_t i = 0; i < fields->count; i++)
        document_put(names, fields->list[i].name, document_text(fields->list[i].message));
    char message[OPTIONS_ERROR_MAX + 80];
    snprintf(message, sizeof message, "%s: %s", fields->list[0].name, fields->list[0].message);
    document_put(error, "code", document_text("invalid"));
    document_put(error, "message", document_text(message));
    document_put(error, "fields", names);
    if (fields->line > 0)
        document_put(error, "line", document_number(fields->line));
    if (fields->column > 0)
        document_put(error, "column", document_number(fields->column));
    document_put(out, "error", error);
    return out;
}
