/*
 * made - a workload for tests of those that change another's events: says the same text each time.
 *
 * Its key is "own". At event `fail_at` (from 0; negative: never) it can make no more.
 */
#ifndef FRESHET_TESTS_MADE_H
#define FRESHET_TESTS_MADE_H

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/workload/workload.h"

struct made {
    struct workload base;
    const char *text;
    int fail_at, made;
};

static void made_begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)base;
    (void)user;
    (void)count;
    (void)now_ms;
}

static bool made_next(workload_t *base, uint32_t sensor, struct event *out)
{
    (void)sensor;
    struct made *self = (struct made *)base;
    *out =
        (struct event){.data = self->text, .data_length = strlen(self->text), .key = "own", .key_length = 3};
    return self->made++ != self->fail_at;
}

static const char *made_error(const workload_t *base)
{
    (void)base;
    return "made.lua, line 3: no more";
}

static void made_destroy(workload_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

static inline workload_t *made_new(const char *text, int fail_at)
{
    static const struct workload_ops ops = {
        .name = "made", .begin = made_begin, .next = made_next, .error = made_error, .destroy = made_destroy};
    struct made *self = mem_new(1, sizeof *self);
    *self = (struct made){.base.ops = &ops, .text = text, .fail_at = fail_at};
    return &self->base;
}

#endif
