
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/rng.h"
#include "secondary/kinesis/base64.h"

static void the_vectors_of_rfc_4648_hold(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[16];
        for (enum base64_way way = BASE64_SCALAR; way < BASE64_WAYS; way++) {
            if (!base64_has(way))
                continue;
            size_t length = base64_encode_by(way, out, rows[i][0], strlen(rows[i][0]));
            assert_int_equal(length, strlen(rows[i][1]));
            assert_memory_equal(out, rows[i][1], length);
        }
    }
    assert_int_equal(base64_encode((char[1]){0}, NULL, 0), 0);
}

/* Every 6-bit value once, in order: the alphabet itself comes out. */
static void all_sixty_four_letters_come_out(void **state)
{
    (void)state;
    uint8_t in[48];
    for (size_t group = 0; group < 16; group++) {
        uint32_t bits = 0;
        for (uint32_t k = 0; k < 4; k++)
            bits = bits << 6 | (uint32_t)(group * 4 + k);
        in[3 * group] = (uint8_t)(bits >> 16);
        in[3 * group + 1] = (uint8_t)(bits >> 8);
        in[3 * group + 2] = (uint8_t)bits;
    }
    char out[64];
    assert_int_equal(base64_encode(out, in, sizeof in), 64);
    assert_memory_equal(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64);
}

/* Heap blocks of the exact size, so that the sanitizer sees any byte read or written beyond. */
static void all_ways_agree_at_every_length_and_stay_in_bounds(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 7, 0);
    for (size_t length = 0; length <= 300; length++) {
        uint8_t *in = malloc(length + (length == 0));
        char *fast = malloc(base64_length(length) + (length == 0));
        char *plain = malloc(base64_length(length) + (length == 0));
        for (size_t i = 0; i < length; i++)
            in[i] = (uint8_t)rng_next(&rng);
        assert_int_equal(base64_encode_by(BASE64_SCALAR, plain, in, length), base64_length(length));
        for (enum base64_way way = BASE64_BY_12; way < BASE64_WAYS; way++) {
            if (!base64_has(way))
                continue;
            assert_int_equal(base64_encode_by(way, fast, in, length), base64_length(length));
            assert_memory_equal(fast, plain, base64_length(length));
        }
        free(in);
        free(fast);
        free(plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_hold),
        cmocka_unit_test(all_sixty_four_letters_come_out),
        cmocka_unit_test(all_ways_agree_at_every_length_and_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
