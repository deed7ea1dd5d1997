#include "primary/marks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/must.h"
#include "primary/document.h"

void marks_add(struct marks *self, double at_s, enum mark_kind kind, const char *format, ...)
{
    must(self != NULL && self->count <= MARKS_MAX);
    must(kind <= MARK_STOP);
    if (self->count == MARKS_MAX) {
        memmove(&self->list[0], &self->list[1], (MARKS_MAX - 1) * sizeof self->list[0]);
        self->count--;
    }
    struct mark *mark = &self->list[self->count++];
    mark->at_s = at_s > 0 ? at_s : 0;
    mark->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(mark->text, sizeof mark->text, format, arguments);
    va_end(arguments);
}

const char *marks_name(enum mark_kind kind)
{
    static const char *const names[] = {"start", "edit", "lost", "returned", "throttled", "stop"};
    must(kind <= MARK_STOP);
    return names[kind];
}

json_t *marks_document(const struct marks *self, double from_s, double to_s, size_t max)
{
    must(self != NULL);
    size_t first = self->count;
    for (size_t found = 0; first > 0 && found < max; first--)
        found += self->list[first - 1].at_s >= from_s && self->list[first - 1].at_s <= to_s;
    json_t *out = json_array();
    for (size_t i = first; i < self->count; i++) {
        const struct mark *mark = &self->list[i];
        if (mark->at_s < from_s || mark->at_s > to_s)
            continue;
        json_t *one = json_object();
        document_put(one, "at_s", document_real(mark->at_s));
        document_put(one, "kind", document_text(marks_name(mark->kind)));
        document_put(one, "text", document_text(mark->text));
        document_append(out, one);
    }
    return out;
}
