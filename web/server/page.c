#include "web/server/page.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/mem.h"

enum { PAGE_BYTES_MAX = 64 * 1024 };

char *page_error_json(const char *code, const char *message, size_t *length_out)
{
    must(code != NULL && message != NULL);
    must(length_out != NULL);
    json_t *object = json_pack("{s:{s:s,s:s}}", "error", "code", code, "message", message);
    if (object == NULL) /* the message holds a piece of input that is not UTF-8 */
        object = json_pack("{s:{s:s,s:s}}", "error", "code", code, "message", code);
    must(object != NULL);
    char *text = json_dumps(object, JSON_COMPACT);
    must(text != NULL);
    json_decref(object);
    *length_out = strlen(text);
    return text;
}

static void escape(struct buffer *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        const char *entity = *c == '<'    ? "&lt;"
                             : *c == '>'  ? "&gt;"
                             : *c == '&'  ? "&amp;"
                             : *c == '"'  ? "&quot;"
                             : *c == '\'' ? "&#39;"
                                          : NULL;
        if (entity != NULL)
            buffer_text(out, entity);
        else
            buffer_append(out, c, 1);
    }
}

char *page_error_html(unsigned status, const char *message, const char *base, size_t *length_out)
{
    must(message != NULL && base != NULL);
    must(length_out != NULL);
    struct buffer out;
    buffer_init(&out, PAGE_BYTES_MAX);
    buffer_printf(&out,
                  "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                  "<title>freshet: %u</title></head>\n<body><h1>%u</h1>\n<p>",
                  status, status);
    escape(&out, message);
    buffer_text(&out, "</p>\n<p><a href=\"");
    escape(&out, base);
    buffer_text(&out, "/\">To the dashboard</a></p>\n</body></html>\n");
    *length_out = out.length;
    return out.bytes;
}
