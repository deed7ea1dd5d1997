/* Events of many sizes: none is lost between two batches, large ones get their room, impossible ones end the
 * load. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "secondary/load.h"

enum { LARGEST = 4 << 20 };

/* Event i begins with its number; its size follows from it. Each batch begins with writing over the one
 * before. */
struct numbered {
    struct workload base;
    size_t (*size_of)(uint32_t number);
    uint32_t made;
    uint32_t sensor, sensors; /* which is asked for next, and how many may be */
    char *text;
};

static void begin_numbered(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)user;
    (void)now_ms;
    struct numbered *self = (struct numbered *)base;
    memset(self->text, 'x', sizeof(uint32_t));
    self->sensor = 0;
    self->sensors = count;
}

static bool next_numbered(workload_t *base, uint32_t sensor, struct event *out)
{
    struct numbered *self = (struct numbered *)base;
    assert_int_equal(sensor, self->sensor);
    assert_true(self->sensor++ < self->sensors);
    memcpy(self->text, &self->made, sizeof self->made);
    *out = (struct event){
        .data = self->text, .data_length = self->size_of(self->made), .key = "k", .key_length = 1};
    self->made++;
    return true;
}

static const struct workload_ops numbered_ops = {
    .name = "numbered", .begin = begin_numbered, .next = next_numbered};

/* Delivers at once, and checks that the numbers come without a gap. A request holds `request_max` bytes. */
struct counting {
    struct sink base;
    struct batch *taken[8];
    size_t count;
    uint64_t now_us;
    size_t request_max, largest, requests, body_max;
    uint32_t seen;
};

static void begin(sink_t *base, struct batch *batch)
{
    (void)base;
    batch->body_length = batch->prefix_length = 0;
}

static bool append(sink_t *base, struct batch *batch, const struct event *event)
{
    struct counting *self = (struct counting *)base;
    if (event->data_length > self->request_max - batch->body_length ||
        event->data_length > batch->body_max - batch->body_length)
        return false;
    memcpy(batch->body + batch->body_length, event->data, event->data_length);
    batch->body_length += event->data_length;
    batch_added(batch, (uint32_t)event->data_length);
    return true;
}

static enum sink_submit submit(sink_t *base, struct batch *batch)
{
    struct counting *self = (struct counting *)base;
    batch->sent_us = self->now_us;
    batch->lost = false;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint32_t number;
        memcpy(&number, batch->body + (i == 0 ? 0 : batch->ends[i - 1]), sizeof number);
        assert_int_equal(number, self->seen);
        self->seen++;
        self->largest = batch->payloads[i] > self->largest ? batch->payloads[i] : self->largest;
    }
    self->requests++;
    self->body_max = batch->body_max > self->body_max ? batch->body_max : self->body_max;
    self->taken[self->count++] = batch;
    return SINK_TAKEN;
}

static struct batch *reap(sink_t *base)
{
    struct counting *self = (struct counting *)base;
    if (self->count == 0)
        return NULL;
    struct batch *batch = self->taken[--self->count];
    batch->answered_us = self->now_us;
    batch->answered_ok = true;
    for (uint32_t i = 0; i < batch->count; i++)
        batch->verdicts[i] = (struct event_verdict){.fate = EVENT_DELIVERED};
    return batch;
}

static size_t in_flight(const sink_t *base)
{
    return ((const struct counting *)base)->count;
}

static const struct sink_ops ops = {.request = "Counting",
                                    .begin = begin,
                                    .append = append,
                                    .submit = submit,
                                    .reap = reap,
                                    .in_flight = in_flight};

struct story {
    struct counting sink;
    struct numbered workload;
    struct stock stock;
    tally_t *tally;
    load_t *load;
};

static struct story *open_story(size_t (*size_of)(uint32_t), size_t request_max, bool rate_model)
{
    struct story *self = calloc(1, sizeof *self);
    self->sink.base.ops = &ops;
    self->sink.request_max = request_max;
    self->workload =
        (struct numbered){.base.ops = &numbered_ops, .size_of = size_of, .text = malloc(LARGEST)};
    self->tally = tally_new();
    stock_clear(&self->stock, 0);
    struct load_setup setup = {.sink = &self->sink.base,
                               .workload = &self->workload.base,
                               .tally = self->tally,
                               .stock = &self->stock,
                               .rate_model = rate_model,
                               .connections_max = 4,
                               .batch_bytes = 5 << 20,
                               .seed = 1};
    self->load = load_new(&setup, 0);
    load_bound(self->load, UINT64_MAX);
    struct load_share share = {.rate = rate_model ? 2000 : -1, .users = 2, .batch_size = 500, .quota = 1000};
    load_share(self->load, &share, 0);
    return self;
}

static void play(struct story *self)
{
    for (uint64_t now = 0; now < 3000000; now += 1000) {
        self->sink.now_us = now;
        load_turn(self->load, now, (int64_t)(now / 1000));
        struct load_state state;
        load_look(self->load, now, &state); /* checks the books */
    }
}

static void close_story(struct story *self)
{
    load_destroy(&self->load);
    tally_destroy(&self->tally);
    free(self->workload.text);
    free(self);
}

static size_t mixed(uint32_t number)
{
    return number % 100 == 99 ? 1 << 20 : 100 + number;
}

static void every_event_is_sent_once_and_in_order(void **state)
{
    (void)state;
    for (int rate_model = 0; rate_model < 2; rate_model++) {
        struct story *story = open_story(mixed, 5 << 20, rate_model != 0);
        play(story);
        assert_int_equal(story->tally->counters.delivered, 1000);
        assert_int_equal(story->sink.seen, 1000);
        assert_int_equal(story->workload.made, 1000); /* and none was made for nothing */
        assert_int_equal(story->sink.largest, 1 << 20);
        assert_null(load_failure(story->load));
        close_story(story);
    }
}

static size_t small(uint32_t number)
{
    (void)number;
    return 150;
}

static void arenas_of_small_events_stay_as_they_are(void **state)
{
    (void)state;
    struct story *story = open_story(small, 5 << 20, true);
    play(story);
    assert_int_equal(story->tally->counters.delivered, 1000);
    assert_true(story->sink.body_max <= (LOAD_BATCH_MAX + 1) * LOAD_EVENT_ROOM);
    close_story(story);
}

static size_t one_too_many(uint32_t number)
{
    return number == 20 ? 3 << 20 : 150;
}

static void an_event_that_can_never_be_sent_ends_the_load_in_order(void **state)
{
    (void)state;
    for (int rate_model = 0; rate_model < 2; rate_model++) {
        struct story *story = open_story(one_too_many, 2 << 20, rate_model != 0);
        play(story);
        assert_string_equal(
            load_failure(story->load),
            "an event of 3145728 bytes with a key of 1 can never be sent: that is no request of this "
            "target within --batch-bytes");
        assert_int_equal(story->tally->counters.generated, 20); /* those before it went */
        assert_int_equal(story->tally->counters.delivered, 20);
        assert_true(load_drained(story->load));
        close_story(story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_sent_once_and_in_order),
        cmocka_unit_test(arenas_of_small_events_stay_as_they_are),
        cmocka_unit_test(an_event_that_can_never_be_sent_ends_the_load_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
