#include "primary/show.h"

#include "common/clock.h"
#include "common/must.h"
#include "common/shape.h"
#include "common/workload/preview.h"
#include "common/workload/template.h"
#include "primary/exit_code.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

/* Is all that was printed out? A pipe that nobody reads any more has what was wanted of it. */
static int finish(FILE *out)
{
    if (fflush(out) == 0 && !ferror(out))
        return EXIT_CODE_OK;
    if (errno == EPIPE)
        return EXIT_CODE_OK;
    fprintf(stderr, "freshet: can't write: %s\n", strerror(errno));
    return EXIT_CODE_INTERNAL;
}

static bool print_event(void *context, const struct event *event)
{
    FILE *out = context;
    (void)fwrite(event->key, 1, event->key_length, out);
    (void)fputc('\t', out);
    (void)fwrite(event->data, 1, event->data_length, out);
    return fputc('\n', out) != EOF;
}

int show_events(const options_t *options, uint64_t count, FILE *out)
{
    must(options != NULL && out != NULL);
    char error[WORKLOAD_ERROR_MAX];
    (void)signal(SIGPIPE, SIG_IGN);
    bool good = preview_make(options, count, clock_wall_ms(), print_event, out, error);
    int code = finish(out);
    if (good)
        return code;
    fprintf(stderr, "freshet: %s\n", error);
    return EXIT_CODE_USAGE;
}

/* A name that is too long for its column has a line of its own. */
static void print_row(FILE *out, const char *name, const char *meaning)
{
    enum { COLUMN = 36 };
    if (strlen(name) > COLUMN)
        fprintf(out, "  %s\n  %*s %s\n", name, COLUMN, "", meaning);
    else
        fprintf(out, "  %-*s %s\n", COLUMN, name, meaning);
}

static void print_rows(FILE *out, const char *heading, const char *const rows[][2], size_t count)
{
    fprintf(out, "%s:\n", heading);
    for (size_t i = 0; i < count; i++)
        print_row(out, rows[i][0], rows[i][1]);
    fputc('\n', out);
}

static void print_function(void *context, const char *name, const char *arguments, const char *help)
{
    FILE *out = context;
    char call[256];
    snprintf(call, sizeof call, arguments[0] != '\0' ? "%s(%s)" : "%s", name, arguments);
    print_row(out, call, help);
}

static void print_shapes(FILE *out)
{
    size_t count;
    const struct shape_row *rows = shape_list(&count);
    fprintf(out, "Shapes (--shape NAME or NAME:PARAMETER=VALUE,...):\n");
    for (size_t i = 0; i < count; i++) {
        print_row(out, rows[i].name, rows[i].help);
        for (size_t k = 0; k < rows[i].parameters_count; k++) {
            const struct shape_parameter *one = &rows[i].parameters[k];
            char text[64];
            snprintf(text, sizeof text, "  %s=%s", one->name, one->fallback != NULL ? one->fallback : "");
            print_row(out, text, one->help);
        }
    }
    fputc('\n', out);
}

#define PRINT_ROWS(out, heading, rows) print_rows(out, heading, rows, sizeof(rows) / sizeof((rows)[0]))

int show_list(FILE *out)
{
    static const char *const targets[][2] = {
        {"STREAM", "a Kinesis data stream"},
        {"kinesis://[region/]STREAM", "the same, with its region"},
        {"arn:aws:kinesis:...", "the same, by its ARN"},
        {"kafka://HOST:PORT[,HOST:PORT]/TOPIC", "a topic of Kafka"},
        {"kafka://local/TOPIC", "a topic of a broker that is started beside the primary"},
        {"null://", "sends nothing: this machine's own ceiling"},
    };
    static const char *const workloads[][2] = {
        {"sensor", "readings of sensors, without any option"},
        {"--template FILE", "a text with {{...}} expressions, made of the functions below"},
        {"--scenario FILE", "a Lua file of options and functions, as workloads/sensor.lua"},
        {"--replay FILE", "the lines of a file"},
    };
    static const char *const keys[][2] = {
        {"per-sensor", "one for each sensor"},
        {"uniform:N", "N keys, each as often"},
        {"zipf:N:S", "N keys, the first ones most often, by the exponent S"},
        {"hot:SHARE:N", "one key has this share of all events, N others the rest"},
        {"explicit", "evenly over the shards or partitions that there are"},
    };
    must(out != NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    PRINT_ROWS(out, "Targets", targets);
    PRINT_ROWS(out, "Workloads", workloads);
    PRINT_ROWS(out, "Keys (--keys)", keys);
    print_shapes(out);
    fprintf(out, "Functions of templates, as {{name}} or {{name(arguments)}}:\n");
    template_functions(print_function, out);
    return finish(out);
}
