#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "primary/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folder(void **state)
{
    char *folder = strdup("/tmp/freshet-files-XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    int failed = rmdir(*state); /* every test leaves it empty: no temporary file stays behind */
    free(*state);
    return failed;
}

static void path_in(const char *folder, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", folder, name);
}

static void a_file_is_written_whole_and_replaced_whole(void **state)
{
    char path[256], error[FILES_ERROR_MAX], content[16] = "";
    path_in(*state, "report.json", path);
    assert_true(files_check(path, error));
    assert_int_equal(access(path, F_OK), -1); /* the check leaves nothing behind */
    assert_true(files_write(path, "long first", 10, error));
    assert_true(files_check(path, error));
    assert_true(files_write(path, "second", 6, error));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(content, 1, sizeof content, file), 6);
    fclose(file);
    assert_memory_equal(content, "second", 6);
    unlink(path);
}

static void what_cannot_be_written_is_said(void **state)
{
    char path[256], error[FILES_ERROR_MAX];
    path_in(*state, "no-such-folder/report.json", path);
    assert_false(files_check(path, error));
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, "No such file or directory"));
    assert_false(files_write(path, "x", 1, error));
    assert_false(files_check(*state, error)); /* a folder */
    assert_non_null(strstr(error, "Is a directory"));
}

static void what_is_no_regular_file_is_written_directly(void **state)
{
    (void)state;
    char error[FILES_ERROR_MAX];
    struct stat facts;
    assert_true(files_check("/dev/null", error));
    assert_true(files_write("/dev/null", "x", 1, error));
    assert_int_equal(stat("/dev/null", &facts), 0);
    assert_true(S_ISCHR(facts.st_mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_written_whole_and_replaced_whole, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_said, make_folder, drop_folder),
        cmocka_unit_test(what_is_no_regular_file_is_written_directly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
