/*
 * script - one state of LuaJIT with our own Lua in it (lua/), bounded in memory and in the time of a call.
 *
 * Ours may use everything; what a user wrote runs in the sandbox that lua/sandbox.lua makes. A state and its
 * events belong to one thread. An error is one line of text, with file and line where there are any.
 */
#ifndef FRESHET_SCRIPT_H
#define FRESHET_SCRIPT_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "common/workload/events.h"
#include "common/workload/workload.h"

enum { SCRIPT_BYTES_MAX = 64 * 1024 * 1024 /* memory of one state */ };

typedef struct script script_t;

/* A state that makes `events` (borrowed; must outlive it). The caller owns it. */
script_t *script_new(events_t *events);
void script_destroy(script_t **self_p);

/* The state, to pass arguments and take results. */
lua_State *script_lua(script_t *self);

/* Push what the module lua/<name>.lua returns. It is ours and always there. */
void script_need(script_t *self, const char *name);

/* Call the function below `arguments` values on the stack; false, nothing pushed and `error` when it fails.
 * Starts the time that the call may take. */
MUST_USE bool script_call(script_t *self, int arguments, int results, char error[WORKLOAD_ERROR_MAX]);

/* Bytes that the state holds. */
size_t script_bytes(const script_t *self);

#endif
