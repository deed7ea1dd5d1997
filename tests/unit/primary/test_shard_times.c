/* Shards over time, and statistics counted from a reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "primary/baseline.h"
#include "primary/shard_times.h"

#define SECOND UINT64_C(1000000)

struct books {
    ledger_t *ledger;
    struct histogram due;
    uint64_t sequence;
};

/* Two shards; so many events delivered in all, a third of them on the second shard, ten more in flight. */
static void report(struct books *books, uint64_t delivered, uint64_t now_us)
{
    struct wire_shard shards[2] = {{"shard-0", delivered - delivered / 3}, {"shard-1", delivered / 3}};
    uint64_t more = delivered - books->due.count;
    histogram_record(&books->due, 1000, more);
    struct wire_report message = {.run_id = 1,
                                  .epoch = 1,
                                  .sequence = ++books->sequence,
                                  .bound = 1000000,
                                  .elapsed_us = now_us,
                                  .due = &books->due,
                                  .service = &books->due,
                                  .shards = shards,
                                  .shards_count = 2,
                                  .counters = {.generated = delivered + 10, .delivered = delivered}};
    assert_int_equal(ledger_report(books->ledger, 0, &message, now_us, 0, NULL), LEDGER_TAKEN);
}

static void open_books(struct books *books)
{
    *books = (struct books){.ledger = ledger_new(4)};
    histogram_init(&books->due);
    ledger_begin(books->ledger, 1, UINT64_MAX, 0);
    ledger_share(books->ledger, 0, 1, UINT64_MAX, 1000000);
    ledger_phase(books->ledger, PHASE_STEADY, 0);
}

static json_t *shard(json_t *document, size_t index)
{
    return json_array_get(json_object_get(document, "shards"), index);
}

static void rates_come_from_counts(void **state)
{
    (void)state;
    struct books books;
    open_books(&books);
    shard_times_t *times = shard_times_new();
    report(&books, 300, SECOND);
    shard_times_note(times, books.ledger, 1, false);
    shard_times_note(times, books.ledger, 1.5, false); /* too early */
    report(&books, 900, 3 * SECOND);
    shard_times_note(times, books.ledger, 3, false);
    json_t *out = shard_times_document(times, books.ledger, NULL, true);
    assert_int_equal(json_array_size(json_object_get(out, "at_s")), 2);
    assert_string_equal(json_string_value(json_object_get(shard(out, 0), "id")),
                        "shard-0"); /* the busier one */
    assert_int_equal(json_integer_value(json_object_get(shard(out, 0), "events")), 600);
    json_t *rates = json_object_get(shard(out, 0), "per_s");
    assert_true(json_number_value(json_array_get(rates, 0)) == 200); /* 200 in the first second */
    assert_true(json_number_value(json_array_get(rates, 1)) == 200); /* 400 in the two after it */
    assert_true(shard_times_rate(times, 1) == 100);
    json_t *limits = json_object_get(out, "limits");
    assert_int_equal(json_integer_value(json_object_get(limits, "events_per_s")), 1000);
    json_decref(out);
    shard_times_begin(times);
    out = shard_times_document(times, books.ledger, NULL, false);
    assert_int_equal(json_array_size(json_object_get(out, "at_s")), 0);
    assert_true(json_is_null(json_object_get(json_object_get(out, "limits"), "events_per_s")));
    json_decref(out);
    shard_times_destroy(&times);
    ledger_destroy(&books.ledger);
}

static void a_long_run_stays_bounded_and_loses_nothing(void **state)
{
    (void)state;
    struct books books;
    open_books(&books);
    shard_times_t *times = shard_times_new();
    for (uint64_t s = 1; s <= 5000; s++) {
        report(&books, s * 3, s * SECOND);
        shard_times_note(times, books.ledger, (double)s, s == 5000);
    }
    json_t *out = shard_times_document(times, books.ledger, NULL, true);
    json_t *at = json_object_get(out, "at_s"), *rates = json_object_get(shard(out, 0), "per_s");
    size_t count = json_array_size(at);
    assert_true(count <= SHARD_TIMES_MAX && count >= SHARD_TIMES_MAX / 2);
    double before = 0, events = 0;
    for (size_t i = 0; i < count; i++) {
        double now = json_number_value(json_array_get(at, i));
        events += json_number_value(json_array_get(rates, i)) * (now - before);
        before = now;
    }
    assert_true(before == 5000);
    assert_true(events > 9999.9 && events < 10000.1); /* two a second on shard-0 */
    json_decref(out);
    shard_times_destroy(&times);
    ledger_destroy(&books.ledger);
}

static void a_reset_counts_what_came_after(void **state)
{
    (void)state;
    struct books books;
    open_books(&books);
    report(&books, 300, SECOND);
    struct baseline *baseline = baseline_new(books.ledger, SECOND);
    struct ledger_totals totals;
    ledger_totals(books.ledger, &totals);
    baseline_totals(&baseline->all, &totals);
    assert_int_equal(totals.counters.delivered, 0);
    assert_int_equal(totals.counters.generated, 10); /* those in flight when it was reset */
    assert_int_equal(counters_in_flight(&totals.counters), 10);
    assert_int_equal(totals.due.count, 0);
    report(&books, 450, 2 * SECOND);
    ledger_totals(books.ledger, &totals);
    baseline_totals(&baseline->all, &totals);
    assert_int_equal(totals.counters.delivered, 150);
    assert_int_equal(totals.counters.generated, 160);
    assert_int_equal(totals.due.count, 150);
    assert_int_equal(baseline_shard(baseline, 0, ledger_shard(books.ledger, 0).events), 100);
    assert_int_equal(baseline_shard(baseline, 7, 5), 5); /* a shard that came later */
    assert_int_equal(baseline_shard(NULL, 0, 5), 5);
    assert_int_equal(baseline_error(baseline, 0, 3), 3);
    baseline_destroy(&baseline);
    baseline_destroy(&baseline);
    ledger_destroy(&books.ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_come_from_counts),
        cmocka_unit_test(a_long_run_stays_bounded_and_loses_nothing),
        cmocka_unit_test(a_reset_counts_what_came_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
