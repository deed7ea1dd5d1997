#include "common/plan.h"

#include "common/option_table.h"
#include "common/quote.h"
#include "common/units.h"
#include "common/workload/recipe.h"
#include "common/workload/scenario.h"
#include "common/workload/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { WAIT_TEXT_MAX = 65 }; /* bytes of a wait rule, with the NUL */

#define WAIT_US_MAX UINT64_C(86400000000) /* a day: times of waits are added up without overflow */

static bool parse_wait_time(const char *text, uint64_t *out_us)
{
    return units_parse_duration(text, out_us) && *out_us <= WAIT_US_MAX;
}

bool plan_parse_wait(const char *text, struct wait_rule *out)
{
    static const char pacing[] = "pacing:";
    must(text != NULL);
    must(out != NULL);
    struct wait_rule rule = {.kind = WAIT_BETWEEN};
    if (strncmp(text, pacing, sizeof pacing - 1) == 0) {
        rule.kind = WAIT_PACING;
        if (!parse_wait_time(text + sizeof pacing - 1, &rule.min_us) || rule.min_us == 0)
            return false;
        rule.max_us = rule.min_us;
        *out = rule;
        return true;
    }
    size_t length = strlen(text);
    if (length >= WAIT_TEXT_MAX)
        return false;
    char low[WAIT_TEXT_MAX];
    memcpy(low, text, length + 1);
    char *high = strchr(low, '-');
    if (high != NULL)
        *high++ = '\0';
    if (!parse_wait_time(low, &rule.min_us) || !parse_wait_time(high != NULL ? high : low, &rule.max_us) ||
        rule.min_us > rule.max_us)
        return false;
    *out = rule;
    return true;
}

static bool take_target(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    const char *text = options_text(options, OPT_TARGET);
    if (text == NULL) {
        snprintf(error, OPTIONS_ERROR_MAX,
                 "no target: name it as the bare argument (freshet ... DemoStream), with --target or in "
                 "FRESHET_TARGET; allowed is a stream name, kinesis://[region/]stream, a stream ARN, "
                 "kafka://host:port/topic or null://");
        return false;
    }
    char problem[OPTIONS_ERROR_MAX - 16];
    if (target_parse(text, &out->target, problem, sizeof problem))
        return true;
    snprintf(error, OPTIONS_ERROR_MAX, "--target: %s", problem);
    return false;
}

/* Is --shape the function of a scenario? */
static bool follows_scenario(const options_t *options)
{
    const char *text = options_text(options, OPT_SHAPE);
    return text != NULL && strcmp(text, PLAN_SHAPE_SCENARIO) == 0;
}

/* A rate or a number of users that is stronger said than a scenario's function takes its place. */
static bool overruled(const options_t *options)
{
    enum option_source shape = options_source(options, OPT_SHAPE);
    return follows_scenario(options) &&
           (options_source(options, OPT_RATE) > shape || options_source(options, OPT_USERS) > shape);
}

/* OPT_STAGES or OPT_SHAPE, the one that is stronger said; OPT_COUNT_: neither. False: they contradict. */
static bool which_shape(const options_t *options, size_t *out, char error[OPTIONS_ERROR_MAX])
{
    bool stages = options_given(options, OPT_STAGES);
    bool shape = options_given(options, OPT_SHAPE) && !overruled(options);
    *out = stages ? OPT_STAGES : shape ? OPT_SHAPE : OPT_COUNT_;
    if (!stages || !shape)
        return true;
    if (options_source(options, OPT_STAGES) == options_source(options, OPT_SHAPE)) {
        snprintf(error, OPTIONS_ERROR_MAX,
                 "--stages: excludes --shape: give either the stages themselves or the name of a shape");
        return false;
    }
    if (options_source(options, OPT_SHAPE) > options_source(options, OPT_STAGES))
        *out = OPT_SHAPE;
    return true;
}

