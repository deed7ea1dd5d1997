/*
 * kinesis_error - what an error of the service means, and its words made fit for counting.
 *
 * Pure. Codes are the names in `__type` or in a record's ErrorCode; the lists are the SDKs'.
 */
#ifndef FRESHET_KINESIS_ERROR_H
#define FRESHET_KINESIS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"
#include "secondary/tally.h"

enum kinesis_fault {
    FAULT_UNKNOWN,     /* a name not listed */
    FAULT_FINAL,       /* sending it again can't help */
    FAULT_TRANSIENT,   /* may be sent again */
    FAULT_THROTTLED,   /* may be sent again, later */
    FAULT_CREDENTIALS, /* once more with new credentials */
    FAULT_CLOCK,       /* once more after setting the clock right */
};

struct kinesis_error {
    enum kinesis_fault fault; /* never FAULT_UNKNOWN when filled by kinesis_error_read */
    bool refused;             /* the service said that nothing was stored */
    char code[TALLY_CODE_MAX];
    char message[TALLY_MESSAGE_MAX];
};

/* What the bare name of an error means. */
enum kinesis_fault kinesis_error_fault(const char *code, size_t length);

/* Read the answer to a request that failed as a whole. `type_header` is the value of x-amzn-ErrorType, "" for
 * none; the body may be anything. */
void kinesis_error_read(long status, const char *type_header, const char *body, size_t length,
                        struct kinesis_error *out);

/* Copy a message so that equal errors have equal text: request ids (UUIDs) become "*", control bytes blanks.
 * Cut to fit, never inside a character. Returns the length. */
size_t kinesis_error_tidy(const char *message, size_t length, char *out, size_t out_size);

#endif
