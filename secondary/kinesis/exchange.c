#include "secondary/kinesis/exchange.h"

#include "common/mem.h"
#include "common/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char content_type[] = "application/x-amz-json-1.1";
static char header_type[] = "Content-Type: application/x-amz-json-1.1";
static char header_expect[] = "Expect:";
static char header_accept[] = "Accept:";

enum { AUTHORIZATION_AT = sizeof "Authorization: " - 1, DATE_AT = sizeof "X-Amz-Date: " - 1 };

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *self = context;
    must(size == 1);
    if (self->answer.bytes == NULL && self->spares != NULL && self->spares->count > 0)
        self->answer = self->spares->stack[--self->spares->count];
    return buffer_append(&self->answer, bytes, count) ? count : 0;
}

/* The value when `line` is the header `name`, which ends in a colon; "" otherwise. Not ended with NUL. */
static size_t value_of(const char *line, size_t length, const char *name, const char **value)
{
    size_t skip = strlen(name);
    if (length < skip || strncasecmp(line, name, skip) != 0)
        return 0;
    while (skip < length && line[skip] == ' ')
        skip++;
    while (length > skip && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    *value = line + skip;
    return length - skip;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct exchange *self = context;
    must(size == 1);
    const char *value = NULL;
    size_t length;
    if (count > 12 && memcmp(line, "HTTP/", 5) == 0)
        self->headers_wanted = memmem(line, count, " 200", 4) == NULL;
    if (!self->headers_wanted)
        return count;
    char text[EXCHANGE_TYPE_MAX];
    if ((length = value_of(line, count, "x-amzn-ErrorType:", &value)) > 0) {
        snprintf(self->error_type, sizeof self->error_type, "%.*s", (int)length, value);
    } else if ((length = value_of(line, count, "Date:", &value)) > 0) {
        snprintf(text, sizeof text, "%.*s", (int)length, value);
        int64_t wall_s = (int64_t)curl_getdate(text, NULL);
        self->server_wall_s = wall_s > 0 ? wall_s : 0;
    } else if ((length = value_of(line, count, "x-amz-retry-after:", &value)) > 0) {
        snprintf(text, sizeof text, "%.*s", (int)length, value);
        unsigned long ms = text[0] >= '0' && text[0] <= '9' ? strtoul(text, NULL, 10) : 0;
        self->retry_after_ms = ms < 60000 ? (uint32_t)ms : 60000;
    }
    return count;
}

/* libcurl sends a request again by itself when a kept-alive connection dies without an answer. It may have
 * been stored by then, so the second sending is ours to decide on and to count. */
static int before_sending(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    struct exchange *self = context;
    return ++self->sendings > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void link_headers(struct exchange *self, const char *operation, char *token_line)
{
    snprintf(self->target, sizeof self->target, "X-Amz-Target: Kinesis_20131202.%s", operation);
    snprintf(self->date, sizeof self->date, "X-Amz-Date: ");
    snprintf(self->authorization, sizeof self->authorization, "Authorization: ");
    char *const lines[] = {header_type, header_expect,       header_accept, self->target,
                           self->date,  self->authorization, token_line};
    size_t count = sizeof lines / sizeof lines[0];
    must(count <= EXCHANGE_HEADERS);
    for (size_t i = 0; i < count; i++)
        self->headers[i] = (struct curl_slist){lines[i], i + 1 < count ? &self->headers[i + 1] : NULL};
    self->token_header = &self->headers[count - 1];
}

void exchange_init(struct exchange *self, const struct access *access, const char *operation,
                   char *token_line, const struct exchange_limits *limits)
{
    must(self != NULL && access != NULL && limits != NULL);
    must(operation != NULL && token_line != NULL);
    *self = (struct exchange){.easy = curl_easy_init()};
    must(self->easy != NULL);
    buffer_init(&self->answer, EXCHANGE_ANSWER_MAX);
    link_headers(self, operation, token_line);
    CURL *easy = self->easy;
    curl_easy_setopt(easy, CURLOPT_URL, access->endpoint.url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (access->ca_bundle != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, access->ca_bundle);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limits->connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limits->request_ms);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "freshet/" FRESHET_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, self->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, self);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, self);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, self);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, self);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->detail);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);         /* the answer to 500 events in one reading */
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 262144L); /* and a full request in one writing */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* don't wait for a name that is being resolved */
}

void exchange_fini(struct exchange *self)
{
    must(self != NULL);
    if (self->easy != NULL)
        curl_easy_cleanup(self->easy);
    buffer_fini(&self->answer);
    *self = (struct exchange){0};
}

void exchange_load(struct exchange *self, const char *body, size_t length,
                   const struct sigv4_signature *signature, bool with_token)
{
    must(self != NULL && body != NULL && signature != NULL);
    memcpy(self->date + DATE_AT, signature->date, SIGV4_DATE_MAX);
    size_t bytes = strlen(signature->authorization) + 1;
    must(AUTHORIZATION_AT + bytes <= sizeof self->authorization);
    memcpy(self->authorization + AUTHORIZATION_AT, signature->authorization, bytes);
    must(self->token_header > self->headers);
    self->token_header[-1].next = with_token ? self->token_header : NULL;
    buffer_clear(&self->answer);
    self->error_type[0] = '\0';
    self->server_wall_s = 0;
    self->retry_after_ms = 0;
    self->sendings = 0;
    curl_easy_setopt(self->easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(self->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
}

void exchange_forget_answer(struct exchange *self)
{
    must(self != NULL);
    buffer_clear(&self->answer);
    if (self->spares == NULL || self->answer.bytes == NULL)
        return;
    self->spares->stack[self->spares->count++] = self->answer;
    buffer_init(&self->answer, EXCHANGE_ANSWER_MAX);
}

sigv4_t *exchange_signer(const struct access *access, const char *operation)
{
    must(access != NULL && operation != NULL);
    char target[96];
    snprintf(target, sizeof target, "Kinesis_20131202.%s", operation);
    struct sigv4_setup setup = {.region = access->region,
                                .service = "kinesis",
                                .host = access->endpoint.host,
                                .path = access->endpoint.path,
                                .content_type = content_type,
                                .target = target};
    return sigv4_new(&setup);
}

static const char *name_of(const struct exchange *self, CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "NameNotResolved";
    case CURLE_COULDNT_CONNECT:
        return "ConnectionRefused";
    case CURLE_OPERATION_TIMEDOUT:
        return self->sendings > 0 ? "Timeout" : "ConnectTimeout";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return "TlsError";
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_ABORTED_BY_CALLBACK:
        return "ConnectionReset";
    case CURLE_WRITE_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return "UnreadableAnswer";
    default:
        return "TransportError";
    }
}

const char *exchange_error(const struct exchange *self, CURLcode result, const struct endpoint *endpoint,
                           char *message, size_t message_size)
{
    must(self != NULL && endpoint != NULL && result != CURLE_OK);
    must(message != NULL && message_size > 0);
    const char *name = name_of(self, result);
    const char *words = curl_easy_strerror(result);
    if (result == CURLE_ABORTED_BY_CALLBACK)
        words = "the connection was closed without an answer";
    else if (strcmp(name, "TlsError") == 0 && self->detail[0] != '\0')
        words = self->detail; /* what is wrong with which certificate; elsewhere it has times in it */
    snprintf(message, message_size, "%s (%s)", words, endpoint->url);
    return name;
}
