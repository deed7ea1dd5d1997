/*
 * script_json - JSON for our own Lua: jansson's values as those of Lua, and its errors with their place.
 *
 * Both are functions for Lua to call, with a text that Lua holds; places are bytes from 1. What jansson
 * allocates is gone when they return or raise an error, and while they run bounded by the text's length (some
 * tens of bytes for each byte of it). The thread of the state.
 */
#ifndef FRESHET_SCRIPT_JSON_H
#define FRESHET_SCRIPT_JSON_H

#include <lua.h>

enum { SCRIPT_JSON_DEPTH_MAX = 100 };

/* json_read(text, at): where the value that begins at `at` ends, and the value; or nil, what is wrong and
 * where. Whole numbers may have any length (a Lua number has 53 bits of it); of members with the same name
 * the last one counts; null is nil, so a list can't hold it. */
int script_json_read(lua_State *lua);

/* is_json(text): is it one object or list, or some of them one after the other, and nothing else? */
int script_is_json(lua_State *lua);

#endif
