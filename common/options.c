#include "common/options.h"

#include "common/mem.h"
#include "common/option_names.h"
#include "common/option_value.h"
#include "common/options_help.h"
#include "common/quote.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    char *text; /* owned; NULL: unset */
    enum option_source source;
};

struct options {
    const struct option *table; /* borrowed */
    size_t count;
    unsigned program;      /* bits of the program that reads argv and environment */
    struct entry *entries; /* owned: one a row */
};

static const struct entry *entry_at(const options_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->count);
    return &self->entries[index];
}

static bool has(const options_t *self, size_t index)
{
    return (self->table[index].flags & self->program) != 0;
}

options_t *options_new(const struct option *table, size_t count, unsigned program)
{
    must(table != NULL);
    must(count > 0 && program != 0);
    options_t *self = mem_new(1, sizeof *self);
    *self = (struct options){.table = table, .count = count, .program = program};
    self->entries = mem_new(count, sizeof *self->entries);
    for (size_t i = 0; i < count; i++) {
        if (table[i].fallback == NULL)
            continue;
        struct option_value value;
        must(option_value_parse(&table[i], table[i].fallback, &value) == OPTION_GOOD);
        self->entries[i] = (struct entry){mem_text(table[i].fallback), OPTION_DEFAULT};
    }
    return self;
}

options_t *options_copy(const options_t *self)
{
    must(self != NULL);
    must(self->entries != NULL);
    options_t *copy = mem_new(1, sizeof *copy);
    *copy = *self;
    copy->entries = mem_new(self->count, sizeof *copy->entries);
    for (size_t i = 0; i < self->count; i++) {
        copy->entries[i] = self->entries[i];
        if (self->entries[i].text != NULL)
            copy->entries[i].text = mem_text(self->entries[i].text);
    }
    return copy;
}

void options_destroy(options_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    for (size_t i = 0; i < (*self_p)->count; i++)
        free((*self_p)->entries[i].text);
    free((*self_p)->entries);
    free(*self_p);
    *self_p = NULL;
}

/* The value, behind what argv said before where the option is a list. The caller owns it. */
static char *joined(const options_t *self, size_t index, enum option_source source, const char *value)
{
    const struct entry *entry = &self->entries[index];
    bool again = source == OPTION_ARGUMENT && entry->source == OPTION_ARGUMENT;
    if (self->table[index].type != OPTION_LIST || !again)
        return mem_text(value);
    size_t size = strlen(entry->text) + strlen(value) + 2;
    char *text = mem_new(size, 1);
    snprintf(text, size, "%s\n%s", entry->text, value);
    return text;
}

/* Check a value and keep it, unless a stronger source has spoken. `name` is what the error calls the option.
 */
static bool take(options_t *self, size_t index, enum option_source source, const char *value,
                 const char *name, char error[OPTIONS_ERROR_MAX])
{
    must(index < self->count);
    must(value != NULL && name != NULL);
    const struct option *row = &self->table[index];
    struct option_value ignored;
    char *text = joined(self, index, source, value);
    enum option_check check = option_value_parse(row, text, &ignored);
    if (check != OPTION_GOOD) {
        char quoted[QUOTE_MAX], allowed[OPTION_ALLOWED_MAX];
        option_value_allowed(row, allowed);
        bool secret = (row->flags & OPTION_SECRET) != 0;
        snprintf(error, OPTIONS_ERROR_MAX, "%s: %s %s; allowed is %s", name,
                 secret ? "what was given" : quote(value, quoted),
                 check == OPTION_MALFORMED ? option_value_complaint(row) : "is out of range", allowed);
        free(text);
        return false;
    }
    struct entry *entry = &self->entries[index];
    if (source < entry->source) {
        free(text);
        return true;
    }
    free(entry->text);
    *entry = (struct entry){text, source};
    return true;
}

/* Take the variable `name` for a row, if it is set; *found says whether it was. */
static bool take_variable(options_t *self, size_t index, options_lookup_fn *lookup, const char *name,
                          bool *found, char error[OPTIONS_ERROR_MAX])
{
    const char *value = lookup(name);
    *found = value != NULL && value[0] != '\0';
    return !*found || take(self, index, OPTION_ENVIRONMENT, value, name, error);
}

bool options_environment(options_t *self, options_lookup_fn *lookup, char error[OPTIONS_ERROR_MAX])
{
    must(self != NULL && lookup != NULL);
    must(error != NULL);
    for (size_t i = 0; i < self->count; i++) {
        const struct option *row = &self->table[i];
        if (!has(self, i) || (row->flags & OPTION_ARGV_ONLY) != 0)
            continue;
        char name[OPTION_NAME_MAX];
        option_names_variable(row, name);
        const char *cursor = row->environment;
        bool found = false;
        do {
            if (!take_variable(self, i, lookup, name, &found, error))
                return false;
        } while (!found && option_names_word(&cursor, name));
    }
    return true;
}

