#include "common/histogram.h"
#include "common/rng.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 20000 };

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Times spread over all magnitudes: a random number of bits, then random bits. */
static uint64_t any_time(struct rng *rng)
{
    return rng_next(rng) >> (64 - 1 - rng_below(rng, 36));
}

static void fill(struct histogram *histogram, uint64_t *values, struct rng *rng, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = any_time(rng);
        histogram_record(histogram, values[i], 1);
    }
}

static void buckets_join_without_gap_and_stay_below_one_percent(void **state)
{
    (void)state;
    uint64_t expected_low = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t low, high;
        histogram_bucket(i, &low, &high);
        assert_int_equal(low, expected_low);
        assert_true(high >= low);
        if (low < 256)
            assert_int_equal(high, low);
        else
            assert_true((high - low + 1) * 128 <= low);
        expected_low = high + 1;
    }
    assert_true(expected_low == HISTOGRAM_US_MAX + 1);
}

static void a_single_value_comes_back_exactly_at_every_edge(void **state)
{
    (void)state;
    const uint64_t edges[] = {0, 1, 127, 128, 255, 256, 257, 258, 511, 512, 1000000, HISTOGRAM_US_MAX};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        struct histogram histogram;
        histogram_init(&histogram);
        histogram_record(&histogram, edges[i], 3);
        assert_int_equal(histogram_quantile(&histogram, 0.5), edges[i]);
        assert_int_equal(histogram_quantile(&histogram, 1), edges[i]);
        assert_int_equal(histogram.min_us, edges[i]);
        assert_int_equal(histogram.max_us, edges[i]);
        assert_int_equal(histogram.count, 3);
        assert_int_equal(histogram.sum_us, 3 * edges[i]);
    }
}

static void a_value_past_the_end_counts_as_the_end(void **state)
{
    (void)state;
    struct histogram histogram;
    histogram_init(&histogram);
    histogram_record(&histogram, UINT64_MAX, 1);
    histogram_record(&histogram, HISTOGRAM_US_MAX + 1, 1);
    assert_true(histogram.max_us == HISTOGRAM_US_MAX);
    assert_true(histogram.min_us == HISTOGRAM_US_MAX);
    assert_true(histogram.sum_us == 2 * HISTOGRAM_US_MAX);
    assert_int_equal(histogram.buckets[HISTOGRAM_BUCKETS - 1], 2);
}

static void empty_has_no_latency(void **state)
{
    (void)state;
    struct histogram histogram;
    histogram_init(&histogram);
    histogram_record(&histogram, 5, 0);
    assert_int_equal(histogram.count, 0);
    assert_true(histogram.min_us == UINT64_MAX);
    assert_int_equal(histogram_quantile(&histogram, 0.99), 0);
    assert_true(histogram_mean(&histogram) == 0);
}

static void quantiles_of_one_to_a_hundred_are_the_obvious_ones(void **state)
{
    (void)state;
    struct histogram histogram;
    histogram_init(&histogram);
    for (uint64_t i = 1; i <= 100; i++)
        histogram_record(&histogram, i, 1);
    for (unsigned i = 1; i <= 100; i++)
        assert_int_equal(histogram_quantile(&histogram, i / 100.0), i);
    assert_int_equal(histogram_quantile(&histogram, 0), 1);
    assert_int_equal(histogram_quantile(&histogram, 0.995), 100);
    assert_true(histogram_mean(&histogram) == 50.5);
}

static void quantiles_lie_within_one_percent_of_the_sorted_sample(void **state)
{
    (void)state;
    const double quantiles[] = {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1};
    static uint64_t values[SAMPLES];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct rng rng;
        struct histogram histogram;
        rng_init(&rng, seed, 0);
        histogram_init(&histogram);
        fill(&histogram, values, &rng, SAMPLES);
        qsort(values, SAMPLES, sizeof *values, compare);
        for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
            size_t rank = (size_t)(quantiles[i] * SAMPLES + 0.5); /* whole for each of them */
            uint64_t exact = values[rank - 1];
            uint64_t told = histogram_quantile(&histogram, quantiles[i]);
            assert_true(told >= exact);
            assert_true((told - exact) * 100 <= exact);
        }
        assert_int_equal(histogram.min_us, values[0]);
        assert_int_equal(histogram.max_us, values[SAMPLES - 1]);
    }
}

