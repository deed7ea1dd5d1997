/*
 * engine - the paced loop of a secondary: link, load and reports in one thread.
 *
 * One turn: messages of the primary; answers settled and due batches sent (load_turn); heartbeats and reports
 * when due; then a wait in the sink until the next of these. Blocks nowhere else; what can block is done by
 * prepare's thread.
 */
#ifndef FRESHET_ENGINE_H
#define FRESHET_ENGINE_H

#include "common/log.h"
#include "common/options.h"
#include "secondary/forward.h"
#include "secondary/link.h"

struct engine_setup { /* everything borrowed */
    link_t *link;
    const options_t *options; /* of this program; the primary's travel on top of them */
    log_t *log;
    int signal_fd;    /* signalfd of SIGINT and SIGTERM */
    forward_t *lines; /* warnings and errors for the primary; NULL: none are sent */
    int parent_fd;    /* end of file: whoever started us is gone; -1: none */
};

/* Run until told to quit. Returns the exit code. */
int engine_run(const struct engine_setup *setup);

#endif
