#include "common/workload/zipf.h"

#include "common/must.h"

#include <math.h>
#include <stddef.h>

/* (e^x - 1) / x and ln(1 + x) / x, also where x is close to 0. */
static double expm1_ratio(double x)
{
    return fabs(x) > 1e-8 ? expm1(x) / x : 1 + x / 2;
}

static double log1p_ratio(double x)
{
    return fabs(x) > 1e-8 ? log1p(x) / x : 1 - x / 2;
}

static double bar(double x, double exponent)
{
    return exp(-exponent * log(x));
}

/* Area under the hat x^-exponent from 1 to x, and back. */
static double area(double x, double exponent)
{
    double logarithm = log(x);
    return expm1_ratio((1 - exponent) * logarithm) * logarithm;
}

static double area_inverse(double value, double exponent)
{
    double x = fmax(value * (1 - exponent), -1); /* below only by rounding */
    return exp(log1p_ratio(x) * value);
}

void zipf_init(struct zipf *self, uint64_t count, double exponent)
{
    must(self != NULL && count > 0 && exponent > 0);
    *self = (struct zipf){.count = count,
                          .exponent = exponent,
                          .area_first = area(1.5, exponent) - 1,
                          .area_last = area((double)count + 0.5, exponent)};
    self->sure = 2 - area_inverse(area(2.5, exponent) - bar(2, exponent), exponent);
}

uint64_t zipf_next(const struct zipf *self, struct rng *rng)
{
    must(self != NULL && rng != NULL);
    for (;;) {
        double point = self->area_last + rng_unit(rng) * (self->area_first - self->area_last);
        double x = area_inverse(point, self->exponent);
        double rounded = fmin(fmax(floor(x + 0.5), 1), (double)self->count);
        if (rounded - x <= self->sure ||
            point >= area(rounded + 0.5, self->exponent) - bar(rounded, self->exponent))
            return (uint64_t)rounded;
    }
}

double zipf_sum(uint64_t count, double exponent)
{
    must(count > 0 && exponent > 0);
    uint64_t summed = count < ZIPF_SUMMED ? count : ZIPF_SUMMED;
    double sum = 0;
    for (uint64_t i = summed; i > 0; i--) /* the small ones first: less is rounded away */
        sum += bar((double)i, exponent);
    if (count == summed)
        return sum;
    double from = (double)summed, to = (double)count; /* Euler-Maclaurin, first correction */
    return sum + area(to, exponent) - area(from, exponent) + (bar(to, exponent) - bar(from, exponent)) / 2;
}