static void merging_equals_recording_everything_in_one(void **state)
{
    (void)state;
    static uint64_t values[SAMPLES];
    struct rng rng;
    struct histogram all, merged;
    struct histogram parts[3];
    rng_init(&rng, 7, 0);
    histogram_init(&all);
    histogram_init(&merged);
    for (size_t p = 0; p < 3; p++)
        histogram_init(&parts[p]);
    fill(&parts[0], values, &rng, SAMPLES / 2); /* the third part stays empty */
    fill(&parts[1], values + SAMPLES / 2, &rng, SAMPLES / 2);
    for (size_t i = 0; i < SAMPLES; i++)
        histogram_record(&all, values[i], 1);
    for (size_t p = 0; p < 3; p++)
        histogram_add(&merged, &parts[p]);
    assert_memory_equal(&merged, &all, sizeof all);
}

static void the_difference_holds_what_came_in_between(void **state)
{
    (void)state;
    struct histogram earlier, later, out;
    histogram_init(&earlier);
    histogram_record(&earlier, 10, 5);
    histogram_record(&earlier, 70000, 1);
    later = earlier;
    histogram_record(&later, 300, 2);  /* bucket 300..301 */
    histogram_record(&later, 1000, 1); /* bucket 1000..1003 */
    assert_true(histogram_since(&later, &earlier, &out));
    assert_int_equal(out.count, 3);
    assert_int_equal(out.sum_us, 1600);
    assert_int_equal(out.min_us, 300);
    assert_int_equal(out.max_us, 1003);
    assert_int_equal(histogram_quantile(&out, 0.5), 301);

    assert_true(histogram_since(&later, &later, &out));
    assert_int_equal(out.count, 0);
    assert_true(out.min_us == UINT64_MAX);

    histogram_record(&later, 80001, 1); /* bucket 79872..80383: the exact max is tighter */
    assert_true(histogram_since(&later, &earlier, &out));
    assert_int_equal(out.max_us, 80001);
    assert_false(histogram_since(&earlier, &later, &out));
}

static void a_bucket_that_went_back_is_refused(void **state)
{
    (void)state;
    struct histogram earlier, later, out;
    histogram_init(&earlier);
    histogram_init(&later);
    histogram_record(&earlier, 10, 1);
    histogram_record(&later, 20, 5);
    assert_false(histogram_since(&later, &earlier, &out));
}

static void assert_round_trip(const struct histogram *histogram)
{
    static uint8_t bytes[HISTOGRAM_ENCODED_MAX];
    static struct histogram back;
    size_t length = histogram_encode(histogram, bytes, sizeof bytes);
    assert_true(length <= sizeof bytes);
    assert_true(histogram_decode(&back, bytes, length));
    assert_memory_equal(&back, histogram, sizeof back);
}

static void encoding_keeps_every_bit(void **state)
{
    (void)state;
    static uint64_t values[SAMPLES];
    struct rng rng;
    struct histogram histogram;
    rng_init(&rng, 3, 1);
    histogram_init(&histogram);
    assert_round_trip(&histogram);
    histogram_record(&histogram, 0, 1);
    assert_round_trip(&histogram);
    fill(&histogram, values, &rng, SAMPLES);
    histogram_record(&histogram, HISTOGRAM_US_MAX, 12345);
    assert_round_trip(&histogram);
}

