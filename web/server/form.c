#include "web/server/form.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "web/server/route.h"

void form_init(struct form *self)
{
    must(self != NULL);
    memset(self, 0, sizeof *self);
}

/* Free one parameter; values may be passwords. */
static void drop(struct web_parameter *parameter)
{
    char *value = (char *)(uintptr_t)parameter->value;
    sodium_memzero(value, strlen(value));
    free(value);
    free((char *)(uintptr_t)parameter->name);
}

static void cut(struct form *self, size_t count)
{
    while (self->count > count)
        drop(&self->list[--self->count]);
}

void form_fini(struct form *self)
{
    must(self != NULL);
    cut(self, 0);
    free(self->list);
    form_init(self);
}

/* Take over two texts, or free them and say why not. */
static bool add(struct form *self, char *name, char *value, const char **why)
{
    *why = NULL;
    if (self->count == FORM_PARAMETERS_MAX)
        *why = "too many parameters";
    else if (name[0] == '\0')
        *why = "a parameter without a name";
    else if (strlen(name) >= FORM_NAME_MAX)
        *why = "the name of a parameter is too long";
    else if (strlen(value) >= FORM_VALUE_MAX)
        *why = "a value is too long";
    else if (!utf8_valid(name) || !utf8_valid(value))
        *why = "not UTF-8";
    struct web_parameter parameter = {name, value};
    if (*why != NULL) {
        drop(&parameter);
        return false;
    }
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? 8 : self->capacity * 2;
        self->list = mem_resize(self->list, self->capacity, sizeof *self->list);
    }
    self->list[self->count++] = parameter;
    return true;
}

/* A decoded copy, or NULL. The caller owns it. */
static char *decoded(const char *bytes, size_t length)
{
    char *out = mem_new(length + 1, 1);
    if (route_decode(bytes, length, true, out, length + 1))
        return out;
    free(out);
    return NULL;
}

static bool add_pair(struct form *self, const char *pair, size_t length, const char **why)
{
    const char *equals = memchr(pair, '=', length);
    size_t name_length = equals != NULL ? (size_t)(equals - pair) : length;
    char *name = decoded(pair, name_length);
    char *value = equals != NULL ? decoded(equals + 1, length - name_length - 1) : mem_text("");
    if (name != NULL && value != NULL)
        return add(self, name, value, why);
    free(name);
    free(value);
    *why = "a broken % escape or a NUL";
    return false;
}

bool form_urlencoded(struct form *self, const char *bytes, size_t length, const char **why)
{
    must(self != NULL);
    must(why != NULL && (bytes != NULL || length == 0));
    size_t before = self->count;
    size_t start = 0;
    while (start < length) {
        const char *end = memchr(bytes + start, '&', length - start);
        size_t pair = end != NULL ? (size_t)(end - bytes) - start : length - start;
        if (pair > 0 && !add_pair(self, bytes + start, pair, why)) {
            cut(self, before);
            return false;
        }
        start += pair + 1;
    }
    return true;
}

/* A JSON value as a text that the caller owns; NULL for arrays and objects. */
static char *as_text(const json_t *value)
{
    char text[64];
    switch (json_typeof(value)) {
    case JSON_STRING:
        return mem_text_n(json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return mem_text(text);
    case JSON_REAL:
        snprintf(text, sizeof text, "%.15g", json_real_value(value));
        return mem_text(text);
    case JSON_TRUE:
        return mem_text("true");
    case JSON_FALSE:
        return mem_text("false");
    case JSON_NULL:
        return mem_text("");
    default:
        return NULL;
    }
}

bool form_json(struct form *self, const char *bytes, size_t length, const char **why)
{
    must(self != NULL);
    must(why != NULL && (bytes != NULL || length == 0));
    size_t before = self->count;
    json_error_t error;
    json_t *object = json_loadb(length > 0 ? bytes : "", length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        *why = object == NULL ? "not valid JSON" : "the JSON is not an object";
        json_decref(object);
        return false;
    }
    bool good = true;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char *text = as_text(value);
        if (text == NULL)
            *why = "a value is neither text nor number nor true, false or null";
        good = text != NULL && add(self, mem_text(name), text, why);
        if (!good)
            break;
    }
    if (!good)
        cut(self, before);
    json_decref(object);
    return good;
}

static bool same(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return false;
    return *a == *b;
}

const char *form_search(const struct web_parameter *list, size_t count, const char *name)
{
    must(name != NULL);
    for (size_t i = 0; i < count; i++)
        if (same(list[i].name, name))
            return list[i].value;
    return NULL;
}

const char *form_value(const struct form *self, const char *name)
{
    must(self != NULL);
    return form_search(self->list, self->count, name);
}

void form_remove(struct form *self, const char *name)
{
    must(self != NULL && name != NULL);
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (same(self->list[i].name, name))
            drop(&self->list[i]);
        else
            self->list[kept++] = self->list[i];
    }
    self->count = kept;
}
