/* desk - questions and answers, early, late and never, with the connection played by a counter. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "web/server/desk.h"

struct connection {
    unsigned paused;
    unsigned woken;
};

static desk_t *desk;
static web_later_t *later;
static unsigned handled;

static void pause_it(void *context)
{
    ((struct connection *)context)->paused++;
}

static void wake_it(void *context)
{
    ((struct connection *)context)->woken++;
}

static bool readable(void)
{
    struct pollfd wait = {.fd = desk_fd(desk), .events = POLLIN};
    return poll(&wait, 1, 0) == 1;
}

static struct web_exchange *asked(struct connection *connection, enum web_route route, uint64_t now_us)
{
    struct form form;
    const char *why;
    form_init(&form);
    assert_true(form_urlencoded(&form, "run-time=5m&a=1", 15, &why));
    struct web_question like = {.method = WEB_POST,
                                .route = route,
                                .id = "r1",
                                .role = WEB_OPERATOR,
                                .user = "u",
                                .remote = "127.0.0.1"};
    struct web_exchange *exchange = desk_exchange(desk, &like, &form, mem_text("body"), 4);
    assert_int_equal(form.count, 0);
    struct waiter waiter = {pause_it, wake_it, connection};
    assert_null(desk_answer(exchange));
    assert_int_equal(desk_ask(exchange, waiter, now_us), DESK_TAKEN);
    return exchange;
}

static void handle(void *context, const struct web_question *question, struct web_answer *answer)
{
    assert_ptr_equal(context, &handled);
    handled++;
    assert_string_equal(question->id, "r1");
    assert_string_equal(question->body, "body");
    assert_string_equal(web_value(question, "run_time"), "5m");
    assert_null(web_value(question, "b"));
    if (question->route == WEB_STOP)
        later = web_answer_later(question);
    else if (question->route != WEB_TASKS)
        web_answer_bytes(answer, 200, "text/plain", "yes", 3);
}

static void pump(void)
{
    desk_pump(desk, handle, &handled);
}

static int set_up(void **state)
{
    (void)state;
    desk = desk_new();
    handled = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    desk_close(desk);
    desk_release(&desk);
    desk_release(&desk);
    return 0;
}

static void a_question_wakes_the_loop_and_its_answer_the_connection(void **state)
{
    (void)state;
    struct connection connection = {0};
    assert_false(readable());
    struct web_exchange *exchange = asked(&connection, WEB_SERIES, 1);
    assert_true(readable());
    assert_int_equal(connection.paused, 1);
    assert_int_equal(connection.woken, 0);
    pump();
    assert_false(readable());
    assert_int_equal(connection.woken, 1);
    assert_int_equal(desk_answer(exchange)->status, 200);
    assert_string_equal(desk_answer(exchange)->body, "yes");
    pump();
    assert_int_equal(handled, 1);
    desk_drop(&exchange);
    desk_drop(&exchange);
}

static void an_answer_may_come_later(void **state)
{
    (void)state;
    struct connection connection = {0};
    struct web_exchange *exchange = asked(&connection, WEB_STOP, 1);
    pump();
    assert_int_equal(connection.woken, 0);
    assert_null(desk_answer(exchange));
    struct web_answer answer = {0};
    web_answer_error(&answer, 409, "busy", "a \"quoted\" thing");
    web_answer_now(&later, &answer);
    assert_null(later);
    assert_null(answer.body);
    assert_int_equal(connection.woken, 1);
    assert_string_equal(desk_answer(exchange)->body,
                        "{\"error\":{\"code\":\"busy\",\"message\":\"a \\\"quoted\\\" thing\"}}");
    desk_drop(&exchange);
}

static void no_wait_is_endless(void **state)
{
    (void)state;
    struct connection connection = {0};
    struct web_exchange *exchange = asked(&connection, WEB_STOP, 1000);
    pump();
    desk_expire(desk, 1000 + DESK_WAIT_US - 1);
    assert_int_equal(connection.woken, 0);
    desk_expire(desk, 1000 + DESK_WAIT_US);
    assert_int_equal(connection.woken, 1);
    assert_int_equal(desk_answer(exchange)->status, 504);
    desk_drop(&exchange);
    struct web_answer answer = {0}; /* the handle outlives the client */
    web_answer_bytes(&answer, 200, NULL, "{}", 2);
    web_answer_now(&later, &answer);
    assert_int_equal(connection.woken, 1);
}

static void an_expired_question_is_not_asked(void **state)
{
    (void)state;
    struct connection connection = {0};
    struct web_exchange *exchange = asked(&connection, WEB_SERIES, 1000);
    desk_expire(desk, 1000 + DESK_WAIT_US);
    desk_drop(&exchange);
    pump();
    assert_int_equal(handled, 0);
}

static void a_handler_that_says_nothing_is_answered_for(void **state)
{
    (void)state;
    struct connection connection = {0};
    struct web_exchange *exchange = asked(&connection, WEB_TASKS, 1);
    pump();
    assert_int_equal(connection.woken, 1);
    assert_int_equal(desk_answer(exchange)->status, 0);
    desk_drop(&exchange);
}

static void the_queue_is_bounded_and_pumped_in_parts(void **state)
{
    (void)state;
    static struct connection connections[DESK_WAITING_MAX];
    static struct web_exchange *exchanges[DESK_WAITING_MAX];
    for (size_t i = 0; i < DESK_WAITING_MAX; i++)
        exchanges[i] = asked(&connections[i], WEB_SERIES, 1);
    struct web_question like = {.id = "", .user = "", .remote = ""};
    struct form none;
    form_init(&none);
    struct web_exchange *more = desk_exchange(desk, &like, &none, NULL, 0);
    struct connection connection = {0};
    assert_int_equal(desk_ask(more, (struct waiter){pause_it, wake_it, &connection}, 1), DESK_FULL);
    assert_int_equal(connection.paused, 0);
    desk_drop(&more);
    pump();
    assert_int_equal(handled, DESK_PUMP_MAX);
    assert_true(readable());
    assert_int_equal(connections[0].woken, 1); /* first come, first served */
    assert_int_equal(connections[DESK_PUMP_MAX].woken, 0);
    while (readable())
        pump();
    assert_int_equal(handled, DESK_WAITING_MAX);
    for (size_t i = 0; i < DESK_WAITING_MAX; i++)
        desk_drop(&exchanges[i]);
}

static void closing_answers_all_and_handles_may_come_after(void **state)
{
    (void)state;
    struct connection first = {0}, second = {0};
    struct web_exchange *handed = asked(&first, WEB_STOP, 1);
    pump();
    struct web_exchange *queued = asked(&second, WEB_SERIES, 1);
    desk_close(desk);
    assert_int_equal(desk_answer(handed)->status, 503);
    assert_int_equal(desk_answer(queued)->status, 503);
    assert_int_equal(first.woken + second.woken, 2);
    desk_drop(&handed);
    desk_drop(&queued);
    desk_release(&desk);
    struct web_answer answer = {.status = 200};
    web_answer_now(&later, &answer);
    desk = desk_new();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_question_wakes_the_loop_and_its_answer_the_connection),
        TEST(an_answer_may_come_later),
        TEST(no_wait_is_endless),
        TEST(an_expired_question_is_not_asked),
        TEST(a_handler_that_says_nothing_is_answered_for),
        TEST(the_queue_is_bounded_and_pumped_in_parts),
        TEST(closing_answers_all_and_handles_may_come_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
