#include "common/workload/script.h"

#include "common/mem.h"
#include "common/nearest.h"
#include "common/utf8.h"
#include "common/workload/script_json.h"
#include "common/workload/script_sources.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct script {
    lua_State *lua;
    events_t *events;   /* borrowed */
    lua_Alloc allocate; /* LuaJIT's own, and what it wants to be given */
    void *allocator;
    size_t bytes;
    int need; /* reference to boot.lua's need() */
};

/* --- Memory */

static void *allocate_bounded(void *user, void *old, size_t old_bytes, size_t bytes)
{
    script_t *self = user;
    if (bytes > old_bytes && bytes - old_bytes > SCRIPT_BYTES_MAX - self->bytes)
        return NULL;
    void *given = self->allocate(self->allocator, old, old_bytes, bytes);
    if (given != NULL || bytes == 0)
        self->bytes = self->bytes - old_bytes + bytes;
    return given;
}

/* --- What C gives to boot.lua */

static int source_of(lua_State *lua)
{
    const char *name = lua_tostring(lua, 1);
    for (size_t i = 0; i < script_sources_count; i++) {
        if (name != NULL && strcmp(script_sources[i].name, name) == 0) {
            lua_pushlstring(lua, script_sources[i].text, script_sources[i].length);
            return 1;
        }
    }
    lua_pushnil(lua);
    return 1;
}

/* nearest(name, names): that of `names` which is nearest, or nil */
static int nearest_of(lua_State *lua)
{
    size_t length;
    const char *name = lua_tolstring(lua, 1, &length);
    struct nearest nearest;
    nearest_init(&nearest, name, length);
    const char *found = NULL;
    size_t count = lua_objlen(lua, 2);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, 2, (int)i);
        if (nearest_consider(&nearest, lua_tostring(lua, -1)))
            found = lua_tostring(lua, -1); /* stays in the list */
        lua_pop(lua, 1);
    }
    if (found != NULL)
        lua_pushstring(lua, found);
    else
        lua_pushnil(lua);
    return 1;
}

/* not_utf8(text): where it stops being UTF-8, or nil */
static int not_utf8(lua_State *lua)
{
    size_t length;
    const char *text = lua_tolstring(lua, 1, &length);
    must(text != NULL);
    size_t good = utf8_span(text, length);
    if (good < length)
        lua_pushinteger(lua, (lua_Integer)good + 1);
    else
        lua_pushnil(lua);
    return 1;
}

/* Names of the files of fake data, with blanks between. */
static void push_fakes(lua_State *lua)
{
    luaL_Buffer names;
    luaL_buffinit(lua, &names);
    for (size_t i = 0; i < script_sources_count; i++) {
        if (strncmp(script_sources[i].name, "fake_", 5) == 0) {
            luaL_addstring(&names, script_sources[i].name);
            luaL_addchar(&names, ' ');
        }
    }
    luaL_pushresult(&names);
}

/* What our Lua has of C, as a table. */
static void push_host(script_t *self)
{
    static const luaL_Reg functions[] = {{"nearest", nearest_of},
                                         {"json_read", script_json_read},
                                         {"is_json", script_is_json},
                                         {"not_utf8", not_utf8},
                                         {NULL, NULL}};
    lua_State *lua = self->lua;
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    push_fakes(lua);
    lua_setfield(lua, -2, "fakes");
    lua_pushlightuserdata(lua, self->events);
    lua_setfield(lua, -2, "events");
}

/* May this process make code? Under systemd's MemoryDenyWriteExecute it may not, and LuaJIT would find out by
 * ending the process. */
static bool may_compile(void)
{
    size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    bool good = mprotect(page, bytes, PROT_READ | PROT_EXEC) == 0;
    munmap(page, bytes);
    return good;
}

static void boot(script_t *self)
{
    lua_State *lua = self->lua;
    luaL_openlibs(lua);
    lua_pushcfunction(lua, source_of);
    lua_pushliteral(lua, "boot");
    lua_call(lua, 1, 1);
    size_t length;
    const char *text = lua_tolstring(lua, -1, &length);
    must(text != NULL);
    int bad = luaL_loadbuffer(lua, text, length, "=boot");
    must(bad == 0);
    lua_pushcfunction(lua, source_of);
    push_host(self);
    lua_pushboolean(lua, may_compile());
    lua_call(lua, 3, 1);
    self->need = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_settop(lua, 0);
}

script_t *script_new(events_t *events)
{
    must(events != NULL);
    script_t *self = mem_new(1, sizeof *self);
    self->events = events;
    self->lua = luaL_newstate();
    must(self->lua != NULL);
    boot(self);
    self->allocate = lua_getallocf(self->lua, &self->allocator);
    self->bytes =
        (size_t)lua_gc(self->lua, LUA_GCCOUNT, 0) * 1024 + (size_t)lua_gc(self->lua, LUA_GCCOUNTB, 0);
    lua_setallocf(self->lua, allocate_bounded, self);
    return self;
}

void script_destroy(script_t **self_p)
{
    must(self_p != NULL);
    script_t *self = *self_p;
    if (self == NULL)
        return;
    lua_setallocf(self->lua, self->allocate, self->allocator); /* only so it gives all of its memory back */
    lua_close(self->lua);
    free(self);
    *self_p = NULL;
}

lua_State *script_lua(script_t *self)
{
    must(self != NULL);
    return self->lua;
}

void script_need(script_t *self, const char *name)
{
    must(self != NULL && name != NULL);
    lua_rawgeti(self->lua, LUA_REGISTRYINDEX, self->need);
    lua_pushstring(self->lua, name);
    char error[WORKLOAD_ERROR_MAX];
    bool loaded = script_call(self, 1, 1, error);
    if (!loaded)
        fprintf(stderr, "freshet: %s\n", error);
    must(loaded);
}

bool script_call(script_t *self, int arguments, int results, char error[WORKLOAD_ERROR_MAX])
{
    must(self != NULL && error != NULL);
    events_watch(self->events);
    int status = lua_pcall(self->lua, arguments, results, 0);
    if (status == 0)
        return true;
    const char *text = lua_tostring(self->lua, -1);
    if (status == LUA_ERRMEM)
        snprintf(error, WORKLOAD_ERROR_MAX, "needs more than %d MiB of memory",
                 SCRIPT_BYTES_MAX / 1024 / 1024);
    else
        snprintf(error, WORKLOAD_ERROR_MAX, "%s", text != NULL ? text : "an error that is no text");
    lua_pop(self->lua, 1);
    return false;
}

size_t script_bytes(const script_t *self)
{
    must(self != NULL);
    return self->bytes;
}
