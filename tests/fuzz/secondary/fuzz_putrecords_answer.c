/* The answer reader takes any bytes. Where the scanner and the JSON library both read an answer, they agree.
 */
#include "common/must.h"
#include "secondary/kinesis/answer.h"
#include "secondary/kinesis/kinesis_error.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { BATCH_EVENTS = 8 };

static void fill(struct batch *batch, uint32_t count)
{
    batch_clear(batch);
    for (uint32_t i = 0; i < count; i++) {
        batch->body_length++;
        batch_added(batch, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    uint32_t count = 1 + data[0] % BATCH_EVENTS;
    tally_t *tally = tally_new();
    answer_t *reader = answer_new(tally);
    struct batch fast, slow;
    batch_init(&fast, BATCH_EVENTS, 64);
    batch_init(&slow, BATCH_EVENTS, 64);
    fill(&fast, count);
    fill(&slow, count);
    bool fast_read = answer_read(reader, &fast, text, size - 1);
    bool slow_read = answer_read_slowly(reader, &slow, text, size - 1);
    must(!slow_read || fast_read);
    for (uint32_t i = 0; i < count; i++) {
        must(fast_read ? fast.verdicts[i].fate != EVENT_PENDING : fast.verdicts[i].fate == EVENT_PENDING);
        must(!slow_read || fast.verdicts[i].fate == slow.verdicts[i].fate);
    }
    struct kinesis_error error;
    kinesis_error_read(400 + data[0], "", text, size - 1, &error);
    must(error.fault != FAULT_UNKNOWN);
    must(memchr(error.message, '\0', sizeof error.message) != NULL);
    batch_fini(&fast);
    batch_fini(&slow);
    answer_destroy(&reader);
    tally_destroy(&tally);
    return 0;
}
