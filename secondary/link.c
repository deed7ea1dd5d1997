#include "secondary/link.h"

#include "common/buffer.h"
#include "common/mem.h"
#include "common/tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <zmq.h>

enum { QUEUE_MAX = 64, LOG_INTERVAL_US = 10000000, CONNECT_MS = 3000, LINK_DIGITS = 32 };

#define EVENTS                                                                                               \
    (ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |                       \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                            \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

struct link {
    void *context, *socket; /* owned */
    void *monitor;          /* owned: what becomes of the connection, zmq_socket_monitor(3) */
    enum link_trouble trouble;
    bool given_up;  /* libzmq does not try again by itself */
    unsigned dials; /* a monitor's name is used once */
    char id[WIRE_ID_MAX];
    char endpoint[320];
    struct link_keys keys;
    log_t *log; /* borrowed */
    struct log_limit bad_limit;
    uint64_t bad; /* malformed messages */
    struct buffer out;
};

/* 32 hex digits: those that whoever started us gave, so that we are known again, or random ones. */
static void make_digits(const char *given, char out[LINK_DIGITS + 1])
{
    if (given != NULL && strlen(given) == LINK_DIGITS && strspn(given, "0123456789abcdef") == LINK_DIGITS) {
        memcpy(out, given, LINK_DIGITS + 1);
        return;
    }
    unsigned char random[LINK_DIGITS / 2];
    must(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

/* <hostname>_<32 hex>; a dot-free ASCII host name, as Locust groups by the part before the underscore. */
static void make_id(const char *given, char out[WIRE_ID_MAX])
{
    char host[128] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        snprintf(host, sizeof host, "host");
    for (char *at = host; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
            *at = '-';
    }
    char digits[LINK_DIGITS + 1];
    make_digits(given, digits);
    int length = snprintf(out, WIRE_ID_MAX, "%s_%s", host, digits);
    must(length > LINK_DIGITS && length < WIRE_ID_MAX);
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_text(void *socket, int option, const char *value)
{
    return zmq_setsockopt(socket, option, value, strlen(value)) == 0;
}

static bool set_key(void *socket, int option, const char *value)
{
    return zmq_setsockopt(socket, option, value, strlen(value) + 1) == 0; /* Z85 counts the NUL */
}

static bool open_monitor(link_t *self)
{
    char name[32];
    snprintf(name, sizeof name, "inproc://link-%u", self->dials++);
    self->trouble = LINK_FINE;
    self->given_up = false;
    self->monitor = zmq_socket(self->context, ZMQ_PAIR);
    return self->monitor != NULL && set_int(self->monitor, ZMQ_RCVHWM, 0) &&
           set_int(self->monitor, ZMQ_LINGER, 0) && zmq_socket_monitor(self->socket, name, EVENTS) == 0 &&
           zmq_connect(self->monitor, name) == 0;
}

static void hang_up(link_t *self)
{
    if (self->monitor != NULL)
        zmq_close(self->monitor);
    if (self->socket != NULL)
        zmq_close(self->socket);
    self->monitor = self->socket = NULL;
}

static bool dial(link_t *self)
{
    self->socket = zmq_socket(self->context, ZMQ_DEALER);
    if (self->socket == NULL)
        return false;
    bool good = set_text(self->socket, ZMQ_ROUTING_ID, self->id) && set_int(self->socket, ZMQ_LINGER, 0) &&
                set_int(self->socket, ZMQ_SNDHWM, QUEUE_MAX) && set_int(self->socket, ZMQ_IMMEDIATE, 1) &&
                set_int(self->socket, ZMQ_TCP_KEEPALIVE, 1) &&
                set_int(self->socket, ZMQ_TCP_KEEPALIVE_IDLE, WIRE_KEEPALIVE_IDLE_S) &&
                set_int(self->socket, ZMQ_TCP_KEEPALIVE_INTVL, WIRE_KEEPALIVE_INTERVAL_S) &&
                set_int(self->socket, ZMQ_TCP_KEEPALIVE_CNT, WIRE_KEEPALIVE_COUNT) &&
                set_int(self->socket, ZMQ_TCP_MAXRT, WIRE_UNANSWERED_MS) &&
                set_int(self->socket, ZMQ_CONNECT_TIMEOUT, CONNECT_MS) &&
                set_int(self->socket, ZMQ_HANDSHAKE_IVL, WIRE_UNANSWERED_MS) &&
                set_int(self->socket, ZMQ_RECONNECT_IVL, 100) &&
                set_int(self->socket, ZMQ_RECONNECT_IVL_MAX, 1000) && set_int(self->socket, ZMQ_IPV6, 1);
    int64_t message_max = WIRE_MESSAGE_MAX;
    good = good && zmq_setsockopt(self->socket, ZMQ_MAXMSGSIZE, &message_max, sizeof message_max) == 0;
    if (good && self->keys.server[0] != '\0')
        good = set_key(self->socket, ZMQ_CURVE_SERVERKEY, self->keys.server) &&
               set_key(self->socket, ZMQ_CURVE_PUBLICKEY, self->keys.public_key) &&
               set_key(self->socket, ZMQ_CURVE_SECRETKEY, self->keys.secret_key);
    return good && open_monitor(self) && zmq_connect(self->socket, self->endpoint) == 0;
}

link_t *link_new(const char *host, uint64_t port, const struct link_keys *keys, log_t *log)
{
    must(host != NULL && keys != NULL);
    must(port > 0 && port < 65536);
    link_t *self = mem_new(1, sizeof *self);
    self->log = log;
    self->keys = *keys;
    make_id(getenv("FRESHET_LOCAL_ID"), self->id);
    bool bare_ipv6 = strchr(host, ':') != NULL && host[0] != '[';
    snprintf(self->endpoint, sizeof self->endpoint, bare_ipv6 ? "tcp://[%s]:%u" : "tcp://%s:%u", host,
             (unsigned)port);
    buffer_init(&self->out, WIRE_MESSAGE_MAX);
    self->context = zmq_ctx_new();
    must(self->context != NULL);
    if (dial(self))
        return self;
    int kept_errno = errno;
    link_destroy(&self, 0);
    errno = kept_errno;
    return NULL;
}

void link_destroy(link_t **self_p, int linger_ms)
{
    must(self_p != NULL);
    link_t *self = *self_p;
    if (self == NULL)
        return;
    if (self->socket != NULL)
        (void)set_int(self->socket, ZMQ_LINGER, linger_ms);
    hang_up(self);
    zmq_ctx_term(self->context);
    buffer_fini(&self->out);
    explicit_bzero(&self->keys, sizeof self->keys);
    free(self);
    *self_p = NULL;
}

void link_reconnect(link_t *self)
{
    must(self != NULL);
    hang_up(self);
    must(dial(self)); /* the same options were taken before */
}

void link_rename(link_t *self)
{
    must(self != NULL);
    make_id(NULL, self->id);
    link_reconnect(self);
}

int link_fd(const link_t *self)
{
    must(self != NULL);
    int fd = -1;
    size_t size = sizeof fd;
    must(zmq_getsockopt(self->socket, ZMQ_FD, &fd, &size) == 0);
    return fd;
}

const char *link_id(const link_t *self)
{
    must(self != NULL);
    return self->id;
}

bool link_pending(link_t *self)
{
    must(self != NULL);
    int events = 0;
    size_t size = sizeof events;
    must(zmq_getsockopt(self->socket, ZMQ_EVENTS, &events, &size) == 0);
    return (events & ZMQ_POLLIN) != 0;
}

static void take_event(link_t *self, uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_CONNECTED) {
        tcp_even_pace((int)value);
        return;
    }
    self->given_up = event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        self->trouble = LINK_FINE;
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        self->trouble = LINK_KEY_REFUSED;
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        self->trouble =
            value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? LINK_OTHER_SECURITY : LINK_UNANSWERED;
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        self->trouble = LINK_UNANSWERED;
    else if (self->trouble == LINK_FINE) /* retried: after a failed handshake, too */
        self->trouble = LINK_UNREACHABLE;
}

/* An event is two frames; the first has 16 bits of event and 32 of value, in our byte order. */
static bool next_event(link_t *self)
{
    bool more = true;
    for (unsigned i = 0; more; i++) {
        zmq_msg_t frame;
        must(zmq_msg_init(&frame) == 0);
        bool got = zmq_msg_recv(&frame, self->monitor, ZMQ_DONTWAIT) >= 0;
        more = got && zmq_msg_more(&frame) != 0;
        if (got && i == 0 && zmq_msg_size(&frame) == sizeof(uint16_t) + sizeof(uint32_t)) {
            uint16_t event;
            uint32_t value;
            memcpy(&event, zmq_msg_data(&frame), sizeof event);
            memcpy(&value, (const char *)zmq_msg_data(&frame) + sizeof event, sizeof value);
            take_event(self, event, value);
        }
        zmq_msg_close(&frame);
        if (!got)
            return false;
    }
    return true;
}

enum link_trouble link_trouble(link_t *self)
{
    must(self != NULL && self->monitor != NULL);
    while (next_event(self)) {
    }
    return self->trouble;
}

bool link_gave_up(const link_t *self)
{
    must(self != NULL);
    return self->given_up;
}

const char *link_endpoint(const link_t *self)
{
    must(self != NULL);
    return self->endpoint + strlen("tcp://");
}

bool link_has_keys(const link_t *self)
{
    must(self != NULL);
    return self->keys.server[0] != '\0';
}

static void count_bad(link_t *self, uint64_t now_us, const char *reason)
{
    self->bad++;
    uint64_t suppressed;
    if (log_allowed(&self->bad_limit, now_us, LOG_INTERVAL_US, &suppressed))
        log_warning(self->log, "dropped a malformed message of the primary reason=\"%s\" total=%llu", reason,
                    (unsigned long long)self->bad);
}

bool link_receive(link_t *self, uint64_t now_us, struct wire_message *out)
{
    must(self != NULL && out != NULL);
    (void)link_trouble(self); /* a new connection is seen to */
    for (;;) {
        zmq_msg_t raw;
        must(zmq_msg_init(&raw) == 0);
        if (zmq_msg_recv(&raw, self->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&raw);
            return false;
        }
        wire_decode(out, zmq_msg_data(&raw), zmq_msg_size(&raw));
        zmq_msg_close(&raw);
        if (out->type != WIRE_BAD)
            return true;
        count_bad(self, now_us, out->reason);
        wire_fini(out);
    }
}

bool link_send(link_t *self, struct wire_message *message)
{
    must(self != NULL && message != NULL);
    memcpy(message->id, self->id, sizeof message->id);
    wire_encode(message, &self->out);
    must(!self->out.full);
    return zmq_send(self->socket, self->out.bytes, self->out.length, ZMQ_DONTWAIT) >= 0;
}
