/* fuzz_form - any bytes as a form, a JSON object and a query: what is taken stays within the limits. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/must.h"
#include "web/server/form.h"

static void check(struct form *form, bool good, size_t before, const char *why)
{
    must(form->count <= FORM_PARAMETERS_MAX);
    must(good || (form->count == before && why[0] != '\0'));
    for (size_t i = 0; i < form->count; i++) {
        must(strlen(form->list[i].name) > 0 && strlen(form->list[i].name) < FORM_NAME_MAX);
        must(strlen(form->list[i].value) < FORM_VALUE_MAX);
        must(form_value(form, form->list[i].name) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1); /* of the exact size, so that a byte too far is seen */
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    struct form form;
    form_init(&form);
    const char *why = "";
    bool good = form_json(&form, text, size, &why);
    check(&form, good, 0, why);
    size_t before = form.count;
    good = form_urlencoded(&form, text, size, &why);
    check(&form, good, before, why);
    form_remove(&form, "a");
    must(form_value(&form, "a") == NULL);
    form_fini(&form);
    free(text);
    return 0;
}
