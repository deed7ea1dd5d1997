/* What the specialised reader accepts, jansson must accept too, and both must read the same. */
#include "standins/putrecords_json.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void same_text(const struct putrecords_text *a, const struct putrecords_text *b)
{
    must((a->bytes == NULL) == (b->bytes == NULL));
    must(a->bytes == NULL || (a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0));
}

static void compare(const struct putrecords_request *fast, const char *body, size_t length)
{
    char error[PUTRECORDS_ERROR_MAX];
    json_error_t problem;
    struct putrecords_request *slow = calloc(1, sizeof *slow);
    must(slow != NULL);
    putrecords_request_init(slow);
    json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, &problem);
    must(root != NULL);
    must(putrecords_json_read(slow, root, error) == PUTRECORDS_READ);
    must(fast->count == slow->count);
    same_text(&fast->stream_name, &slow->stream_name);
    same_text(&fast->stream_arn, &slow->stream_arn);
    for (size_t i = 0; i < fast->count; i++) {
        must(fast->records[i].data_bytes == slow->records[i].data_bytes);
        same_text(&fast->records[i].data, &slow->records[i].data);
        same_text(&fast->records[i].key, &slow->records[i].key);
        same_text(&fast->records[i].hash_key, &slow->records[i].hash_key);
    }
    json_decref(root);
    putrecords_request_fini(slow);
    free(slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct putrecords_request *fast = calloc(1, sizeof *fast);
    must(fast != NULL);
    putrecords_request_init(fast);
    if (putrecords_request_read(fast, (const char *)data, size))
        compare(fast, (const char *)data, size);
    putrecords_request_fini(fast);
    free(fast);
    return 0;
}
