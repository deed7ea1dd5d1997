/* Names that Locust users choose freely, as long as a URL or longer. */
#include "common/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <msgpack.h>
#include <string.h>

static void text(msgpack_packer *to, const char *value)
{
    msgpack_pack_str_with_body(to, value, strlen(value));
}

/* A report of a stock worker: one entry and one error of this name and method, one user class. */
static void decode(struct wire_message *out, const char *name, const char *method, const char *class)
{
    msgpack_sbuffer bytes;
    msgpack_packer to;
    msgpack_sbuffer_init(&bytes);
    msgpack_packer_init(&to, &bytes, msgpack_sbuffer_write);
    msgpack_pack_array(&to, 3);
    text(&to, "stats");
    msgpack_pack_map(&to, 4);
    text(&to, "stats");
    msgpack_pack_array(&to, 1);
    msgpack_pack_map(&to, 2);
    text(&to, "name");
    text(&to, name);
    text(&to, "method");
    text(&to, method);
    text(&to, "stats_total");
    msgpack_pack_map(&to, 0);
    text(&to, "errors");
    msgpack_pack_map(&to, 1);
    text(&to, "key");
    msgpack_pack_map(&to, 1);
    text(&to, "name");
    text(&to, name);
    text(&to, "user_classes_count");
    msgpack_pack_map(&to, 1);
    text(&to, class);
    msgpack_pack_int(&to, 3);
    text(&to, "x_1");
    wire_decode(out, bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
}

static void fill(char *out, char with, size_t length)
{
    memset(out, with, length);
    out[length] = '\0';
}

static void the_longest_name_is_kept_whole_and_a_longer_one_ends_in_an_ellipsis(void **state)
{
    (void)state;
    char name[1024], cut[1024];
    struct wire_message message;
    fill(name, 'a', 511);
    decode(&message, name, "GET", "Sensors");
    assert_int_equal(message.type, WIRE_STATS);
    assert_string_equal(message.entries[0].name, name);
    assert_string_equal(message.failures[0].name, name);
    wire_fini(&message);

    fill(name, 'a', 512);
    decode(&message, name, name, "Sensors");
    assert_int_equal(message.type, WIRE_STATS);
    fill(cut, 'a', 508);
    strncat(cut, "\xe2\x80\xa6", 4); /* 511 bytes in all */
    assert_string_equal(message.entries[0].name, cut);
    assert_string_equal(message.failures[0].name, cut);
    fill(cut, 'a', 124);
    strncat(cut, "\xe2\x80\xa6", 4); /* 127 */
    assert_string_equal(message.entries[0].method, cut);
    wire_fini(&message);
}

static void no_character_is_cut_in_two(void **state)
{
    (void)state;
    char name[1024] = "", cut[1024] = "ab";
    memcpy(name, "ab", 3);
    for (size_t i = 0; i < 200; i++)
        memcpy(name + 2 + 3 * i, "\xe2\x82\xac", 4); /* 602 bytes */
    struct wire_message message;
    decode(&message, name, "GET", "Sensors");
    assert_int_equal(message.type, WIRE_STATS);
    for (size_t i = 0; i < 168; i++) /* 2 + 168 * 3 = 506: the next character would end at 509, past 508 */
        memcpy(cut + 2 + 3 * i, "\xe2\x82\xac", 4);
    memcpy(cut + 506, "\xe2\x80\xa6", 4);
    assert_string_equal(message.entries[0].name, cut);
    wire_fini(&message);
}

static void a_class_must_be_known_again_so_it_is_whole_or_refused(void **state)
{
    (void)state;
    char class[1024];
    struct wire_message message;
    fill(class, 'C', 511);
    decode(&message, "/", "GET", class);
    assert_int_equal(message.type, WIRE_STATS);
    assert_string_equal(message.classes[0].name, class);
    struct buffer out;
    buffer_init(&out, WIRE_MESSAGE_MAX);
    wire_encode(&message, &out);
    wire_fini(&message);
    wire_decode(&message, out.bytes, out.length);
    assert_string_equal(message.classes[0].name, class);
    assert_int_equal(message.classes[0].users, 3);
    wire_fini(&message);
    buffer_fini(&out);

    fill(class, 'C', 512);
    decode(&message, "/", "GET", class);
    assert_int_equal(message.type, WIRE_BAD);
    assert_string_equal(message.reason, "a user class has no name or too long a one");
    wire_fini(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_name_is_kept_whole_and_a_longer_one_ends_in_an_ellipsis),
        cmocka_unit_test(no_character_is_cut_in_two),
        cmocka_unit_test(a_class_must_be_known_again_so_it_is_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
