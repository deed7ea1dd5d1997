#include "common/workload/event_size.h"

#include "common/mem.h"
#include "common/rng.h"
#include "common/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RULE_TEXT_MAX = 65 };
#define SEED_OF_SIZES UINT64_C(0x73697a65) /* apart from the readings of the same seed */

static const char before_padding[] = ",\"padding\":\"";
enum { BEFORE = sizeof before_padding - 1 };

struct event_size {
    struct workload base; /* first: what the engine holds */
    workload_t *inner;    /* owned */
    struct event_size_rule rule;
    struct rng rng;
    char *text; /* owned: EVENT_SIZE_MAX bytes, paid for when touched */
};

static bool parse_size(const char *text, uint32_t min, uint32_t *out)
{
    uint64_t bytes = 0;
    if (text == NULL || !units_parse_size(text, &bytes) || bytes < min || bytes > EVENT_SIZE_MAX)
        return false;
    *out = (uint32_t)bytes;
    return true;
}

bool event_size_parse(const char *text, struct event_size_rule *out)
{
    must(text != NULL && out != NULL);
    static const char uniform[] = "uniform:", normal[] = "normal:";
    struct event_size_rule rule = {.kind = EVENT_SIZE_FIXED};
    bool two = true;
    char copy[RULE_TEXT_MAX];
    if (strncmp(text, uniform, sizeof uniform - 1) == 0) {
        rule.kind = EVENT_SIZE_UNIFORM;
        text += sizeof uniform - 1;
    } else if (strncmp(text, normal, sizeof normal - 1) == 0) {
        rule.kind = EVENT_SIZE_NORMAL;
        text += sizeof normal - 1;
    } else {
        two = false;
    }
    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    char *second = two ? strchr(copy, ':') : NULL;
    if (second != NULL)
        *second++ = '\0';
    if (!parse_size(copy, 1, &rule.low))
        return false;
    uint32_t least = rule.kind == EVENT_SIZE_UNIFORM ? rule.low : 0;
    if (two && !parse_size(second, least, &rule.high))
        return false;
    *out = rule;
    return true;
}

/* Standard normal, by Box and Muller's method: the other one of the pair is not kept. */
static double normal(struct rng *rng)
{
    static const double turn = 6.283185307179586;
    double radius = sqrt(-2 * log(1 - rng_unit(rng)));
    return radius * cos(turn * rng_unit(rng));
}

static size_t wanted(struct event_size *self)
{
    const struct event_size_rule *rule = &self->rule;
    switch (rule->kind) {
    case EVENT_SIZE_UNIFORM:
        return rule->low + rng_below(&self->rng, rule->high - rule->low + 1);
    case EVENT_SIZE_NORMAL:
        return (size_t)fmin(fmax(round(rule->low + rule->high * normal(&self->rng)), 1), EVENT_SIZE_MAX);
    case EVENT_SIZE_FIXED:
        break;
    }
    return rule->low;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes before the brace that ends a JSON object; `length` where the text is none. `bare`: it has no members.
 */
static size_t end_of_object(const char *data, size_t length, bool *bare)
{
    size_t first = 0, last = length;
    while (first < length && is_blank(data[first]))
        first++;
    while (last > first && is_blank(data[last - 1]))
        last--;
    if (last - first < 2 || data[first] != '{' || data[last - 1] != '}')
        return length;
    size_t before = last - 1;
    while (is_blank(data[before - 1]))
        before--;
    *bare = before == first + 1;
    return last - 1;
}

static void fill(char *text, const struct event *event, size_t size)
{
    bool bare = false;
    size_t head = end_of_object(event->data, event->data_length, &bare);
    size_t missing = size - event->data_length, tail = event->data_length - head;
    memcpy(text, event->data, head);
    char *at = text + head;
    size_t comma = bare ? 1 : 0;       /* the first of its members has none before it */
    size_t frame = BEFORE - comma + 1; /* and the quote behind it */
    if (tail == 0 || missing < frame) {
        memset(at, ' ', missing);
    } else {
        memcpy(at, before_padding + comma, BEFORE - comma);
        memset(at + BEFORE - comma, 'x', missing - frame);
        at[missing - 1] = '"';
    }
    memcpy(at + missing, event->data + head, tail);
}

static bool next(workload_t *base, uint32_t sensor, struct event *out)
{
    struct event_size *self = (struct event_size *)base;
    if (!self->inner->ops->next(self->inner, sensor, out))
        return false;
    size_t size = wanted(self);
    size_t most = out->key_length < EVENT_SIZE_MAX ? EVENT_SIZE_MAX - out->key_length : 0;
    size = size < most ? size : most;
    if (size <= out->data_length)
        return true;
    fill(self->text, out, size);
    out->data = self->text;
    out->data_length = size;
    return true;
}

static void begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    struct event_size *self = (struct event_size *)base;
    self->inner->ops->begin(self->inner, user, count, now_ms);
}

static const char *error(const workload_t *base)
{
    const workload_t *inner = ((const struct event_size *)base)->inner;
    return inner->ops->error != NULL ? inner->ops->error(inner) : "";
}

static void destroy(workload_t **self_p)
{
    must(self_p != NULL);
    struct event_size *self = (struct event_size *)*self_p;
    if (self == NULL)
        return;
    self->inner->ops->destroy(&self->inner);
    free(self->text);
    free(self);
    *self_p = NULL;
}

static const struct workload_ops ops = {
    .name = "event-size", .begin = begin, .next = next, .error = error, .destroy = destroy};

workload_t *event_size_new(const struct event_size_rule *rule, workload_t *inner, uint64_t seed,
                           uint64_t stream)
{
    must(rule != NULL && inner != NULL);
    struct event_size *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    self->inner = inner;
    self->rule = *rule;
    self->text = mem_new(EVENT_SIZE_MAX, 1);
    rng_init(&self->rng, seed ^ SEED_OF_SIZES, stream);
    return &self->base;
}
