#include "common/workload/script_json.h"

#include "common/must.h"

#include <jansson.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* --- What is wrong and where */

/* jansson stops behind what it doesn't like. The mistake is */
enum place {
    HERE,   /* there */
    TOKEN,  /* the token before */
    STRING, /* the string before */
    OPEN,   /* the string that is open there */
    ESCAPE, /* the escape before, in a string that is open there */
};

static const struct {
    const char *theirs; /* how their text begins */
    const char *ours;
    enum place place;
} errors[] = {
    {"invalid token",
     "a number, a string in double quotes, a list, an object, true, false or null is missing", TOKEN},
    {"unexpected token",
     "a number, a string in double quotes, a list, an object, true, false or null is missing", TOKEN},
    {"string or '}' expected", "a name in double quotes is missing", TOKEN},
    {"':' expected", "':' is missing", TOKEN},
    {"'}' expected", "',' or '}' is missing", TOKEN},
    {"']' expected", "',' or ']' is missing", TOKEN},
    {"real number overflow", "a number too large", TOKEN},
    {"maximum parsing depth", "nested too deep", TOKEN},
    {"premature end of input", "a string without end", OPEN},
    {"unexpected newline", "a control character in a string", HERE},
    {"control character", "a control character in a string", HERE},
    {"invalid escape", "no such escape", ESCAPE},
    {"invalid Unicode", "half a pair of surrogates in a string", STRING},
    {"\\u0000", "\\u0000 has no place in a text", STRING},
    {"NUL byte", "\\u0000 has no place in a text", STRING},
};

/* The last quote before `end` that no backslash escapes: a string that is open at `end` begins there. */
static size_t string_start(const char *text, size_t end)
{
    for (size_t at = end; at-- > 0;) {
        if (text[at] != '"')
            continue;
        size_t backslashes = 0;
        while (backslashes < at && text[at - backslashes - 1] == '\\')
            backslashes++;
        if (backslashes % 2 == 0)
            return at;
    }
    return end;
}

static size_t back_over(const char *text, size_t end, const char *bytes)
{
    while (end > 0 && text[end - 1] != '\0' && strchr(bytes, text[end - 1]) != NULL)
        end--;
    return end;
}

static size_t token_start(const char *text, size_t end)
{
    if (end == 0)
        return 0;
    if (text[end - 1] == '"')
        return string_start(text, end - 1);
    size_t at = back_over(text, end, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (at == end)
        at = back_over(text, end, "0123456789.+-eE");
    if (at == end)
        do /* one character of UTF-8 */
            at--;
        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80);
    return at;
}

/* The last backslash before the byte that can't be in an escape, which is the one before `end`. */
static size_t escape_start(const char *text, size_t end)
{
    for (size_t at = end; at-- > 1;)
        if (text[at - 1] == '\\')
            return at - 1;
    return end;
}

/* The message for what jansson says of `text`, and the place from 0. */
static const char *explain(const char *text, size_t length, const json_error_t *error, size_t *at)
{
    size_t end = error->position < 0 ? 0 : (size_t)error->position;
    must(end <= length);
    *at = end;
    size_t i = 0;
    while (strncmp(error->text, errors[i].theirs, strlen(errors[i].theirs)) != 0)
        if (++i == sizeof errors / sizeof *errors)
            return error->text;
    switch (errors[i].place) {
    case HERE:
        break;
    case TOKEN:
        if (json_error_code(error) != json_error_premature_end_of_input)
            *at = token_start(text, end);
        break;
    case STRING:
        *at = string_start(text, end > 0 ? end - 1 : 0);
        break;
    case OPEN:
        *at = string_start(text, end);
        break;
    case ESCAPE:
        if (end == length) {
            *at = string_start(text, end);
            return "a string without end";
        }
        *at = escape_start(text, end);
        break;
    }
    return errors[i].ours;
}

/* --- Values */

/* What can't become a value of Lua, or NULL. */
static const char *refused(json_t *value, unsigned depth)
{
    if (depth > SCRIPT_JSON_DEPTH_MAX)
        return "nested too deep";
    const char *why = NULL;
    for (size_t i = 0; i < json_array_size(value) && why == NULL; i++) {
        json_t *item = json_array_get(value, i);
        why = json_is_null(item) ? "null can't be in a list" : refused(item, depth + 1);
    }
    for (void *i = json_object_iter(value); i != NULL && why == NULL; i = json_object_iter_next(value, i))
        why = refused(json_object_iter_value(i), depth + 1);
    return why;
}

static void push(lua_State *lua, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        lua_createtable(lua, 0, (int)json_object_size(value));
        for (void *i = json_object_iter(value); i != NULL; i = json_object_iter_next(value, i)) {
            lua_pushstring(lua, json_object_iter_key(i));
            push(lua, json_object_iter_value(i));
            lua_rawset(lua, -3);
        }
        break;
    case JSON_ARRAY:
        lua_createtable(lua, (int)json_array_size(value), 0);
        for (size_t i = 0; i < json_array_size(value); i++) {
            push(lua, json_array_get(value, i));
            lua_rawseti(lua, -2, (int)i + 1);
        }
        break;
    case JSON_STRING:
        lua_pushlstring(lua, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        lua_pushnumber(lua, json_number_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(lua, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(lua);
        break;
    }
}

struct box { /* what Lua can hand to a C function */
    json_t *tree;
};

static int push_boxed(lua_State *lua)
{
    struct box *box = lua_touserdata(lua, 1);
    luaL_checkstack(lua, 2 * SCRIPT_JSON_DEPTH_MAX + 4, NULL); /* a table and a name for each level */
    push(lua, box->tree);
    return 1;
}

static int complain(lua_State *lua, const char *what, size_t place)
{
    lua_pushnil(lua);
    lua_pushstring(lua, what);
    lua_pushinteger(lua, (lua_Integer)place);
    return 3;
}

int script_json_read(lua_State *lua)
{
    size_t length;
    const char *text = lua_tolstring(lua, 1, &length);
    size_t from = (size_t)lua_tointeger(lua, 2) - 1; /* place 1 is offset 0 */
    must(text != NULL && from <= length);
    /* Lua may run out of memory wherever it makes something: before there is a tree, and in the protected
     * call. */
    lua_pushcfunction(lua, push_boxed);
    struct box *box = lua_newuserdata(lua, sizeof *box);
    size_t flags = JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL;
    json_error_t error;
    json_t *tree = box->tree = json_loadb(text + from, length - from, flags, &error);
    if (tree == NULL) {
        size_t at;
        const char *what = explain(text + from, length - from, &error, &at);
        return complain(lua, what, from + at + 1);
    }
    const char *why = refused(tree, 0);
    int status = why == NULL ? lua_pcall(lua, 1, 1, 0) : 0;
    json_decref(tree);
    if (why != NULL)
        return complain(lua, why, from + 1);
    if (status != 0)
        return lua_error(lua);
    lua_pushinteger(lua, (lua_Integer)from + error.position + 1);
    lua_insert(lua, -2);
    return 2;
}

int script_is_json(lua_State *lua)
{
    size_t length;
    const char *text = lua_tolstring(lua, 1, &length);
    must(text != NULL);
    bool good = false;
    size_t flags = JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
    size_t at = strspn(text, " \t\r\n");
    while (at < length) {
        json_error_t error;
        json_t *tree = json_loadb(text + at, length - at, flags, &error);
        good = tree != NULL;
        json_decref(tree);
        if (!good)
            break;
        at += (size_t)error.position;
        at += strspn(text + at, " \t\r\n");
    }
    lua_pushboolean(lua, good);
    return 1;
}