static void the_encoding_is_the_documented_one(void **state)
{
    (void)state;
    /* version, count 3, sum 514, min 1, max 512; 1 empty, 2 events at 1; 382 empty, 1 at 512 (bucket 384) */
    const uint8_t expected[] = {1, 3, 0x82, 4, 1, 0x80, 4, 1, 2, 0xfe, 2, 1};
    uint8_t bytes[HISTOGRAM_ENCODED_MAX];
    struct histogram histogram;
    histogram_init(&histogram);
    histogram_record(&histogram, 1, 2);
    histogram_record(&histogram, 512, 1);
    assert_int_equal(histogram_encode(&histogram, bytes, sizeof bytes), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void every_bucket_full_still_fits(void **state)
{
    (void)state;
    struct histogram histogram = {.min_us = 0, .max_us = HISTOGRAM_US_MAX};
    static uint8_t bytes[HISTOGRAM_ENCODED_MAX];
    memset(histogram.buckets, 0xff, sizeof histogram.buckets);
    histogram.count = histogram.sum_us = UINT64_MAX;
    /* 1 + 10 + 10 + 1 + 6, and each bucket a gap of one byte and a count of ten */
    assert_int_equal(histogram_encode(&histogram, bytes, sizeof bytes), 28 + HISTOGRAM_BUCKETS * 11);
}

static void wrong_bytes_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *why;
        size_t length;
        uint8_t bytes[32];
    } cases[] = {
        {"nothing", 0, {0}},
        {"another format", 5, {2, 0, 0, 0, 0}},
        {"cut off", 4, {1, 0, 0, 0}},
        {"count without buckets", 5, {1, 1, 7, 7, 7}},
        {"buckets sum to less", 7, {1, 2, 14, 7, 7, 7, 1}},
        {"buckets sum to more", 7, {1, 1, 7, 7, 7, 7, 2}},
        {"a bucket of none", 9, {1, 1, 7, 7, 7, 3, 0, 3, 1}},
        {"min in another bucket", 7, {1, 1, 7, 6, 7, 7, 1}},
        {"max in another bucket", 7, {1, 1, 7, 7, 8, 7, 1}},
        {"sum too small", 7, {1, 1, 6, 7, 7, 7, 1}},
        {"sum too large", 7, {1, 1, 8, 7, 7, 7, 1}},
        {"empty with a sum", 5, {1, 0, 1, 0, 0}},
        {"empty with a max", 5, {1, 0, 0, 0, 1}},
        {"bytes at the end", 8, {1, 1, 7, 7, 7, 7, 1, 0}},
        {"number written too long", 8, {1, 0x81, 0, 7, 7, 7, 7, 1}},
        {"bucket past the last", 8, {1, 1, 7, 7, 7, 0x80, 0x1e, 1}},
        {"number past 64 bits",
         17,
         {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 7, 7, 7, 7, 1, 0}},
        {"counts that wrap around",
         18,
         {1, 1, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 2}},
    };
    static struct histogram histogram;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (histogram_decode(&histogram, cases[i].bytes, cases[i].length))
            fail_msg("taken although: %s", cases[i].why);
    assert_int_equal(histogram.count, 0);
}

/* Whatever a decoder takes has to hold together, however the bytes were damaged. */
static void damaged_bytes_never_give_an_inconsistent_histogram(void **state)
{
    (void)state;
    static uint64_t values[200];
    static uint8_t bytes[HISTOGRAM_ENCODED_MAX], damaged[HISTOGRAM_ENCODED_MAX];
    static struct histogram back;
    struct rng rng;
    struct histogram histogram;
    rng_init(&rng, 11, 0);
    histogram_init(&histogram);
    fill(&histogram, values, &rng, 200);
    size_t length = histogram_encode(&histogram, bytes, sizeof bytes);
    unsigned refused = 0;
    for (unsigned round = 0; round < 3000; round++) {
        memcpy(damaged, bytes, length);
        damaged[rng_below(&rng, (uint32_t)length)] ^= (uint8_t)(1U << rng_below(&rng, 8));
        if (!histogram_decode(&back, damaged, length)) {
            refused++;
            continue;
        }
        uint64_t count = 0, low, high;
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
            count += back.buckets[i];
        assert_int_equal(count, back.count);
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
            histogram_bucket(i, &low, &high);
            assert_true(back.buckets[i] == 0 || (high >= back.min_us && low <= back.max_us));
        }
    }
    assert_true(refused > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_join_without_gap_and_stay_below_one_percent),
        cmocka_unit_test(a_single_value_comes_back_exactly_at_every_edge),
        cmocka_unit_test(a_value_past_the_end_counts_as_the_end),
        cmocka_unit_test(empty_has_no_latency),
        cmocka_unit_test(quantiles_of_one_to_a_hundred_are_the_obvious_ones),
        cmocka_unit_test(quantiles_lie_within_one_percent_of_the_sorted_sample),
        cmocka_unit_test(merging_equals_recording_everything_in_one),
        cmocka_unit_test(the_difference_holds_what_came_in_between),
        cmocka_unit_test(a_bucket_that_went_back_is_refused),
        cmocka_unit_test(encoding_keeps_every_bit),
        cmocka_unit_test(the_encoding_is_the_documented_one),
        cmocka_unit_test(every_bucket_full_still_fits),
        cmocka_unit_test(wrong_bytes_are_refused),
        cmocka_unit_test(damaged_bytes_never_give_an_inconsistent_histogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
