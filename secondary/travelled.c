#include "secondary/travelled.h"

#include "common/quote.h"
#include "common/workload/source.h"

#include <stdio.h>
#include <string.h>

/* Names that a stock master sends for itself. */
static bool is_locusts_own(const char *name)
{
    static const char *const own[] = {
        "host", "run_time", "headless", "profile",      "users",   "num_users", "spawn_rate", "processes",
        "json", "csv",      "loglevel", "stop_timeout", "logfile", "rate",      "target",     "events"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(name, own[i]) == 0)
            return true;
    }
    return false;
}

static bool wrong(const struct wire_workload *workload, const char *what, char error[OPTIONS_ERROR_MAX])
{
    char quoted[QUOTE_MAX];
    snprintf(error, OPTIONS_ERROR_MAX, "the text of the workload %s %s", quote(workload->name, quoted), what);
    return false;
}

static bool take_workload(options_t *options, const struct wire_workload *workload, const options_t *run,
                          char error[OPTIONS_ERROR_MAX])
{
    if (workload->kind == WORKLOAD_SENSOR)
        return source_settle(options, error);
    struct workload_source source = {.kind = (enum workload_kind)workload->kind,
                                     .name = workload->name,
                                     .text = workload->text,
                                     .length = workload->length};
    if (source.text == NULL) {
        struct workload_source known = {.kind = WORKLOAD_SENSOR};
        if (run != NULL)
            known = source_of(run);
        if (known.kind != source.kind)
            return wrong(workload, "did not come with this run", error);
        source.text = known.text;
        source.length = known.length;
    }
    if (source_hash(&source) != workload->hash)
        return wrong(workload, "is not the one that the primary sent", error);
    return source_put(options, &source, "workload of the primary:", error) && source_settle(options, error);
}

options_t *travelled_options(const options_t *own, const struct wire_message *message, bool freshet,
                             const options_t *run, char error[OPTIONS_ERROR_MAX])
{
    must(own != NULL && message != NULL && error != NULL);
    options_t *options = options_copy(own);
    for (size_t i = 0; i < message->options_count; i++) {
        const struct wire_option *option = &message->options[i];
        size_t index;
        if (option->value == NULL || !options_find(options, option->name, &index) ||
            (options_row(options, index)->flags & OPTION_TRAVELS) == 0)
            continue;
        if (!freshet && (is_locusts_own(option->name) || option->value[0] == '\0'))
            continue; /* an empty field of Locust's form says nothing */
        if (!options_set(options, index, option->value, "message of the primary", error)) {
            options_destroy(&options);
            return NULL;
        }
    }
    if (!take_workload(options, &message->workload, run, error))
        options_destroy(&options);
    return options;
}
