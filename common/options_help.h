/*
 * options_help - print an option table for people: as text for --help, as Markdown for README.md.
 *
 * Only the rows that have a bit of `program` are printed, under a heading a group, in the order of the table.
 */
#ifndef FRESHET_OPTIONS_HELP_H
#define FRESHET_OPTIONS_HELP_H

#include <stddef.h>
#include <stdio.h>

#include "common/options.h"

/* Aligned, wrapped at 100 columns. */
void options_help_plain(const struct option *table, size_t count, unsigned program, FILE *out);

/* A table a group: Option | Environment | Default | Meaning. */
void options_help_markdown(const struct option *table, size_t count, unsigned program, FILE *out);

#endif