/* What is left of argv. */
struct arguments {
    int count;
    char *const *texts;
    int next;
    bool flags_ended; /* after -- */
    bool bare_seen;
};

/* The value of a flag: what is attached to it, or the next argument. NULL: there is none. A word that looks
 * like a flag is none, so that a forgotten value is told as such; a negative number is one. */
static const char *flag_value(struct arguments *arguments, const char *attached)
{
    if (attached != NULL)
        return attached;
    if (arguments->next >= arguments->count)
        return NULL;
    const char *next = arguments->texts[arguments->next];
    if (next[0] == '-' && next[1] != '\0' && (next[1] < '0' || next[1] > '9'))
        return NULL;
    arguments->next++;
    return next;
}

/* Take flag `index`, called `name` by the user, with the value attached to it (NULL: none). */
static bool take_flag(options_t *self, size_t index, const char *name, const char *attached,
                      struct arguments *arguments, char error[OPTIONS_ERROR_MAX])
{
    const struct option *row = &self->table[index];
    if (row->type == OPTION_FLAG) {
        if (attached == NULL)
            return take(self, index, OPTION_ARGUMENT, "true", name, error);
        snprintf(error, OPTIONS_ERROR_MAX, "%s: takes no value", name);
        return false;
    }
    const char *value = flag_value(arguments, attached);
    if (value != NULL)
        return take(self, index, OPTION_ARGUMENT, value, name, error);
    char allowed[OPTION_ALLOWED_MAX];
    option_value_allowed(row, allowed);
    snprintf(error, OPTIONS_ERROR_MAX, "%s: needs a value; allowed is %s", name, allowed);
    return false;
}

/* --name, --name=value. An unknown flag's value is not repeated: it may be a secret. */
static bool take_long(options_t *self, const char *text, struct arguments *arguments,
                      char error[OPTIONS_ERROR_MAX])
{
    const char *name = text + 2;
    size_t length = strcspn(name, "=");
    const char *attached = name[length] == '=' ? name + length + 1 : NULL;
    for (size_t i = 0; i < self->count; i++) {
        if (!has(self, i) || !option_names_match(&self->table[i], name, length))
            continue;
        char typed[OPTION_NAME_MAX + 2];
        snprintf(typed, sizeof typed, "%.*s", (int)(length + 2), text);
        return take_flag(self, i, typed, attached, arguments, error);
    }
    char shown[OPTION_NAME_MAX], quoted[QUOTE_MAX], nearest[OPTION_NAME_MAX];
    snprintf(shown, sizeof shown, "%.*s", (int)(length < sizeof shown - 3 ? length + 2 : sizeof shown - 1),
             text);
    quote(shown, quoted);
    int inside =
        (int)strlen(quoted) - 2; /* quote() made it printable; the quotes themselves are not wanted */
    if (option_names_nearest(self->table, self->count, self->program, name, length, nearest))
        snprintf(error, OPTIONS_ERROR_MAX, "unknown option %.*s (did you mean --%s?)", inside, quoted + 1,
                 nearest);
    else
        snprintf(error, OPTIONS_ERROR_MAX, "unknown option %.*s (--help lists them)", inside, quoted + 1);
    return false;
}

/* -x, -xvalue */
static bool take_short(options_t *self, const char *text, struct arguments *arguments,
                       char error[OPTIONS_ERROR_MAX])
{
    for (size_t i = 0; i < self->count; i++) {
        if (!has(self, i) || self->table[i].letter == 0 || self->table[i].letter != text[1])
            continue;
        char name[OPTION_NAME_MAX + 8];
        snprintf(name, sizeof name, "-%c/--%s", text[1], self->table[i].name);
        return take_flag(self, i, name, text[2] != '\0' ? text + 2 : NULL, arguments, error);
    }
    bool printable = text[1] > 0x20 && text[1] < 0x7F;
    snprintf(error, OPTIONS_ERROR_MAX, "unknown option -%c (--help lists them)", printable ? text[1] : '?');
    return false;
}

static bool take_bare(options_t *self, const char *text, struct arguments *arguments,
                      char error[OPTIONS_ERROR_MAX])
{
    char quoted[QUOTE_MAX];
    quote(text, quoted);
    size_t index = 0;
    while (index < self->count && (!has(self, index) || (self->table[index].flags & OPTION_POSITIONAL) == 0))
        index++;
    if (index == self->count) {
        snprintf(error, OPTIONS_ERROR_MAX,
                 "unexpected argument %s; allowed are options only (--help lists them)", quoted);
        return false;
    }
    const char *value_word = self->table[index].value;
    must(value_word != NULL);
    if (arguments->bare_seen) {
        char before[QUOTE_MAX];
        snprintf(error, OPTIONS_ERROR_MAX,
                 "unexpected argument %s; allowed is one %s, and %s is already given", quoted, value_word,
                 quote(self->entries[index].text, before));
        return false;
    }
    arguments->bare_seen = true;
    return take(self, index, OPTION_ARGUMENT, text, value_word, error);
}

