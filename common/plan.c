#include "common/plan.h"

#include "common/option_table.h"
#include "common/quote.h"
#include "common/units.h"

#include <string.h>

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

/* Users unless a rate is asked for. Where both are, the stronger source has it (a flag over an old variable);
 * from one source they contradict each other. */
static bool take_model(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    enum option_source rate = options_source(options, OPT_RATE), users = options_source(options, OPT_USERS);
    if (options_given(options, OPT_RATE) && rate == users) {
        snprintf(error, OPTIONS_ERROR_MAX,
                 "--rate and --users exclude each other: give events per second (--rate, FRESHET_RATE) or "
                 "users (--users, FRESHET_USERS, LOCUST_USERS)");
        return false;
    }
    if (!options_given(options, OPT_RATE) || users > rate) {
        out->model = PLAN_USERS;
        out->users = options_count(options, OPT_USERS);
        out->spawn_rate = options_rate(options, OPT_SPAWN_RATE);
        return true;
    }
    out->model = PLAN_RATE;
    out->rate = options_rate(options, OPT_RATE);
    if (out->rate > 0)
        return true;
    char quoted[QUOTE_MAX];
    snprintf(error, OPTIONS_ERROR_MAX, "--rate: %s is not a rate to send at; allowed is more than 0",
             quote(options_text(options, OPT_RATE), quoted));
    return false;
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

void plan_hurry(options_t *options)
{
    must(options != NULL);
    char error[OPTIONS_ERROR_MAX];
    if (options_given(options, OPT_EVENTS) && !options_given(options, OPT_RATE) &&
        !options_given(options, OPT_USERS) && !options_given(options, OPT_WAIT_TIME))
        must(options_set(options, OPT_WAIT_TIME, "0s", "", error));
}

bool plan_from_options(const options_t *options, struct plan *out, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL);
    must(out != NULL && error != NULL);
    must(options_rows(options) == OPT_COUNT_);
    struct plan plan = {.events = PLAN_EVENTS_UNLIMITED};
    if (!take_target(options, &plan, error) || !take_model(options, &plan, error) ||
        !take_wait(options, &plan, error))
        return false;
    /* The table keeps it within what PutRecords takes; a target with another limit would be checked here. */
    uint64_t batch_size = options_count(options, OPT_BATCH_SIZE);
    must(batch_size >= 1 && batch_size <= 500);
    plan.batch_size = (uint32_t)batch_size;
    if (options_text(options, OPT_RUN_TIME) != NULL)
        plan.run_time_us = options_duration_us(options, OPT_RUN_TIME);
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
