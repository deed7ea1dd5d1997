#include "web/server/http_inner.h"

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "web/server/credentials_store.h"
#include "web/server/listener.h"

enum {
    THREADS = 4,
    CONNECTIONS_MAX = 2048,
    PER_ADDRESS_MAX = 512,
    FILES_SPARE = 256,          /* descriptors that the rest of the program may need */
    HEAD_BYTES_MAX = 24 * 1024, /* of a request's head; libmicrohttpd's buffer for a connection */
    SILENCE_S_MAX = 30,
    LAST_WORDS_ROUNDS = 50 /* of 10 ms, for live streams to hear that the server is gone */
};

static struct request *request_of(void *context)
{
    struct request *request = context;
    must(request != NULL && request->magic == REQUEST_MAGIC);
    return request;
}

void request_note(struct request *request, enum gate_state state)
{
    must(request != NULL);
    http_t *http = request->http;
    pthread_mutex_lock(&http->gate_lock);
    if (request->slot != GATE_NONE)
        gate_note(http->gate, request->slot, state, clock_us());
    pthread_mutex_unlock(&http->gate_lock);
}

/* A connection's slot is kept, plus one, as its context. */
static int slot_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? (int)(intptr_t)info->socket_context - 1 : GATE_NONE;
}

static void peer_of(struct MHD_Connection *connection, unsigned char bytes[16], char text[46])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    listener_peer(info != NULL ? info->client_addr : NULL, bytes, text);
}

static void connection_came(http_t *http, struct MHD_Connection *connection, void **slot_p)
{
    unsigned char address[16];
    char text[46];
    peer_of(connection, address, text);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int handle = info != NULL ? info->connect_fd : -1;
    int victim;
    pthread_mutex_lock(&http->gate_lock);
    int slot = gate_open(http->gate, address, handle, clock_us(), &victim);
    if (victim != GATE_NONE)
        (void)shutdown(gate_handle(http->gate, victim), SHUT_RDWR);
    if (slot == GATE_NONE)
        (void)shutdown(handle, SHUT_RDWR);
    pthread_mutex_unlock(&http->gate_lock);
    *slot_p = (void *)(intptr_t)(slot + 1);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **slot_p,
                          enum MHD_ConnectionNotificationCode code)
{
    http_t *http = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_came(http, connection, slot_p);
        return;
    }
    int slot = (int)(intptr_t)*slot_p - 1;
    pthread_mutex_lock(&http->gate_lock);
    if (slot != GATE_NONE)
        gate_close(http->gate, slot);
    pthread_mutex_unlock(&http->gate_lock);
}

/* The first line of a request is there. What is returned is *request_p of what follows. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct request *request = mem_new(1, sizeof *request);
    request->magic = REQUEST_MAGIC;
    request->http = context;
    request->connection = connection;
    request->target = mem_text(target);
    request->slot = slot_of(connection);
    request->method = "";
    peer_of(connection, request->address.bytes, request->remote);
    buffer_init(&request->body, HTTP_BODY_MAX);
    return request;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_p,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    if (*request_p == NULL)
        return;
    struct request *request = request_of(*request_p);
    *request_p = NULL;
    request_note(request, GATE_HEAD);
    if (request->subscriber != NULL)
        live_leave(request->http->setup.live, &request->subscriber);
    desk_drop(&request->exchange);
    if (request->body.bytes != NULL)
        sodium_memzero(request->body.bytes, request->body.length);
    buffer_fini(&request->body);
    free(request->target);
    sodium_memzero(request, sizeof *request);
    free(request);
}

/* Does the client wait to hear whether it may send its body, or is the body too large to be read for nothing?
 */
static bool answer_before_body(const struct request *request)
{
    if (request->refusal.status == 0)
        return false;
    const char *length = request_header(request, "Content-Length");
    return request_header(request, "Expect") != NULL ||
           (length != NULL && strtoull(length, NULL, 10) > HTTP_DISCARD_MAX);
}

