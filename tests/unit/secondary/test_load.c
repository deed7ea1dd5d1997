#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "secondary/load.h"
#include "secondary/window.h"

#include <string.h>

/* A sink whose answers the story decides. */
struct script {
    struct sink base;
    struct batch *taken[64];
    size_t count;
    uint64_t now_us;
    uint8_t fates[8]; /* of event i of every batch, from its number on */
    uint32_t room;    /* events that go into a request by their bytes; 0: any number */
    bool answer, lose;
};

static bool preflight(sink_t *base, struct wire_preflight *out)
{
    (void)base;
    out->ok = true;
    return true;
}

static void begin(sink_t *base, struct batch *batch)
{
    (void)base;
    batch->body_length = batch->prefix_length = 0;
}

static bool append(sink_t *base, struct batch *batch, const struct event *event)
{
    const struct script *self = (const struct script *)base;
    if (self->room > 0 && batch->count == self->room)
        return false;
    memcpy(batch->body + batch->body_length, event->data, event->data_length);
    batch->body_length += event->data_length;
    batch_added(batch, (uint32_t)(event->key_length + event->data_length));
    return true;
}

static enum sink_submit submit(sink_t *base, struct batch *batch)
{
    struct script *self = (struct script *)base;
    batch->sent_us = self->now_us;
    batch->lost = false;
    self->taken[self->count++] = batch;
    return SINK_TAKEN;
}

static struct batch *reap(sink_t *base)
{
    struct script *self = (struct script *)base;
    if (self->count == 0 || !self->answer)
        return NULL;
    struct batch *batch = self->taken[--self->count];
    batch->answered_us = self->now_us;
    batch->lost = self->lose;
    for (uint32_t i = 0; i < batch->count; i++)
        batch->verdicts[i] = (struct event_verdict){.fate = self->lose ? EVENT_RETRY : self->fates[i % 8]};
    return batch;
}

static size_t in_flight(const sink_t *base)
{
    return ((const struct script *)base)->count;
}

static void abandon(sink_t *base)
{
    ((struct script *)base)->answer = ((struct script *)base)->lose = true;
}

static const struct sink_ops ops = {.request = "Script",
                                    .preflight = preflight,
                                    .begin = begin,
                                    .append = append,
                                    .submit = submit,
                                    .reap = reap,
                                    .in_flight = in_flight,
                                    .abandon = abandon};

struct story {
    struct script sink;
    workload_t *workload;
    tally_t *tally;
    struct stock stock;
    load_t *load;
};

static void open_story(struct story *self, uint64_t retries_max, uint64_t quota, uint64_t bound)
{
    memset(self, 0, sizeof *self);
    self->sink.base.ops = &ops;
    memset(self->sink.fates, EVENT_DELIVERED, sizeof self->sink.fates);
    self->workload = sensor_new(1, 0);
    self->tally = tally_new();
    (void)tally_error(self->tally, "Refused", 7, "no", 2);
    stock_clear(&self->stock, 0);
    struct load_setup setup = {.sink = &self->sink.base,
                               .workload = self->workload,
                               .tally = self->tally,
                               .stock = &self->stock,
                               .rate_model = true,
                               .connections_max = 4,
                               .retries_max = retries_max,
                               .batch_bytes = 1 << 20,
                               .seed = 1};
    self->load = load_new(&setup, 0);
    load_bound(self->load, bound);
    struct load_share share = {.rate = 80, .batch_size = 500, .quota = quota}; /* 8 events every 100 ms */
    load_share(self->load, &share, 0);
}

static void turn(struct story *self, uint64_t now_us)
{
    self->sink.now_us = now_us;
    load_turn(self->load, now_us, (int64_t)(now_us / 1000));
    struct load_state state;
    load_look(self->load, now_us, &state); /* checks the books */
}

static void close_story(struct story *self)
{
    load_destroy(&self->load);
    self->workload->ops->destroy(&self->workload);
    tally_destroy(&self->tally);
}

static void test_a_quota_is_used_to_the_last_event(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 3, 19, UINT64_MAX);
    story.sink.answer = true;
    for (uint64_t now = 0; now < 2000000; now += 10000)
        turn(&story, now);
    assert_int_equal(story.tally->counters.generated, 19); /* 8 + 8 + 3 */
    assert_int_equal(story.tally->counters.delivered, 19);
    assert_int_equal(story.tally->counters.requests_sent, 3);
    assert_true(load_drained(story.load));
    assert_int_equal(story.tally->due.count, 19);
    close_story(&story);
}

