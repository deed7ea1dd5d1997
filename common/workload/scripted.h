/*
 * scripted - the workload whose events a Lua function makes, a chunk at a time.
 *
 * Templates and scenarios end in such a function: make(first, last) makes the events of sensors first .. last
 * of the batch that events_begin told, or fewer when they get many bytes. What was made and never asked for,
 * because the batch was full before, is dropped. Nothing is allocated in C once batches have had their
 * largest size.
 */
#ifndef FRESHET_SCRIPTED_H
#define FRESHET_SCRIPTED_H

#include "common/workload/script.h"
#include "common/workload/workload.h"

typedef struct scripted scripted_t;

/* A state that has no function yet. The caller owns it. */
scripted_t *scripted_new(const struct workload_setup *setup);
void scripted_destroy(scripted_t **self_p);
script_t *scripted_script(scripted_t *self);

/* The workload of the function on top of the stack, which is taken. Takes *self_p and sets it to NULL; the
 * caller owns the workload. */
workload_t *scripted_ready(scripted_t **self_p);

#endif
