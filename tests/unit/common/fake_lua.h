/* The fake-data functions, loaded from the source tree into a LuaJIT of the test's own, with a seeded
 * generator and a clock that stands where the test puts it. */
#ifndef FRESHET_TEST_FAKE_LUA_H
#define FRESHET_TEST_FAKE_LUA_H

#include "common/rng.h"

#include <glob.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FAKE_FOLDER TESTS_DIR "/../common/workload/lua/"

struct fake {
    lua_State *lua; /* at stack index 1: the table of functions */
    struct rng rng;
    double now_ms;
};

static inline struct fake *fake_of(lua_State *lua)
{
    return lua_touserdata(lua, lua_upvalueindex(1));
}

static inline int fake_below(lua_State *lua)
{
    lua_Number bound = luaL_checknumber(lua, 1);
    if (!(bound >= 1 && bound < 4294967296.0))
        return luaL_error(lua, "random.below(%f)", bound);
    lua_pushnumber(lua, rng_below(&fake_of(lua)->rng, (uint32_t)bound));
    return 1;
}

static inline int fake_unit(lua_State *lua)
{
    lua_pushnumber(lua, rng_unit(&fake_of(lua)->rng));
    return 1;
}

static inline int fake_bits(lua_State *lua)
{
    lua_pushnumber(lua, (uint32_t)(rng_next(&fake_of(lua)->rng) >> 32));
    return 1;
}

static inline int fake_now(lua_State *lua)
{
    lua_pushnumber(lua, fake_of(lua)->now_ms);
    return 1;
}

/* need(name): what the chunk of the file returns, run once; as the program's own loader does it. */
static inline int fake_need(lua_State *lua)
{
    char path[1024];
    lua_getfield(lua, LUA_REGISTRYINDEX, "modules");
    lua_getfield(lua, -1, luaL_checkstring(lua, 1));
    if (!lua_isnil(lua, -1))
        return 1;
    lua_pop(lua, 1);
    snprintf(path, sizeof path, FAKE_FOLDER "%s.lua", lua_tostring(lua, 1));
    if (luaL_loadfile(lua, path) != 0)
        return lua_error(lua);
    lua_getfield(lua, LUA_REGISTRYINDEX, "need");
    lua_call(lua, 1, 1);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, lua_tostring(lua, 1));
    return 1;
}

static inline void fake_function(struct fake *self, lua_CFunction function, const char *name)
{
    lua_pushlightuserdata(self->lua, self);
    lua_pushcclosure(self->lua, function, 1);
    lua_setfield(self->lua, -2, name);
}

/* Runs before the files: a global of theirs is an error. Then each gives a table of functions, and all go
 * into one. */
static const char fake_boot[] =
    "local need, names, random, now = ...\n"
    "setmetatable(_G, { __newindex = function(_, name) error('global ' .. name) end,\n"
    "  __index = function(_, name) error('global ' .. name) end })\n"
    "local all = {}\n"
    "for name in names:gmatch('%S+') do\n"
    "  for key, entry in pairs(need(name)(random, now)) do\n"
    "    assert(all[key] == nil, key)\n"
    "    all[key] = entry\n"
    "  end\n"
    "end\n"
    "return all\n";

/* Tables, as JSON with sorted names; our values need no escapes. */
static const char fake_json[] =
    "local function json(value)\n"
    "  if type(value) ~= 'table' then\n"
    "    return type(value) == 'string' and '\"' .. value .. '\"' or tostring(value)\n"
    "  end\n"
    "  local parts = {}\n"
    "  for name, member in pairs(value) do\n"
    "    parts[#parts + 1] = (value[1] and '' or json(name) .. ':') .. json(member)\n"
    "  end\n"
    "  table.sort(parts)\n"
    "  local text = table.concat(parts, ',')\n"
    "  return value[1] and '[' .. text .. ']' or '{' .. text .. '}'\n"
    "end\n"
    "return json\n";

