/*
 * prepare - open a sink and ask its target, in a thread of its own: credentials and DNS may block, heartbeats
 * must not stop meanwhile.
 *
 * One preparation at a time. While it runs, everything in `struct prepared` belongs to the thread;
 * prepare_take hands it to the caller.
 */
#ifndef FRESHET_PREPARE_H
#define FRESHET_PREPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/options.h"
#include "common/wire.h"
#include "secondary/sink.h"
#include "secondary/tally.h"

struct prepared {
    struct target target;
    options_t *options; /* owned: that the sink was opened with */
    options_t *wanted;  /* owned: of the run that is asked for */
    tally_t *tally;     /* owned: the books that this sink writes to */
    sink_t *sink;       /* owned; NULL when it could not be opened: see error */
    struct sink_error error;
    bool asked;                      /* a preflight was wanted */
    struct wire_preflight preflight; /* its answer; owns its message */
};

void prepared_destroy(struct prepared **self_p);

/* Was it made for the same target and the same travelling options? */
bool prepared_fits(const struct prepared *self, const options_t *options, const struct target *target);

typedef struct prepare prepare_t;

prepare_t *prepare_new(log_t *log);
/* A thread that still runs is left behind: the process is about to end. */
void prepare_destroy(prepare_t **self_p);

int prepare_fd(const prepare_t *self); /* readable when prepare_take has something */
bool prepare_busy(const prepare_t *self);

/* Start; must not be busy. `options` is copied. `kept`, if not NULL, is taken over: an open sink to reuse. */
void prepare_start(prepare_t *self, const options_t *options, const struct target *target, bool ask,
                   struct prepared *kept);

/* The outcome, once; NULL while there is none. The caller owns it. */
struct prepared *prepare_take(prepare_t *self);

#endif
