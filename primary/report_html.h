/*
 * report_html - the report in one self-contained file: the page's report.html with the data written into it.
 *
 * Pure.
 */
#ifndef FRESHET_REPORT_HTML_H
#define FRESHET_REPORT_HTML_H

#include <stddef.h>

#include "common/buffer.h"
#include "common/must.h"

/* Append `page` with `null` in its `<script type="application/json" id="data">null</script>` replaced by
 * `data`, JSON text in which every `<` becomes \u003c. False: the page has no such place, or it did not fit.
 */
MUST_USE bool report_html(const char *page, size_t page_length, const char *data, struct buffer *out);

#endif