bool options_arguments(options_t *self, int argc, char *const *argv, char error[OPTIONS_ERROR_MAX])
{
    must(self != NULL && error != NULL);
    must(argc >= 0 && (argc == 0 || argv != NULL));
    struct arguments arguments = {.count = argc, .texts = argv, .next = 1};
    while (arguments.next < argc) {
        const char *text = argv[arguments.next++];
        bool good;
        if (arguments.flags_ended || text[0] != '-' || text[1] == '\0')
            good = take_bare(self, text, &arguments, error);
        else if (strcmp(text, "--") == 0)
            good = arguments.flags_ended = true;
        else if (text[1] == '-')
            good = take_long(self, text, &arguments, error);
        else
            good = take_short(self, text, &arguments, error);
        if (!good)
            return false;
    }
    return true;
}

bool options_offer(options_t *self, size_t index, enum option_source source, const char *value,
                   const char *where, char error[OPTIONS_ERROR_MAX])
{
    must(self != NULL && index < self->count);
    must(value != NULL && where != NULL && error != NULL);
    must(source > OPTION_DEFAULT);
    char name[QUOTE_MAX + OPTION_NAME_MAX];
    snprintf(name, sizeof name, "%.127s %s", where, self->table[index].name);
    return take(self, index, source, value, name, error);
}

bool options_set(options_t *self, size_t index, const char *value, const char *where,
                 char error[OPTIONS_ERROR_MAX])
{
    return options_offer(self, index, OPTION_SET, value, where, error);
}

void options_clear(options_t *self, size_t index)
{
    must(self != NULL && index < self->count);
    struct entry *entry = &self->entries[index];
    const char *fallback = self->table[index].fallback;
    free(entry->text);
    entry->text = fallback != NULL ? mem_text(fallback) : NULL;
    entry->source = fallback != NULL ? OPTION_DEFAULT : OPTION_UNSET;
}

bool options_find(const options_t *self, const char *name, size_t *index_out)
{
    must(self != NULL);
    must(name != NULL && index_out != NULL);
    size_t length = strlen(name);
    for (size_t i = 0; i < self->count; i++) {
        if (option_names_match(&self->table[i], name, length)) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

const char *options_text(const options_t *self, size_t index)
{
    return entry_at(self, index)->text;
}

enum option_source options_source(const options_t *self, size_t index)
{
    return entry_at(self, index)->source;
}

bool options_given(const options_t *self, size_t index)
{
    return entry_at(self, index)->source > OPTION_DEFAULT;
}

/* The value of a row of `type`; it was checked when it was set. */
static struct option_value value_of(const options_t *self, size_t index, enum option_type type)
{
    const struct entry *entry = entry_at(self, index);
    const struct option *row = &self->table[index];
    must(row->type == type);
    must(entry->text != NULL);
    struct option_value value;
    must(option_value_parse(row, entry->text, &value) == OPTION_GOOD);
    return value;
}

bool options_flag(const options_t *self, size_t index)
{
    const struct entry *entry = entry_at(self, index);
    must(self->table[index].type == OPTION_FLAG);
    return entry->text != NULL && value_of(self, index, OPTION_FLAG).flag;
}

int64_t options_integer(const options_t *self, size_t index)
{
    return value_of(self, index, OPTION_INTEGER).integer;
}

uint64_t options_count(const options_t *self, size_t index)
{
    return value_of(self, index, OPTION_COUNT).whole;
}

double options_rate(const options_t *self, size_t index)
{
    return value_of(self, index, OPTION_RATE).real;
}

uint64_t options_duration_us(const options_t *self, size_t index)
{
    return value_of(self, index, OPTION_DURATION).whole;
}

uint64_t options_size(const options_t *self, size_t index)
{
    return value_of(self, index, OPTION_SIZE).whole;
}

const struct option *options_row(const options_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->count);
    return &self->table[index];
}

bool options_has(const options_t *self, size_t index)
{
    must(self != NULL);
    must(index < self->count);
    return has(self, index);
}

size_t options_rows(const options_t *self)
{
    must(self != NULL);
    return self->count;
}

void options_print_help(const options_t *self, FILE *out)
{
    must(self != NULL);
    options_help_plain(self->table, self->count, self->program, out);
}

void options_print_markdown(const options_t *self, FILE *out)
{
    must(self != NULL);
    options_help_markdown(self->table, self->count, self->program, out);
}
