#include "primary/api_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/document.h"

void api_say(struct api_answer *answer, unsigned status, json_t *document)
{
    must(answer != NULL && document != NULL);
    answer->status = status;
    answer->type = "application/json";
    answer->body = document_dump(document, &answer->length);
}

void api_say_kept(struct api_answer *answer, json_t *document)
{
    api_say(answer, 200, document);
    answer->keep = true;
}

void api_say_error(struct api_answer *answer, unsigned status, const char *code, const char *message)
{
    must(code != NULL && message != NULL);
    json_t *error = json_object(), *out = json_object();
    document_put(error, "code", document_text(code));
    document_put(error, "message", document_text(message));
    document_put(out, "error", error);
    api_say(answer, status, out);
}

void api_say_bytes(struct api_answer *answer, const char *type, struct buffer *bytes)
{
    must(answer != NULL && bytes != NULL);
    if (bytes->full) {
        buffer_fini(bytes);
        api_say_error(answer, 500, "too_long", "this is too long to be sent in one piece");
        return;
    }
    size_t length = bytes->length;
    char *text = mem_text_n(buffer_str(bytes), length);
    buffer_fini(bytes);
    api_say_text(answer, type, text, length);
}

void api_say_text(struct api_answer *answer, const char *type, char *text, size_t length)
{
    must(answer != NULL && text != NULL);
    answer->status = 200;
    answer->type = type;
    answer->body = text;
    answer->length = length;
}

static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    }
    return *a == *b;
}

const char *api_value(const struct api_question *question, const char *name)
{
    must(question != NULL && name != NULL);
    for (size_t i = 0; i < question->parameters_count; i++) {
        if (same_name(question->parameters[i].name, name))
            return question->parameters[i].value;
    }
    return NULL;
}
