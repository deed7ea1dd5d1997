#include "common/shape.h"

#include <math.h>
#include <string.h>

#define PI     3.14159265358979323846
#define DAY_US UINT64_C(86400000000)
#define HOURS  24

/* Traffic of people over a day, by the hour from midnight: least before dawn, a plateau by day, most in the
 * evening. 0 is the least, 1 the peak. */
static const double day[HOURS] = {0.35, 0.20, 0.10, 0.03, 0.00, 0.03, 0.12, 0.28, 0.45, 0.58, 0.66, 0.70,
                                  0.72, 0.70, 0.68, 0.68, 0.71, 0.76, 0.83, 0.92, 1.00, 0.96, 0.80, 0.56};

double shape_line_at(const struct shape_line *self, uint64_t t_us)
{
    must(self != NULL && t_us >= self->from_us);
    if (t_us >= self->to_us || self->value == self->value_to)
        return self->value_to;
    double part = (double)(t_us - self->from_us) / (double)(self->to_us - self->from_us);
    return self->value + (self->value_to - self->value) * part;
}

double shape_line_sum(const struct shape_line *self, uint64_t from_us, uint64_t to_us)
{
    must(self != NULL && from_us >= self->from_us);
    if (to_us <= from_us)
        return 0;
    uint64_t bend_us = to_us < self->to_us ? to_us : self->to_us;
    double sum = 0;
    if (bend_us > from_us)
        sum = (shape_line_at(self, from_us) + shape_line_at(self, bend_us)) / 2 * (double)(bend_us - from_us);
    uint64_t flat_us = bend_us > from_us ? bend_us : from_us;
    return (sum + self->value_to * (double)(to_us - flat_us)) / 1e6;
}

/* The rest from `t_us` of a line between two corners. */
static struct shape_line rest(uint64_t from_us, double value, uint64_t to_us, double value_to, uint64_t t_us)
{
    struct shape_line line = {.from_us = from_us, .to_us = to_us, .value = value, .value_to = value_to};
    line.value = shape_line_at(&line, t_us);
    line.from_us = t_us;
    return line;
}

static struct shape_line flat(double value, uint64_t from_us, uint64_t to_us)
{
    return (struct shape_line){.from_us = from_us, .to_us = to_us, .value = value, .value_to = value};
}

static struct shape_line stages_at(const struct shape *self, uint64_t t_us)
{
    uint64_t begin_us = 0;
    double value = self->base;
    for (size_t i = 0; i < self->stages_count; i++) {
        const struct shape_stage *stage = &self->stages[i];
        if (t_us < begin_us + stage->over_us)
            return rest(begin_us, value, begin_us + stage->over_us, stage->value, t_us);
        begin_us += stage->over_us;
        value = stage->value;
    }
    return flat(value, t_us, SHAPE_FOREVER);
}

/* `part` of the way from the least to the peak. */
static double between(const struct shape *self, double part)
{
    return self->base * (self->low + (1 - self->low) * part);
}

static struct shape_line steps_at(const struct shape *self, uint64_t t_us)
{
    uint64_t step = t_us / self->period_us;
    if (step + 1 >= self->steps)
        return flat(self->base, t_us, SHAPE_FOREVER);
    double value = between(self, (double)step / (double)(self->steps - 1));
    return flat(value, t_us, (step + 1) * self->period_us);
}

/* In the middle of each period. */
static struct shape_line spikes_at(const struct shape *self, uint64_t t_us)
{
    uint64_t begin_us = t_us / self->period_us * self->period_us;
    uint64_t up_us = begin_us + (self->period_us - self->length_us) / 2, down_us = up_us + self->length_us;
    if (t_us < up_us)
        return flat(between(self, 0), t_us, up_us);
    if (t_us < down_us)
        return flat(self->base, t_us, down_us);
    return flat(between(self, 0), t_us, up_us + self->period_us);
}

static uint64_t pieces_of(const struct shape *self)
{
    uint64_t fit = self->period_us / SHAPE_GRAIN_US;
    return fit < SHAPE_CURVE_PIECES ? fit : SHAPE_CURVE_PIECES;
}

/* Of the sine; it begins at its least. */
static double sine_corner(const struct shape *self, uint64_t corner, uint64_t pieces)
{
    return between(self, (1 - cos(2 * PI * (double)corner / (double)pieces)) / 2);
}

static struct shape_line sine_at(const struct shape *self, uint64_t t_us)
{
    uint64_t begin_us = t_us / self->period_us * self->period_us, pieces = pieces_of(self), corner = 0;
    while (begin_us + self->period_us * (corner + 1) / pieces <= t_us)
        corner++;
    return rest(begin_us + self->period_us * corner / pieces, sine_corner(self, corner, pieces),
                begin_us + self->period_us * (corner + 1) / pieces, sine_corner(self, corner + 1, pieces),
                t_us);
}

