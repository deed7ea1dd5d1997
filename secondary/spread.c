#include "secondary/spread.h"

#include "common/mem.h"
#include "common/workload/zipf.h"
#include "secondary/load.h"

#include <math.h>
#include <stdlib.h>

struct weights { /* of the keys 0, 1, ... */
    const struct keys_rule *rule;
    double zipf_sum;
};

static double weight(const struct weights *self, uint64_t key)
{
    const struct keys_rule *rule = self->rule;
    switch (rule->kind) {
    case KEYS_UNIFORM:
        return 1 / (double)rule->count;
    case KEYS_ZIPF:
        return pow((double)(key + 1), -rule->exponent) / self->zipf_sum;
    case KEYS_HOT:
        return key == 0 ? rule->share : (1 - rule->share) / (double)rule->count;
    case KEYS_OWN:
    case KEYS_EXPLICIT:
        break;
    }
    must_fail("a rule that makes keys", __FILE__, __LINE__);
}

static void split_evenly(double part, size_t count, double *shares)
{
    for (size_t i = 0; i < count; i++)
        shares[i] += part / (double)count;
}

/* `part` of the events goes to the shard of this key; its place, or SINK_ANY_SHARD. */
static size_t add(sink_t *sink, const char *key, size_t length, double part, size_t count, double *shares)
{
    size_t shard = sink->ops->shard_of(sink, key, length);
    must(shard < count || shard == SINK_ANY_SHARD);
    if (shard != SINK_ANY_SHARD)
        shares[shard] += part;
    else
        split_evenly(part, count, shares);
    return shard;
}

static void clear(double *shares, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shares[i] = 0;
}

void spread_of_rule(const struct keys_rule *rule, sink_t *sink, size_t count, double *shares)
{
    must(rule != NULL && sink != NULL && sink->ops->shard_of != NULL);
    must(count > 0 && shares != NULL);
    clear(shares, count);
    if (rule->kind == KEYS_EXPLICIT) {
        split_evenly(1, count, shares);
        return;
    }
    struct weights weights = {.rule = rule};
    if (rule->kind == KEYS_ZIPF)
        weights.zipf_sum = zipf_sum(rule->count, rule->exponent);
    uint64_t total = keys_total(rule), summed = total < SPREAD_KEYS ? total : SPREAD_KEYS;
    double *numbers = mem_new(count, sizeof *numbers); /* of keys, whatever their weights */
    double rest = 1;
    for (uint64_t key = 0; key < summed; key++) {
        char text[KEYS_TEXT_MAX];
        double part = weight(&weights, key);
        size_t shard = add(sink, text, keys_print(key, text), part, count, shares);
        if (shard != SINK_ANY_SHARD)
            numbers[shard]++;
        rest -= part;
    }
    for (size_t i = 0; total > summed && i < count; i++)
        shares[i] += rest * numbers[i] / (double)summed;
    free(numbers);
}

bool spread_of_sample(const struct spread_sample *sample, sink_t *sink, size_t count, double *shares)
{
    must(sample != NULL && sample->workload != NULL && sample->batch_size > 0 && sample->events > 0);
    must(sink != NULL && sink->ops->shard_of != NULL);
    must(count > 0 && shares != NULL);
    clear(shares, count);
    workload_t *workload = sample->workload;
    uint64_t turns = sample->users > 0 ? sample->users : LOAD_GROUPS;
    uint64_t drawn = 0;
    for (uint64_t batch = 0; drawn < sample->events; batch++) {
        uint64_t left = sample->events - drawn;
        uint32_t size = left < sample->batch_size ? (uint32_t)left : sample->batch_size;
        workload->ops->begin(workload, batch % turns, size, sample->wall_ms);
        for (uint32_t i = 0; i < size; i++, drawn++) {
            struct event event;
            if (!workload->ops->next(workload, i, &event))
                return false;
            add(sink, event.key, event.key_length, 1 / (double)sample->events, count, shares);
        }
    }
    return true;
}