static enum MHD_Result begin(struct request *request, const char *method)
{
    if (request->stage == STAGE_HEAD) {
        request->method = method;
        request->head_only = strcmp(method, "HEAD") == 0;
    }
    if (guard_head(request) == GUARD_SLEEPS)
        return MHD_YES;
    request->stage = STAGE_BODY;
    if (answer_before_body(request))
        return request_finish(request);
    request_note(request, GATE_BODY);
    return MHD_YES;
}

/* Keep a piece of the body, or let it fall when nobody wants it. */
static enum MHD_Result take_body(struct request *request, const char *bytes, size_t *length)
{
    bool wanted = request->refusal.status == 0;
    size_t limit = request->route.kind == ROUTE_LOGIN ? HTTP_LOGIN_BODY_MAX : HTTP_BODY_MAX;
    if (wanted &&
        (request->body.length + *length > limit || !buffer_append(&request->body, bytes, *length))) {
        refuse(request, 413, "too_large", "the body is larger than is taken here");
        wanted = false;
    }
    if (!wanted) {
        buffer_clear(&request->body);
        request->discarded += *length;
    }
    *length = 0;
    return request->discarded <= HTTP_DISCARD_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_length, void **request_p)
{
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    struct request *request = request_of(*request_p);
    switch (request->stage) {
    case STAGE_HEAD:
    case STAGE_CHECKING:
        return begin(request, method);
    case STAGE_BODY:
        return *upload_length > 0 ? take_body(request, upload, upload_length) : request_finish(request);
    case STAGE_LOGIN:
    case STAGE_ASKED:
        return request_finish(request);
    case STAGE_REPLIED:
        *upload_length = 0;
        return MHD_YES;
    }
    return MHD_NO;
}

/* libmicrohttpd must not decode: route and form do. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static bool session_alive(void *context, uint64_t session)
{
    http_t *http = context;
    pthread_mutex_lock(&http->session_lock);
    bool alive = session_touch(http->sessions, session, clock_us());
    pthread_mutex_unlock(&http->session_lock);
    return alive;
}

static void *keep(void *context)
{
    http_t *http = context;
    struct pollfd stop = {.fd = http->stop_event, .events = POLLIN};
    while (poll(&stop, 1, 1000) <= 0) {
        uint64_t now_us = clock_us();
        pthread_mutex_lock(&http->gate_lock);
        for (int slot = gate_overdue(http->gate, GATE_NONE, now_us); slot != GATE_NONE;
             slot = gate_overdue(http->gate, slot, now_us))
            (void)shutdown(gate_handle(http->gate, slot), SHUT_RDWR);
        pthread_mutex_unlock(&http->gate_lock);
        desk_expire(http->setup.desk, now_us);
        live_tick(http->setup.live, now_us, session_alive, http);
    }
    return NULL;
}

/* How many connections this process may hold, raising its limit on descriptors where it may. */
static size_t connections_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 256;
    rlim_t wanted = CONNECTIONS_MAX + CONNECTIONS_MAX / 4 + FILES_SPARE;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= wanted)
        return CONNECTIONS_MAX;
    size_t left = limit.rlim_cur > FILES_SPARE + 64 ? (size_t)limit.rlim_cur - FILES_SPARE : 64;
    return left - left / 5;
}

static bool start_daemon(http_t *http, int listener, size_t connections, char error[WEB_ERROR_MAX])
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)http->setup.cert_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)http->setup.key_pem},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (http->secure ? MHD_USE_TLS : 0u);
    /* the gate decides who stays; libmicrohttpd's own bound is wider, because it holds by thread */
    unsigned bound = (unsigned)(connections + connections / 4) * 2;
    http->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, on_request, http, MHD_OPTION_ARRAY, http->secure ? tls : none,
                         MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                         MHD_OPTION_CONNECTION_LIMIT, bound, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)HEAD_BYTES_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S_MAX,
                         MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_URI_LOG_CALLBACK,
                         on_target, http, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, http, MHD_OPTION_END);
    if (http->daemon == NULL)
        snprintf(
            error, WEB_ERROR_MAX, "%s",
            http->secure
                ? "can't start HTTPS: are --tls-cert and --tls-key a certificate and its key, in PEM form?"
                : "can't start the web server");
    return http->daemon != NULL;
}