static void test_what_the_bytes_of_a_batch_cut_off_follows_at_once(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 3, UINT64_MAX, UINT64_MAX);
    story.sink.room = 3;
    turn(&story, 0);
    assert_int_equal(story.tally->counters.generated, 8); /* the 8 that are due: 3 + 3 + 2 */
    assert_int_equal(story.sink.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(story.sink.taken[i]->due_us, 0);
    assert_int_equal(story.sink.taken[2]->count, 2);
    turn(&story, 50000);
    assert_int_equal(story.tally->counters.generated, 8);
    story.sink.answer = true;
    for (uint64_t now = 60000; now < 1000000; now += 10000)
        turn(&story, now);
    assert_int_equal(story.tally->counters.generated, 80); /* the rate of 80/s is held */
    close_story(&story);
}

static void test_nothing_passes_the_bound(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 3, UINT64_MAX, 20);
    story.sink.answer = true;
    for (uint64_t now = 0; now < 1000000; now += 10000)
        turn(&story, now);
    assert_int_equal(story.tally->counters.generated, 16); /* whole batches within 20 */
    load_bound(story.load, 24);
    turn(&story, 1000000);
    assert_int_equal(story.tally->counters.generated, 24);
    close_story(&story);
}

static void test_only_the_refused_go_again_and_are_given_up(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 1, 8, UINT64_MAX);
    story.sink.fates[2] = EVENT_FAILED;
    story.sink.fates[5] = EVENT_THROTTLED;
    turn(&story, 0);
    story.sink.answer = true;
    turn(&story, 1000);
    assert_int_equal(story.tally->counters.delivered, 6);
    assert_int_equal(story.tally->counters.failed, 1);
    assert_int_equal(story.tally->counters.throttled, 1);
    assert_false(load_drained(story.load));
    story.sink.fates[0] = EVENT_THROTTLED; /* the one that is left is refused again: its one retry is spent */
    turn(&story, 500000);
    turn(&story, 500001);
    assert_true(load_drained(story.load));
    assert_int_equal(story.tally->counters.failed, 2);
    assert_int_equal(story.tally->counters.retried, 1);
    assert_int_equal(story.tally->counters.throttled, 2);
    assert_int_equal(story.tally->counters.requests_sent, 2);
    assert_int_equal(story.tally->errors[0].events, 2);
    close_story(&story);
}

static void test_a_lost_request_given_up_is_unknown(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 0, 8, UINT64_MAX);
    story.sink.answer = story.sink.lose = true;
    turn(&story, 0);
    turn(&story, 1000);
    assert_int_equal(story.tally->counters.unknown, 8);
    assert_int_equal(story.tally->counters.failed, 0);
    assert_int_equal(story.tally->counters.requests_failed, 1);
    close_story(&story);
}

static void test_a_lost_event_is_unknown_and_the_rest_is_not(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 5, 8, UINT64_MAX);
    story.sink.fates[1] = EVENT_LOST;
    story.sink.fates[2] = EVENT_FAILED;
    story.sink.answer = true;
    turn(&story, 0);
    turn(&story, 1000);
    assert_true(load_drained(story.load)); /* nothing goes again */
    assert_int_equal(story.tally->counters.delivered, 6);
    assert_int_equal(story.tally->counters.unknown, 1);
    assert_int_equal(story.tally->counters.failed, 1);
    close_story(&story);
}

static void test_the_stop_timeout_leaves_nothing_open(void **state)
{
    (void)state;
    static struct story story;
    open_story(&story, 5, UINT64_MAX, UINT64_MAX);
    turn(&story, 0);
    story.sink.answer = true; /* the first batch is throttled and waits */
    memset(story.sink.fates, EVENT_THROTTLED, sizeof story.sink.fates);
    turn(&story, 1000);
    story.sink.answer = false;
    turn(&story, 100000); /* the retry may be out too; a second batch is in flight */
    load_stop(story.load, 100001);
    uint64_t generated = story.tally->counters.generated;
    turn(&story, 300000);
    assert_int_equal(story.tally->counters.generated, generated);
    load_abandon(story.load, 400000, 400);
    assert_true(load_drained(story.load));
    assert_int_equal(story.tally->counters.unknown + story.tally->counters.failed, generated);
    assert_true(story.tally->counters.unknown >= 8);
    turn(&story, 500000);
    close_story(&story);
}

