/* What a script can't reach, and what ends one that would never end. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/workload/script.h"

#include <stdio.h>
#include <string.h>

enum { SOON_US = 100000, LATE_US = 60000000 }; /* CPU time that a call may take */

/* Runs `text` as a scenario file; false and `error` when it fails. */
static bool run(const char *text, uint64_t call_us_max, char error[WORKLOAD_ERROR_MAX])
{
    events_t events;
    events_init(&events, 1, 0, 0);
    events.call_us_max = call_us_max;
    script_t *script = script_new(&events);
    lua_State *lua = script_lua(script);
    script_need(script, "scenario");
    lua_getfield(lua, -1, "open");
    lua_pushstring(lua, text);
    lua_pushstring(lua, "my.lua");
    bool good = script_call(script, 2, 1, error);
    assert_true(script_bytes(script) <= SCRIPT_BYTES_MAX);
    script_destroy(&script);
    events_fini(&events);
    return good;
}

static void holds(const char *text)
{
    char error[WORKLOAD_ERROR_MAX] = "";
    if (!run(text, LATE_US, error))
        fail_msg("%s: %s", text, error);
}

static void test_nothing_leads_out(void **state)
{
    (void)state;
    static const char *const names[] = {"io",
                                        "os",
                                        "ffi",
                                        "jit",
                                        "package",
                                        "require",
                                        "module",
                                        "debug",
                                        "load",
                                        "loadstring",
                                        "loadfile",
                                        "dofile",
                                        "collectgarbage",
                                        "getfenv",
                                        "setfenv",
                                        "getmetatable",
                                        "setmetatable",
                                        "rawget",
                                        "rawset",
                                        "rawequal",
                                        "newproxy",
                                        "pcall",
                                        "xpcall",
                                        "coroutine",
                                        "print",
                                        "gcinfo",
                                        "_G",
                                        "_VERSION",
                                        "string.dump",
                                        "string.gfind",
                                        "math.randomseed",
                                        "table.foreach",
                                        "('x').dump",
                                        "bit.ffi",
                                        "random.state",
                                        "arg",
                                        "arg0",
                                        "_E",
                                        "need",
                                        "host"}; /* whatever LuaJIT has, and what ours might leak */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[256];
        snprintf(text, sizeof text, "assert(%s == nil) return {}", names[i]);
        holds(text);
    }
    /* a script's own changes reach nobody's methods */
    holds("string.upper = function() return 'mine' end assert(('x'):upper() == 'X') return {}");
    /* no metatable leads back to a library */
    holds("local t = {} t.__index = string assert(t.x == nil) return {}");
}

/* Fails with `why`. */
static void ends(const char *text, uint64_t call_us_max, const char *why)
{
    char error[WORKLOAD_ERROR_MAX] = "";
    if (run(text, call_us_max, error))
        fail_msg("ran: %s", text);
    if (strstr(error, why) == NULL)
        fail_msg("%s: %s", text, error);
}

static void test_what_never_ends_is_ended(void **state)
{
    (void)state;
    const char *why = "my.lua:2: takes too long";
    ends("\nwhile true do end", SOON_US, why);
    ends("\nrepeat until false", SOON_US, why);
    ends("\nfor i = 1, math.huge do end", SOON_US, why);
    ends("\n::again:: goto again", SOON_US, why);
    ends("\nlocal function f() return f() end f()", SOON_US, why);
    ends("\nlocal function f(n) if n > 0 then f(n - 1) f(n - 1) end end f(100)", SOON_US, why);
    ends("\nlocal t = { 1 } while next(t) do for k in pairs(t) do t[k] = 1 end end", SOON_US, why);
    ends("\nlocal n = 0 while true do n = n + random.unit() if n > 1e15 then return {} end end", SOON_US,
         why);
    ends("\nlocal a a = function() for _ in ipairs({ 1 }) do a() a() end end a()", SOON_US, "my.lua:2: ");
    ends("\n(('x'):rep(1000)):gsub('x', function() while true do end end)", SOON_US, why);
    ends("\nlocal function f() return 1 + f() end f()", LATE_US, "stack overflow");
}

