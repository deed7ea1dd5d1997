#include "primary/api_options.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/option_names.h"
#include "common/option_table.h"
#include "common/properties.h"
#include "common/shape.h"
#include "primary/document.h"

static const char *type_name(enum option_type type)
{
    static const char *const names[] = {"flag",    "text",  "list", "lines",    "choice",
                                        "integer", "count", "rate", "duration", "size"};
    must(type <= OPTION_SIZE);
    return names[type];
}

static json_t *choices(const struct option *row)
{
    if (row->type != OPTION_CHOICE)
        return json_null();
    json_t *out = json_array();
    const char *cursor = row->choices;
    char word[OPTION_NAME_MAX];
    while (option_names_word(&cursor, word))
        document_append(out, document_text(word));
    return out;
}

/* https://user:word@host/ becomes https://host/ */
char *api_options_public(const char *text)
{
    must(text != NULL);
    char *out = mem_text(text);
    char *scheme = strstr(out, "://");
    if (scheme == NULL)
        return out;
    char *start = scheme + 3;
    size_t authority = strcspn(start, "/?#");
    for (size_t i = authority; i > 0; i--) {
        if (start[i - 1] == '@') {
            memmove(start, start + i, strlen(start + i) + 1);
            break;
        }
    }
    return out;
}

/* As others may see it. The caller owns it. */
static char *shown(const options_t *options, size_t index)
{
    const char *text = options_text(options, index);
    must(text != NULL);
    bool secret = (options_row(options, index)->flags & OPTION_SECRET) != 0;
    if (options_row(options, index)->type == OPTION_LINES) /* of events, not of addresses */
        return mem_text(text);
    return secret ? properties_public(text) : api_options_public(text);
}

/* A scenario is nothing that a form could change, but who fills one in should know of it. */
static bool tells_current(const struct option *row, size_t index)
{
    return (row->flags & OPTION_OF_A_RUN) != 0 || index == OPT_SCENARIO;
}

/* A form sends back what it shows: lines of which something is hidden would not be the same any more. */
static json_t *current(const options_t *options, size_t index)
{
    const struct option *row = options_row(options, index);
    const char *text = options_text(options, index);
    if (text == NULL || !tells_current(row, index))
        return json_null();
    char *open_to_all = shown(options, index);
    bool whole = (row->flags & OPTION_SECRET) == 0 || strcmp(open_to_all, text) == 0;
    json_t *out = whole ? document_text(open_to_all) : json_null();
    free(open_to_all);
    return out;
}

/* The shapes that --shape names, with their parameters; of every other option null. */
static json_t *shapes(size_t index)
{
    if (index != OPT_SHAPE)
        return json_null();
    json_t *out = json_array();
    size_t count;
    const struct shape_row *rows = shape_list(&count);
    for (size_t i = 0; i < count; i++) {
        json_t *shape = json_object(), *parameters = json_array();
        for (size_t k = 0; k < rows[i].parameters_count; k++) {
            const struct shape_parameter *row = &rows[i].parameters[k];
            json_t *parameter = json_object();
            document_put(parameter, "name", document_text(row->name));
            document_put(parameter, "default", document_text(row->fallback));
            document_put(parameter, "help", document_text(row->help));
            document_append(parameters, parameter);
        }
        document_put(shape, "name", document_text(rows[i].name));
        document_put(shape, "help", document_text(rows[i].help));
        document_put(shape, "parameters", parameters);
        document_append(out, shape);
    }
    return out;
}

static json_t *one(const options_t *options, size_t index)
{
    const struct option *row = options_row(options, index);
    bool ranged = row->type >= OPTION_INTEGER;
    char letter[2] = {row->letter, '\0'};
    json_t *out = json_object();
    document_put(out, "name", document_text(row->name));
    document_put(out, "letter", row->letter != 0 ? document_text(letter) : json_null());
    document_put(out, "type", document_text(type_name(row->type)));
    document_put(out, "value", document_text(row->value));
    document_put(out, "choices", choices(row));
    document_put(out, "min", ranged ? document_real(row->min) : json_null());
    document_put(out, "max", ranged ? document_real(row->max) : json_null());
    document_put(out, "default", document_text(row->fallback));
    document_put(out, "group", document_text(row->group));
    document_put(out, "help", document_text(row->help));
    document_put(out, "form", json_boolean((row->flags & OPTION_FORM) != 0));
    document_put(out, "current", current(options, index));
    document_put(out, "shapes", shapes(index));
    return out;
}

json_t *api_options(const options_t *options)
{
    must(options != NULL);
    json_t *out = json_array();
    for (size_t i = 0; i < options_rows(options); i++) {
        if ((options_row(options, i)->flags & OPTION_PRIMARY) != 0)
            document_append(out, one(options, i));
    }
    return out;
}

/* Of a run, or the name of the file that its events are made from. */
static bool belongs(const struct option *row, size_t index)
{
    return (row->flags & OPTION_OF_A_RUN) != 0 || index == OPT_TEMPLATE || index == OPT_SCENARIO;
}

json_t *api_options_settings(const options_t *options)
{
    must(options != NULL);
    json_t *out = json_object();
    for (size_t i = 0; i < options_rows(options); i++) {
        const struct option *row = options_row(options, i);
        if (!belongs(row, i) || !options_given(options, i))
            continue;
        char *open_to_all = shown(options, i);
        document_put(out, row->name, document_text(open_to_all));
        free(open_to_all);
    }
    return out;
}
