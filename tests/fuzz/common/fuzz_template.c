/* Any text as a template: it compiles and makes some events, or is refused with a place. */
#include "common/workload/template.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { EVENTS = 8, BYTES_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > BYTES_MAX)
        return 0;
    struct workload_source source = {
        .kind = WORKLOAD_TEMPLATE, .name = "fuzz", .text = (const char *)data, .length = size};
    char error[WORKLOAD_ERROR_MAX] = "";
    workload_t *workload = template_new(&(struct workload_setup){.source = &source, .seed = 1}, error);
    if (workload == NULL) {
        must(strncmp(error, "fuzz:", 5) == 0);
        return 0;
    }
    workload->ops->begin(workload, 1, EVENTS, 1675686126310);
    struct event event;
    for (uint32_t i = 0; i < EVENTS && workload->ops->next(workload, i, &event); i++)
        must(event.data != NULL && event.key_length > 0);
    workload->ops->destroy(&workload);
    return 0;
}
