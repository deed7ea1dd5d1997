/* keystore - keys made, allowed and revoked in a folder, while a primary has it open. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/clock.h"
#include "primary/keystore.h"

#include <czmq.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct stage {
    char root[64], dir[80];
    log_t *log;
};

static char error[KEYFILE_ERROR_MAX], path[PATH_MAX];

static int open_stage(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    snprintf(stage->root, sizeof stage->root, "/tmp/freshet-keys-XXXXXX");
    if (mkdtemp(stage->root) == NULL)
        return 1;
    snprintf(stage->dir, sizeof stage->dir, "%s/keys", stage->root);
    stage->log = log_new("test", LOG_LEVEL_CRITICAL, NULL);
    *state = stage;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;
    log_destroy(&stage->log);
    zdir_t *dir = zdir_new(stage->root, NULL);
    zdir_remove(dir, true);
    zdir_destroy(&dir);
    free(stage);
    return 0;
}

static mode_t mode_of(const char *dir, const char *name)
{
    struct stat facts;
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/%s", dir, name);
    assert_int_equal(stat(file, &facts), 0);
    return facts.st_mode & 07777;
}

static void made(const struct stage *stage, const char *name, struct keyfile *out)
{
    assert_true(keystore_add(stage->dir, name, path, error));
    assert_true(keyfile_load(path, KEYFILE_BUNDLE, out, error));
}

static void what_is_made_is_for_its_owner_only(void **state)
{
    struct stage *stage = *state;
    umask(0);
    assert_false(keystore_there(stage->dir));
    assert_true(keystore_make(stage->dir, error));
    assert_true(keystore_there(stage->dir));
    struct keyfile first, primary, again;
    made(stage, "join", &first);
    assert_int_equal(mode_of(stage->dir, ""), 0700);
    assert_int_equal(mode_of(stage->dir, "allowed"), 0700);
    assert_int_equal(mode_of(stage->dir, "primary.secret"), 0600);
    assert_int_equal(mode_of(stage->dir, "bundles/join.bundle"), 0600);
    snprintf(path, sizeof path, "%s/primary.secret", stage->dir);
    assert_true(keyfile_load(path, KEYFILE_SECRET, &primary, error));
    assert_string_equal(first.primary, primary.public_key);

    assert_true(keystore_make(stage->dir, error)); /* again: nothing is made anew */
    assert_true(keyfile_load(path, KEYFILE_SECRET, &again, error));
    assert_memory_equal(&primary, &again, sizeof primary);
    assert_false(keystore_add(stage->dir, "join", path, error));
    assert_non_null(strstr(error, "join already"));
    assert_false(keystore_add(stage->dir, "../join", path, error));

    /* No secret is among what the primary reads to know who may come in. */
    struct keyfile cert;
    snprintf(path, sizeof path, "%s/allowed/join.cert", stage->dir);
    assert_false(keyfile_load(path, KEYFILE_SECRET, &cert, error));
}

/* czmq reads our files, and a CURVE client with what it read is who we think it is. */
static void czmq_reads_a_bundle(void **state)
{
    struct stage *stage = *state;
    struct keyfile bundle;
    assert_true(keystore_make(stage->dir, error));
    made(stage, "rack1", &bundle);
    zcert_t *cert = zcert_load(path);
    assert_non_null(cert);
    assert_string_equal(zcert_public_txt(cert), bundle.public_key);
    assert_string_equal(zcert_secret_txt(cert), bundle.secret_key);
    assert_string_equal(zcert_meta(cert, "name"), "rack1");
    assert_string_equal(zcert_meta(cert, "primary"), bundle.primary);
    zcert_destroy(&cert);
}

static void an_open_store_follows_the_folder(void **state)
{
    struct stage *stage = *state;
    struct keyfile one, two, stranger;
    char name[KEYFILE_NAME_MAX];
    assert_true(keystore_make(stage->dir, error));
    made(stage, "one", &one);
    int64_t now_ms = clock_wall_ms(); /* goes to and fro below: close to the folder's own times */
    keystore_t *store = keystore_open(stage->dir, stage->log, now_ms, error);
    assert_non_null(store);
    assert_int_equal(keystore_find(store, one.public_key, name), KEYSTORE_ALLOWED);
    assert_string_equal(name, "one");

    made(stage, "two", &two);
    assert_int_equal(keystore_find(store, two.public_key, name), KEYSTORE_UNKNOWN);
    assert_string_equal(name, "");
    keystore_turn(store, now_ms + 999); /* not a second yet */
    assert_int_equal(keystore_find(store, two.public_key, name), KEYSTORE_UNKNOWN);
    keystore_turn(store, now_ms + 1000);
    assert_int_equal(keystore_find(store, two.public_key, name), KEYSTORE_ALLOWED);

    assert_true(keystore_revoke(stage->dir, "one", error));
    keystore_turn(store, now_ms);
    assert_int_equal(keystore_find(store, one.public_key, name), KEYSTORE_REVOKED);
    assert_string_equal(name, "one");
    assert_int_equal(keystore_find(store, two.public_key, NULL), KEYSTORE_ALLOWED);
    assert_false(keystore_revoke(stage->dir, "one", error));
    assert_non_null(strstr(error, "one"));

    /* The name may be used again, the key not; and it can be revoked again. */
    made(stage, "one", &stranger);
    keystore_turn(store, now_ms + 1000);
    assert_int_equal(keystore_find(store, one.public_key, NULL), KEYSTORE_REVOKED);
    assert_int_equal(keystore_find(store, stranger.public_key, NULL), KEYSTORE_ALLOWED);
    assert_true(keystore_revoke(stage->dir, "one", error));
    keystore_turn(store, now_ms);
    assert_int_equal(keystore_find(store, stranger.public_key, name), KEYSTORE_REVOKED);
    assert_string_equal(name, "one");
    keystore_destroy(&store);
    assert_null(store);
}

static void what_is_no_key_is_left_out(void **state)
{
    struct stage *stage = *state;
    struct keyfile one;
    assert_true(keystore_make(stage->dir, error));
    made(stage, "one", &one);
    static const char *const files[] = {"broken.cert", ".hidden.cert", "notes.txt", "empty.cert"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/allowed/%s", stage->dir, files[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        if (i != 3)
            fputs("curve\n    public-key = \"short\"\n", file);
        fclose(file);
    }
    keystore_t *store = keystore_open(stage->dir, stage->log, 0, error);
    assert_non_null(store);
    assert_int_equal(keystore_find(store, one.public_key, NULL), KEYSTORE_ALLOWED);
    assert_int_equal(keystore_find(store, "", NULL), KEYSTORE_UNKNOWN);
    keystore_destroy(&store);
}

static void a_primary_key_that_others_can_read_is_refused(void **state)
{
    struct stage *stage = *state;
    assert_null(keystore_open(stage->dir, stage->log, 0, error));
    assert_true(keystore_make(stage->dir, error));
    snprintf(path, sizeof path, "%s/primary.secret", stage->dir);
    assert_int_equal(chmod(path, 0644), 0);
    assert_null(keystore_open(stage->dir, stage->log, 0, error));
    assert_non_null(strstr(error, "primary.secret"));
    assert_non_null(strstr(error, "0644"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_made_is_for_its_owner_only, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(czmq_reads_a_bundle, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(an_open_store_follows_the_folder, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_is_no_key_is_left_out, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_primary_key_that_others_can_read_is_refused, open_stage,
                                        close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
