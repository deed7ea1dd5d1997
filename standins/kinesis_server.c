#include "standins/kinesis_server.h"

#include "common/clock.h"
#include "common/mem.h"
#include "standins/api.h"
#include "standins/delays.h"
#include "standins/listener.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CONNECTION_MEMORY = 256 * 1024, /* so that the body of 500 readings comes in few pieces */
    HEADERS_MAX = 64,
    STALL_US = 60 * 1000 * 1000,
    CONNECTION_MAGIC = 0x6b696e65
};

struct kinesis_server {
    struct kinesis_server_options options;
    struct MHD_Daemon *daemon;
    delays_t *delays;
    uint16_t port;
    _Atomic uint64_t connections;
};

enum phase {
    PHASE_IDLE,
    PHASE_READING, /* the body is coming */
    PHASE_LATE     /* answered, and held back */
};

/* One connection, kept for as long as it is open. Only one thread at a time works on it. */
struct connection {
    uint32_t magic;
    enum phase phase;
    kinesis_server_t *server;
    uint64_t number, requests;
    struct call call;
    struct buffer body;
    bool too_large;
    bool service; /* a call of the service, not of /_freshet/ */
    enum fault fault;
    unsigned status;
};

static void connection_open(struct MHD_Connection *mhd, void **context_p, kinesis_server_t *server)
{
    (void)mhd;
    struct connection *self = mem_new(1, sizeof *self);
    self->magic = CONNECTION_MAGIC;
    self->server = server;
    self->number = atomic_fetch_add(&server->connections, 1);
    call_init(&self->call, server->options.service, server->options.seed, self->number);
    buffer_init(&self->body, CALL_BODY_BYTES_MAX);
    *context_p = self;
}

static void connection_close(void **context_p)
{
    struct connection *self = *context_p;
    must(self != NULL && self->magic == CONNECTION_MAGIC);
    call_fini(&self->call);
    buffer_fini(&self->body);
    self->magic = 0;
    free(self);
    *context_p = NULL;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_open(mhd, socket_context, context);
    else
        connection_close(socket_context);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    must(info != NULL);
    struct connection *self = info->socket_context;
    must(self != NULL && self->magic == CONNECTION_MAGIC);
    return self;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)request_context;
    (void)code;
    connection_of(mhd)->phase = PHASE_IDLE;
}

/* Break the connection so that the peer sees a reset: the kernel sends RST at once when a connected socket is
 * dissolved, whatever the server does with it afterwards. */
static enum MHD_Result reset(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    must(info != NULL);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    (void)connect(info->connect_fd, &nobody, sizeof nobody);
    return MHD_NO;
}

