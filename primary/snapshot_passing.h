/*
 * snapshot_passing - the part of a snapshot that says whether the run passes: thresholds and search.
 *
 * Pure.
 */
#ifndef FRESHET_SNAPSHOT_PASSING_H
#define FRESHET_SNAPSHOT_PASSING_H

#include <stdbool.h>

#include "primary/snapshot.h"

/* Judge the thresholds on the headline phase, once the run has come to steady or has ended, and copy the
 * search. Called when the rest of *self is filled in. */
void snapshot_passing_fill(struct snapshot *self, const struct snapshot_sources *sources);

/* Was no threshold missed, the run not aborted, and a search not in vain? Once the run has ended, a threshold
 * that could not be judged counts as missed, and a search without a result as in vain. */
bool snapshot_passing_holds(const struct snapshot *self);

#endif
