#include "primary/verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/must.h"
#include "common/units.h"

#define THROTTLED_SHARE 0.01 /* of the attempts: below it a limit is touched, not limiting */
#define BUSY_SHARE      0.10 /* of the time held back by the window */
#define ON_TARGET_RATIO 0.98 /* of what was asked */

/* Append to the verdict's text; what does not fit is cut. */
static void say(struct verdict *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct verdict *out, const char *format, ...)
{
    size_t length = strlen(out->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->text + length, sizeof out->text - length, format, arguments);
    va_end(arguments);
}

/* Share of the attempts on events that the rate limits refused; a broker takes what it throttles. */
static double throttled_share(const struct verdict_facts *facts)
{
    const struct counters *c = &facts->counters;
    double attempts = (double)c->delivered + (double)c->failed + (facts->broker ? 0 : (double)c->throttled);
    return attempts > 0 ? (double)c->throttled / attempts : 0;
}

static bool at_limit(const struct verdict_facts *facts)
{
    double share = throttled_share(facts);
    return share >= THROTTLED_SHARE || (facts->touched && share > 0);
}

/* "delivered 19.9k of 20.0k events/s" or "40 users delivered 19.9k events/s". */
static void say_rate(const struct verdict_facts *facts, struct verdict *out)
{
    char delivered[UNITS_TEXT_MAX], asked[UNITS_TEXT_MAX];
    units_print_count(facts->delivered_per_s, delivered);
    if (facts->model == PLAN_USERS) {
        say(out, "%" PRIu64 " users delivered %s events/s", facts->users, delivered);
        return;
    }
    units_print_count(facts->asked_per_s, asked);
    say(out, "delivered %s of %s events/s asked", delivered, asked);
}

static void say_stream(const struct verdict_facts *facts, struct verdict *out)
{
    say(out, "limited by the %s: throttled %.1f %% of the events sent", facts->broker ? "broker" : "stream",
        100 * throttled_share(facts));
    if (facts->hottest_count > 0 && facts->all.delivered > 0) {
        say(out, ", hottest %s", facts->broker ? "partitions" : "shards");
        for (size_t i = 0; i < facts->hottest_count; i++)
            say(out, "%s %s (%.0f %%)", i == 0 ? "" : ",", facts->hottest[i].id,
                100 * (double)facts->hottest[i].events / (double)facts->all.delivered);
        say(out, " of %zu", facts->shards_count);
    }
    if (facts->capacity_events_per_s > 0) {
        char capacity[UNITS_TEXT_MAX];
        say(out, ", capacity %s events/s", units_print_count(facts->capacity_events_per_s, capacity));
    }
    say(out, "; ");
    say_rate(facts, out);
}

static void say_answer_time(const struct verdict_facts *facts, struct verdict *out)
{
    char p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX];
    units_print_duration(facts->service_p50_us, p50);
    units_print_duration(facts->service_p99_us, p99);
    say(out,
        "limited by the network or the %s's answer time: in-flight limit reached %.0f %% of the time, "
        "service p50 %s p99 %s; ",
        facts->broker ? "broker" : "service", 100 * facts->busy_share, p50, p99);
    say_rate(facts, out);
}

static void say_incomplete(const struct verdict_facts *facts, struct verdict *out)
{
    char unknown[UNITS_TEXT_MAX];
    if (facts->failure != NULL) {
        say(out, "result incomplete: %.300s; ", facts->failure);
        say_rate(facts, out);
        return;
    }
    units_print_count((double)facts->lost_unknown, unknown);
    say(out, "result incomplete: %zu of %zu secondaries lost", facts->lost, facts->members);
    if (facts->lost_name != NULL)
        say(out, " (%.64s%s)", facts->lost_name, facts->lost > 1 ? ", ..." : "");
    say(out, ", %s events unknown with %s; ", unknown, facts->lost == 1 ? "it" : "them");
    say_rate(facts, out);
}

static enum verdict_kind judge(const struct verdict_facts *facts)
{
    bool missed = facts->model == PLAN_RATE && facts->achieved_ratio < ON_TARGET_RATIO;
    bool users = facts->model == PLAN_USERS;
    if (facts->failure != NULL || facts->lost > 0)
        return VERDICT_INCOMPLETE;
    if (facts->all.generated == 0)
        return facts->ended ? VERDICT_BEHIND : VERDICT_NONE;
    if (at_limit(facts))
        return VERDICT_STREAM;
    if (facts->hot > 0 && (missed || users))
        return VERDICT_GENERATOR;
    if (missed && facts->busy_share >= BUSY_SHARE)
        return VERDICT_ANSWER_TIME;
    if (facts->all.failed + facts->all.unknown > 0)
        return VERDICT_FAILING;
    return missed ? VERDICT_BEHIND : VERDICT_ON_TARGET;
}

static void say_rest(const struct verdict_facts *facts, struct verdict *out)
{
    char text[UNITS_TEXT_MAX];
    switch (out->kind) {
    case VERDICT_FAILING:
        say(out, "events failed: %" PRIu64 " failed and %" PRIu64 " unknown of %" PRIu64 "; ",
            facts->all.failed, facts->all.unknown, facts->all.generated);
        break;
    case VERDICT_BEHIND:
        if (facts->all.generated == 0) {
            say(out, "nothing was generated");
            return;
        }
        say(out, "behind schedule by up to %s, neither %s, generator nor answer time at a limit; ",
            units_print_duration(facts->lag_us_max, text), facts->broker ? "broker" : "stream");
        break;
    case VERDICT_ON_TARGET:
        say(out, "%s: ", facts->model == PLAN_USERS ? "held" : "on target");
        break;
    default:
        must(out->kind == VERDICT_NONE);
        say(out, "nothing to judge yet");
        return;
    }
    say_rate(facts, out);
    if (out->kind == VERDICT_ON_TARGET)
        say(out, ", p99 %s", units_print_duration(facts->due_p99_us, text));
    if (out->kind == VERDICT_ON_TARGET && facts->model == PLAN_USERS)
        say(out, "; neither %s nor generator was the limit", facts->broker ? "broker" : "stream");
}

void verdict_make(const struct verdict_facts *facts, struct verdict *out)
{
    must(facts != NULL && out != NULL);
    must(facts->hottest_count <= VERDICT_HOT_MAX);
    memset(out, 0, sizeof *out);
    out->kind = judge(facts);
    switch (out->kind) {
    case VERDICT_INCOMPLETE:
        say_incomplete(facts, out);
        break;
    case VERDICT_STREAM:
        say_stream(facts, out);
        break;
    case VERDICT_GENERATOR:
        say(out, "limited by the generator: CPU %.0f %% on %zu of %zu secondaries; ", facts->cpu_percent_max,
            facts->hot, facts->members);
        say_rate(facts, out);
        break;
    case VERDICT_ANSWER_TIME:
        say_answer_time(facts, out);
        break;
    default:
        say_rest(facts, out);
    }
}

const char *verdict_name(enum verdict_kind kind)
{
    static const char *const names[] = {"none",        "on target", "stream", "generator",
                                        "answer time", "failing",   "behind", "incomplete"};
    must(kind <= VERDICT_INCOMPLETE);
    return names[kind];
}