/* Gives half of the answer and then breaks off. */
static ssize_t give_half(void *context, uint64_t position, char *out, size_t max)
{
    const struct connection *self = context;
    uint64_t half = self->call.answer.length / 2;
    if (position >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t length = half - position < max ? (size_t)(half - position) : max;
    memcpy(out, self->call.answer.bytes + position, length);
    return (ssize_t)length;
}

static struct MHD_Response *make_response(struct connection *self)
{
    static char garbage[] = "<html>\x01 this is not what {\"you\": asked for";
    static char nothing[] = "";
    struct buffer *answer = &self->call.answer;
    if (self->fault == FAULT_GARBAGE)
        return MHD_create_response_from_buffer(sizeof garbage - 1, garbage, MHD_RESPMEM_PERSISTENT);
    if (self->fault == FAULT_TRUNCATE)
        return MHD_create_response_from_callback(answer->length, 4096, give_half, self, NULL);
    return MHD_create_response_from_buffer(answer->length, answer->length > 0 ? answer->bytes : nothing,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result respond(struct connection *self, struct MHD_Connection *mhd)
{
    if (self->fault == FAULT_RESET)
        return reset(mhd);
    if (self->fault == FAULT_STALL)
        return MHD_NO;
    struct MHD_Response *response = make_response(self);
    must(response != NULL);
    if (self->service) {
        char id[40];
        snprintf(id, sizeof id, "%08x-0000-4000-8000-%012llx", (unsigned)(self->number & 0xFFFFFFFF),
                 (unsigned long long)(self->requests & 0xFFFFFFFFFFFF));
        must(MHD_add_response_header(response, "x-amzn-RequestId", id) == MHD_YES);
        must(MHD_add_response_header(response, "Content-Type", "application/x-amz-json-1.1") == MHD_YES);
    } else {
        must(MHD_add_response_header(response, "Content-Type", "application/json") == MHD_YES);
    }
    enum MHD_Result result = MHD_queue_response(mhd, self->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Hold the answer back until `due_us`; the handler is called again then. */
static enum MHD_Result hold(struct connection *self, struct MHD_Connection *mhd, uint64_t due_us)
{
    self->phase = PHASE_LATE;
    MHD_suspend_connection(mhd);
    if (!delays_add(self->server->delays, due_us, mhd))
        MHD_resume_connection(mhd);
    return MHD_YES;
}

static void on_due(void *mhd)
{
    MHD_resume_connection(mhd);
}

struct collected {
    struct sigv4_header headers[HEADERS_MAX];
    size_t count;
};

static enum MHD_Result collect(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct collected *all = context;
    if (all->count == HEADERS_MAX)
        return MHD_NO;
    all->headers[all->count++] = (struct sigv4_header){name, value != NULL ? value : ""};
    return MHD_YES;
}

/* Is the request signed as it should be? If not, the answer is written. */
static bool is_signed(struct connection *self, struct MHD_Connection *mhd, const char *method,
                      const char *path)
{
    const struct sigv4_keys *keys = self->server->options.keys;
    if (keys == NULL)
        return true;
    struct collected all = {.count = 0};
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, collect, &all);
    struct sigv4_request request = {method,           path, all.headers, all.count, buffer_str(&self->body),
                                    self->body.length};
    struct sigv4_refusal refusal;
    if (sigv4_check(keys, &request, self->call.wall_ms, &refusal))
        return true;
    self->status = call_error(&self->call, 400, refusal.type, "%s", refusal.message);
    return false;
}

/* Which fault strikes this request, and does the service still do its work? */
static bool strike(struct connection *self)
{
    control_t *control = self->server->options.control;
    self->fault = faults_request(&self->call.faults, &self->call.rng);
    if (self->fault == FAULT_NONE)
        return true;
    control_count_fault(control, self->fault);
    if (self->fault == FAULT_RESET)
        return (rng_next(&self->call.rng) & 1) != 0;
    if (self->fault == FAULT_ERROR) {
        self->status = call_error(&self->call, 500, "InternalFailure", "Internal service failure.");
        return false;
    }
    return self->fault != FAULT_STALL;
}

/* The body is complete: answer a call of the service, perhaps badly, perhaps later. */
static enum MHD_Result serve(struct connection *self, struct MHD_Connection *mhd, const char *method,
                             const char *path)
{
    struct call *call = &self->call;
    const char *target = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "X-Amz-Target");
    bool puts = api_puts(target);
    uint64_t late_us = 0;
    control_count_request(self->server->options.control, puts);
    if (!is_signed(self, mhd, method, path))
        return respond(self, mhd);
    faults_init(&call->faults);
    if (puts) {
        control_faults(self->server->options.control, &call->faults);
        late_us = faults_latency_us(&call->faults, &call->rng);
    }
    if (!puts || strike(self)) {
        self->status = api_answer(call, target, buffer_str(&self->body), self->body.length);
        if (call->faults.service_rate > 0 && self->status == 200)
            late_us += control_queue_us(self->server->options.control, call->request.count,
                                        call->faults.service_rate, call->now_us);
    }
    if (self->fault == FAULT_STALL)
        return hold(self, mhd, call->now_us + STALL_US);
    if (late_us == 0)
        return respond(self, mhd);
    control_count_late(self->server->options.control);
    return hold(self, mhd, call->now_us + late_us);
}

static enum MHD_Result answer(struct connection *self, struct MHD_Connection *mhd, const char *method,
                              const char *path)
{
    self->requests++;
    self->fault = FAULT_NONE;
    self->call.now_us = clock_us();
    self->call.wall_ms = clock_wall_ms();
    self->service = strncmp(path, "/_freshet/", 10) != 0;
    if (self->too_large) {
        self->status = call_error(&self->call, 413, "RequestEntityTooLargeException",
                                  "The body is larger than %d bytes.", CALL_BODY_BYTES_MAX);
        return respond(self, mhd);
    }
    if (!self->service) {
        self->status = control_answer(self->server->options.control, &self->call, method, path,
                                      buffer_str(&self->body), self->body.length);
        return respond(self, mhd);
    }
    if (strcmp(method, "POST") != 0) {
        self->status =
            call_error(&self->call, 405, "UnsupportedOperationException", "Only POST is answered here.");
        return respond(self, mhd);
    }
    return serve(self, mhd, method, path);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *path,
                                  const char *method, const char *version, const char *bytes, size_t *length,
                                  void **request_context)
{
    (void)context;
    (void)version;
    (void)request_context;
    struct connection *self = connection_of(mhd);
    if (self->phase == PHASE_LATE)
        return respond(self, mhd);
    if (self->phase == PHASE_IDLE) {
        self->phase = PHASE_READING;
        self->too_large = false;
        buffer_clear(&self->body);
        return MHD_YES;
    }
    if (*length > 0) {
        if (!self->too_large && !buffer_append(&self->body, bytes, *length))
            self->too_large = true;
        *length = 0;
        return MHD_YES;
    }
    return answer(self, mhd, method, path);
}

kinesis_server_t *kinesis_server_new(const struct kinesis_server_options *options,
                                     char error[KINESIS_SERVER_ERROR_MAX])
{
    must(options != NULL && options->threads > 0);
    must(options->service != NULL && options->control != NULL);
    kinesis_server_t *self = mem_new(1, sizeof *self);
    self->options = *options;
    int listener = listener_open(options->host, options->port, &self->port, error, KINESIS_SERVER_ERROR_MAX);
    if (listener < 0) {
        free(self);
        return NULL;
    }
    self->delays = delays_new(on_due);
    /* A pool of one is refused with a warning: one thread is what there is without a pool. */
    struct MHD_OptionItem pool[] = {{options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
                                     (intptr_t)options->threads, NULL},
                                    {MHD_OPTION_END, 0, NULL}};
    self->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, on_request, self, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, on_connection, self,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, self, MHD_OPTION_CONNECTION_LIMIT, 4096U, MHD_OPTION_ARRAY,
        pool, MHD_OPTION_END);
    if (self->daemon == NULL) {
        snprintf(error, KINESIS_SERVER_ERROR_MAX, "the HTTP server did not start");
        delays_destroy(&self->delays);
        free(self);
        return NULL;
    }
    return self;
}

void kinesis_server_destroy(kinesis_server_t **self_p)
{
    must(self_p != NULL);
    kinesis_server_t *self = *self_p;
    if (self == NULL)
        return;
    delays_stop(self->delays);
    MHD_stop_daemon(self->daemon);
    delays_destroy(&self->delays);
    free(self);
    *self_p = NULL;
}

uint16_t kinesis_server_port(const kinesis_server_t *self)
{
    must(self != NULL);
    must(self->port != 0);
    return self->port;
}
