#include "standins/api.h"

#include "standins/api_put.h"
#include "standins/api_read.h"
#include "standins/api_streams.h"

#include <string.h>

typedef unsigned(operation_fn)(struct call *call, const json_t *root);

static const struct operation {
    const char *name;
    operation_fn *answer;
} operations[] = {
    {"PutRecord", api_put_record},
    {"CreateStream", api_create_stream},
    {"DeleteStream", api_delete_stream},
    {"DescribeStream", api_describe_stream},
    {"DescribeStreamSummary", api_describe_stream_summary},
    {"ListStreams", api_list_streams},
    {"ListShards", api_list_shards},
    {"GetShardIterator", api_get_shard_iterator},
    {"GetRecords", api_get_records},
};

/* The operation's name after the service's prefix, or NULL. */
static const char *operation_of(const char *target)
{
    static const char prefix[] = "Kinesis_20131202.";
    if (target == NULL || strncmp(target, prefix, sizeof prefix - 1) != 0)
        return NULL;
    return target + sizeof prefix - 1;
}

bool api_puts(const char *target)
{
    const char *name = operation_of(target);
    return name != NULL && (strcmp(name, "PutRecords") == 0 || strcmp(name, "PutRecord") == 0);
}

unsigned api_answer(struct call *call, const char *target, const char *body, size_t length)
{
    must(call != NULL);
    must(body != NULL || length == 0);
    const char *name = operation_of(target);
    if (name != NULL && strcmp(name, "PutRecords") == 0)
        return api_put_records(call, body, length);
    operation_fn *answer = NULL;
    for (size_t i = 0; name != NULL && i < sizeof operations / sizeof operations[0]; i++)
        if (strcmp(name, operations[i].name) == 0)
            answer = operations[i].answer;
    if (answer == NULL)
        return call_error(call, 400, "UnknownOperationException", "The operation is not known here.");
    json_error_t problem;
    json_t *root = json_loadb(body, length, JSON_ALLOW_NUL, &problem);
    if (root == NULL)
        return call_error(call, 400, "SerializationException", "%s at byte %d", problem.text,
                          problem.position);
    unsigned status = json_is_object(root) ? answer(call, root)
                                           : call_error(call, 400, "SerializationException", "not an object");
    json_decref(root);
    return status;
}
