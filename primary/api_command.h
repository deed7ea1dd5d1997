/*
 * api_command - what a form or a script asks for: names and values become options, a plan or an edit.
 *
 * Pure. Every wrong value is told under its option's name, in words for the person who typed it.
 */
#ifndef FRESHET_API_COMMAND_H
#define FRESHET_API_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "common/options.h"
#include "common/plan.h"

enum { API_COMMAND_FIELDS = 32 };

/* A name and a value as they came. Borrowed. */
struct api_parameter {
    const char *name;
    const char *value;
};

struct api_command_fields {
    struct {
        char name[64]; /* of the option, or as it came when there is none */
        char message[OPTIONS_ERROR_MAX];
    } list[API_COMMAND_FIELDS];
    size_t count;
    unsigned line, column; /* of the first error that has a place; 0: none has */
};

/* Note that `name` is wrong. Always false. */
bool api_command_refuse(struct api_command_fields *fields, const char *name, const char *message);
/* Note an error that begins with its option: "--keys: ...". Always false. */
bool api_command_refuse_option(struct api_command_fields *fields, const char *error);

/* Set `options` to what the parameters say; an empty value makes the default hold again. Names are options
 * that travel to the secondaries, their aliases, and Locust's user_count. `locust`: names that only Locust
 * has are passed over. False: `fields` says what is wrong, and `options` is half changed. */
MUST_USE bool api_command_take(options_t *options, const struct api_parameter *parameters, size_t count,
                               bool locust, struct api_command_fields *fields);

/* The plan of them; draws a seed when none was given. False: see `fields`. */
MUST_USE bool api_command_plan(options_t *options, struct plan *out, struct api_command_fields *fields);

/* Its load alone: rate or users over time; a target is not needed. */
MUST_USE bool api_command_load(const options_t *options, struct plan *out, struct api_command_fields *fields);

/* What may change while `now` runs: rate, or users and spawn-rate; stages and shape; run-time. Anything else
 * that differs from `options`, those of the run, is refused. *out becomes the changed plan, and `options`
 * follows. */
MUST_USE bool api_command_edit(options_t *options, const struct plan *now,
                               const struct api_parameter *parameters, size_t count, bool locust,
                               struct plan *out, struct api_command_fields *fields);

/* {"error":{"code":"invalid","message","fields":{name: message}}}, with "line" and "column" where one has a
 * place. */
json_t *api_command_refusal(const struct api_command_fields *fields);

#endif
