#include "common/options_help.h"

#include "common/buffer.h"
#include "common/option_names.h"

#include <string.h>

enum {
    COLUMNS = 100,
    MEANING_COLUMN = 36, /* where meanings begin */
    TEXT_BYTES_MAX = 4096,
};

/* Append the blank-separated words, each between `before` and `after`, with commas between them. */
static void append_words(struct buffer *out, const char *words, const char *before, const char *after)
{
    char word[OPTION_NAME_MAX];
    for (bool first = true; option_names_word(&words, word); first = false)
        buffer_printf(out, "%s%s%s%s", first ? "" : ", ", before, word, after);
}

/* Append all variables of a row, strongest first; nothing for a row that argv alone sets. */
static void append_variables(struct buffer *out, const struct option *row, const char *mark)
{
    if ((row->flags & OPTION_ARGV_ONLY) != 0)
        return;
    char variable[OPTION_NAME_MAX];
    option_names_variable(row, variable);
    buffer_printf(out, "%s%s%s", mark, variable, mark);
    if (row->environment != NULL) {
        buffer_text(out, ", ");
        append_words(out, row->environment, mark, mark);
    }
}

/* The meaning with all that belongs to it. */
static void append_meaning(struct buffer *out, const struct option *row)
{
    buffer_text(out, row->help);
    if (row->choices != NULL) {
        buffer_text(out, ": ");
        append_words(out, row->choices, "", "");
    }
}

/* Print words from `column` on, breaking lines at blanks and indenting them to MEANING_COLUMN. A word longer
 * than a line stays whole. */
static void print_wrapped(const char *text, size_t column, FILE *out)
{
    must(text != NULL);
    must(column <= MEANING_COLUMN);
    fprintf(out, "%*s", (int)(MEANING_COLUMN - column), "");
    column = MEANING_COLUMN;
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        bool first = column == MEANING_COLUMN;
        if (!first && column + 1 + length > COLUMNS) {
            fprintf(out, "\n%*s", MEANING_COLUMN, "");
            column = MEANING_COLUMN;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", (int)length, text);
        column += length + (first ? 0 : 1);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_plain(const struct option *row, struct buffer *text, FILE *out)
{
    buffer_clear(text);
    if (row->letter != 0)
        buffer_printf(text, "  -%c, --%s", row->letter, row->name);
    else
        buffer_printf(text, "      --%s", row->name);
    if (row->value != NULL)
        buffer_printf(text, " %s", row->value);
    must(!text->full);
    fputs(buffer_str(text), out);
    size_t column = text->length;
    if (column + 2 > MEANING_COLUMN) {
        fputc('\n', out);
        column = 0;
    }
    buffer_clear(text);
    append_meaning(text, row);
    if (row->fallback != NULL)
        buffer_printf(text, " [default: %s]", row->fallback);
    if (row->aliases != NULL) {
        buffer_text(text, " [also: ");
        append_words(text, row->aliases, "--", "");
        buffer_text(text, "]");
    }
    if ((row->flags & OPTION_ARGV_ONLY) == 0) {
        buffer_text(text, " [env: ");
        append_variables(text, row, "");
        buffer_text(text, "]");
    }
    must(!text->full);
    print_wrapped(buffer_str(text), column, out);
}

/* Text of a table cell: a pipe would end it. */
static void print_cell(const char *text, FILE *out)
{
    fputc(' ', out);
    for (; *text != '\0'; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputs(" |", out);
}

static void print_markdown(const struct option *row, struct buffer *text, FILE *out)
{
    fputc('|', out);
    buffer_clear(text);
    if (row->letter != 0)
        buffer_printf(text, "`-%c`, ", row->letter);
    buffer_printf(text, "`--%s%s%s`", row->name, row->value != NULL ? " " : "",
                  row->value != NULL ? row->value : "");
    if (row->aliases != NULL) {
        buffer_text(text, ", ");
        append_words(text, row->aliases, "`--", "`");
    }
    print_cell(buffer_str(text), out);
    buffer_clear(text);
    append_variables(text, row, "`");
    print_cell(buffer_str(text), out);
    buffer_clear(text);
    if (row->fallback != NULL)
        buffer_printf(text, "`%s`", row->fallback);
    print_cell(buffer_str(text), out);
    buffer_clear(text);
    append_meaning(text, row);
    must(!text->full);
    print_cell(buffer_str(text), out);
    fputc('\n', out);
}

typedef void(print_row_fn)(const struct option *row, struct buffer *text, FILE *out);

/* Print all rows of a program; the name of each group, between `before` and `after`, is its heading. */
static void print_rows(const struct option *table, size_t count, unsigned program, const char *before,
                       const char *after, print_row_fn *print_row, FILE *out)
{
    must(table != NULL);
    must(out != NULL && program != 0);
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    const char *group = NULL;
    for (size_t i = 0; i < count; i++) {
        if ((table[i].flags & program) == 0)
            continue;
        must(table[i].group != NULL && table[i].help != NULL);
        if (group == NULL || strcmp(group, table[i].group) != 0) {
            fprintf(out, "%s%s%s%s", group != NULL ? "\n" : "", before, table[i].group, after);
            group = table[i].group;
        }
        print_row(&table[i], &text, out);
    }
    buffer_fini(&text);
}

void options_help_plain(const struct option *table, size_t count, unsigned program, FILE *out)
{
    print_rows(table, count, program, "", ":\n", print_plain, out);
}

void options_help_markdown(const struct option *table, size_t count, unsigned program, FILE *out)
{
    print_rows(table, count, program, "### ",
               "\n\n| Option | Environment | Default | Meaning |\n|---|---|---|---|\n", print_markdown, out);
}
