/*
 * template - events from text with {{...}} in it.
 *
 * The text is compiled once, to Lua (lua/template.lua), and LuaJIT runs that. It must be UTF-8. If it would
 * be JSON with a value in place of each expression, then every event is JSON: text is escaped inside of
 * quotes and gets its own outside of them. The key of an event is its sensor's id. Any thread; nothing is
 * shared.
 */
#ifndef FRESHET_TEMPLATE_H
#define FRESHET_TEMPLATE_H

#include "common/workload/workload.h"

struct template_place { /* both from 1, columns in characters; 0: not known */
    unsigned line, column;
};

/* The workload, or NULL and `error`, which names file, line and column. The caller owns it. */
workload_t *template_new(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX]);

/* Does it compile? Otherwise false, `error` as above, and `place`. */
MUST_USE bool template_check(const struct workload_source *source, char error[WORKLOAD_ERROR_MAX],
                             struct template_place *place);

/* Tell every function that a template may use, sorted by name: how its arguments look ("": none), and one
 * sentence. The texts last as long as the call. */
typedef void(template_function_fn)(void *user, const char *name, const char *arguments, const char *help);
void template_functions(template_function_fn *each, void *user);

#endif
