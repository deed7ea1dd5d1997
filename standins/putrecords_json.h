/*
 * putrecords_json - reads PutRecords and PutRecord requests through jansson: whatever the specialised reader
 * leaves, and the words of the service for what is wrong.
 *
 * Pure. Text is borrowed from the JSON value, which must outlive the request.
 */
#ifndef FRESHET_STANDINS_PUTRECORDS_JSON_H
#define FRESHET_STANDINS_PUTRECORDS_JSON_H

#include <jansson.h>

#include "standins/putrecords_request.h"

enum { PUTRECORDS_ERROR_MAX = 256 };

enum putrecords_outcome {
    PUTRECORDS_READ,
    PUTRECORDS_SERIALIZATION, /* of a wrong type, or not base64 */
    PUTRECORDS_VALIDATION     /* missing, or too many */
};

/* Read a whole PutRecords request. */
MUST_USE enum putrecords_outcome putrecords_json_read(struct putrecords_request *self, const json_t *root,
                                                      char error[PUTRECORDS_ERROR_MAX]);

/* Read a PutRecord request: its one record stands in the request itself. */
MUST_USE enum putrecords_outcome putrecords_json_read_one(struct putrecords_request *self, const json_t *root,
                                                          char error[PUTRECORDS_ERROR_MAX]);

#endif
