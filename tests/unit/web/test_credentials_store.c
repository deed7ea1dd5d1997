/* credentials_store - a password is made once, kept as a hash, and never taken when it is unsafe. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/server/credentials_store.h"
#include "web/server/password.h"
#include "web/server/web.h"

static char folder[64];
static char path[128];
static char error[WEB_ERROR_MAX];
static char made[WEB_SECRET_MAX];
static struct web_accounts accounts;

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/freshet-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/state/web-password", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char other[160];
    (void)unlink(path);
    snprintf(other, sizeof other, "%s/secret", folder);
    (void)unlink(other);
    snprintf(other, sizeof other, "%s/state", folder);
    (void)rmdir(other);
    return rmdir(folder);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(name, mode), 0);
}

static bool open_with(struct web_accounts_setup setup)
{
    char state_dir[96];
    snprintf(state_dir, sizeof state_dir, "%s/state", folder);
    setup.state_dir = state_dir;
    if (setup.host == NULL)
        setup.host = "127.0.0.1";
    error[0] = '\0';
    return web_accounts_open(&setup, &accounts, made, error);
}

static void a_made_password_is_told_once_and_stays_good(void **state)
{
    (void)state;
    assert_true(open_with((struct web_accounts_setup){0}));
    assert_int_equal(strlen(made), 24);
    char first[WEB_SECRET_MAX];
    memcpy(first, made, sizeof first);
    assert_string_equal(accounts.operator.user, "freshet");
    assert_true(password_fits(accounts.operator.hash, first));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    char kept[256] = "";
    assert_non_null(file);
    assert_non_null(fgets(kept, sizeof kept, file));
    fclose(file);
    assert_null(strstr(kept, first));
    assert_memory_equal(kept, "$argon2id$", 10);

    assert_true(open_with((struct web_accounts_setup){0}));
    assert_string_equal(made, "");
    assert_true(password_fits(accounts.operator.hash, first));
    assert_string_equal(accounts.viewer.hash, "");
}

static void a_given_password_is_used_and_not_kept(void **state)
{
    (void)state;
    assert_true(open_with((struct web_accounts_setup){
        .user = "ann", .password = "correct horse", .viewer_password = "look", .host = "0.0.0.0"}));
    assert_string_equal(made, "");
    assert_string_equal(accounts.operator.user, "ann");
    assert_string_equal(accounts.viewer.user, "viewer");
    assert_true(password_fits(accounts.operator.hash, "correct horse"));
    assert_false(password_fits(accounts.operator.hash, "correct hors"));
    assert_true(password_fits(accounts.viewer.hash, "look"));
    assert_int_equal(access(path, F_OK), -1);
}

static void the_published_default_stays_on_this_machine(void **state)
{
    (void)state;
    struct web_accounts_setup setup = {.password = "locust-dashboard-pwd"};
    assert_true(open_with(setup));
    static const char *const open_hosts[] = {"0.0.0.0", "*", "", "::", "10.0.0.1", "dash.example"};
    for (size_t i = 0; i < sizeof open_hosts / sizeof open_hosts[0]; i++) {
        setup.host = open_hosts[i];
        assert_false(open_with(setup));
        assert_non_null(strstr(error, "published default"));
        assert_null(strstr(error, "locust-dashboard-pwd"));
    }
}

static void a_secret_file_gives_its_first_line(void **state)
{
    (void)state;
    char file[96], secret[WEB_SECRET_MAX];
    snprintf(file, sizeof file, "%s/secret", folder);
    write_file(file, "from a file \r\nsecond\n", 0400);
    assert_true(web_secret_file(file, secret, error));
    assert_string_equal(secret, "from a file ");
    assert_true(open_with((struct web_accounts_setup){.password_file = file}));
    assert_true(password_fits(accounts.operator.hash, "from a file "));
    assert_false(open_with((struct web_accounts_setup){.password_file = file, .password = "x"}));
    assert_non_null(strstr(error, "twice"));
    assert_int_equal(unlink(file), 0);
    write_file(file, "\n", 0600);
    assert_false(web_secret_file(file, secret, error));
    assert_non_null(strstr(error, "empty"));
    write_file(file, "x\n", 0602);
    assert_false(web_secret_file(file, secret, error));
    assert_non_null(strstr(error, "everybody may write it"));
    assert_int_equal(unlink(file), 0);
    assert_false(web_secret_file(file, secret, error));
    assert_non_null(strstr(error, "No such file"));
}

static void what_cannot_be_used_is_said(void **state)
{
    (void)state;
    assert_false(open_with((struct web_accounts_setup){.user = "a:b", .password = "x"}));
    assert_non_null(strstr(error, "colon"));
    assert_false(open_with((struct web_accounts_setup){
        .user = "same", .password = "x", .viewer_user = "same", .viewer_password = "y"}));
    assert_non_null(strstr(error, "must differ"));
    assert_true(open_with((struct web_accounts_setup){0}));
    write_file(path, "not a hash\n", 0600);
    assert_false(open_with((struct web_accounts_setup){0}));
    assert_non_null(strstr(error, "holds no password hash"));
}

static void what_only_this_machine_reaches(void **state)
{
    (void)state;
    assert_true(credentials_loopback("127.0.0.1"));
    assert_true(credentials_loopback("127.8.9.1"));
    assert_true(credentials_loopback("::1"));
    assert_true(credentials_loopback("localhost"));
    assert_false(credentials_loopback(""));
    assert_false(credentials_loopback("0.0.0.0"));
    assert_false(credentials_loopback("127.example"));
}

static void made_passwords_use_every_bit(void **state)
{
    (void)state;
    unsigned char random[20];
    char text[PASSWORD_MADE_MAX];
    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (unsigned char)(i + 224);
    password_make(random, text);
    assert_string_equal(text, "0123-4567-89ab-cdef-ghjk"); /* 224 is 7 times 32 */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_made_password_is_told_once_and_stays_good),
        TEST(a_given_password_is_used_and_not_kept),
        TEST(the_published_default_stays_on_this_machine),
        TEST(a_secret_file_gives_its_first_line),
        TEST(what_cannot_be_used_is_said),
        cmocka_unit_test(what_only_this_machine_reaches),
        cmocka_unit_test(made_passwords_use_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
