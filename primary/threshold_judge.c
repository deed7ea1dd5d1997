/* What a condition says about what happened, and in which words. */
#include "primary/threshold.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

/* What is counted, and among how many. */
static void amounts(enum threshold_metric metric, const struct counters *c, bool broker, uint64_t *part_out,
                    uint64_t *whole_out)
{
    uint64_t settled = c->delivered + c->failed + c->unknown;
    switch (metric) {
    case THRESHOLD_FAILED:
        *part_out = c->failed;
        *whole_out = settled;
        return;
    case THRESHOLD_UNKNOWN:
        *part_out = c->unknown;
        *whole_out = settled;
        return;
    case THRESHOLD_THROTTLED:
        *part_out = c->throttled;
        *whole_out = c->delivered + c->failed + (broker ? 0 : c->throttled);
        return;
    case THRESHOLD_RETRIED:
        *part_out = c->retried;
        *whole_out = settled + c->retried;
        return;
    default:
        must(metric == THRESHOLD_DELIVERED);
        *part_out = c->delivered;
        *whole_out = settled;
    }
}

double threshold_share(enum threshold_metric metric, const struct counters *counters, bool broker)
{
    must(counters != NULL);
    uint64_t part, whole;
    amounts(metric, counters, broker, &part, &whole);
    return whole > 0 ? fmin((double)part / (double)whole, 1) : 0;
}

static bool latency(const struct threshold *self, const struct threshold_facts *facts, double *out)
{
    static const double quantiles[] = {0.50, 0.90, 0.95, 0.99, 0.999};
    const struct histogram *histogram = self->service ? facts->service : facts->due;
    if (histogram->count == 0)
        return false;
    if (self->metric <= THRESHOLD_P999)
        *out = (double)histogram_quantile(histogram, quantiles[self->metric]);
    else if (self->metric == THRESHOLD_MAX)
        *out = (double)histogram->max_us;
    else if (self->metric == THRESHOLD_MIN)
        *out = (double)histogram->min_us;
    else
        *out = histogram_mean(histogram);
    return true;
}

static bool counted(const struct threshold *self, const struct threshold_facts *facts, double *out)
{
    uint64_t part, whole;
    amounts(self->metric, &facts->counters, facts->broker, &part, &whole);
    if (self->unit == THRESHOLD_EVENTS) {
        *out = (double)part;
        return true;
    }
    *out = threshold_share(self->metric, &facts->counters, facts->broker);
    return whole > 0;
}

static double of_code(const struct threshold *self, const struct threshold_facts *facts)
{
    double events = 0;
    for (size_t i = 0; i < facts->errors_count; i++) {
        if (strcmp(facts->errors[i].code, self->code) == 0)
            events += (double)facts->errors[i].events;
    }
    return events;
}

/* False: there is nothing to judge. */
static bool measure(const struct threshold *self, const struct threshold_facts *facts, double *out)
{
    switch (self->metric) {
    case THRESHOLD_FAILED:
    case THRESHOLD_UNKNOWN:
    case THRESHOLD_THROTTLED:
    case THRESHOLD_RETRIED:
    case THRESHOLD_DELIVERED:
        return counted(self, facts, out);
    case THRESHOLD_DELIVERED_RATE:
        *out = facts->delivered_per_s;
        return true;
    case THRESHOLD_ACHIEVED:
        *out = facts->achieved;
        return facts->achieved >= 0;
    case THRESHOLD_LAG:
        *out = (double)facts->lag_us;
        return true;
    case THRESHOLD_CODE:
        *out = of_code(self, facts);
        return true;
    default:
        return latency(self, facts, out);
    }
}

static bool compare(enum threshold_op op, double value, double limit)
{
    switch (op) {
    case THRESHOLD_LT:
        return value < limit;
    case THRESHOLD_LE:
        return value <= limit;
    case THRESHOLD_GT:
        return value > limit;
    case THRESHOLD_GE:
        return value >= limit;
    case THRESHOLD_EQ:
        break;
    }
    return fabs(value - limit) < 0.5; /* whole numbers of events */
}

void threshold_judge(const struct threshold *self, const struct threshold_facts *facts,
                     struct threshold_result *out)
{
    must(self != NULL && out != NULL);
    *out = (struct threshold_result){.is = *self, .state = THRESHOLD_NONE};
    double value = 0;
    if (facts == NULL || !measure(self, facts, &value))
        return;
    out->value = value;
    out->state = compare(self->op, value, self->limit) ? THRESHOLD_MET : THRESHOLD_MISSED;
}

const char *threshold_op_name(enum threshold_op op)
{
    static const char *const names[] = {"<", "<=", ">", ">=", "=="};
    must(op <= THRESHOLD_EQ);
    return names[op];
}

const char *threshold_unit_name(enum threshold_unit unit)
{
    static const char *const names[] = {"us", "share", "events", "events/s"};
    must(unit <= THRESHOLD_PER_S);
    return names[unit];
}

const char *threshold_state_name(enum threshold_state state)
{
    static const char *const names[] = {"none", "met", "missed"};
    must(state <= THRESHOLD_MISSED);
    return names[state];
}

const char *threshold_print(enum threshold_unit unit, double value, char out[THRESHOLD_NAME_MAX])
{
    char text[UNITS_TEXT_MAX];
    switch (unit) {
    case THRESHOLD_US:
        snprintf(out, THRESHOLD_NAME_MAX, "%s", units_print_duration((uint64_t)llround(value), text));
        break;
    case THRESHOLD_SHARE:
        snprintf(out, THRESHOLD_NAME_MAX, "%.3g %%", 100 * value);
        break;
    case THRESHOLD_EVENTS:
        snprintf(out, THRESHOLD_NAME_MAX, "%.0f events", value);
        break;
    case THRESHOLD_PER_S:
        snprintf(out, THRESHOLD_NAME_MAX, "%s events/s", units_print_count(value, text));
        break;
    }
    return out;
}

const char *threshold_explain(const struct threshold_result *result, char out[THRESHOLD_TEXT_MAX])
{
    must(result != NULL && out != NULL);
    const struct threshold *is = &result->is;
    char value[THRESHOLD_NAME_MAX], limit[THRESHOLD_NAME_MAX];
    if (result->state == THRESHOLD_NONE) {
        snprintf(out, THRESHOLD_TEXT_MAX, "%.60s: nothing was measured", is->name);
        return out;
    }
    threshold_print(is->unit, result->value, value);
    threshold_print(is->unit, is->limit, limit);
    snprintf(out, THRESHOLD_TEXT_MAX, "%.60s %.40s, %s%s %.40s", is->name, value,
             result->state == THRESHOLD_MISSED ? "not " : "", threshold_op_name(is->op), limit);
    return out;
}
