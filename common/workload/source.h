/*
 * source - where a run's options say what its events are made from: a template, a scenario, a replay, or
 * none.
 *
 * The text itself is in the options too (OPT_TEMPLATE_TEXT, OPT_SCENARIO_TEXT), so that whoever has a run's
 * options has its source, and its file is read once. source_read opens that file; the rest is pure. One
 * thread at a time.
 */
#ifndef FRESHET_SOURCE_H
#define FRESHET_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/must.h"
#include "common/options.h"
#include "common/workload/workload.h"

enum { SOURCE_NAME_MAX = 128 }; /* bytes of a source's name, with the NUL; as the wire has it */

/* After argv and environment were read: of --template, --template-text, --scenario and --replay the one that
 * was said most strongly stays, and its file is read. A scenario's options become those of `options`, where
 * nothing but a default was said. False: two of them contradict each other, or the file is no good; `error`
 * says which and why. */
MUST_USE bool source_read(options_t *options, char error[OPTIONS_ERROR_MAX]);

/* After some were set at run time: the one that was said most strongly stays. */
MUST_USE bool source_settle(options_t *options, char error[OPTIONS_ERROR_MAX]);

/* Make `source` the one of `options`, whatever they had. `where` names who says it, in errors. */
MUST_USE bool source_put(options_t *options, const struct workload_source *source, const char *where,
                         char error[OPTIONS_ERROR_MAX]);

/* The template or scenario of `options`, or the kind without a text. Borrowed until they change. */
struct workload_source source_of(const options_t *options);

/* Tells two texts apart, and whether one came whole (FNV-1a, 64 bits). Not against those who forge. */
uint64_t source_hash(const struct workload_source *source);

#endif
