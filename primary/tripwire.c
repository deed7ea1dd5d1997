#include "primary/tripwire.h"

#include <stdio.h>
#include <string.h>

#include "common/quote.h"
#include "common/units.h"

/* "CONDITION:TIME": the time behind the last colon. `text` loses it. */
static bool cut_time(char *text, uint64_t *out_us)
{
    char *colon = strrchr(text, ':');
    if (colon == NULL || !units_parse_duration(colon + 1, out_us) || *out_us == 0)
        return false;
    *colon = '\0';
    return true;
}

static bool copy(const char *item, size_t length, char out[TRIPWIRE_TEXT_MAX])
{
    if (length >= TRIPWIRE_TEXT_MAX)
        return false;
    memcpy(out, item, length);
    out[length] = '\0';
    return true;
}

bool tripwire_add(struct tripwire *self, const char *text, char error[THRESHOLD_ERROR_MAX])
{
    must(self != NULL && text != NULL && error != NULL);
    const char *item;
    size_t length;
    while (threshold_next(&text, &item, &length)) {
        char condition[TRIPWIRE_TEXT_MAX] = "", quoted[QUOTE_MAX];
        struct tripwire_rule rule = {.after_ramp = false};
        if (!copy(item, length, rule.text) || !copy(item, length, condition) ||
            !cut_time(condition, &rule.hold_us)) {
            snprintf(error, THRESHOLD_ERROR_MAX, "%s is not CONDITION:TIME; allowed is as failed>5%%:10s",
                     quote(rule.text, quoted));
            return false;
        }
        if (!threshold_parse(condition, strlen(condition), &rule.condition, error))
            return false;
        if (self->count == THRESHOLD_LIST_MAX) {
            snprintf(error, THRESHOLD_ERROR_MAX, "more than %d conditions", THRESHOLD_LIST_MAX);
            return false;
        }
        self->rules[self->count++] = rule;
    }
    return true;
}

bool tripwire_add_below(struct tripwire *self, const char *text, char error[THRESHOLD_ERROR_MAX])
{
    must(self != NULL && text != NULL && error != NULL);
    must(self->count < TRIPWIRE_RULES_MAX);
    struct tripwire_rule rule = {.after_ramp = true};
    char share[TRIPWIRE_TEXT_MAX] = "", condition[TRIPWIRE_TEXT_MAX + 16], quoted[QUOTE_MAX];
    bool good = copy(text, strlen(text), share) && cut_time(share, &rule.hold_us);
    snprintf(condition, sizeof condition, "achieved<%s", share);
    if (!good || !threshold_parse(condition, strlen(condition), &rule.condition, error)) {
        snprintf(error, THRESHOLD_ERROR_MAX, "%s is not PERCENT:TIME; allowed is as 95%%:30s",
                 quote(text, quoted));
        return false;
    }
    snprintf(rule.text, sizeof rule.text, "delivered below %.64s", text);
    self->rules[self->count++] = rule;
    return true;
}

const struct tripwire_rule *tripwire_judge(struct tripwire *self, const struct threshold_facts *facts,
                                           bool ramp, uint64_t from_us, uint64_t now_us)
{
    must(self != NULL && facts != NULL);
    must(from_us <= now_us);
    for (size_t i = 0; i < self->count; i++) {
        struct tripwire_rule *rule = &self->rules[i];
        struct threshold_result result;
        if (rule->after_ramp && ramp)
            continue;
        threshold_judge(&rule->condition, facts, &result);
        if (result.state == THRESHOLD_NONE)
            continue;
        if (result.state == THRESHOLD_MISSED)
            rule->since_us = 0;
        else if (rule->since_us == 0)
            rule->since_us = from_us > 0 ? from_us : 1;
        if (rule->since_us > 0 && now_us - rule->since_us >= rule->hold_us)
            return rule;
    }
    return NULL;
}
