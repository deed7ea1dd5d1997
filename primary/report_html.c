#include "primary/report_html.h"

#include <string.h>

static const char place[] = "<script type=\"application/json\" id=\"data\">";
static const char nothing[] = "null</script>";

bool report_html(const char *page, size_t page_length, const char *data, struct buffer *out)
{
    must(page != NULL && data != NULL);
    must(out != NULL);
    const char *found = memmem(page, page_length, place, sizeof place - 1);
    if (found == NULL)
        return false;
    size_t before = (size_t)(found - page) + sizeof place - 1;
    if (page_length - before < sizeof nothing - 1 || memcmp(page + before, nothing, sizeof nothing - 1) != 0)
        return false;
    size_t after = before + strlen("null");
    buffer_append(out, page, before);
    while (*data != '\0') {
        size_t plain = strcspn(data, "<");
        buffer_append(out, data, plain);
        data += plain;
        if (*data == '<') {
            buffer_text(out, "\\u003c");
            data++;
        }
    }
    buffer_append(out, page + after, page_length - after);
    return !out->full;
}
