#include "primary/passing.h"

#include <stdio.h>
#include <string.h>

#include "common/option_table.h"

/* What a search decides itself, or has no use for. */
static const size_t excluded[] = {OPT_RATE,   OPT_USERS,     OPT_STAGES,   OPT_SHAPE,      OPT_WARM_UP,
                                  OPT_EVENTS, OPT_THRESHOLD, OPT_ABORT_ON, OPT_ABORT_BELOW};

enum { EXCLUDED_LOADS = 4 }; /* the first of them: a load of their own */

static bool say(const options_t *options, size_t index, const char *what, char error[OPTIONS_ERROR_MAX])
{
    snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s", options_row(options, index)->name, what);
    return false;
}

static bool given(const options_t *options, size_t index)
{
    const char *text = options_text(options, index);
    return options_given(options, index) && text != NULL && text[0] != '\0';
}

bool passing_searches(const options_t *options)
{
    must(options != NULL);
    if (!given(options, OPT_FIND_CAPACITY))
        return false;
    for (size_t i = 0; i < EXCLUDED_LOADS; i++) {
        if (given(options, excluded[i]) &&
            options_source(options, excluded[i]) > options_source(options, OPT_FIND_CAPACITY))
            return false;
    }
    return true;
}

static bool take_search(const options_t *options, struct plan *plan, struct passing *out,
                        char error[OPTIONS_ERROR_MAX])
{
    struct search_plan *search = &out->search;
    char problem[THRESHOLD_ERROR_MAX];
    enum option_source source = options_source(options, OPT_FIND_CAPACITY);
    for (size_t i = 0; i < sizeof excluded / sizeof excluded[0]; i++) {
        if (!given(options, excluded[i]) || options_source(options, excluded[i]) < source)
            continue;
        snprintf(problem, sizeof problem, "a search excludes --%s", options_row(options, excluded[i])->name);
        return say(options, OPT_FIND_CAPACITY, problem, error);
    }
    if (!threshold_parse_list(options_text(options, OPT_FIND_CAPACITY), &search->conditions, problem))
        return say(options, OPT_FIND_CAPACITY, problem, error);
    if (search->conditions.count == 0)
        return say(options, OPT_FIND_CAPACITY, "no condition; allowed is as p99<200ms,throttled<0.5%", error);
    search->from = options_rate(options, OPT_FROM);
    search->to = options_rate(options, OPT_TO);
    search->hold_us = options_duration_us(options, OPT_HOLD);
    if (search->from > search->to) {
        snprintf(problem, sizeof problem, "%s is more than --to, %s", options_text(options, OPT_FROM),
                 options_text(options, OPT_TO));
        return say(options, OPT_FROM, problem, error);
    }
    out->searches = true;
    plan->model = PLAN_RATE;
    plan->rate = search->from;
    plan->shape = (struct shape){.kind = SHAPE_NONE};
    plan->warm_up_us = 0;
    plan->run_time_us =
        options_text(options, OPT_RUN_TIME) != NULL ? options_duration_us(options, OPT_RUN_TIME) : 0;
    return true;
}

/* Nothing is asked of a run of users that it could fall behind. */
static bool fits_model(const options_t *options, const struct plan *plan, const struct passing *passing,
                       char error[OPTIONS_ERROR_MAX])
{
    static const char needs[] = "achieved is of a rate that was asked: it needs --rate";
    if (plan->model == PLAN_RATE)
        return true;
    for (size_t i = 0; i < passing->thresholds.count; i++) {
        if (passing->thresholds.list[i].metric == THRESHOLD_ACHIEVED)
            return say(options, OPT_THRESHOLD, needs, error);
    }
    for (size_t i = 0; i < passing->tripwire.count; i++) {
        if (passing->tripwire.rules[i].after_ramp)
            return say(options, OPT_ABORT_BELOW, "it is below a rate that was asked: it needs --rate", error);
        if (passing->tripwire.rules[i].condition.metric == THRESHOLD_ACHIEVED)
            return say(options, OPT_ABORT_ON, needs, error);
    }
    return true;
}

bool passing_read(const options_t *options, struct plan *plan, struct passing *out,
                  char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && plan != NULL);
    must(out != NULL && error != NULL);
    memset(out, 0, sizeof *out);
    if (passing_searches(options))
        return take_search(options, plan, out, error);
    char problem[THRESHOLD_ERROR_MAX];
    if (given(options, OPT_THRESHOLD) &&
        !threshold_parse_list(options_text(options, OPT_THRESHOLD), &out->thresholds, problem))
        return say(options, OPT_THRESHOLD, problem, error);
    if (given(options, OPT_THRESHOLD) && out->thresholds.count == 0)
        return say(options, OPT_THRESHOLD, "no condition; allowed is as p99<250ms,failed<0.1%", error);
    if (given(options, OPT_ABORT_ON) &&
        !tripwire_add(&out->tripwire, options_text(options, OPT_ABORT_ON), problem))
        return say(options, OPT_ABORT_ON, problem, error);
    if (given(options, OPT_ABORT_ON) && out->tripwire.count == 0)
        return say(options, OPT_ABORT_ON, "no condition; allowed is as failed>5%:10s", error);
    if (given(options, OPT_ABORT_BELOW) &&
        !tripwire_add_below(&out->tripwire, options_text(options, OPT_ABORT_BELOW), problem))
        return say(options, OPT_ABORT_BELOW, problem, error);
    return true;
}

bool passing_check(const options_t *options, struct plan *plan, char error[OPTIONS_ERROR_MAX])
{
    struct passing passing;
    return passing_read(options, plan, &passing, error) && fits_model(options, plan, &passing, error);
}
