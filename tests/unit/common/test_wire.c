#include "common/mem.h"
#include "common/wire.h"
#include "tests/unit/common/wire_fixtures.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/wire_hex.h"

/* Encode, fini, decode again into the same message. */
static void round_trip(struct wire_message *message)
{
    struct buffer out;
    enum wire_type type = message->type;
    buffer_init(&out, WIRE_MESSAGE_MAX);
    wire_encode(message, &out);
    assert_false(out.full);
    wire_fini(message);
    wire_decode(message, out.bytes, out.length);
    if (message->type == WIRE_BAD)
        fail_msg("refused: %s", message->reason);
    assert_int_equal(message->type, type);
    buffer_fini(&out);
}

static void a_worker_introduces_itself_with_a_version_or_without(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, CLIENT_READY, WIRE_CLIENT_READY);
    assert_string_equal(message.version, "2.46.3");
    wire_fini(&message);
    decode_good(&message, CLIENT_READY_ANY, WIRE_CLIENT_READY);
    assert_string_equal(message.version, "");
    wire_fini(&message);
    const char *old = "client_ready without a version: a peer older than Locust 2.0";
    assert_refused("93ac636c69656e745f7265616479c0a178", old);
    assert_refused("93ac636c69656e745f7265616479a0a178", old);
    const char *strange = "the version is neither a short text nor -1";
    assert_refused("93ac636c69656e745f726561647905a178", strange);
    assert_refused("93ac636c69656e745f7265616479fea178", strange);
}

static void an_ack_carries_an_index_or_in_old_times_nothing(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, ACK, WIRE_ACK);
    assert_int_equal(message.index, 3);
    assert_false(message.has_freshet);
    wire_fini(&message);
    decode_good(&message, ACK_OLD, WIRE_ACK);
    assert_int_equal(message.index, 0);
    wire_fini(&message);
}

static const char *option(const struct wire_message *message, const char *name)
{
    for (size_t i = 0; i < message->options_count; i++)
        if (strcmp(message->options[i].name, name) == 0)
            return message->options[i].value != NULL ? message->options[i].value : "(nil)";
    return "(absent)";
}

static void a_stock_master_spawns_users_and_passes_its_options(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, SPAWN, WIRE_SPAWN);
    assert_true(message.timestamp == 1790000000.25);
    assert_true(message.stop_timeout_s == 10);
    assert_null(message.host);
    assert_false(message.has_freshet);
    assert_int_equal(message.classes_count, 2);
    assert_string_equal(message.classes[0].name, "StreamUser");
    assert_int_equal(message.classes[0].users, 5);
    assert_int_equal(message.classes[1].users, 0);
    assert_int_equal(message.options_count, 8);
    assert_string_equal(option(&message, "num_users"), "5");
    assert_string_equal(option(&message, "spawn_rate"), "2.5");
    assert_string_equal(option(&message, "run_time"), "(nil)");
    assert_string_equal(option(&message, "headless"), "false");
    assert_string_equal(option(&message, "autostart"), "true");
    assert_string_equal(option(&message, "tags"), "(absent)");
    assert_string_equal(option(&message, "batch_size"), "500");
    assert_string_equal(option(&message, "third"), "0.1");
    assert_string_equal(option(&message, "below"), "-4");
    wire_fini(&message);
    wire_fini(&message);
}

static void our_share_rides_in_a_spawn(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, SHARE, WIRE_SPAWN);
    assert_true(message.has_freshet);
    assert_string_equal(message.host, "h");
    assert_true(message.timestamp == 5);
    assert_true(message.stop_timeout_s == 0);
    assert_int_equal(message.share.run_id, 1);
    assert_int_equal(message.share.epoch, 2);
    assert_true(message.share.rate == -1);
    assert_true(message.share.phase == 0.5);
    assert_true(message.share.quota == UINT64_MAX);
    assert_int_equal(message.share.bound, 4);
    assert_int_equal(message.share.report_us, 5);
    assert_int_equal(message.share.lease_us, 6);
    assert_int_equal(message.share.index, 7);
    wire_fini(&message);
}