static struct shape_line daily_at(const struct shape *self, uint64_t t_us)
{
    double scale = (double)self->period_us / (double)DAY_US;
    uint64_t ahead_us = (uint64_t)((double)self->start_us * scale); /* the day began so long before */
    uint64_t now_us = t_us + ahead_us, begin_us = now_us / self->period_us * self->period_us, hour = 0;
    while (begin_us + self->period_us * (hour + 1) / HOURS <= now_us)
        hour++;
    struct shape_line line =
        rest(begin_us + self->period_us * hour / HOURS, between(self, day[hour]),
             begin_us + self->period_us * (hour + 1) / HOURS, between(self, day[(hour + 1) % HOURS]), now_us);
    line.from_us = t_us;
    line.to_us -= ahead_us;
    return line;
}

static bool call(const struct shape *self, uint64_t t_us, double *out)
{
    must(self->function != NULL);
    if (!self->function(self->context, (double)t_us / 1e6, out))
        return false;
    *out = isfinite(*out) && *out > 0 ? fmin(*out * self->factor, SHAPE_VALUE_MAX) : 0;
    return true;
}

static bool called_at(const struct shape *self, uint64_t t_us, struct shape_line *out)
{
    uint64_t from_us = t_us / SHAPE_GRAIN_US * SHAPE_GRAIN_US;
    double value = 0, value_to = 0;
    if (!call(self, from_us, &value))
        return false;
    if (!call(self, from_us + SHAPE_GRAIN_US, &value_to))
        value_to = value;
    *out = rest(from_us, value, from_us + SHAPE_GRAIN_US, value_to, t_us);
    return true;
}

bool shape_at(const struct shape *self, uint64_t t_us, struct shape_line *out)
{
    must(self != NULL && out != NULL);
    *out = flat(0, t_us, SHAPE_FOREVER);
    switch (self->kind) {
    case SHAPE_STAGES:
        *out = stages_at(self, t_us);
        break;
    case SHAPE_STEP:
        *out = steps_at(self, t_us);
        break;
    case SHAPE_SPIKE:
        *out = spikes_at(self, t_us);
        break;
    case SHAPE_SINE:
        *out = sine_at(self, t_us);
        break;
    case SHAPE_DAILY:
        *out = daily_at(self, t_us);
        break;
    case SHAPE_CALLED:
        return called_at(self, t_us, out);
    case SHAPE_NONE:
        must(self->kind != SHAPE_NONE);
    }
    return true;
}

uint64_t shape_total_us(const struct shape *self)
{
    must(self != NULL);
    if (self->kind == SHAPE_STEP)
        return self->steps * self->period_us;
    if (self->kind != SHAPE_STAGES)
        return SHAPE_FOREVER;
    uint64_t total_us = 0;
    for (size_t i = 0; i < self->stages_count; i++)
        total_us += self->stages[i].over_us;
    return total_us;
}

double shape_peak(const struct shape *self)
{
    must(self != NULL);
    double peak = self->base;
    for (size_t i = 0; self->kind == SHAPE_STAGES && i < self->stages_count; i++)
        peak = fmax(peak, self->stages[i].value);
    return peak;
}

void shape_call(struct shape *self, shape_fn *function, void *context, const char *text)
{
    must(self != NULL && text != NULL && strlen(text) < SHAPE_TEXT_MAX);
    *self = (struct shape){.kind = SHAPE_CALLED, .function = function, .context = context, .factor = 1};
    memcpy(self->text, text, strlen(text) + 1);
}

bool shape_own_values(const struct shape *self)
{
    must(self != NULL);
    return self->kind == SHAPE_STAGES || self->kind == SHAPE_CALLED;
}

void shape_scale(struct shape *self, double factor)
{
    must(self != NULL && factor >= 0);
    self->factor *= factor;
    self->base = fmin(self->base * factor, SHAPE_VALUE_MAX);
    for (size_t i = 0; i < self->stages_count; i++)
        self->stages[i].value = fmin(self->stages[i].value * factor, SHAPE_VALUE_MAX);
}

/* False: they are more than there is room for. */
static bool corners(const struct shape *self, uint64_t until_us, struct shape_point *out, size_t *count_out)
{
    size_t count = 0;
    struct shape_line line;
    for (uint64_t t_us = 0; t_us < until_us && shape_at(self, t_us, &line); t_us = out[count - 1].t_us) {
        if (count + 2 > SHAPE_POINTS_MAX)
            return false;
        bool joins = count > 0 && out[count - 1].value == line.value; /* no jump: one corner */
        uint64_t end_us = line.to_us < until_us ? line.to_us : until_us;
        if (!joins)
            out[count++] = (struct shape_point){t_us, line.value};
        out[count++] = (struct shape_point){end_us, shape_line_at(&line, end_us)};
    }
    *count_out = count;
    return true;
}

size_t shape_points(const struct shape *self, uint64_t until_us, struct shape_point out[SHAPE_POINTS_MAX])
{
    must(self != NULL && out != NULL);
    size_t count = 0;
    if (corners(self, until_us, out, &count))
        return count;
    double step_us = (double)until_us / (SHAPE_POINTS_MAX - 1);
    struct shape_line line;
    for (count = 0; count < SHAPE_POINTS_MAX; count++) {
        uint64_t t_us = (uint64_t)((double)count * step_us);
        if (!shape_at(self, t_us, &line))
            break;
        out[count] = (struct shape_point){t_us, line.value};
    }
    return count;
}
