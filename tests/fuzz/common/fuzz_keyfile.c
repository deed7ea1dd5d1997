/* fuzz_keyfile - any bytes as a key file: what is taken must print to a text that gives the same again. */
#include "tests/fuzz/fuzz.h"

#include "common/keyfile.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keyfile file, again;
    char error[KEYFILE_ERROR_MAX] = "";
    struct buffer text;
    if (!keyfile_parse((const char *)data, size, KEYFILE_PUBLIC, &file, error)) {
        must(error[0] != '\0');
        return 0;
    }
    must(keyfile_is_key(file.public_key) && file.secret_key[0] == '\0');
    buffer_init(&text, KEYFILE_BYTES_MAX);
    keyfile_print(&file, "again", &text);
    must(!text.full);
    must(keyfile_parse(text.bytes, text.length, KEYFILE_PUBLIC, &again, error));
    must(memcmp(&file, &again, sizeof file) == 0);
    buffer_fini(&text);
    return 0;
}
