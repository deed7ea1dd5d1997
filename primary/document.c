#include "primary/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/must.h"

enum { REAL_DIGITS = 10 };

json_t *document_text(const char *value)
{
    if (value == NULL)
        return json_null();
    json_t *out = json_string(value);
    if (out != NULL)
        return out;
    char *copy = mem_text(value);
    for (char *c = copy; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    out = json_string(copy);
    free(copy);
    must(out != NULL);
    return out;
}

json_t *document_number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *document_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *document_time(int64_t wall_ms)
{
    if (wall_ms == 0)
        return json_null();
    char text[CLOCK_RFC3339_MAX];
    clock_rfc3339(wall_ms, text);
    return json_string(text);
}

void document_put(json_t *object, const char *key, json_t *value)
{
    must(key != NULL && value != NULL);
    must(json_object_set_new(object, key, value) == 0);
}

void document_append(json_t *array, json_t *value)
{
    must(value != NULL);
    must(json_array_append_new(array, value) == 0);
}

char *document_dump(json_t *document, size_t *length_out)
{
    must(document != NULL);
    char *text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
    must(text != NULL);
    json_decref(document);
    if (length_out != NULL)
        *length_out = strlen(text);
    return text;
}