/* Who said it; beside stages that are stronger said (a flag over an old variable) nobody. */
static enum option_source said(const options_t *options, size_t option, size_t shape)
{
    enum option_source source =
        options_given(options, option) ? options_source(options, option) : OPTION_UNSET;
    return shape == OPT_STAGES && source < options_source(options, OPT_STAGES) ? OPTION_UNSET : source;
}

/* Users unless a rate is asked for. Where both are, the stronger source has it (a flag over an old variable);
 * from one source they contradict each other. Stages alone are of a rate. */
static bool take_model(const options_t *options, size_t shape, struct plan *out,
                       char error[OPTIONS_ERROR_MAX])
{
    enum option_source rate = said(options, OPT_RATE, shape), users = said(options, OPT_USERS, shape);
    if (rate != OPTION_UNSET && rate == users) {
        snprintf(error, OPTIONS_ERROR_MAX,
                 "--rate and --users exclude each other: give events per second (--rate, FRESHET_RATE) or "
                 "users (--users, FRESHET_USERS, LOCUST_USERS)");
        return false;
    }
    bool own = shape == OPT_STAGES || (shape == OPT_SHAPE && follows_scenario(options));
    if (rate == users && shape == OPT_SHAPE && !own) {
        snprintf(error, OPTIONS_ERROR_MAX, "--shape: needs --rate or --users, which it changes over time");
        return false;
    }
    out->model = users > rate || (rate == OPTION_UNSET && !own) ? PLAN_USERS : PLAN_RATE;
    if (out->model == PLAN_USERS) {
        out->users = options_count(options, OPT_USERS);
        out->spawn_rate = options_rate(options, OPT_SPAWN_RATE);
        return true;
    }
    out->rate = rate != OPTION_UNSET ? options_rate(options, OPT_RATE) : 0;
    if (out->rate > 0 || own)
        return true;
    char quoted[QUOTE_MAX];
    snprintf(error, OPTIONS_ERROR_MAX, "--rate: %s is not a rate to send at; allowed is more than 0",
             quote(options_text(options, OPT_RATE), quoted));
    return false;
}

/* Its values are its own: what the options say of a rate or users only tells which of them they are. */
static bool take_scenario(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    struct workload_source source = source_of(options);
    if (source.kind != WORKLOAD_SCENARIO) {
        snprintf(error, OPTIONS_ERROR_MAX,
                 "--shape: there is no scenario (--scenario FILE) whose shape(t) it could be");
        return false;
    }
    scenario_t *scenario = scenario_open(&source, error);
    if (scenario == NULL)
        return false;
    bool good = scenario_has_shape(scenario);
    scenario_destroy(&scenario);
    if (good)
        shape_call(&out->shape, NULL, NULL, PLAN_SHAPE_SCENARIO);
    else
        snprintf(error, OPTIONS_ERROR_MAX, "--shape: %.200s has no function shape(t)", source.name);
    return good;
}

bool plan_reshape(const options_t *options, double base, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && out != NULL && error != NULL);
    size_t which = OPT_COUNT_;
    bool users = out->model == PLAN_USERS;
    if (!which_shape(options, &which, error))
        return false;
    out->shape = (struct shape){.kind = SHAPE_NONE};
    if (which == OPT_SHAPE && follows_scenario(options))
        return take_scenario(options, out, error);
    if (which == OPT_SHAPE)
        return shape_parse(options_text(options, OPT_SHAPE), users ? (double)out->users : out->rate,
                           &out->shape, error);
    if (which != OPT_STAGES)
        return true;
    if (!shape_parse_stages(options_text(options, OPT_STAGES), base, users, &out->shape, error))
        return false;
    if (users)
        out->users = (uint64_t)shape_peak(&out->shape);
    else
        out->rate = shape_peak(&out->shape);
    return true;
}

