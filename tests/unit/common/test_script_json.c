/* script_json - what Lua gets of JSON where templates don't show it: the ends of values, and too little
 * memory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/workload/script_json.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bounded { /* gives what the state's own allocator gives, as long as there is room */
    lua_Alloc allocate;
    void *user;
    size_t room;
};

static void *allocate_bounded(void *user, void *old, size_t old_bytes, size_t bytes)
{
    struct bounded *self = user;
    if (bytes > old_bytes && bytes - old_bytes > self->room)
        return NULL;
    self->room = self->room + old_bytes - bytes;
    return self->allocate(self->user, old, old_bytes, bytes);
}

static void reads(lua_State *lua, const char *text, int at, int end, int type)
{
    lua_settop(lua, 0);
    lua_pushcfunction(lua, script_json_read);
    lua_pushstring(lua, text);
    lua_pushinteger(lua, at);
    assert_int_equal(lua_pcall(lua, 2, LUA_MULTRET, 0), 0);
    assert_int_equal(lua_gettop(lua), 2);
    assert_int_equal(lua_tointeger(lua, 1), end);
    assert_int_equal(lua_type(lua, 2), type);
}

static void test_values_end_where_they_end(void **state)
{
    (void)state;
    lua_State *lua = luaL_newstate();
    assert_non_null(lua);
    reads(lua, "12", 1, 3, LUA_TNUMBER);
    reads(lua, "x 12.5, 7", 2, 7, LUA_TNUMBER);
    assert_true(lua_tonumber(lua, 2) == 12.5);
    reads(lua, "-5)", 1, 3, LUA_TNUMBER);
    reads(lua, "true)", 1, 5, LUA_TBOOLEAN);
    reads(lua, "null]", 1, 5, LUA_TNIL);
    reads(lua, "\"\xe2\x82\xac\"\"", 1, 6, LUA_TSTRING);
    reads(lua, "[1, [2]] ]", 1, 9, LUA_TTABLE);
    reads(lua, " \n{\"a\": {}}}", 1, 12, LUA_TTABLE);
    lua_close(lua);
}

static void test_only_objects_and_lists_are_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int json;
    } cases[] = {{"{}", 1},
                 {" [1]\n{\"a\":[]}\t", 1},
                 {"[][]", 1},
                 {"[1e400]", 0},
                 {"[123456789012345678901]", 1},
                 {"", 0},
                 {" \n", 0},
                 {"1", 0},
                 {"\"a\"", 0},
                 {"[1] 2", 0},
                 {"[1", 0},
                 {"{'a':1}", 0},
                 {"[1],", 0},
                 {"[\"\\u0000\"]", 1},
                 {"[nul]", 0}};
    lua_State *lua = luaL_newstate();
    assert_non_null(lua);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lua_pushcfunction(lua, script_is_json);
        lua_pushstring(lua, cases[i].text);
        assert_int_equal(lua_pcall(lua, 1, 1, 0), 0);
        if (lua_toboolean(lua, -1) != cases[i].json)
            fail_msg("%s", cases[i].text);
        lua_pop(lua, 1);
    }
    lua_close(lua);
}

/* Wherever Lua runs out of memory, jansson's is given back: LeakSanitizer looks. */
static void test_too_little_memory_loses_nothing(void **state)
{
    (void)state;
    lua_State *lua = luaL_newstate();
    assert_non_null(lua);
    struct bounded bounded;
    bounded.allocate = lua_getallocf(lua, &bounded.user);
    bool good = false;
    unsigned failed = 0;
    for (size_t room = 0; !good && room < 100000; room += 64) {
        lua_settop(lua, 0);
        lua_pushcfunction(lua, script_json_read);
        lua_pushliteral(lua, "[[\"some text that is new\"],{\"a\":[1,2,3,4,5,6,7,8,9]},[[[[[[[[]]]]]]]]]");
        lua_pushinteger(lua, 1);
        lua_gc(lua, LUA_GCCOLLECT, 0);
        bounded.room = room;
        lua_setallocf(lua, allocate_bounded, &bounded);
        good = lua_pcall(lua, 2, 2, 0) == 0;
        lua_setallocf(lua, bounded.allocate, bounded.user);
        failed += !good;
    }
    assert_true(good);
    assert_true(failed > 3);
    assert_int_equal(lua_tointeger(lua, 1), 71);
    lua_close(lua);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_end_where_they_end),
        cmocka_unit_test(test_only_objects_and_lists_are_json),
        cmocka_unit_test(test_too_little_memory_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
