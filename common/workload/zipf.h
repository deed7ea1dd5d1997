/*
 * zipf - numbers 1 .. count, drawn in proportion to 1 / number^exponent.
 *
 * Rejection-inversion, exact and without a table (W. Hörmann and G. Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", ACM TOMACS 6, 1996): a point under the continuous
 * hat is drawn by inversion, and rejected where it lies above the number's own bar, which is rare at every
 * exponent. Pure.
 */
#ifndef FRESHET_ZIPF_H
#define FRESHET_ZIPF_H

#include <stdint.h>

#include "common/rng.h"

struct zipf {
    uint64_t count;
    double exponent;
    double area_first, area_last; /* of the hat: where the first and the last number's bars begin and end */
    double sure;                  /* so close below its number a point is under the bar for certain */
};

/* count >= 1, exponent > 0. */
void zipf_init(struct zipf *self, uint64_t count, double exponent);

uint64_t zipf_next(const struct zipf *self, struct rng *rng);

/* Sum of 1 / number^exponent over 1 .. count: what turns a weight into a probability. Exact but for rounding
 * up to ZIPF_SUMMED numbers; the rest is integrated, with an error below 1e-12 of the sum. */
enum { ZIPF_SUMMED = 1 << 20 };
double zipf_sum(uint64_t count, double exponent);

#endif
