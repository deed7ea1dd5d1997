#include "common/workload/template.h"

#include "common/workload/scripted.h"

#include <lua.h>
#include <stdio.h>

/* Leaves the function that makes events on the stack, or fails with nothing there. */
static bool compile(script_t *script, const struct workload_source *source, char error[WORKLOAD_ERROR_MAX],
                    struct template_place *place)
{
    lua_State *lua = script_lua(script);
    char text[WORKLOAD_ERROR_MAX];
    *place = (struct template_place){0};
    script_need(script, "template");
    lua_pushlstring(lua, source->text, source->length);
    if (!script_call(script, 1, 4, text)) {
        snprintf(error, WORKLOAD_ERROR_MAX, "%.100s: %.400s", source->name, text);
        return false;
    }
    if (lua_isfunction(lua, -4)) {
        lua_pop(lua, 3);
        return true;
    }
    place->line = (unsigned)lua_tointeger(lua, -2);
    place->column = (unsigned)lua_tointeger(lua, -1);
    snprintf(error, WORKLOAD_ERROR_MAX, "%.100s:%u:%u: %.350s", source->name, place->line, place->column,
             lua_tostring(lua, -3));
    lua_pop(lua, 4);
    return false;
}

workload_t *template_new(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX])
{
    must(setup != NULL && setup->source->kind == WORKLOAD_TEMPLATE);
    scripted_t *scripted = scripted_new(setup);
    struct template_place place;
    if (compile(scripted_script(scripted), setup->source, error, &place))
        return scripted_ready(&scripted);
    scripted_destroy(&scripted);
    return NULL;
}

bool template_check(const struct workload_source *source, char error[WORKLOAD_ERROR_MAX],
                    struct template_place *place)
{
    must(source != NULL && error != NULL && place != NULL);
    scripted_t *scripted = scripted_new(&(struct workload_setup){.source = source});
    bool good = compile(scripted_script(scripted), source, error, place);
    scripted_destroy(&scripted);
    return good;
}

void template_functions(template_function_fn *each, void *user)
{
    must(each != NULL);
    events_t events;
    events_init(&events, 0, 0, 0);
    script_t *script = script_new(&events);
    lua_State *lua = script_lua(script);
    script_need(script, "functions");
    lua_getfield(lua, -1, "names");
    lua_getfield(lua, -2, "entries");
    for (int i = 1; i <= (int)lua_objlen(lua, -2); i++) {
        lua_rawgeti(lua, -2, i);
        const char *name = lua_tostring(lua, -1);
        lua_getfield(lua, -2, name);
        lua_getfield(lua, -1, "args");
        lua_getfield(lua, -2, "help");
        const char *arguments = lua_tostring(lua, -2);
        const char *help = lua_tostring(lua, -1);
        each(user, name, arguments != NULL ? arguments : "", help != NULL ? help : "");
        lua_pop(lua, 4);
    }
    script_destroy(&script);
    events_fini(&events);
}