/* Only a schedule that can't be held shows the window: 40 batches are due at once, none is answered. */
static uint64_t first_window(uint32_t asked, uint32_t connections)
{
    struct sink_ops own = ops;
    own.window_first = asked;
    struct story story;
    open_story(&story, 0, UINT64_MAX, UINT64_MAX);
    story.sink.base.ops = &own;
    struct load_setup setup = {.sink = &story.sink.base,
                               .workload = story.workload,
                               .tally = story.tally,
                               .stock = &story.stock,
                               .rate_model = true,
                               .connections_max = connections,
                               .batch_bytes = 1 << 20,
                               .seed = 1};
    load_destroy(&story.load);
    story.load = load_new(&setup, 0);
    load_bound(story.load, UINT64_MAX);
    load_share(story.load, &(struct load_share){.rate = 40000, .batch_size = 1, .quota = UINT64_MAX}, 0);
    turn(&story, 1000);
    uint64_t found = story.sink.count;
    load_stop(story.load, 1000);
    story.sink.answer = true;
    turn(&story, 2000);
    close_story(&story);
    return found;
}

/* Events sent by turns of a millisecond up to `until_us`, all answered. */
static uint64_t sent_until(struct story *story, uint64_t from_us, uint64_t until_us)
{
    story->sink.answer = true;
    for (uint64_t now_us = from_us; now_us < until_us; now_us += 1000)
        turn(story, now_us);
    return story->tally->counters.generated;
}

static void test_a_slope_is_followed_through_a_bend_and_said_again(void **state)
{
    (void)state;
    struct story story;
    open_story(&story, 0, UINT64_MAX, UINT64_MAX);
    load_stop(story.load, 0);
    struct load_share share = {.rate_to = 1000,
                               .over_us = 2000000,
                               .batch_size = 500,
                               .quota = UINT64_MAX,
                               .bends = true,
                               .epoch = 1};
    load_share(story.load, &share, 0); /* to 1000/s within two seconds: 1000 events */
    /* a quarter of them, and a batch of a fortieth of 500 more or less */
    assert_in_range(sent_until(&story, 0, 1000000), 237, 263);
    struct load_share again = share;
    again.rate = 500;
    again.over_us = 1000000;
    again.from_us = 1000000;
    load_share(story.load, &again, 1000000); /* the same order once more, as of now */
    assert_in_range(sent_until(&story, 1000000, 2000000), 975, 1025);
    struct load_share next = share;
    next.rate = 1000;
    next.over_us = 1000000;
    next.from_us = 2000000;
    next.epoch = 2;
    load_share(story.load, &next, 2000000);
    assert_in_range(sent_until(&story, 2000000, 3000000), 1975, 2025);
    load_stop(story.load, 3000000);
    turn(&story, 3001000);
    close_story(&story);
}

static void test_an_order_that_waited_for_its_sink_is_followed_from_now(void **state)
{
    (void)state;
    struct story story;
    open_story(&story, 0, UINT64_MAX, UINT64_MAX);
    load_stop(story.load, 0);
    struct load_share share = {
        .rate_to = 1000, .over_us = 2000000, .batch_size = 500, .quota = UINT64_MAX, .epoch = 1};
    load_share(story.load, &share, 1000000); /* it came a second ago: 500/s are due by now */
    assert_in_range(sent_until(&story, 1000000, 2000000), 725, 775);
    load_stop(story.load, 2000000);
    turn(&story, 2001000);
    close_story(&story);
}

static void test_a_sink_says_how_wide_the_rate_model_begins(void **state)
{
    (void)state;
    assert_int_equal(first_window(0, 64), WINDOW_FIRST);
    assert_int_equal(first_window(16, 64), 16);
    assert_int_equal(first_window(16, 8), 8); /* never more than --max-connections */
}

/* A workload that makes so many events and no more. */
struct ending {
    struct workload base;
    uint32_t left;
};

static void begin_ending(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)base;
    (void)user;
    (void)count;
    (void)now_ms;
}

static bool next_ending(workload_t *base, uint32_t sensor, struct event *out)
{
    struct ending *self = (struct ending *)base;
    (void)sensor;
    if (self->left == 0)
        return false;
    self->left--;
    *out = (struct event){.data = "{}", .data_length = 2, .key = "k", .key_length = 1};
    return true;
}

static const char *error_ending(const workload_t *base)
{
    (void)base;
    return "s.lua:7: boom";
}

