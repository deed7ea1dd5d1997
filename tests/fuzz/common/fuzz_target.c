/* fuzz_target - any text as a target: what is taken must print to a text that gives the same target again. */
#include "tests/fuzz/fuzz.h"

#include "common/target.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct target target, again;
    char error[64], printed[TARGET_TEXT_MAX];
    if (target_parse(text, &target, error, sizeof error)) {
        target_print(&target, printed);
        must(target_parse(printed, &again, error, sizeof error));
        must(memcmp(&target, &again, sizeof target) == 0);
    } else {
        must(error[0] == '"');
    }
    free(text);
    return 0;
}