static void test_what_is_too_large_is_refused(void **state)
{
    (void)state;
    const char *memory = "needs more than 64 MiB of memory";
    ends("local s = ('x'):rep(1e9)", LATE_US, memory);
    ends("local s = 'x' while true do s = s .. s end", LATE_US, memory);
    ends("local t = {} for i = 1, 1e9 do t[i] = i end", LATE_US, memory);
    ends("local t = {} for i = 1, 1e7 do t[i] = { i } end", LATE_US, memory);
    ends("return { x = string.format('%99999d', 1) }", LATE_US, "my.lua:1: invalid");
    ends("local a = { unpack({}, 1, 1e8) }", LATE_US, "my.lua:1: ");
    ends("('a'):rep(100000):find('a.-b.-c.-d')", LATE_US, "my.lua:1: the pattern may take too long");
    ends("('a'):rep(30):match(('a?'):rep(30) .. 'b')", LATE_US, "my.lua:1: the pattern may take too long");
    ends("('a'):rep(100000):gsub('.*.*b', '')", LATE_US, "my.lua:1: the pattern may take too long");
    ends("local t = {} for i = 1, 10001 do t[i] = -i end table.sort(t)", LATE_US,
         "my.lua:1: more than 10000");
    ends("('('):rep(1000000):find('%b()')", LATE_US, "my.lua:1: the pattern may take too long");
    ends("table.remove({ 1 }, -1e15)", LATE_US, "my.lua:1: no such place");
    ends("table.insert({ 1 }, -1e15, 1)", LATE_US, "my.lua:1: no such place");
    ends("random.below('x')", LATE_US, "my.lua:1: random.below needs a number");
    holds("local t = { 1, 3 } table.insert(t, 2, 2) table.insert(t, 4) assert(table.remove(t, 1) == 1)\n"
          "assert(table.concat(t, ',') == '2,3,4' and table.remove(t) == 4) return {}");
    holds("assert(table.remove({}, 1) == nil) return {}");
    holds("assert((''):rep(1e15) == '') return {}");
    holds("assert(#fake('sensor.id')() == 38 and #fake('user.id')() == 36) return {}");
    holds("assert(('sensor-12'):match('^(%a+)-(%d+)$') == 'sensor') return {}");
    holds("assert(('x'):rep(200000):find('y', 1, true) == nil) return {}");
}

/* Ticks are put where Lua has loops and functions, and nowhere else. */
static void test_text_with_ticks_is_still_the_same_text(void **state)
{
    (void)state;
    holds("local s = 'do function(x) repeat' assert(#s == 21) return {}");
    holds("local s = [==[ while true do ]] end ]==] assert(#s == 22) return {}");
    holds("--[[ do repeat function( ]] local x = 1 -- do\nassert(x == 1) return {}");
    holds("local t = { ['end'] = 1, f = function (a, b) return a + b end } assert(t.f(1, 2) == 3) return {}");
    holds("function g(a, ...) return select('#', ...) end assert(g(1, 2, 3) == 2) return {}");
    holds("local n = 0 for i = 1, 10 do if i % 2 == 0 then goto continue end n = n + i ::continue:: end "
          "assert(n == 25)\n"
          "local t = { doit = 1, repeated = 2 } assert(t.doit == 1) return {}");
    holds("local s = 'it\\'s do' .. \"\\\"do\\\\\" assert(#s == 11) return {}");
    holds("local o = {} function o.a() return 1 end function o:b() return self.a() end assert(o:b() == 1) "
          "return {}");
    holds("local f = function() (nil or function() end)() end f() do (function() end)() end return {}");
    holds("local x = 0x1p4 + .5e1 + 3. for i = 1, 2 do x = x + i end assert(x == 27) return {}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_leads_out),
        cmocka_unit_test(test_what_never_ends_is_ended),
        cmocka_unit_test(test_what_is_too_large_is_refused),
        cmocka_unit_test(test_text_with_ticks_is_still_the_same_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
