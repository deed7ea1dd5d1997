#include "common/workload/source.h"

#include "common/mem.h"
#include "common/option_table.h"
#include "common/quote.h"
#include "common/utf8.h"
#include "common/workload/source_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The strongest of `rows` stays, the others are forgotten. */
static bool choose(options_t *options, const size_t *rows, size_t count, char error[OPTIONS_ERROR_MAX])
{
    size_t best = rows[0];
    for (size_t i = 1; i < count; i++) {
        if (options_source(options, rows[i]) > options_source(options, best))
            best = rows[i];
    }
    if (!options_given(options, best))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (rows[i] == best)
            continue;
        if (options_source(options, rows[i]) == options_source(options, best)) {
            snprintf(error, OPTIONS_ERROR_MAX,
                     "--%s: excludes --%s: events are made from one template, scenario or replay",
                     options_row(options, best)->name, options_row(options, rows[i])->name);
            return false;
        }
        options_clear(options, rows[i]);
    }
    return true;
}

static bool wrong(const options_t *options, size_t row, const char *what, char error[OPTIONS_ERROR_MAX])
{
    char quoted[QUOTE_MAX];
    snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s: %s", options_row(options, row)->name,
             quote(options_text(options, row), quoted), what);
    return false;
}

static bool check(const options_t *options, size_t row, const char *text, size_t length, size_t bytes_max,
                  char error[OPTIONS_ERROR_MAX])
{
    char what[80];
    if (length > bytes_max) {
        snprintf(what, sizeof what, "is longer than %zu KiB", bytes_max / 1024);
        return wrong(options, row, what, error);
    }
    if (length == 0)
        return wrong(options, row, "is empty", error);
    unsigned line = 1;
    for (size_t i = 0; i < length; i++) {
        line += text[i] == '\n';
        bool odd = ((unsigned char)text[i] < 0x20 && strchr("\t\r\n", text[i]) == NULL) || text[i] == 0x7f;
        if (!odd && text[i] != '\0')
            continue;
        snprintf(what, sizeof what, "line %u has a control character (0x%02x)", line,
                 (unsigned)(unsigned char)text[i]);
        return wrong(options, row, what, error);
    }
    return utf8_valid(text) || wrong(options, row, "is not UTF-8", error);
}

/* The line end that editors put at a file's end is no part of its events. */
static size_t without_line_end(char *text, size_t length)
{
    if (length == 0 || text[length - 1] != '\n')
        return length;
    length -= length > 1 && text[length - 2] == '\r' ? 2 : 1;
    text[length] = '\0';
    return length;
}

/* The content of the file that `row` names becomes the value of `to`. */
static bool read_file(options_t *options, size_t row, size_t to, char error[OPTIONS_ERROR_MAX])
{
    size_t bytes_max = (size_t)options_row(options, to)->max;
    FILE *file = fopen(options_text(options, row), "re");
    if (file == NULL)
        return wrong(options, row, strerror(errno), error);
    size_t most = bytes_max + 3; /* a line end, and one more, to see that there is more */
    char *text = mem_new(most + 1, 1);
    size_t length = fread(text, 1, most, file);
    int failure = ferror(file) ? errno : 0;
    (void)fclose(file);
    if (row == OPT_TEMPLATE && length < most)
        length = without_line_end(text, length);
    bool good = failure == 0 ? check(options, row, text, length, bytes_max, error)
                             : wrong(options, row, strerror(failure), error);
    good = good && options_offer(options, to, options_source(options, row), text, "file", error);
    free(text);
    return good;
}

bool source_read(options_t *options, char error[OPTIONS_ERROR_MAX])
{
    static const size_t rows[] = {OPT_TEMPLATE, OPT_TEMPLATE_TEXT, OPT_SCENARIO, OPT_REPLAY};
    must(options != NULL && error != NULL);
    if (!choose(options, rows, sizeof rows / sizeof rows[0], error))
        return false;
    if (options_given(options, OPT_TEMPLATE))
        return read_file(options, OPT_TEMPLATE, OPT_TEMPLATE_TEXT, error);
    if (options_given(options, OPT_SCENARIO))
        return read_file(options, OPT_SCENARIO, OPT_SCENARIO_TEXT, error) &&
               source_options_take(options, error);
    return true;
}

/* A file whose text was overruled names nothing any more. */
static void forget_name(options_t *options, size_t name, size_t text)
{
    if (options_source(options, name) != options_source(options, text))
        options_clear(options, name);
}

bool source_settle(options_t *options, char error[OPTIONS_ERROR_MAX])
{
    static const size_t rows[] = {OPT_TEMPLATE_TEXT, OPT_SCENARIO_TEXT, OPT_REPLAY};
    must(options != NULL && error != NULL);
    if (!choose(options, rows, sizeof rows / sizeof rows[0], error))
        return false;
    forget_name(options, OPT_TEMPLATE, OPT_TEMPLATE_TEXT);
    forget_name(options, OPT_SCENARIO, OPT_SCENARIO_TEXT);
    return true;
}

bool source_put(options_t *options, const struct workload_source *source, const char *where,
                char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && source != NULL);
    static const size_t rows[] = {OPT_TEMPLATE, OPT_TEMPLATE_TEXT, OPT_SCENARIO, OPT_SCENARIO_TEXT};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        options_clear(options, rows[i]);
    if (source->kind == WORKLOAD_SENSOR)
        return true;
    must(source->name != NULL && source->text != NULL);
    bool template = source->kind == WORKLOAD_TEMPLATE;
    return options_set(options, template ? OPT_TEMPLATE : OPT_SCENARIO, source->name, where, error) &&
           options_set(options, template ? OPT_TEMPLATE_TEXT : OPT_SCENARIO_TEXT, source->text, where, error);
}

/* The last parts of a path that go into a name, in whole characters. */
static const char *short_name(const char *path)
{
    for (const char *slash; strlen(path) >= SOURCE_NAME_MAX && (slash = strchr(path, '/')) != NULL;)
        path = slash + 1;
    size_t length = strlen(path);
    if (length >= SOURCE_NAME_MAX)
        path += length - (SOURCE_NAME_MAX - 1);
    while (((unsigned char)*path & 0xc0) == 0x80)
        path++;
    return path;
}

struct workload_source source_of(const options_t *options)
{
    must(options != NULL);
    struct workload_source out = {.kind = WORKLOAD_SENSOR, .name = "sensor", .text = ""};
    const char *name = NULL;
    if (options_text(options, OPT_SCENARIO_TEXT) != NULL) {
        out.kind = WORKLOAD_SCENARIO;
        out.text = options_text(options, OPT_SCENARIO_TEXT);
        name = options_text(options, OPT_SCENARIO);
    } else if (options_text(options, OPT_TEMPLATE_TEXT) != NULL) {
        out.kind = WORKLOAD_TEMPLATE;
        out.text = options_text(options, OPT_TEMPLATE_TEXT);
        name = options_text(options, OPT_TEMPLATE);
        out.name = "template";
    }
    if (name != NULL)
        out.name = short_name(name);
    out.length = strlen(out.text);
    return out;
}

uint64_t source_hash(const struct workload_source *source)
{
    must(source != NULL && source->text != NULL);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < source->length; i++)
        hash = (hash ^ (uint8_t)source->text[i]) * UINT64_C(0x100000001b3);
    return hash;
}
