/*
 * options - one table of options read from argv, environment, the wire and forms, and printed as help.
 *
 * Pure but for the memory it owns. A program brings its table (see option_table.h for freshet's own); every
 * option gets the flag --<name>, the variable FRESHET_<NAME> and whatever aliases its row lists. Later and
 * stronger sources win: default < file < environment < argument < set at run time. Values are checked against
 * type and range as they are set; what was typed is kept as text, parsed by the getter's type. One thread at
 * a time.
 */
#ifndef FRESHET_OPTIONS_H
#define FRESHET_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/must.h"

enum option_type {
    OPTION_FLAG,     /* no value in argv; true/false/1/0/yes/no/on/off elsewhere */
    OPTION_TEXT,     /* any text up to `max` bytes */
    OPTION_LIST,     /* as text; given again in argv it grows, with newlines between */
    OPTION_LINES,    /* as text, with tabs and line ends in it */
    OPTION_CHOICE,   /* one of `choices`, any case */
    OPTION_INTEGER,  /* signed whole number with units, min..max */
    OPTION_COUNT,    /* whole number >= 0 with units, min..max */
    OPTION_RATE,     /* real number >= 0 with units, min..max */
    OPTION_DURATION, /* with units; min and max in seconds */
    OPTION_SIZE,     /* bytes with units, min..max */
};

enum option_flag {
    OPTION_PRIMARY = 1 << 0,    /* freshet has it */
    OPTION_SECONDARY = 1 << 1,  /* freshet-secondary has it */
    OPTION_TRAVELS = 1 << 2,    /* sent to the secondaries with every plan (spawn.data.parsed_options) */
    OPTION_POSITIONAL = 1 << 3, /* the one bare argument sets it too */
    OPTION_FORM = 1 << 4,       /* shown in the dashboard's start form */
    OPTION_STANDIN = 1 << 5,    /* for the stand-ins' own tables */
    OPTION_ARGV_ONLY = 1 << 6,  /* no variable reads it: FRESHET_VERSION in an image must not break a start */
    OPTION_CTL = 1 << 8,        /* for freshet-ctl's own table */
    OPTION_SECRET =
        1 << 7, /* lines of NAME=VALUE that may hold passwords: told only through properties_public */
    OPTION_OF_A_RUN = OPTION_TRAVELS | OPTION_FORM, /* any of them: each run has its own value */
};

struct option {
    const char *name;    /* long flag without dashes: "run-time" */
    char letter;         /* short flag, or 0 */
    const char *aliases; /* further long flags, blank-separated, or NULL */
    const char
        *environment; /* further variables after FRESHET_<NAME>, blank-separated, strongest first, or NULL */
    enum option_type type;
    const char *value;    /* word for the value in help: "DURATION"; NULL for flags */
    const char *choices;  /* OPTION_CHOICE: blank-separated */
    double min, max;      /* range where the type has one */
    const char *fallback; /* default as one would type it, or NULL: unset */
    unsigned flags;       /* enum option_flag, or-ed */
    const char *group;    /* heading in help and form */
    const char *help;     /* one sentence, no full stop */
};

enum option_source {
    OPTION_UNSET,
    OPTION_DEFAULT,
    OPTION_FILE, /* of a scenario */
    OPTION_ENVIRONMENT,
    OPTION_ARGUMENT,
    OPTION_SET,
};

enum { OPTIONS_ERROR_MAX = 512 }; /* bytes of an error text, with the NUL */

typedef struct options options_t;

/* Values for the rows of `table` (borrowed, must outlive this) that have any of the bits in `program`.
 * All rows stay addressable by index. The caller owns it. */
options_t *options_new(const struct option *table, size_t count, unsigned program);
options_t *options_copy(const options_t *self);
void options_destroy(options_t **self_p);

/* Read the environment through `lookup` (getenv in production). Empty means unset. On a bad value: false, and
 * `error` names variable, value and what is allowed. */
typedef const char *(options_lookup_fn)(const char *name);
MUST_USE bool options_environment(options_t *self, options_lookup_fn *lookup, char error[OPTIONS_ERROR_MAX]);

/* Read argv[1..]. --name value, --name=value, -x value, -xvalue; `--` ends the flags. Unknown flags are an
 * error that offers the nearest name. */
MUST_USE bool options_arguments(options_t *self, int argc, char *const *argv, char error[OPTIONS_ERROR_MAX]);

/* Set one value at run time by its index, or by its name or alias ('-' and '_' are the same; false and an
 * error for an unknown name). `where` names the source in errors: "form field", "spawn message". */
MUST_USE bool options_set(options_t *self, size_t index, const char *value, const char *where,
                          char error[OPTIONS_ERROR_MAX]);
/* The same on behalf of a weaker source, as a file: a stronger one that has spoken keeps its word. */
MUST_USE bool options_offer(options_t *self, size_t index, enum option_source source, const char *value,
                            const char *where, char error[OPTIONS_ERROR_MAX]);
/* Forget what was said of an option, however strongly: its default holds again. */
void options_clear(options_t *self, size_t index);
MUST_USE bool options_find(const options_t *self, const char *name, size_t *index_out);

/* The value as typed, or NULL when unset. Borrowed until the next change. */
const char *options_text(const options_t *self, size_t index);
enum option_source options_source(const options_t *self, size_t index);
/* Did the user say it (file, environment, argument or set), as opposed to the default? */
bool options_given(const options_t *self, size_t index);

/* The value by its type; must() fails on another type or an unset value without default. */
bool options_flag(const options_t *self, size_t index);
int64_t options_integer(const options_t *self, size_t index);
uint64_t options_count(const options_t *self, size_t index);
double options_rate(const options_t *self, size_t index);
uint64_t options_duration_us(const options_t *self, size_t index);
uint64_t options_size(const options_t *self, size_t index);

const struct option *options_row(const options_t *self, size_t index);
/* Is it an option of the program that this was made for? */
bool options_has(const options_t *self, size_t index);
size_t options_rows(const options_t *self);

/* The option list for --help (plain) or for README.md (a Markdown table a group). */
void options_print_help(const options_t *self, FILE *out);
void options_print_markdown(const options_t *self, FILE *out);

#endif