static const struct workload_ops ending_ops = {
    .name = "ending", .begin = begin_ending, .next = next_ending, .error = error_ending};

/* The story with a workload of `events` events. */
static void open_ending(struct story *self, struct ending *ending, uint32_t events, bool rate_model)
{
    open_story(self, 3, UINT64_MAX, UINT64_MAX);
    load_destroy(&self->load);
    *ending = (struct ending){{&ending_ops}, events};
    struct load_setup setup = {.sink = &self->sink.base,
                               .workload = &ending->base,
                               .tally = self->tally,
                               .stock = &self->stock,
                               .rate_model = rate_model,
                               .connections_max = 4,
                               .retries_max = 3,
                               .batch_bytes = 1 << 20,
                               .seed = 1};
    self->load = load_new(&setup, 0);
    load_bound(self->load, UINT64_MAX);
    struct load_share share = {
        .rate = rate_model ? 80 : -1, .users = rate_model ? 0 : 3, .batch_size = 500, .quota = UINT64_MAX};
    load_share(self->load, &share, 0);
}

static void test_what_was_made_before_the_workload_failed_is_sent(void **state)
{
    (void)state;
    static struct story story;
    static struct ending ending;
    open_ending(&story, &ending, 11, true);
    turn(&story, 0);
    assert_null(load_failure(story.load));
    turn(&story, 100000); /* 8 and 3 */
    assert_string_equal(load_failure(story.load), "s.lua:7: boom");
    assert_int_equal(story.tally->counters.generated, 11);
    assert_int_equal(story.sink.count, 2);
    assert_false(load_drained(story.load));
    ending.left = 100; /* whatever it could do later: it is not asked again, for a new share neither */
    struct load_share share = {.rate = 1000, .batch_size = 500, .quota = UINT64_MAX};
    load_share(story.load, &share, 150000);
    story.sink.answer = true;
    for (uint64_t now = 200000; now < 1000000; now += 10000)
        turn(&story, now);
    assert_true(load_drained(story.load));
    assert_int_equal(story.tally->counters.generated, 11);
    assert_int_equal(story.tally->counters.delivered, 11);
    assert_int_equal(story.tally->counters.requests_sent, 2);
    close_story(&story);
}

static void test_a_batch_without_an_event_is_not_sent(void **state)
{
    (void)state;
    static struct story story;
    static struct ending ending;
    open_ending(&story, &ending, 8, true);
    turn(&story, 0);
    turn(&story, 100000);
    assert_non_null(load_failure(story.load));
    assert_int_equal(story.sink.count, 1);
    assert_int_equal(story.tally->counters.generated, 8);
    story.sink.answer = true;
    turn(&story, 110000);
    assert_true(load_drained(story.load));
    assert_int_equal(story.tally->counters.requests_sent, 1);
    close_story(&story);
}

static void test_users_end_with_their_workload(void **state)
{
    (void)state;
    static struct story story;
    static struct ending ending;
    open_ending(&story, &ending, 700, false); /* three users are due: 500, 200, and one finds it broken */
    turn(&story, 0);
    assert_non_null(load_failure(story.load));
    assert_int_equal(story.sink.count, 2);
    story.sink.answer = true;
    turn(&story, 1000);
    assert_true(load_drained(story.load));
    assert_int_equal(story.tally->counters.delivered, 700);
    struct load_state now;
    load_look(story.load, 1000, &now);
    assert_int_equal(now.users, 0);
    close_story(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quota_is_used_to_the_last_event),
        cmocka_unit_test(test_a_slope_is_followed_through_a_bend_and_said_again),
        cmocka_unit_test(test_an_order_that_waited_for_its_sink_is_followed_from_now),
        cmocka_unit_test(test_a_sink_says_how_wide_the_rate_model_begins),
        cmocka_unit_test(test_what_the_bytes_of_a_batch_cut_off_follows_at_once),
        cmocka_unit_test(test_nothing_passes_the_bound),
        cmocka_unit_test(test_only_the_refused_go_again_and_are_given_up),
        cmocka_unit_test(test_a_lost_request_given_up_is_unknown),
        cmocka_unit_test(test_a_lost_event_is_unknown_and_the_rest_is_not),
        cmocka_unit_test(test_the_stop_timeout_leaves_nothing_open),
        cmocka_unit_test(test_what_was_made_before_the_workload_failed_is_sent),
        cmocka_unit_test(test_a_batch_without_an_event_is_not_sent),
        cmocka_unit_test(test_users_end_with_their_workload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
