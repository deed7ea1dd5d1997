#include "common/workload/scenario.h"

#include "common/mem.h"
#include "common/workload/scripted.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scenario {
    scripted_t *scripted;
    int shape;  /* reference, or LUA_NOREF */
    bool reads; /* has reading() */
    size_t count;
    struct scenario_option {
        char *name, *value;
    } *options;
    char name[WORKLOAD_NAME_MAX];
};

/* `text` begins with the file's name, or gets it. */
static void tell(const char *name, const char *text, char error[WORKLOAD_ERROR_MAX])
{
    bool told = strncmp(text, name, strlen(name)) == 0;
    snprintf(error, WORKLOAD_ERROR_MAX, "%.100s%s%.400s", told ? "" : name, told ? "" : ": ", text);
}

/* Runs the file; leaves the module and what its open() made of the file on the stack, or fails with neither.
 */
static bool run(script_t *script, const struct workload_source *source, char error[WORKLOAD_ERROR_MAX])
{
    lua_State *lua = script_lua(script);
    char text[WORKLOAD_ERROR_MAX];
    script_need(script, "scenario");
    lua_getfield(lua, -1, "open");
    lua_pushlstring(lua, source->text, source->length);
    lua_pushstring(lua, source->name);
    if (script_call(script, 2, 1, text))
        return true;
    lua_pop(lua, 1);
    tell(source->name, text, error);
    return false;
}

/* Copies the options of the table on top of the stack. */
static void copy_options(scenario_t *self, lua_State *lua)
{
    lua_getfield(lua, -1, "options");
    self->count = lua_objlen(lua, -1);
    self->options = mem_new(self->count + 1, sizeof *self->options);
    for (size_t i = 0; i < self->count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        lua_rawgeti(lua, -1, 1);
        lua_rawgeti(lua, -2, 2);
        self->options[i].name = mem_text(lua_tostring(lua, -2));
        self->options[i].value = mem_text(lua_tostring(lua, -1));
        lua_pop(lua, 3);
    }
    lua_pop(lua, 1);
}

scenario_t *scenario_open(const struct workload_source *source, char error[WORKLOAD_ERROR_MAX])
{
    must(source != NULL && source->kind == WORKLOAD_SCENARIO && error != NULL);
    scenario_t *self = mem_new(1, sizeof *self);
    snprintf(self->name, sizeof self->name, "%s", source->name);
    self->scripted = scripted_new(&(struct workload_setup){.source = source});
    script_t *script = scripted_script(self->scripted);
    if (!run(script, source, error)) {
        scenario_destroy(&self);
        return NULL;
    }
    lua_State *lua = script_lua(script);
    copy_options(self, lua);
    lua_getfield(lua, -1, "functions");
    lua_getfield(lua, -1, "reading");
    self->reads = lua_isfunction(lua, -1);
    lua_getfield(lua, -2, "shape");
    self->shape = lua_isfunction(lua, -1) ? luaL_ref(lua, LUA_REGISTRYINDEX) : LUA_NOREF;
    lua_settop(lua, 0);
    return self;
}

void scenario_destroy(scenario_t **self_p)
{
    must(self_p != NULL);
    scenario_t *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free(self->options[i].name);
        free(self->options[i].value);
    }
    free(self->options);
    scripted_destroy(&self->scripted);
    free(self);
    *self_p = NULL;
}

size_t scenario_option_count(const scenario_t *self)
{
    must(self != NULL);
    return self->count;
}

void scenario_option(const scenario_t *self, size_t index, const char **name_out, const char **value_out)
{
    must(self != NULL && index < self->count);
    must(name_out != NULL && value_out != NULL);
    *name_out = self->options[index].name;
    *value_out = self->options[index].value;
}

bool scenario_has_reading(const scenario_t *self)
{
    must(self != NULL);
    return self->reads;
}

bool scenario_has_shape(const scenario_t *self)
{
    must(self != NULL);
    return self->shape != LUA_NOREF;
}

bool scenario_shape(scenario_t *self, double t_s, double *value_out, char error[WORKLOAD_ERROR_MAX])
{
    must(self != NULL && self->shape != LUA_NOREF);
    must(value_out != NULL && error != NULL);
    script_t *script = scripted_script(self->scripted);
    lua_State *lua = script_lua(script);
    char text[WORKLOAD_ERROR_MAX];
    lua_rawgeti(lua, LUA_REGISTRYINDEX, self->shape);
    lua_pushnumber(lua, t_s);
    if (!script_call(script, 1, 1, text)) {
        tell(self->name, text, error);
        return false;
    }
    bool number = lua_type(lua, -1) == LUA_TNUMBER, ends = lua_isnil(lua, -1);
    double value = number ? lua_tonumber(lua, -1) : 0;
    lua_pop(lua, 1);
    error[0] = '\0';
    if (ends)
        return false;
    if (!number || !isfinite(value) || value < 0) {
        snprintf(error, WORKLOAD_ERROR_MAX,
                 "%.200s: shape(%g) must return a number that is not negative, or nil to end", self->name,
                 t_s);
        return false;
    }
    *value_out = value;
    return true;
}

workload_t *scenario_new(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX])
{
    must(setup != NULL && setup->source->kind == WORKLOAD_SCENARIO);
    scripted_t *scripted = scripted_new(setup);
    script_t *script = scripted_script(scripted);
    lua_State *lua = script_lua(script);
    char text[WORKLOAD_ERROR_MAX];
    if (!run(script, setup->source, error)) {
        scripted_destroy(&scripted);
        return NULL;
    }
    lua_getfield(lua, -2, "maker");
    lua_insert(lua, -2);
    if (!script_call(script, 1, 1, text)) {
        tell(setup->source->name, text, error);
        scripted_destroy(&scripted);
        return NULL;
    }
    if (lua_isfunction(lua, -1))
        return scripted_ready(&scripted);
    scripted_destroy(&scripted);
    return sensor_new(setup->seed, setup->stream);
}