static void a_stock_report_is_read_whole(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, STATS, WIRE_STATS);
    assert_int_equal(message.entries_count, 1);
    const struct wire_entry *entry = &message.entries[0];
    assert_string_equal(entry->name, "put");
    assert_string_equal(entry->method, "PutRecords");
    assert_int_equal(entry->requests, 7);
    assert_int_equal(entry->none_requests, 1);
    assert_int_equal(entry->failures, 2);
    assert_true(entry->total_response_ms == 1234.5);
    assert_true(entry->max_response_ms == 900.25);
    assert_true(entry->min_response_ms == 0.75);
    assert_int_equal(entry->content_bytes, 12800);
    assert_true(entry->start_time == 1790000000.0);
    assert_true(entry->last_request_time == 1790000003.5);
    assert_int_equal(entry->response_times_count, 3);
    assert_int_equal(entry->response_times[1].key, 120);
    assert_int_equal(entry->response_times[1].count, 3);
    assert_int_equal(entry->response_times[2].key, 900); /* sent as a float */
    assert_int_equal(entry->per_second_count, 2);
    assert_int_equal(entry->per_second[1].key, 1790000003);
    assert_int_equal(entry->failures_per_second[0].count, 2);
    assert_string_equal(message.total.name, "Aggregated");
    assert_true(message.total.min_response_ms < 0);
    assert_true(message.total.last_request_time < 0);
    assert_int_equal(message.failures_count, 1);
    assert_string_equal(message.failures[0].error, "Throttled('slow')");
    assert_int_equal(message.failures[0].occurrences, 2);
    assert_int_equal(message.user_count, 5);
    assert_string_equal(message.classes[0].name, "StreamUser");
    assert_false(message.has_freshet);
    wire_fini(&message);
}

static void boomer_leaves_things_out_and_is_understood(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, BOOMER_STATS, WIRE_STATS);
    assert_true(message.entries[0].min_response_ms < 0);
    assert_int_equal(message.entries[0].failures, 1);
    assert_int_equal(message.entries[0].failures_per_second_count, 0);
    assert_string_equal(message.total.name, "Total");
    assert_string_equal(message.failures[0].error, "EOF");
    assert_int_equal(message.failures[0].occurrences, 0);
    assert_int_equal(message.classes_count, 0);
    wire_fini(&message);
    decode_good(&message, BOOMER_COMPLETE, WIRE_SPAWNING_COMPLETE);
    assert_int_equal(message.user_count, 9);
    assert_int_equal(message.classes[0].users, 9);
    wire_fini(&message);
}

static void our_report_is_read_and_what_a_later_version_adds_is_ignored(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, REPORT, WIRE_STATS);
    const struct wire_report *report = &message.report;
    assert_true(message.has_freshet);
    assert_true(report->run_id == UINT64_MAX);
    assert_int_equal(report->epoch, 2);
    assert_int_equal(report->sequence, 3);
    assert_int_equal(report->bound, 4);
    assert_int_equal(report->batches_in_flight, 5);
    assert_int_equal(report->window, 6);
    assert_int_equal(report->lag_us, 7);
    assert_int_equal(report->lag_us_max, 8);
    assert_int_equal(report->busy_us, 9);
    assert_int_equal(report->cpu_us, 10);
    assert_int_equal(report->elapsed_us, 11);
    assert_true(report->final);
    assert_int_equal(report->counters.generated, 10);
    assert_int_equal(report->counters.delivered, 9);
    assert_int_equal(report->counters.failed, 0);
    assert_int_equal(report->due->count, 1);
    assert_int_equal(report->due->max_us, 7);
    assert_int_equal(report->service->count, 0);
    assert_int_equal(report->shards_count, 1);
    assert_string_equal(report->shards[0].id, "shardId-000000000000");
    assert_int_equal(report->shards[0].events, 9);
    assert_int_equal(report->errors_count, 2);
    assert_string_equal(report->errors[0].message, "slow down");
    assert_null(report->errors[1].message);
    assert_int_equal(report->errors[1].events, 2);
    wire_fini(&message);
}

