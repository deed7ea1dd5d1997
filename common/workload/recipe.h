/*
 * recipe - what options say of events beside where they come from: keys, sizes, replay.
 *
 * recipe_read is pure: both processes check options with it, the primary before anything is sent.
 */
#ifndef FRESHET_RECIPE_H
#define FRESHET_RECIPE_H

#include <stdbool.h>

#include "common/workload/event_size.h"
#include "common/workload/keys.h"
#include "common/workload/workload.h"

struct recipe { /* texts are borrowed from the options */
    struct keys_rule keys;
    bool sized;
    struct event_size_rule size;
    const char *replay;       /* path; NULL: events are made */
    const char *replay_field; /* NULL: unset */
    bool replay_once;
};

/* False and an error that begins with the option, for what is wrong or contradicts itself. */
MUST_USE bool recipe_read(const options_t *options, struct recipe *out, char error[OPTIONS_ERROR_MAX]);

/* The workload of `source`, which is taken over, with keys and sizes as the recipe says. */
workload_t *recipe_apply(const struct recipe *recipe, workload_t *source, uint64_t seed, uint64_t stream);

#endif
