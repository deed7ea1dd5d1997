/*
 * passing_document - thresholds and search of a snapshot as JSON: the same in --json, in the dashboard's
 * documents and in the history. Numbers are in base units.
 *
 * Pure. The caller owns what it gets.
 */
#ifndef FRESHET_PASSING_DOCUMENT_H
#define FRESHET_PASSING_DOCUMENT_H

#include <jansson.h>

#include "primary/snapshot.h"

/* [{"text", "metric", "op", "unit", "limit", "value", "state"}]; value is null where state is "none". */
json_t *passing_document_thresholds(const struct snapshot *snapshot);

/* {"state", "rate", "found", "stopped_by", "steps": [...], ...}, or null. */
json_t *passing_document_search(const struct snapshot *snapshot);

#endif
