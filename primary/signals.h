/*
 * signals - the signals of the primary, all through one descriptor, in the loop's own time.
 *
 * Called before threads and children are made: they inherit the mask; local.c clears it for the children.
 */
#ifndef FRESHET_SIGNALS_H
#define FRESHET_SIGNALS_H

/* Block SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD and SIGCONT, ignore SIGPIPE, and return a signalfd that
 * doesn't block. The caller closes it. */
int signals_take(void);

#endif
