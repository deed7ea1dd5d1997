#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/server/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char json[] = "application/json";

static void keep(shelf_t *shelf, uint64_t age, const char *target, const char *text)
{
    struct document *document = document_new(text, strlen(text));
    shelf_keep(shelf, age, target, json, document);
    document_drop(&document);
}

/* Is exactly this kept? NULL: is nothing? */
static bool keeps(shelf_t *shelf, const char *target, const char *text)
{
    const char *type = "";
    struct document *found = shelf_kept(shelf, target, &type);
    if (found == NULL)
        return text == NULL && type == NULL;
    bool same = text != NULL && type == json && document_length(found) == strlen(text) &&
                memcmp(document_bytes(found), text, strlen(text)) == 0;
    document_drop(&found);
    return same;
}

static void an_answer_is_given_again_to_who_asks_the_same(void **state)
{
    (void)state;
    shelf_t *shelf = shelf_new();
    assert_true(keeps(shelf, "/api/v1/series?points=300", NULL));
    keep(shelf, shelf_age(shelf), "/api/v1/series?points=300", "{\"at_s\":[1]}");
    assert_true(keeps(shelf, "/api/v1/series?points=300", "{\"at_s\":[1]}"));
    assert_true(keeps(shelf, "/api/v1/series?points=30", NULL));
    assert_true(keeps(shelf, "/api/v1/series", NULL));
    keep(shelf, shelf_age(shelf), "/api/v1/series?points=300", "{\"at_s\":[2]}"); /* two asked at once */
    assert_true(keeps(shelf, "/api/v1/series?points=300", "{\"at_s\":[1]}"));
    shelf_destroy(&shelf);
    assert_null(shelf);
}

static void news_make_it_forget(void **state)
{
    (void)state;
    shelf_t *shelf = shelf_new();
    keep(shelf, shelf_age(shelf), "/a", "old");
    const char *type;
    struct document *sending = shelf_kept(shelf, "/a", &type); /* on its way to a slow client */
    shelf_forget(shelf);
    assert_true(keeps(shelf, "/a", NULL));
    assert_memory_equal(document_bytes(sending), "old", 3);
    document_drop(&sending);
    keep(shelf, shelf_age(shelf), "/a", "new");
    assert_true(keeps(shelf, "/a", "new"));
    shelf_destroy(&shelf);
}

static void an_answer_older_than_the_news_is_not_kept(void **state)
{
    (void)state;
    shelf_t *shelf = shelf_new();
    uint64_t asked = shelf_age(shelf);
    shelf_forget(shelf); /* somebody changed something while the primary answered */
    keep(shelf, asked, "/a", "of before");
    assert_true(keeps(shelf, "/a", NULL));
    shelf_destroy(&shelf);
}

static void what_it_keeps_is_bounded(void **state)
{
    (void)state;
    shelf_t *shelf = shelf_new();
    char target[SHELF_TARGET_MAX + 1];
    memset(target, 'x', sizeof target);
    target[0] = '/';
    target[SHELF_TARGET_MAX] = '\0'; /* one byte too long */
    keep(shelf, shelf_age(shelf), target, "long");
    assert_true(keeps(shelf, target, NULL));
    target[SHELF_TARGET_MAX - 1] = '\0';
    keep(shelf, shelf_age(shelf), target, "fits");
    assert_true(keeps(shelf, target, "fits"));

    char *bytes = calloc(1, SHELF_KEPT_BYTES_MAX + 1);
    struct document *large = document_new(bytes, SHELF_KEPT_BYTES_MAX + 1);
    shelf_keep(shelf, shelf_age(shelf), "/large", json, large);
    assert_true(keeps(shelf, "/large", NULL));
    document_drop(&large);
    free(bytes);

    for (int i = 0; i < SHELF_KEPT_MAX; i++) { /* one more than there is room for */
        snprintf(target, sizeof target, "/%d", i);
        keep(shelf, shelf_age(shelf), target, "one of many");
    }
    assert_true(keeps(shelf, "/0", "one of many"));
    assert_true(keeps(shelf, target, NULL));
    shelf_destroy(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_given_again_to_who_asks_the_same),
        cmocka_unit_test(news_make_it_forget),
        cmocka_unit_test(an_answer_older_than_the_news_is_not_kept),
        cmocka_unit_test(what_it_keeps_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