static bool take_times(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    uint64_t total_us = shape_total_us(&out->shape);
    if (options_text(options, OPT_RUN_TIME) != NULL)
        out->run_time_us = options_duration_us(options, OPT_RUN_TIME);
    else if (total_us != SHAPE_FOREVER)
        out->run_time_us = total_us;
    if (options_text(options, OPT_WARM_UP) != NULL)
        out->warm_up_us = options_duration_us(options, OPT_WARM_UP);
    if (out->run_time_us == 0 || out->warm_up_us < out->run_time_us)
        return true;
    char run[UNITS_TEXT_MAX];
    snprintf(
        error, OPTIONS_ERROR_MAX,
        "--warm-up: %.64s leaves nothing of the run to be measured; allowed is less than the run time, %s",
        options_text(options, OPT_WARM_UP), units_print_duration(out->run_time_us, run));
    return false;
}

bool plan_load_from_options(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && out != NULL && error != NULL);
    struct plan plan = {.events = PLAN_EVENTS_UNLIMITED};
    size_t shape = OPT_COUNT_;
    if (!which_shape(options, &shape, error) || !take_model(options, shape, &plan, error) ||
        !plan_reshape(options, plan.model == PLAN_USERS ? (double)plan.users : plan.rate, &plan, error) ||
        !take_times(options, &plan, error))
        return false;
    *out = plan;
    return true;
}

static bool take_wait(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    const char *text = options_text(options, OPT_WAIT_TIME);
    must(text != NULL);
    if (plan_parse_wait(text, &out->wait))
        return true;
    char quoted[QUOTE_MAX];
    snprintf(
        error, OPTIONS_ERROR_MAX,
        "--wait-time: %s is not a wait; allowed is a time up to 1d, as 1s, a range, as 0.5s-2s, or pacing:1s",
        quote(text, quoted));
    return false;
}

static void hurry(options_t *options)
{
    char error[OPTIONS_ERROR_MAX];
    bool ends = options_given(options, OPT_EVENTS) || options_given(options, OPT_REPLAY_ONCE);
    if (ends && !options_given(options, OPT_RATE) && !options_given(options, OPT_USERS) &&
        !options_given(options, OPT_WAIT_TIME))
        must(options_set(options, OPT_WAIT_TIME, "0s", "", error));
}

static void draw_seed(options_t *options)
{
    if (options_given(options, OPT_SEED))
        return;
    uint64_t seed = 0;
    while (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
    }
    char text[32], error[OPTIONS_ERROR_MAX];
    snprintf(text, sizeof text, "%" PRIu64, seed >> 11); /* 53 bits: exact in every reader of JSON */
    must(options_set(options, OPT_SEED, text, "drawn seed", error));
}

void plan_complete(options_t *options)
{
    must(options != NULL);
    hurry(options);
    draw_seed(options);
}

bool plan_from_options(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL);
    must(out != NULL && error != NULL);
    must(options_rows(options) == OPT_COUNT_);
    struct plan plan, named;
    struct recipe recipe;
    if (!take_target(options, &named, error) || !plan_load_from_options(options, &plan, error) ||
        !take_wait(options, &plan, error) || !recipe_read(options, &recipe, error))
        return false;
    plan.target = named.target;
    plan.replay_once = recipe.replay_once;
    /* The table keeps it within what PutRecords takes; a target with another limit would be checked here. */
    uint64_t batch_size = options_count(options, OPT_BATCH_SIZE);
    must(batch_size >= 1 && batch_size <= 500);
    plan.batch_size = (uint32_t)batch_size;
    if (options_text(options, OPT_EVENTS) != NULL)
        plan.events = options_count(options, OPT_EVENTS);
    if (options_text(options, OPT_SEED) != NULL)
        plan.seed = options_count(options, OPT_SEED);
    plan.stop_timeout_us = options_duration_us(options, OPT_STOP_TIMEOUT);
    *out = plan;
    return true;
}

uint64_t plan_share(uint64_t total, size_t parts, size_t index)
{
    must(parts > 0);
    must(index < parts);
    return total / parts + (index < total % parts ? 1 : 0);
}
