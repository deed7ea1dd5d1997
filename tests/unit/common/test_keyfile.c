/* keyfile - certificates and bundles in czmq's form: what must be taken, and all that must not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "common/keyfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The example keys of zmq_curve(7). */
#define SERVER_PUBLIC "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define CLIENT_PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define CLIENT_SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"

/* As czmq 4.2 writes a secret certificate (zcert_save_secret), with our two entries in its metadata. */
static const char bundle[] = "#   ****  Generated on 2026-11-22 10:00:00 by CZMQ  ****\n"
                             "#   ZeroMQ CURVE **Secret** Certificate\n"
                             "\n"
                             "metadata\n"
                             "    name = \"rack1\"\n"
                             "    email = \"somebody@example.org\"\n"
                             "    primary = \"" SERVER_PUBLIC "\"\n"
                             "curve\n"
                             "    public-key = \"" CLIENT_PUBLIC "\"\n"
                             "    secret-key = \"" CLIENT_SECRET "\"\n";

static char error[KEYFILE_ERROR_MAX];

static bool parse(const char *text, enum keyfile_kind kind, struct keyfile *out)
{
    error[0] = '\0';
    return keyfile_parse(text, strlen(text), kind, out, error);
}

static void a_bundle_is_read(void **state)
{
    (void)state;
    struct keyfile file;
    assert_true(parse(bundle, KEYFILE_BUNDLE, &file));
    assert_string_equal(file.name, "rack1");
    assert_string_equal(file.primary, SERVER_PUBLIC);
    assert_string_equal(file.public_key, CLIENT_PUBLIC);
    assert_string_equal(file.secret_key, CLIENT_SECRET);
    assert_true(parse(bundle, KEYFILE_PUBLIC, &file));
    assert_string_equal(file.secret_key, ""); /* not asked for, not kept */
}

static void what_is_printed_is_read_again(void **state)
{
    (void)state;
    struct keyfile file, again;
    struct buffer text;
    assert_true(parse(bundle, KEYFILE_BUNDLE, &file));
    buffer_init(&text, KEYFILE_BYTES_MAX);
    keyfile_print(&file, "a comment", &text);
    assert_true(parse(buffer_str(&text), KEYFILE_BUNDLE, &again));
    assert_memory_equal(&file, &again, sizeof file);
    buffer_fini(&text);
}

static void refused(const char *text, enum keyfile_kind kind, const char *why)
{
    struct keyfile file;
    assert_false(parse(text, kind, &file));
    if (strstr(error, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, why);
    assert_null(strstr(error, CLIENT_SECRET));
    assert_string_equal(file.secret_key, "");
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    refused("", KEYFILE_PUBLIC, "public-key");
    refused("curve\n    public-key = \"" CLIENT_PUBLIC "\"\n", KEYFILE_SECRET, "secret-key");
    refused("curve\n    public-key = \"" CLIENT_PUBLIC "\"\n    secret-key = \"" CLIENT_SECRET "\"\n",
            KEYFILE_BUNDLE, "metadata/primary");
    refused("curve\n    public-key = \"short\"\n", KEYFILE_PUBLIC, "line 2");
    refused("curve\n\n    public-key = \"~ne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n", KEYFILE_PUBLIC,
            "line 3");
    refused("curve\n    public-key = " CLIENT_PUBLIC "\n", KEYFILE_PUBLIC, "key = \"value\"");
    refused("curve\n    public-key = \"" CLIENT_PUBLIC "\" x\n", KEYFILE_PUBLIC, "key = \"value\"");
    refused("curve\n    public-key = \"" CLIENT_PUBLIC "\n", KEYFILE_PUBLIC, "key = \"value\"");
    refused("curve\n    public-key = \"" CLIENT_PUBLIC "\"\n    public-key = \"" CLIENT_PUBLIC "\"\n",
            KEYFILE_PUBLIC, "twice");
    refused("curve\n    colour = \"blue\"\n", KEYFILE_PUBLIC, "no such entry");
    refused("certificate\n", KEYFILE_PUBLIC, "no such section");
    refused("    public-key = \"" CLIENT_PUBLIC "\"\n", KEYFILE_PUBLIC, "outside a section");
    refused("metadata\n    name = \"../../etc\"\n", KEYFILE_PUBLIC, "not a name");
    char line[400];
    memset(line, 'x', sizeof line);
    struct keyfile file;
    assert_false(keyfile_parse(line, sizeof line, KEYFILE_PUBLIC, &file, error));
    assert_false(keyfile_parse("cur\0ve", 6, KEYFILE_PUBLIC, &file, error));
}

static void names_are_names_of_files(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "rack-1", "host.example.org", "A_b"};
    static const char *const bad[] = {"", ".", "..", ".hidden", "a/b", "a b", "a\n", "\xc3\xa4", "a~1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(keyfile_is_name(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(keyfile_is_name(bad[i]));
    char name[KEYFILE_NAME_MAX + 1];
    memset(name, 'n', sizeof name);
    name[KEYFILE_NAME_MAX] = '\0';
    assert_false(keyfile_is_name(name));
    name[KEYFILE_NAME_MAX - 1] = '\0';
    assert_true(keyfile_is_name(name));
}

static void a_secret_file_is_for_its_owner_only(void **state)
{
    (void)state;
    char folder[] = "/tmp/freshet-keyfile-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x.bundle", folder);
    struct keyfile file, again;
    struct stat facts;
    umask(0);
    assert_true(parse(bundle, KEYFILE_BUNDLE, &file));
    assert_true(keyfile_save(path, &file, "c", error));
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_true(keyfile_load(path, KEYFILE_BUNDLE, &again, error));
    assert_memory_equal(&file, &again, sizeof file);

    assert_false(keyfile_save(path, &file, "c", error)); /* never over another */
    assert_non_null(strstr(error, "File exists"));

    assert_int_equal(chmod(path, 0640), 0);
    assert_false(keyfile_load(path, KEYFILE_BUNDLE, &again, error));
    assert_non_null(strstr(error, "0640"));
    assert_non_null(strstr(error, "chmod 600"));
    assert_true(keyfile_load(path, KEYFILE_PUBLIC, &again, error)); /* only the public part is wanted */
    assert_int_equal(unlink(path), 0);

    assert_false(keyfile_load(path, KEYFILE_BUNDLE, &again, error));
    assert_non_null(strstr(error, path));
    assert_false(keyfile_load(folder, KEYFILE_PUBLIC, &again, error));
    assert_int_equal(rmdir(folder), 0); /* and nothing else was left in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_read),
        cmocka_unit_test(what_is_printed_is_read_again),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(names_are_names_of_files),
        cmocka_unit_test(a_secret_file_is_for_its_owner_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
