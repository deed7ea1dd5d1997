/* fuzz_threshold - any text as conditions: what is taken reads the same again, what is not says why. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/must.h"
#include "primary/threshold.h"
#include "primary/tripwire.h"

static void check_list(const char *text)
{
    struct threshold_list list;
    char error[THRESHOLD_ERROR_MAX] = "";
    if (!threshold_parse_list(text, &list, error)) {
        must(error[0] != '\0' && strlen(error) < sizeof error);
        return;
    }
    must(list.count <= THRESHOLD_LIST_MAX);
    for (size_t i = 0; i < list.count; i++) {
        const struct threshold *is = &list.list[i];
        struct threshold again;
        must(is->limit >= 0 && is->metric < THRESHOLD_METRICS);
        must(is->unit != THRESHOLD_SHARE || is->limit <= 1);
        must(threshold_parse(is->text, strlen(is->text), &again, error));
        must(again.metric == is->metric && again.op == is->op && again.unit == is->unit);
        must(strcmp(again.text, is->text) == 0 && strcmp(again.code, is->code) == 0);
        struct threshold_result result;
        threshold_judge(is, NULL, &result);
        must(result.state == THRESHOLD_NONE);
        must(threshold_explain(&result, error)[0] != '\0');
    }
}

static void check_tripwire(const char *text)
{
    struct tripwire *wire = mem_new(1, sizeof *wire);
    char error[THRESHOLD_ERROR_MAX] = "";
    bool good = tripwire_add(wire, text, error);
    must(good || error[0] != '\0');
    must(wire->count <= THRESHOLD_LIST_MAX);
    good = tripwire_add_below(wire, text, error);
    must(good || error[0] != '\0');
    for (size_t i = 0; i < wire->count; i++)
        must(wire->rules[i].hold_us > 0);
    free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* of the exact size, so that a byte too far is seen */
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_list(text);
    check_tripwire(text);
    free(text);
    return 0;
}