static void print_url(http_t *http)
{
    bool everywhere = http->host[0] == '\0' || strcmp(http->host, "*") == 0 ||
                      strcmp(http->host, "0.0.0.0") == 0 || strcmp(http->host, "::") == 0;
    const char *host = everywhere ? "127.0.0.1" : http->host;
    bool brackets = strchr(host, ':') != NULL;
    snprintf(http->url, sizeof http->url, "%s://%s%.100s%s:%u%.128s/", http->secure ? "https" : "http",
             brackets ? "[" : "", host, brackets ? "]" : "", http->port, http->base);
}

static void free_all(http_t *self)
{
    gate_destroy(&self->gate);
    sessions_destroy(&self->sessions);
    pthread_mutex_destroy(&self->gate_lock);
    pthread_mutex_destroy(&self->session_lock);
    if (self->metrics_token != NULL)
        sodium_memzero(self->metrics_token, strlen(self->metrics_token));
    free(self->metrics_token);
    if (self->script_token != NULL)
        sodium_memzero(self->script_token, strlen(self->script_token));
    free(self->script_token);
    free(self->base);
    free(self->host);
    close(self->stop_event);
    free(self);
}

http_t *http_new(const struct http_setup *setup, char error[WEB_ERROR_MAX])
{
    must(setup != NULL && error != NULL);
    must((setup->cert_pem == NULL) == (setup->key_pem == NULL));
    unsigned port;
    int listener = listener_open(setup->host, setup->port, &port, error);
    if (listener < 0)
        return NULL;
    http_t *self = mem_new(1, sizeof *self);
    size_t connections = connections_max();
    self->setup = *setup;
    self->base = mem_text(setup->base);
    self->host = mem_text(setup->host);
    self->metrics_token = setup->metrics_token != NULL ? mem_text(setup->metrics_token) : NULL;
    self->script_token = setup->script_token != NULL ? mem_text(setup->script_token) : NULL;
    if (setup->script_user != NULL)
        snprintf(self->script_user, sizeof self->script_user, "%s", setup->script_user);
    self->port = port;
    self->secure = setup->cert_pem != NULL;
    self->loopback = credentials_loopback(setup->host);
    snprintf(self->cookie, sizeof self->cookie, "freshet_session_%u", port);
    print_url(self);
    must(pthread_mutex_init(&self->gate_lock, NULL) == 0);
    must(pthread_mutex_init(&self->session_lock, NULL) == 0);
    size_t per_address = connections < PER_ADDRESS_MAX * 2 ? connections / 2 : PER_ADDRESS_MAX;
    self->gate = gate_new(connections, per_address);
    /* those that are cut off hold a place for a while, and others need some too */
    live_bound(setup->live, per_address / 2);
    self->sessions = sessions_new();
    self->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    must(self->stop_event >= 0);

    sigset_t all, before; /* signals are the main thread's business */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool good = start_daemon(self, listener, connections, error);
    if (good)
        must(pthread_create(&self->keeper, NULL, keep, self) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    self->setup.cert_pem = NULL; /* the caller's, and not needed any more */
    self->setup.key_pem = NULL;
    if (good)
        return self;
    close(listener);
    free_all(self);
    return NULL;
}

void http_destroy(http_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    http_t *self = *self_p;
    *self_p = NULL;
    MHD_socket listener = MHD_quiesce_daemon(self->daemon);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
    uint64_t one = 1;
    must(write(self->stop_event, &one, sizeof one) == sizeof one);
    must(pthread_join(self->keeper, NULL) == 0);
    for (int i = 0; i < LAST_WORDS_ROUNDS && live_count(self->setup.live) > 0; i++)
        (void)poll(NULL, 0, 10);
    MHD_stop_daemon(self->daemon);
    must(gate_count(self->gate) == 0);
    free_all(self);
}

unsigned http_port(const http_t *self)
{
    must(self != NULL);
    return self->port;
}

const char *http_url(const http_t *self)
{
    must(self != NULL);
    return self->url;
}
