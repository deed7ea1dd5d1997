/* workload_texts - workloads of a text, for tests: opened, asked, compared. */
#ifndef FRESHET_WORKLOAD_TEXTS_H
#define FRESHET_WORKLOAD_TEXTS_H

#include "common/option_table.h"
#include "common/workload/workload.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t texts_now_ms = 1675686126310;

static struct workload_source texts_source(enum workload_kind kind, const char *text)
{
    return (struct workload_source){.kind = kind,
                                    .name = kind == WORKLOAD_TEMPLATE ? "template" : "my.lua",
                                    .text = text,
                                    .length = strlen(text)};
}

static inline workload_t *texts_try(const struct workload_source *source, uint64_t seed, uint64_t stream,
                                    char error[WORKLOAD_ERROR_MAX])
{
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY);
    workload_t *workload = workload_open(
        &(struct workload_setup){
            .source = source, .options = options, .seed = seed, .stream = stream, .parts = 1, .run_id = 77},
        error);
    options_destroy(&options);
    return workload;
}

/* A workload that must open. */
static inline workload_t *texts_open(enum workload_kind kind, const char *text, uint64_t seed)
{
    struct workload_source source = texts_source(kind, text);
    char error[WORKLOAD_ERROR_MAX] = "";
    workload_t *workload = texts_try(&source, seed, 0, error);
    if (workload == NULL)
        fail_msg("%s", error);
    return workload;
}

/* Why it does not open; borrowed from `error`. */
static inline const char *texts_refused(enum workload_kind kind, const char *text,
                                        char error[WORKLOAD_ERROR_MAX])
{
    struct workload_source source = texts_source(kind, text);
    workload_t *workload = texts_try(&source, 1, 0, error);
    if (workload != NULL) {
        workload->ops->destroy(&workload);
        fail_msg("taken: %s", text);
    }
    return error;
}

/* The next event's data as text; free it. */
static inline char *texts_next(workload_t *workload, uint32_t sensor)
{
    struct event event;
    if (!workload->ops->next(workload, sensor, &event))
        fail_msg("%s", workload->ops->error(workload));
    char *text = calloc(1, event.data_length + 1);
    assert_non_null(text);
    memcpy(text, event.data, event.data_length);
    return text;
}

/* The first event of a workload of this text, for user 7. */
static inline char *texts_first(enum workload_kind kind, const char *text)
{
    workload_t *workload = texts_open(kind, text, 1);
    workload->ops->begin(workload, 7, 1, texts_now_ms);
    char *event = texts_next(workload, 0);
    workload->ops->destroy(&workload);
    return event;
}

static inline void texts_expect(enum workload_kind kind, const char *text, const char *expected)
{
    char *event = texts_first(kind, text);
    assert_string_equal(event, expected);
    free(event);
}

#endif