static void the_small_messages(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, HEARTBEAT, WIRE_HEARTBEAT);
    assert_string_equal(message.state, "running");
    assert_true(message.cpu_percent == 97);
    assert_int_equal(message.memory_bytes, 52428800);
    wire_fini(&message);
    decode_good(&message, HEARTBEAT_NIL, WIRE_HEARTBEAT);
    assert_string_equal(message.state, "");
    wire_fini(&message);
    decode_good(&message, COMPLETE_PRIMARY, WIRE_SPAWNING_COMPLETE);
    assert_int_equal(message.user_count, 40);
    wire_fini(&message);
    decode_good(&message, STOP, WIRE_STOP);
    assert_false(message.has_freshet);
    wire_fini(&message);
    decode_good(&message, QUIT, WIRE_QUIT);
    wire_fini(&message);
    decode_good(&message, PREFLIGHT_ASK, WIRE_PREFLIGHT_ASK);
    assert_int_equal(message.run_id, 77);
    assert_string_equal(option(&message, "region"), "eu-central-1");
    wire_fini(&message);
    decode_good(&message, PREFLIGHT_ANSWER, WIRE_PREFLIGHT_ANSWER);
    assert_int_equal(message.preflight.id, 77);
    assert_false(message.preflight.ok);
    assert_string_equal(message.preflight.code, "ResourceNotFoundException");
    assert_string_equal(message.preflight.message, "Stream x not found");
    assert_true(message.preflight.event_bytes == 128.5);
    assert_string_equal(message.preflight.place, "eu-central-1");
    wire_fini(&message);
}

static void a_long_traceback_is_cut_between_characters(void **state)
{
    (void)state;
    struct wire_message message;
    struct buffer hex;
    buffer_init(&hex, 16384);
    buffer_text(&hex, EXCEPTION_HEAD);
    for (unsigned i = 0; i < 1500; i++)
        buffer_text(&hex, "c3a9");
    buffer_text(&hex, EXCEPTION_TAIL);
    decode_good(&message, buffer_str(&hex), WIRE_EXCEPTION);
    assert_string_equal(message.text, "boom");
    /* "Traceback:\n" is 11 bytes, each character after it 2, so the limit falls inside one */
    assert_int_equal(strlen(message.traceback), WIRE_TEXT_MAX - 1);
    assert_int_equal((uint8_t)message.traceback[WIRE_TEXT_MAX - 2], 0xa9);
    buffer_fini(&hex);
    wire_fini(&message);
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *hex, *reason;
    } cases[] = {
        {"", "cut short"},
        {"c1", "not msgpack"},
        {"93a361636bc0a178c0", "bytes after the message"},
        {"93a361636bc0", "cut short"},
        {"93a361", "an array or map announces more than there is"},
        {"93a361636bc0a2", "cut short"},
        {"92a361636bc0", "not an array of three"},
        {"83a361636bc0a178c0c0c0", "not an array of three"},
        {"93c40361636bc0a178", "the message type is no text or too long"}, /* bin */
        {"93a3610063c0a178", "the message type is no text or too long"},   /* NUL inside */
        {"93a361636bc0c0", "the node id is no text or too long"},
        {"93a361636bc0a0", "the node id is empty"},
        {"93a361636b01a178", "the data of ack is neither nil nor a map"},
        {"93a361636b81a5696e646578ffa178", "index is missing or not a count"},
        {"93a361636b81a5696e646578cb3ff8000000000000a178", "index is missing or not a count"}, /* 1.5 */
        {"93a361636b81a76672657368657401a178", "freshet is no map"},
        {"93a361636b81a76672657368657480a178", "version is missing, no text or too long"},
        {"93a5737061776e80a178", "timestamp is missing or not a finite number"},
        {"93a5737061776e81a974696d657374616d70cb7ff8000000000000a178",
         "timestamp is missing or not a finite number"}, /* NaN */
        {"93a5737061776e81a974696d657374616d7001a178", "user_classes_count is missing, no map or too long"},
        {"93a5737461747380a178", "stats is missing, no array or too long"},
        {"93b1737061776e696e675f636f6d706c65746580a178", "count is missing or not a count"},
        {"93a968656172746265617480a178", "heartbeat without a state"},
        {"93a47175697401a178", "data is neither nil nor a map"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].hex, cases[i].reason);
}

