/*
 * fuzz_options - argv, environment and forms through the table.
 *
 * The input's lines (ended by newline or NUL) are, by their first byte: '$' a variable VALUE for the variable
 * named before '=', '@' a form field name=value, anything else one argument. Whatever is taken must then be
 * readable by its getter, make a plan or an error text, and survive a copy.
 */
#include "tests/fuzz/fuzz.h"

#include "common/mem.h"
#include "common/option_table.h"
#include "common/plan.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 64 };

/* The lookup function has no argument for it, and a fuzzer runs one input at a time. */
static const char *variables[LINES_MAX];
static size_t variables_count;

static const char *look_up(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < variables_count; i++)
        if (strncmp(variables[i], name, length) == 0 && variables[i][length] == '=')
            return variables[i] + length + 1;
    return NULL;
}

/* Call each getter by its type; they abort on a value that should not have been taken. */
static void read_all(const options_t *options)
{
    for (size_t i = 0; i < options_rows(options); i++) {
        if (options_row(options, i)->type == OPTION_FLAG)
            (void)options_flag(options, i);
        if (options_text(options, i) == NULL)
            continue;
        switch (options_row(options, i)->type) {
        case OPTION_INTEGER:
            must(options_integer(options, i) >= -1);
            break;
        case OPTION_COUNT:
            (void)options_count(options, i);
            break;
        case OPTION_RATE:
            must(options_rate(options, i) <= 1e9);
            break;
        case OPTION_DURATION:
            must(options_duration_us(options, i) <= UINT64_C(31536000000000));
            break;
        case OPTION_SIZE:
            must((double)options_size(options, i) <= options_row(options, i)->max);
            break;
        case OPTION_FLAG:
        case OPTION_TEXT:
        case OPTION_LIST:
        case OPTION_LINES:
        case OPTION_CHOICE:
            must(options_text(options, i)[0] != '\0');
            break;
        }
    }
}

static void set_field(options_t *options, char *field, char error[OPTIONS_ERROR_MAX])
{
    char *value = strchr(field, '=');
    size_t index;
    if (value == NULL)
        return;
    *value++ = '\0';
    if (options_find(options, field, &index) && options_set(options, index, value, "form field", error))
        must(strcmp(options_text(options, index), value) == 0 && options_given(options, index));
}

/* Lines that lead on from each to the next, of values that can be asked for. */
static void walk(const struct shape *shape)
{
    struct shape_line line;
    struct shape_point points[SHAPE_POINTS_MAX];
    uint64_t t_us = 0;
    for (int i = 0; i < 200 && t_us != SHAPE_FOREVER; i++) {
        must(shape_at(shape, t_us, &line));
        must(line.from_us == t_us && line.to_us > t_us);
        must(line.value >= 0 && line.value <= SHAPE_VALUE_MAX);
        must(line.value_to >= 0 && line.value_to <= SHAPE_VALUE_MAX);
        t_us = line.to_us;
    }
    size_t count = shape_points(shape, UINT64_C(3600000000), points);
    must(count >= 2 && count <= SHAPE_POINTS_MAX);
}

static void run(char **arguments, int count, char **fields, size_t fields_count, unsigned program)
{
    char error[OPTIONS_ERROR_MAX] = "";
    options_t *options = options_new(option_table, OPT_COUNT_, program);
    bool good =
        options_environment(options, look_up, error) && options_arguments(options, count, arguments, error);
    must(good || error[0] != '\0');
    for (size_t i = 0; i < fields_count; i++) {
        char *field = mem_text(fields[i]);
        set_field(options, field, error);
        free(field);
    }
    options_t *copy = options_copy(options);
    options_destroy(&options);
    read_all(copy);
    struct plan plan;
    error[0] = '\0';
    if (plan_from_options(copy, &plan, error))
        must(plan.model == PLAN_USERS ? plan.users >= 1 && plan.spawn_rate > 0 : plan.rate > 0);
    else
        must(error[0] != '\0');
    if (error[0] == '\0' && plan.shape.kind != SHAPE_NONE)
        walk(&plan.shape);
    options_destroy(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_new(size + 1, 1), *fields[LINES_MAX], *arguments[LINES_MAX + 1];
    if (size > 0)
        memcpy(text, data, size);
    size_t fields_count = 0;
    int count = 1;
    arguments[0] = text + size; /* the program's name is never read */
    variables_count = 0;
    size_t start = 0;
    for (size_t i = 0, lines = 0; i <= size && lines < LINES_MAX - 1; i++) {
        if (i < size && text[i] != '\n' && text[i] != '\0')
            continue;
        text[i] = '\0';
        char *line = text + start;
        start = i + 1;
        lines++;
        if (line[0] == '$')
            variables[variables_count++] = line + 1;
        else if (line[0] == '@')
            fields[fields_count++] = line + 1;
        else
            arguments[count++] = line;
    }
    run(arguments, count, fields, fields_count, OPTION_PRIMARY);
    run(arguments, count, fields, fields_count, OPTION_SECONDARY);
    free(text);
    return 0;
}
