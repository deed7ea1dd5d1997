#include "secondary/kinesis/kinesis_error.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *code;
    enum kinesis_fault fault;
};

static const struct row rows[] = {
    {"ProvisionedThroughputExceededException", FAULT_THROTTLED},
    {"InternalFailure", FAULT_TRANSIENT},
    {"LimitExceededException", FAULT_THROTTLED},
    {"ThrottlingException", FAULT_THROTTLED},
    {"Throttling", FAULT_THROTTLED},
    {"ThrottledException", FAULT_THROTTLED},
    {"RequestThrottled", FAULT_THROTTLED},
    {"RequestThrottledException", FAULT_THROTTLED},
    {"RequestLimitExceeded", FAULT_THROTTLED},
    {"TooManyRequestsException", FAULT_THROTTLED},
    {"BandwidthLimitExceeded", FAULT_THROTTLED},
    {"SlowDown", FAULT_THROTTLED},
    {"TransactionInProgressException", FAULT_THROTTLED},
    {"PriorRequestNotComplete", FAULT_THROTTLED},
    {"EC2ThrottledException", FAULT_THROTTLED},
    {"KMSThrottlingException", FAULT_THROTTLED},
    {"InternalFailureException", FAULT_TRANSIENT},
    {"InternalServerError", FAULT_TRANSIENT},
    {"ServiceUnavailable", FAULT_TRANSIENT},
    {"ServiceUnavailableException", FAULT_TRANSIENT},
    {"RequestTimeout", FAULT_TRANSIENT},
    {"RequestTimeoutException", FAULT_TRANSIENT},
    {"ResourceInUseException", FAULT_TRANSIENT},
    {"ExpiredTokenException", FAULT_CREDENTIALS},
    {"ExpiredToken", FAULT_CREDENTIALS},
    {"UnrecognizedClientException", FAULT_CREDENTIALS},
    {"InvalidClientTokenId", FAULT_CREDENTIALS},
    {"RequestExpired", FAULT_CLOCK},
    {"RequestTimeTooSkewed", FAULT_CLOCK},
    {"KMSDisabledException", FAULT_FINAL},
    {"KMSInvalidStateException", FAULT_FINAL},
    {"KMSAccessDeniedException", FAULT_FINAL},
    {"KMSNotFoundException", FAULT_FINAL},
    {"KMSOptInRequired", FAULT_FINAL},
    {"ResourceNotFoundException", FAULT_FINAL},
    {"InvalidArgumentException", FAULT_FINAL},
    {"ValidationException", FAULT_FINAL},
    {"SerializationException", FAULT_FINAL},
    {"UnknownOperationException", FAULT_FINAL},
    {"AccessDeniedException", FAULT_FINAL},
    {"DryRunOperationException", FAULT_FINAL},
    {"InvalidSignatureException", FAULT_FINAL},
    {"SignatureDoesNotMatch", FAULT_FINAL},
    {"IncompleteSignature", FAULT_FINAL},
    {"IncompleteSignatureException", FAULT_FINAL},
    {"MissingAuthenticationToken", FAULT_FINAL},
    {"MissingAuthenticationTokenException", FAULT_FINAL},
};

enum kinesis_fault kinesis_error_fault(const char *code, size_t length)
{
    must(code != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strlen(rows[i].code) == length && memcmp(rows[i].code, code, length) == 0)
            return rows[i].fault;
    }
    return FAULT_UNKNOWN;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

enum { UUID_LENGTH = 36 };

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return true;
}

size_t kinesis_error_tidy(const char *message, size_t length, char *out, size_t out_size)
{
    must(message != NULL || length == 0);
    must(out != NULL && out_size > 0);
    size_t used = 0;
    for (size_t i = 0; i < length; used++) {
        if (used + 1 == out_size) {
            while (used > 0 && ((unsigned char)message[i] & 0xc0) == 0x80) {
                used--;
                i--;
            }
            break;
        }
        if (length - i >= UUID_LENGTH && is_uuid(message + i)) {
            out[used] = '*';
            i += UUID_LENGTH;
            continue;
        }
        unsigned char c = (unsigned char)message[i++];
        out[used] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    out[used] = '\0';
    return used;
}

/* `prefix#NAME`, `NAME:url`: only the name. */
static void keep_name(const char *text, char out[TALLY_CODE_MAX])
{
    const char *end = strchr(text, ':');
    size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
    const char *hash = memrchr(text, '#', length);
    if (hash != NULL) {
        length -= (size_t)(hash + 1 - text);
        text = hash + 1;
    }
    kinesis_error_tidy(text, length, out, TALLY_CODE_MAX);
}

static void read_body(const char *body, size_t length, struct kinesis_error *out)
{
    json_t *root = json_loadb(body, length, 0, NULL);
    const char *type = json_string_value(json_object_get(root, "__type"));
    json_t *message = json_object_get(root, "message");
    if (!json_is_string(message))
        message = json_object_get(root, "Message");
    if (type != NULL && type[0] != '\0')
        keep_name(type, out->code);
    if (json_is_string(message))
        kinesis_error_tidy(json_string_value(message), json_string_length(message), out->message,
                           sizeof out->message);
    json_decref(root);
}

static enum kinesis_fault fault_of_status(long status)
{
    if (status == 429)
        return FAULT_THROTTLED;
    if (status >= 500 || status == 408)
        return FAULT_TRANSIENT;
    return FAULT_FINAL;
}

void kinesis_error_read(long status, const char *type_header, const char *body, size_t length,
                        struct kinesis_error *out)
{
    must(type_header != NULL && out != NULL);
    must(body != NULL || length == 0);
    *out = (struct kinesis_error){0};
    if (length > 0)
        read_body(body, length, out);
    if (out->code[0] == '\0' && type_header[0] != '\0')
        keep_name(type_header, out->code);
    if (out->code[0] == '\0')
        snprintf(out->code, sizeof out->code, "Http%ld", status);
    if (out->message[0] == '\0')
        snprintf(out->message, sizeof out->message, "HTTP status %ld", status);

    out->fault = kinesis_error_fault(out->code, strlen(out->code));
    if (out->fault == FAULT_UNKNOWN || (out->fault == FAULT_FINAL && status >= 500))
        out->fault = fault_of_status(status);
    if (strcmp(out->code, "InvalidSignatureException") == 0 &&
        (strstr(out->message, "Signature expired") != NULL ||
         strstr(out->message, "Signature not yet current") != NULL))
        out->fault = FAULT_CLOCK;
    if (status == 413) {
        out->fault = FAULT_FINAL;
        snprintf(out->message, sizeof out->message,
                 "HTTP status 413: the request is too large for the service; lower --batch-bytes");
    }
    out->refused = status < 500 || out->fault == FAULT_THROTTLED;
}