static void a_huge_message_is_refused(void **state)
{
    (void)state;
    uint8_t *bytes = mem_new(WIRE_MESSAGE_MAX + 1, 1);
    struct wire_message message;
    wire_decode(&message, bytes, WIRE_MESSAGE_MAX + 1);
    assert_string_equal(message.reason, "longer than a message may be");
    free(bytes);
}

static void every_cut_of_a_real_report_is_refused(void **state)
{
    (void)state;
    const char *whole[] = {STATS, REPORT, SPAWN, SHARE};
    char hex[4096];
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        size_t length = strlen(whole[i]);
        assert_true(length < sizeof hex);
        for (size_t cut = 0; cut < length; cut += 2) {
            struct wire_message message;
            memcpy(hex, whole[i], cut);
            hex[cut] = '\0';
            decode_hex(&message, hex);
            assert_int_equal(message.type, WIRE_BAD);
            wire_fini(&message);
        }
    }
}

static void a_curve_rides_with_the_share(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, SHARE, WIRE_SPAWN); /* without a word of it the rate stays as it is */
    assert_true(message.share.rate_to == message.share.rate);
    assert_int_equal(message.share.over_us, 0);
    assert_false(message.share.bends);
    wire_fini(&message);
    decode_good(&message, CURVE, WIRE_SPAWN);
    for (int i = 0; i < 2; i++) {
        assert_true(message.share.rate == 1000);
        assert_true(message.share.rate_to == 5000.5);
        assert_int_equal(message.share.over_us, 3000000);
        assert_true(message.share.bends);
        assert_int_equal(message.share.lease_us, 6);
        round_trip(&message);
    }
    wire_fini(&message);
    assert_refused(CURVE_TO_TEXT, "rate_to is missing or not a finite number");
    assert_refused(CURVE_OVER_LONG, "a curve beyond belief");
    assert_refused(CURVE_BENDS_NUMBER, "bends is neither true nor false");
    assert_refused(CURVE_OF_USERS, "a curve of less than no events");
    assert_refused(CURVE_BELOW_ZERO, "a curve of less than no events");
}

static void what_peers_sent_survives_our_encoding(void **state)
{
    (void)state;
    struct wire_message message;
    decode_good(&message, STATS, WIRE_STATS);
    round_trip(&message);
    assert_true(message.entries[0].min_response_ms == 0.75);
    assert_int_equal(message.entries[0].response_times[2].key, 900);
    assert_true(message.total.last_request_time < 0);
    assert_string_equal(message.failures[0].error, "Throttled('slow')");
    assert_int_equal(message.classes[0].users, 5);
    wire_fini(&message);

    decode_good(&message, REPORT, WIRE_STATS);
    round_trip(&message);
    assert_true(message.report.run_id == UINT64_MAX && message.report.final);
    assert_int_equal(message.report.elapsed_us, 11);
    assert_int_equal(message.report.counters.delivered, 9);
    assert_int_equal(message.report.due->sum_us, 7);
    assert_string_equal(message.report.shards[0].id, "shardId-000000000000");
    assert_string_equal(message.report.errors[0].code, "Throttled");
    assert_null(message.report.errors[1].message);
    wire_fini(&message);

    decode_good(&message, SHARE, WIRE_SPAWN);
    round_trip(&message);
    assert_true(message.share.rate == -1 && message.share.phase == 0.5 && message.share.quota == UINT64_MAX);
    assert_int_equal(message.share.lease_us, 6);
    assert_string_equal(message.host, "h");
    wire_fini(&message);
}

