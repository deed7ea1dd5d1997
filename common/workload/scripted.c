#include "common/workload/scripted.h"

#include "common/mem.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scripted {
    struct workload base; /* first: what the engine holds */
    script_t *script;
    events_t events;
    int make;       /* reference to the function */
    uint32_t count; /* events of the batch */
    uint32_t asked; /* of which so many were asked for */
    uint32_t first; /* of the chunk */
    bool failed;
    char name[WORKLOAD_NAME_MAX];
    char error[WORKLOAD_ERROR_MAX];
};

static void begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    struct scripted *self = (struct scripted *)base;
    must(self != NULL);
    events_begin(&self->events, user, count, now_ms);
    self->count = count;
    self->asked = 0;
}

/* `text` may begin with file and line; the event is told in any case. */
static void note(struct scripted *self, const char *text)
{
    size_t name = strlen(self->name);
    double event = self->events.number + self->events.made + 1;
    self->failed = true;
    if (strncmp(text, self->name, name) == 0 && text[name] == ':')
        snprintf(self->error, sizeof self->error, "%.400s (event %.0f)", text, event);
    else
        snprintf(self->error, sizeof self->error, "%.100s: event %.0f: %.350s", self->name, event, text);
}

/* Make events from `asked` on. */
static void make(struct scripted *self)
{
    lua_State *lua = script_lua(self->script);
    self->first = self->asked;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, self->make);
    lua_pushnumber(lua, self->asked);
    lua_pushnumber(lua, self->count - 1);
    char error[WORKLOAD_ERROR_MAX];
    if (!script_call(self->script, 2, 0, error))
        note(self, error);
    else
        must((uint32_t)self->events.made > self->asked);
}

static bool next(workload_t *base, uint32_t sensor, struct event *out)
{
    struct scripted *self = (struct scripted *)base;
    events_t *events = &self->events;
    must(sensor == self->asked && sensor < self->count);
    if (sensor == (uint32_t)events->made) {
        if (!self->failed)
            make(self);
        if (sensor == (uint32_t)events->made)
            return false;
    }
    self->asked++;
    uint32_t start = sensor == self->first ? 0 : events->ends[sensor - 1];
    *out = (struct event){.data = (const char *)events->bytes + start,
                          .data_length = events->ends[sensor] - start};
    if (events->own_keys) {
        out->key = (const char *)events->keys + (size_t)sensor * EVENTS_KEY_MAX;
        out->key_length = events->key_lengths[sensor];
    } else {
        out->key = (const char *)events->ids + (size_t)sensor * SENSOR_IDS_MAX;
        out->key_length = events->lengths[sensor];
    }
    return true;
}

static const char *error_of(const workload_t *base)
{
    const struct scripted *self = (const struct scripted *)base;
    return self->failed ? self->error : NULL;
}

static void destroy(workload_t **self_p)
{
    must(self_p != NULL);
    scripted_destroy((scripted_t **)self_p);
}

static const struct workload_ops ops = {
    .name = "scripted", .begin = begin, .next = next, .error = error_of, .destroy = destroy};

scripted_t *scripted_new(const struct workload_setup *setup)
{
    must(setup != NULL);
    struct scripted *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    snprintf(self->name, sizeof self->name, "%s", setup->source->name);
    events_init(&self->events, setup->seed, setup->stream, setup->run_id);
    self->script = script_new(&self->events);
    return self;
}

void scripted_destroy(scripted_t **self_p)
{
    must(self_p != NULL);
    struct scripted *self = *self_p;
    if (self == NULL)
        return;
    script_destroy(&self->script);
    events_fini(&self->events);
    free(self);
    *self_p = NULL;
}

script_t *scripted_script(scripted_t *self)
{
    must(self != NULL);
    return self->script;
}

workload_t *scripted_ready(scripted_t **self_p)
{
    must(self_p != NULL && *self_p != NULL);
    struct scripted *self = *self_p;
    *self_p = NULL;
    must(lua_isfunction(script_lua(self->script), -1));
    self->make = luaL_ref(script_lua(self->script), LUA_REGISTRYINDEX);
    return &self->base;
}
