#include "primary/api_workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/wire.h"
#include "common/workload/preview.h"
#include "common/workload/source.h"
#include "primary/document.h"
#include "primary/place.h"

void api_workload_refuse(const options_t *options, const char *error, struct api_command_fields *fields)
{
    must(options != NULL && error != NULL && fields != NULL);
    struct workload_source source = source_of(options);
    size_t row = source.kind == WORKLOAD_SCENARIO ? OPT_SCENARIO : OPT_TEMPLATE_TEXT;
    struct place place = {.words = error};
    char message[OPTIONS_ERROR_MAX];
    if (strncmp(error, "--", 2) == 0) { /* of another option: --keys: ... */
        api_command_refuse_option(fields, error);
        return;
    }
    if (!place_find(error, source.name, &place))
        snprintf(message, sizeof message, "%s", error);
    else if (place.column > 0)
        snprintf(message, sizeof message, "line %u, column %u: %.450s", place.line, place.column,
                 place.words);
    else
        snprintf(message, sizeof message, "line %u: %.480s", place.line, place.words);
    api_command_refuse(fields, options_row(options, row)->name, message);
    if (fields->line == 0) {
        fields->line = place.line;
        fields->column = place.column;
    }
}

bool api_workload_is_elsewhere(const options_t *options)
{
    must(options != NULL);
    return options_given(options, OPT_REPLAY);
}

bool api_workload_check(options_t *options, struct api_command_fields *fields)
{
    must(options != NULL && fields != NULL);
    char error[WORKLOAD_ERROR_MAX];
    if (source_settle(options, error) &&
        (api_workload_is_elsewhere(options) || preview_check(options, error)))
        return true;
    api_workload_refuse(options, error, fields);
    return false;
}

static char *text(const char *bytes, size_t length)
{
    return mem_text_n(bytes, length < WIRE_TEXT_MAX ? length : WIRE_TEXT_MAX);
}

static bool add_event(void *context, const struct event *event)
{
    char *key = text(event->key, event->key_length), *data = text(event->data, event->data_length);
    json_t *out = json_object();
    document_put(out, "key", document_text(key));
    document_put(out, "data", document_text(data));
    document_append(context, out);
    free(key);
    free(data);
    return true;
}

json_t *api_workload_preview(const options_t *options, struct api_command_fields *fields)
{
    must(options != NULL && fields != NULL);
    char error[WORKLOAD_ERROR_MAX];
    json_t *events = json_array();
    if (!preview_make(options, WIRE_SAMPLES_MAX, clock_wall_ms(), add_event, events, error)) {
        json_decref(events);
        api_workload_refuse(options, error, fields);
        return NULL;
    }
    json_t *out = json_object();
    document_put(out, "events", events);
    return out;
}
