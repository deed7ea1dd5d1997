/* live - what a subscriber hears, byte for byte. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "web/server/live.h"

struct connection {
    unsigned paused;
    unsigned woken;
};

static live_t *live;
static struct connection connection;
static subscriber_t *subscriber;
static uint64_t ended; /* the session that is over */

static void pause_it(void *context)
{
    ((struct connection *)context)->paused++;
}

static void wake_it(void *context)
{
    ((struct connection *)context)->woken++;
}

static int set_up(void **state)
{
    (void)state;
    live = live_new();
    connection = (struct connection){0};
    ended = 0;
    subscriber = live_join(live, (struct waiter){pause_it, wake_it, &connection}, 7);
    assert_non_null(subscriber);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    live_leave(live, &subscriber);
    assert_int_equal(live_count(live), 0);
    live_destroy(&live);
    return 0;
}

/* All that comes until the connection sleeps or ends, in pieces of `piece` bytes. */
static const char *heard(size_t piece, uint64_t now_us, ssize_t *end_out)
{
    static char out[4096];
    size_t used = 0;
    bool fresh;
    ssize_t given;
    while ((given = live_read(live, subscriber, out + used, piece, now_us, &fresh)) > 0) {
        used += (size_t)given;
        assert_true(used + piece < sizeof out);
    }
    out[used] = '\0';
    *end_out = given;
    return out;
}

static void publish(const char *text)
{
    live_publish(live, text, strlen(text));
}

static bool alive(void *context, uint64_t session)
{
    (void)context;
    return session != ended;
}

static void each_run_is_one_event(void **state)
{
    (void)state;
    ssize_t end;
    assert_string_equal(heard(5, 1, &end), "retry: 1000\n\n");
    assert_int_equal(end, LIVE_SLEEPS);
    assert_int_equal(connection.paused, 1);
    publish("{\"a\":1}");
    assert_int_equal(connection.woken, 1);
    assert_string_equal(heard(5, 2, &end), "id: 1\nevent: run\ndata: {\"a\":1}\n\n");
    assert_int_equal(connection.paused, 2);
    publish("{\n}");
    assert_string_equal(heard(64, 2, &end), "id: 2\nevent: run\ndata: {\ndata: }\n\n");
}

static void a_slow_reader_misses_events_and_holds_one(void **state)
{
    (void)state;
    ssize_t end;
    bool fresh;
    char part[8];
    (void)heard(64, 1, &end);
    publish("1");
    assert_int_equal(live_read(live, subscriber, part, sizeof part, 2, &fresh), 8);
    assert_memory_equal(part, "id: 1\nev", 8);
    publish("2");
    publish("3");
    assert_int_equal(connection.woken, 1); /* it was not asleep any more */
    assert_string_equal(heard(64, 3, &end), "ent: run\ndata: 1\n\nid: 3\nevent: run\ndata: 3\n\n");
}

static void who_comes_later_hears_the_newest_at_once(void **state)
{
    (void)state;
    ssize_t end;
    publish("1");
    assert_string_equal(heard(64, 1, &end), "retry: 1000\n\nid: 1\nevent: run\ndata: 1\n\n");
}

static void silence_is_broken_each_15_seconds(void **state)
{
    (void)state;
    ssize_t end;
    (void)heard(64, 1000, &end);
    live_tick(live, 1000 + LIVE_KEEP_ALIVE_US - 1, alive, NULL);
    assert_int_equal(connection.woken, 0);
    live_tick(live, 1000 + LIVE_KEEP_ALIVE_US, alive, NULL);
    assert_int_equal(connection.woken, 1);
    assert_string_equal(heard(64, 1000 + LIVE_KEEP_ALIVE_US, &end), ": alive\n\n");
    live_tick(live, 1000 + LIVE_KEEP_ALIVE_US + 1, alive, NULL);
    assert_int_equal(connection.woken, 1);
}

static void the_stream_ends_with_its_session(void **state)
{
    (void)state;
    ssize_t end;
    (void)heard(64, 1, &end);
    ended = 7;
    live_tick(live, 2, alive, NULL);
    assert_int_equal(connection.woken, 1);
    publish("secret");
    assert_string_equal(heard(64, 3, &end), "");
    assert_int_equal(end, LIVE_OVER);
}

static void a_server_that_goes_says_so(void **state)
{
    (void)state;
    ssize_t end;
    (void)heard(64, 1, &end);
    live_close(live);
    assert_int_equal(connection.woken, 1);
    assert_string_equal(heard(7, 2, &end), "event: gone\ndata: {}\n\n");
    assert_int_equal(end, LIVE_OVER);
    assert_null(live_join(live, (struct waiter){pause_it, wake_it, &connection}, 0));
}

static void subscribers_are_bounded(void **state)
{
    (void)state;
    subscriber_t *more[LIVE_SUBSCRIBERS_MAX];
    for (size_t i = 1; i < LIVE_SUBSCRIBERS_MAX; i++)
        more[i] = live_join(live, (struct waiter){pause_it, wake_it, &connection}, 0);
    assert_non_null(more[LIVE_SUBSCRIBERS_MAX - 1]);
    assert_null(live_join(live, (struct waiter){pause_it, wake_it, &connection}, 0));
    for (size_t i = 1; i < LIVE_SUBSCRIBERS_MAX; i++)
        live_leave(live, &more[i]);
    live_leave(live, &subscriber);
    live_bound(live, 1);
    subscriber = live_join(live, (struct waiter){pause_it, wake_it, &connection}, 0);
    assert_non_null(subscriber);
    assert_null(live_join(live, (struct waiter){pause_it, wake_it, &connection}, 0));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_run_is_one_event),
        TEST(a_slow_reader_misses_events_and_holds_one),
        TEST(who_comes_later_hears_the_newest_at_once),
        TEST(silence_is_broken_each_15_seconds),
        TEST(the_stream_ends_with_its_session),
        TEST(a_server_that_goes_says_so),
        TEST(subscribers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