static inline void fake_open(struct fake *self, uint64_t seed)
{
    *self = (struct fake){.now_ms = 1709164799999.0}; /* 2024-02-28T23:59:59.999Z */
    rng_init(&self->rng, seed, 0);
    lua_State *lua = self->lua = luaL_newstate();
    assert_non_null(lua);
    luaL_openlibs(lua);
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "modules");
    lua_pushcfunction(lua, fake_need);
    lua_setfield(lua, LUA_REGISTRYINDEX, "need");
    assert_int_equal(luaL_dostring(lua, fake_json), 0);
    lua_setfield(lua, LUA_REGISTRYINDEX, "json");

    assert_int_equal(luaL_loadstring(lua, fake_boot), 0);
    lua_getfield(lua, LUA_REGISTRYINDEX, "need");
    lua_pushstring(lua, "");
    glob_t found;
    assert_int_equal(glob(FAKE_FOLDER "fake_*.lua", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *name = found.gl_pathv[i] + sizeof FAKE_FOLDER - 1;
        lua_pushlstring(lua, name, strlen(name) - strlen(".lua"));
        lua_pushstring(lua, " ");
        lua_concat(lua, 3);
    }
    globfree(&found);
    lua_newtable(lua);
    fake_function(self, fake_below, "below");
    fake_function(self, fake_unit, "unit");
    fake_function(self, fake_bits, "bits");
    lua_newtable(lua);
    fake_function(self, fake_now, "ms");
    if (lua_pcall(lua, 4, 1, 0) != 0)
        fail_msg("%s", lua_tostring(lua, -1));
}

static inline void fake_close(struct fake *self)
{
    lua_close(self->lua);
}

/* Bind `name` with arguments in Lua's notation. On success the closure stands at index 2 and its kind at 3;
 * or else false, and the message at index 2. */
static inline bool fake_bind(struct fake *self, const char *name, const char *arguments)
{
    char text[1024];
    lua_State *lua = self->lua;
    lua_settop(lua, 1);
    lua_getfield(lua, 1, name);
    if (!lua_istable(lua, -1))
        fail_msg("there is no function %s", name);
    lua_getfield(lua, 2, "kind");
    lua_getfield(lua, 2, "bind");
    snprintf(text, sizeof text, "return %s", arguments);
    if (luaL_loadstring(lua, text) != 0)
        fail_msg("%s(%s): %s", name, arguments, lua_tostring(lua, -1));
    lua_call(lua, 0, LUA_MULTRET);
    bool bound = lua_pcall(lua, lua_gettop(lua) - 4, 1, 0) == 0;
    lua_replace(lua, 2);
    return bound;
}

static inline void fake_must_bind(struct fake *self, const char *name, const char *arguments)
{
    if (!fake_bind(self, name, arguments))
        fail_msg("%s(%s): %s", name, arguments, lua_tostring(self->lua, 2));
}

/* The next value, at the top of the stack until the next call. */
static inline void fake_next(struct fake *self)
{
    lua_settop(self->lua, 3);
    lua_pushvalue(self->lua, 2);
    if (lua_pcall(self->lua, 0, 1, 0) != 0)
        fail_msg("%s", lua_tostring(self->lua, -1));
}

/* The next value as the text in an event, a number with all its digits. Valid until the next call. */
static inline const char *fake_text(struct fake *self)
{
    char text[64];
    fake_next(self);
    if (lua_type(self->lua, -1) == LUA_TNUMBER) {
        double value = lua_tonumber(self->lua, -1);
        snprintf(text, sizeof text, value == floor(value) ? "%.0f" : "%.14g", value);
        lua_pushstring(self->lua, text);
    } else if (lua_isboolean(self->lua, -1)) {
        lua_pushstring(self->lua, lua_toboolean(self->lua, -1) ? "true" : "false");
    } else if (lua_istable(self->lua, -1)) {
        lua_getfield(self->lua, LUA_REGISTRYINDEX, "json");
        lua_pushvalue(self->lua, -2);
        lua_call(self->lua, 1, 1);
    }
    const char *value = lua_tostring(self->lua, -1);
    assert_non_null(value);
    return value;
}

static inline double fake_number(struct fake *self)
{
    fake_next(self);
    assert_true(lua_isnumber(self->lua, -1));
    return lua_tonumber(self->lua, -1);
}

#endif
