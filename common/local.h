/*
 * local - one local secondary a core: started, pinned, watched, restarted with a word, ended.
 *
 * Each child is `freshet-secondary ARGUMENTS`, pinned to one core of our affinity mask, and reads from
 * FRESHET_LOCAL_FD one line that says how to speak to the primary: `plaintext`, or the server's public key
 * and its own key pair; FRESHET_LOCAL_ID holds the 32 digits that its id shall end with, by which it is known
 * again. When there are more cores than children, all threads that we have by then leave the children's cores
 * to them. The pipe stays open as long as we live: its end tells the child that we are gone.
 * Children are in process groups of their own and ignore SIGINT, so that Ctrl-C reaches them through us only.
 *
 * The caller blocks SIGCHLD, and calls local_reap when it arrives and local_turn now and then. Time is an
 * argument, in monotonic microseconds. One thread.
 */
#ifndef FRESHET_LOCAL_H
#define FRESHET_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/wire.h"

enum { LOCAL_ERROR_MAX = 512, LOCAL_PROCESSES_MAX = 1024 };

/* The child whose id ends with `digits` has ended: fills in the id ("": it was never heard of), and says
 * whether it had taken its leave. */
typedef bool(local_ended_fn)(void *context, const char *digits, char who[WIRE_ID_MAX]);

struct local_setup {
    size_t processes;             /* how many to start, 1 .. LOCAL_PROCESSES_MAX */
    const char *const *arguments; /* copied: of each child, behind the program's name; NULL ends them */
    const char *greeting;         /* copied: the line for FRESHET_LOCAL_FD, its newline included */
    bool goodbye_ends;            /* who ends with 0 was told to, and is not started again */
    log_t *log;                   /* borrowed, outlives this */
    local_ended_fn *ended;        /* NULL: nobody knows their names */
    void *context;                /* of `ended` */
};

typedef struct local local_t;

/* How many cores we may run on. */
size_t local_cores(void);

/* Start them all. NULL on failure: `error` says why. The caller owns it. */
MUST_USE local_t *local_new(const struct local_setup *setup, uint64_t now_us, char error[LOCAL_ERROR_MAX]);

/* Kill what still runs, wait for it, free. Sets *self_p to NULL. Calling it twice is fine. */
void local_destroy(local_t **self_p);

/* After SIGCHLD: note the dead, one log line each; returns how many died in this call. */
size_t local_reap(local_t *self, uint64_t now_us);

/* Start again what died and may be started again: each place at most once in 5 s, and not at all after a
 * failure at its first start, or one that would come again (exit status 2: wrong arguments, 6: refused).
 * Returns how many were started. */
size_t local_turn(local_t *self, uint64_t now_us);

/* Did one fail so? Then its exit status (70 for a signal), else 0. */
int local_failure(const local_t *self);

/* No restarts from now on: the run is over. */
void local_wind_down(local_t *self);

size_t local_running(const local_t *self);

/* How many run or will run again. */
size_t local_wanted(const local_t *self);

/* The core that the local secondary of this id is pinned to; -1: it is none of ours. */
int local_core(const local_t *self, const char *id);

/* Send `signal` to all that still run. */
void local_signal(local_t *self, int signal);

#endif
