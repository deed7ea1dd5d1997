#include "common/workload/keys.h"

#include "common/mem.h"
#include "common/rng.h"
#include "common/units.h"
#include "common/workload/zipf.h"

#include <stdlib.h>
#include <string.h>

enum {
    RULE_TEXT_MAX = 256,
    PREFIX_BYTES = 4, /* key- */
};
#define STEP         UINT32_C(0x9e3779b9) /* 2^32 by the golden ratio: places in this step fill the range evenly */
#define SEED_OF_KEYS UINT64_C(0x6b657973) /* apart from the readings of the same seed */

struct keys {
    struct workload base; /* first: what the engine holds */
    workload_t *inner;    /* owned */
    struct keys_rule rule;
    struct zipf zipf;
    struct rng rng;
    uint32_t place;
    char text[KEYS_TEXT_MAX];
};

static bool parse_count(const char *text, uint64_t *out)
{
    return text != NULL && units_parse_count(text, out) && *out > 0 && *out <= KEYS_COUNT_MAX;
}

static bool parse_real(const char *text, double max, double *out)
{
    return text != NULL && strchr(text, '/') == NULL && units_parse_rate(text, out) && *out > 0 &&
           *out <= max;
}

static bool parse_share(char *text, double *out)
{
    size_t length = text != NULL ? strlen(text) : 0;
    if (length == 0 || text[length - 1] != '%')
        return parse_real(text, 1, out);
    text[length - 1] = '\0';
    if (!parse_real(text, 100, out))
        return false;
    *out /= 100;
    return true;
}

bool keys_parse(const char *text, struct keys_rule *out)
{
    must(out != NULL);
    char copy[RULE_TEXT_MAX];
    char *words[3] = {copy, NULL, NULL};
    if (text == NULL)
        text = "per-sensor";
    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    size_t count = 1;
    for (char *colon = copy; (colon = strchr(colon, ':')) != NULL; count++) {
        *colon++ = '\0';
        if (count == sizeof words / sizeof words[0])
            return false;
        words[count] = colon;
    }
    struct keys_rule rule = {.kind = KEYS_OWN};
    bool good = false;
    if (strcmp(copy, "per-sensor") == 0) {
        good = count == 1;
    } else if (strcmp(copy, "explicit") == 0) {
        rule.kind = KEYS_EXPLICIT;
        good = count == 1;
    } else if (strcmp(copy, "uniform") == 0) {
        rule.kind = KEYS_UNIFORM;
        good = count == 2 && parse_count(words[1], &rule.count);
    } else if (strcmp(copy, "zipf") == 0) {
        rule.kind = KEYS_ZIPF;
        good = parse_count(words[1], &rule.count) && parse_real(words[2], KEYS_EXPONENT_MAX, &rule.exponent);
    } else if (strcmp(copy, "hot") == 0) {
        rule.kind = KEYS_HOT;
        good = parse_share(words[1], &rule.share) && parse_count(words[2], &rule.count);
    }
    if (good)
        *out = rule;
    return good;
}

uint64_t keys_total(const struct keys_rule *rule)
{
    must(rule != NULL);
    return rule->kind == KEYS_HOT ? rule->count + 1 : rule->count;
}

size_t keys_print(uint64_t number, char out[KEYS_TEXT_MAX])
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(out, "key-", PREFIX_BYTES);
    for (size_t i = 0; i < count; i++)
        out[PREFIX_BYTES + i] = digits[count - 1 - i];
    out[PREFIX_BYTES + count] = '\0';
    return PREFIX_BYTES + count;
}

static uint64_t draw(struct keys *self)
{
    switch (self->rule.kind) {
    case KEYS_UNIFORM:
        return rng_below(&self->rng, (uint32_t)self->rule.count);
    case KEYS_ZIPF:
        return zipf_next(&self->zipf, &self->rng) - 1;
    case KEYS_HOT:
        return rng_unit(&self->rng) < self->rule.share
                   ? 0
                   : 1 + rng_below(&self->rng, (uint32_t)self->rule.count);
    case KEYS_OWN:
    case KEYS_EXPLICIT:
        break;
    }
    must_fail("a rule that makes keys", __FILE__, __LINE__);
}

static bool next(workload_t *base, uint32_t sensor, struct event *out)
{
    struct keys *self = (struct keys *)base;
    if (!self->inner->ops->next(self->inner, sensor, out))
        return false;
    if (self->rule.kind == KEYS_EXPLICIT) {
        self->place += STEP;
        out->placed = true;
        out->place = self->place;
        return true;
    }
    out->key_length = keys_print(draw(self), self->text);
    out->key = self->text;
    return true;
}

static void begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    struct keys *self = (struct keys *)base;
    self->inner->ops->begin(self->inner, user, count, now_ms);
}

static const char *error(const workload_t *base)
{
    const workload_t *inner = ((const struct keys *)base)->inner;
    return inner->ops->error != NULL ? inner->ops->error(inner) : "";
}

static void destroy(workload_t **self_p)
{
    must(self_p != NULL);
    struct keys *self = (struct keys *)*self_p;
    if (self == NULL)
        return;
    self->inner->ops->destroy(&self->inner);
    free(self);
    *self_p = NULL;
}

static const struct workload_ops ops = {
    .name = "keys", .begin = begin, .next = next, .error = error, .destroy = destroy};

workload_t *keys_new(const struct keys_rule *rule, workload_t *inner, uint64_t seed, uint64_t stream)
{
    must(rule != NULL && inner != NULL && rule->kind != KEYS_OWN);
    struct keys *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    self->inner = inner;
    self->rule = *rule;
    rng_init(&self->rng, seed ^ SEED_OF_KEYS, stream);
    self->place = (uint32_t)rng_next(&self->rng);
    if (rule->kind == KEYS_ZIPF)
        zipf_init(&self->zipf, rule->count, rule->exponent);
    return &self->base;
}
