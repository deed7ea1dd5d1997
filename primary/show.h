/*
 * show - what --preview and --list print instead of a run.
 *
 * A reader that goes away early (`| head`) is no error.
 */
#ifndef FRESHET_SHOW_H
#define FRESHET_SHOW_H

#include <stdint.h>
#include <stdio.h>

#include "common/options.h"

/* Print the first `count` events that `options` make, one a line: its key, a tab, the event. Returns an exit
 * code; what is wrong is told on stderr. */
int show_events(const options_t *options, uint64_t count, FILE *out);

/* Print what can be asked for: targets, workloads, keys, shapes, functions of templates. Returns an exit
 * code. */
int show_list(FILE *out);

#endif