static void heartbeats_carry_clock_and_acknowledgement_both_ways(void **state)
{
    (void)state;
    struct wire_message message = {.type = WIRE_HEARTBEAT, .id = "a_1", .has_freshet = true};
    message.echo_us = 123456789012;
    message.acknowledged = 42;
    round_trip(&message);
    assert_string_equal(message.state, "");
    assert_true(message.echo_us == 123456789012);
    assert_int_equal(message.acknowledged, 42);
    snprintf(message.state, sizeof message.state, "ready");
    message.sent_us = 5;
    message.wall_us = 1675686126310000;
    message.held_us = 17;
    round_trip(&message);
    assert_string_equal(message.state, "ready");
    assert_int_equal(message.sent_us, 5);
    assert_true(message.wall_us == 1675686126310000);
    assert_int_equal(message.held_us, 17);
    wire_fini(&message);
}

static void assert_encoded(const struct wire_message *message, const char *hex)
{
    struct buffer out;
    char text[512] = "";
    buffer_init(&out, 256);
    wire_encode(message, &out);
    for (size_t i = 0; i < out.length; i++)
        snprintf(text + 2 * i, 3, "%02x", (uint8_t)out.bytes[i]);
    assert_string_equal(text, hex);
    buffer_fini(&out);
}

static void the_bytes_are_those_of_the_specification(void **state)
{
    (void)state;
    struct wire_message message = {.type = WIRE_ACK, .id = "x"};
    assert_encoded(&message, "93a361636b81a5696e64657800a178");
    message.type = WIRE_CLIENT_READY;
    assert_encoded(&message, "93ac636c69656e745f7265616479ffa178");
    message.type = WIRE_STOP;
    assert_encoded(&message, "93a473746f70c0a178");
    message.type = WIRE_HEARTBEAT;
    assert_encoded(&message, "93a9686561727462656174c0a178");
}

static void a_buffer_too_small_says_so(void **state)
{
    (void)state;
    struct wire_message message = {.type = WIRE_SPAWN, .id = "a_1"};
    struct buffer out;
    buffer_init(&out, 40);
    wire_encode(&message, &out);
    assert_true(out.full);
    assert_true(out.length <= 40);
    message.type = WIRE_QUIT;
    wire_encode(&message, &out); /* cleared first */
    assert_false(out.full);
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_introduces_itself_with_a_version_or_without),
        cmocka_unit_test(an_ack_carries_an_index_or_in_old_times_nothing),
        cmocka_unit_test(a_stock_master_spawns_users_and_passes_its_options),
        cmocka_unit_test(our_share_rides_in_a_spawn),
        cmocka_unit_test(a_curve_rides_with_the_share),
        cmocka_unit_test(a_stock_report_is_read_whole),
        cmocka_unit_test(boomer_leaves_things_out_and_is_understood),
        cmocka_unit_test(our_report_is_read_and_what_a_later_version_adds_is_ignored),
        cmocka_unit_test(the_small_messages),
        cmocka_unit_test(a_long_traceback_is_cut_between_characters),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(a_huge_message_is_refused),
        cmocka_unit_test(every_cut_of_a_real_report_is_refused),
        cmocka_unit_test(what_peers_sent_survives_our_encoding),
        cmocka_unit_test(heartbeats_carry_clock_and_acknowledgement_both_ways),
        cmocka_unit_test(the_bytes_are_those_of_the_specification),
        cmocka_unit_test(a_buffer_too_small_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
