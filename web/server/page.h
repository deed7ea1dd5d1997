/*
 * page - the small pages and JSON texts that the server writes itself: errors.
 *
 * Pure. The caller owns (free()) what is returned.
 */
#ifndef FRESHET_PAGE_H
#define FRESHET_PAGE_H

#include <stddef.h>

#include "common/must.h"

/* {"error":{"code","message"}} */
char *page_error_json(const char *code, const char *message, size_t *length_out);

/* A page that says the same, with a link to `base`/. `message` is escaped. */
char *page_error_html(unsigned status, const char *message, const char *base, size_t *length_out);

#endif
