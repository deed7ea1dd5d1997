#include "standins/putrecords_json.h"

#include "standins/base64.h"

#include <stdio.h>

/* A string member; JSON null and absence are the same. False when it is of another type. */
static bool text_member(const json_t *object, const char *name, struct putrecords_text *out)
{
    const json_t *value = json_object_get(object, name);
    *out = (struct putrecords_text){NULL, 0};
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    *out = (struct putrecords_text){json_string_value(value), json_string_length(value)};
    return true;
}

static enum putrecords_outcome wrong_type(const char *name, char error[PUTRECORDS_ERROR_MAX])
{
    snprintf(error, PUTRECORDS_ERROR_MAX, "%s can not be converted to the type it must have", name);
    return PUTRECORDS_SERIALIZATION;
}

static enum putrecords_outcome missing(const char *path, const char *name, char error[PUTRECORDS_ERROR_MAX])
{
    snprintf(
        error, PUTRECORDS_ERROR_MAX,
        "1 validation error detected: Value null at '%s%s' failed to satisfy constraint: Member must not "
        "be null",
        path, name);
    return PUTRECORDS_VALIDATION;
}

static enum putrecords_outcome read_record(struct putrecords_record *record, const json_t *value,
                                           const char *path, char error[PUTRECORDS_ERROR_MAX])
{
    if (!json_is_object(value))
        return wrong_type("Records", error);
    if (!text_member(value, "Data", &record->data))
        return wrong_type("Data", error);
    if (!text_member(value, "PartitionKey", &record->key))
        return wrong_type("PartitionKey", error);
    if (!text_member(value, "ExplicitHashKey", &record->hash_key))
        return wrong_type("ExplicitHashKey", error);
    if (record->data.bytes == NULL)
        return missing(path, "data", error);
    if (record->key.bytes == NULL)
        return missing(path, "partitionKey", error);
    if (!base64_check(record->data.bytes, record->data.length, &record->data_bytes)) {
        snprintf(error, PUTRECORDS_ERROR_MAX, "Data is not valid base64");
        return PUTRECORDS_SERIALIZATION;
    }
    return PUTRECORDS_READ;
}

static enum putrecords_outcome read_stream(struct putrecords_request *self, const json_t *root,
                                           char error[PUTRECORDS_ERROR_MAX])
{
    self->count = 0;
    if (!json_is_object(root))
        return wrong_type("The request", error);
    if (!text_member(root, "StreamName", &self->stream_name))
        return wrong_type("StreamName", error);
    if (!text_member(root, "StreamARN", &self->stream_arn))
        return wrong_type("StreamARN", error);
    return PUTRECORDS_READ;
}

enum putrecords_outcome putrecords_json_read(struct putrecords_request *self, const json_t *root,
                                             char error[PUTRECORDS_ERROR_MAX])
{
    must(self != NULL);
    must(error != NULL);
    enum putrecords_outcome outcome = read_stream(self, root, error);
    if (outcome != PUTRECORDS_READ)
        return outcome;
    const json_t *records = json_object_get(root, "Records");
    if (records == NULL || json_is_null(records))
        return missing("", "records", error);
    if (!json_is_array(records))
        return wrong_type("Records", error);
    size_t count = json_array_size(records);
    if (count == 0 || count > PUTRECORDS_COUNT_MAX) {
        snprintf(error, PUTRECORDS_ERROR_MAX,
                 "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must "
                 "have length %s than or equal to %d",
                 count == 0 ? "greater" : "less", count == 0 ? 1 : PUTRECORDS_COUNT_MAX);
        return PUTRECORDS_VALIDATION;
    }
    for (size_t i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof path, "records.%zu.member.", i + 1);
        outcome = read_record(&self->records[i], json_array_get(records, i), path, error);
        if (outcome != PUTRECORDS_READ)
            return outcome;
    }
    self->count = count;
    return PUTRECORDS_READ;
}

enum putrecords_outcome putrecords_json_read_one(struct putrecords_request *self, const json_t *root,
                                                 char error[PUTRECORDS_ERROR_MAX])
{
    must(self != NULL);
    must(error != NULL);
    enum putrecords_outcome outcome = read_stream(self, root, error);
    if (outcome == PUTRECORDS_READ)
        outcome = read_record(&self->records[0], root, "", error);
    if (outcome == PUTRECORDS_READ)
        self->count = 1;
    return outcome;
}
