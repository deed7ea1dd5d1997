/*
 * agent - the parent of a host's secondaries: one process a core, pinned, watched, started again, ended.
 *
 * Each is this program with the same arguments and a pipe (FRESHET_LOCAL_FD) that brings the keys. Those that
 * the primary lets go are not started again; when none is left, or one was refused, the agent ends.
 */
#ifndef FRESHET_AGENT_H
#define FRESHET_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

struct agent_setup { /* everything borrowed */
    size_t processes;
    const char *const *arguments; /* of this program, behind its name; NULL ends them */
    const char *greeting;         /* the line for each pipe; its newline included */
    uint64_t patience_us;         /* how long they may take to leave after SIGTERM or SIGINT */
    log_t *log;
};

/* Run until all have left. Returns the exit code. */
int agent_run(const struct agent_setup *setup);

#endif
