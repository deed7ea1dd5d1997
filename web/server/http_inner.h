/*
 * http_inner - what the files of http share: the server, a request on its way, a reply.
 *
 * A request lives from its first line until its answer is out. libmicrohttpd runs one callback of a
 * connection at a time, so a request needs no lock.
 */
#ifndef FRESHET_HTTP_INNER_H
#define FRESHET_HTTP_INNER_H

#include <microhttpd.h>
#include <pthread.h>

#include "common/buffer.h"
#include "web/server/gate.h"
#include "web/server/http.h"
#include "web/server/route.h"
#include "web/server/session.h"

enum {
    HTTP_BODY_MAX = 1024 * 1024,
    HTTP_LOGIN_BODY_MAX = 64 * 1024,
    HTTP_DISCARD_MAX = 8 * 1024 * 1024 /* of a body nobody wants, read so that the client sees the answer */
};

struct http {
    struct http_setup setup;
    char *base; /* own copies of the setup's texts */
    char *host;
    char *metrics_token;
    char *script_token;
    char script_user[WEB_USER_MAX];
    struct MHD_Daemon *daemon;
    unsigned port;
    bool secure;     /* TLS */
    bool loopback;   /* bound so that only this machine can come */
    char cookie[32]; /* its name: differs by port, because cookies don't */
    char url[300];
    pthread_mutex_t gate_lock;
    gate_t *gate;
    pthread_mutex_t session_lock;
    sessions_t *sessions;
    pthread_t keeper; /* the thread of once a second */
    int stop_event;
};

enum stage {
    STAGE_HEAD,     /* the head is there */
    STAGE_CHECKING, /* asleep: Basic credentials are verified before the body is read */
    STAGE_BODY,
    STAGE_LOGIN, /* asleep: the login form's are verified */
    STAGE_ASKED, /* asleep: the primary answers */
    STAGE_REPLIED
};

/* Why a request gets no answer but an error. Static texts. */
struct refusal {
    unsigned status; /* 0: not refused */
    const char *code;
    const char *message;
    unsigned retry_after_s;
};

#define REQUEST_MAGIC 0x72657175u

struct request {
    unsigned magic;
    http_t *http;
    struct MHD_Connection *connection;
    enum stage stage;
    int slot; /* in the gate */
    char *target;
    const char *method; /* borrowed from the connection */
    bool head_only;
    struct route route;
    char allow[ROUTE_ALLOW_MAX];
    struct refusal refusal;
    struct buffer body;
    size_t discarded;
    bool known; /* the account is */
    bool by_session;
    struct session_view account; /* by Basic: only role and user are set */
    struct login_job job;
    struct web_exchange *exchange;
    bool shared;        /* the answer depends on nothing but the target */
    uint64_t shelf_age; /* when the primary was asked */
    subscriber_t *subscriber;
    struct throttle_address address;
    char remote[46];
};

/* One answer. Exactly one of fixed, owned and held is set when length > 0. */
struct reply {
    unsigned status;
    const char *type;
    const void *fixed; /* static */
    char *owned;       /* from malloc; freed */
    struct document *held;
    size_t length;
    const char *cache;  /* NULL: no-store */
    const char *policy; /* Content-Security-Policy; NULL: the usual one */
    const char *location;
    const char *set_cookie;
    const char *etag;
    const char *file;
    const char *header; /* one more */
    const char *value;
    const char *allow;
    const char *challenge;
    bool gzip;
    bool varies; /* by Accept-Encoding */
    unsigned retry_after_s;
};

/* http_reply.c */
MUST_USE enum MHD_Result reply_send(struct request *request, struct reply *reply);
MUST_USE enum MHD_Result reply_stream(struct request *request, MHD_ContentReaderCallback reader);
MUST_USE enum MHD_Result reply_refusal(struct request *request);
MUST_USE enum MHD_Result reply_redirect(struct request *request, unsigned status, const char *path,
                                        const char *set_cookie);
const char *request_header(const struct request *request, const char *name);
bool request_wants_page(const struct request *request);

/* http_guard.c: who asks, and may they? */
enum guard { GUARD_DECIDED, GUARD_SLEEPS };
/* On the head: settles route, limits and account, or leaves a refusal. GUARD_SLEEPS: verifying; call again.
 */
MUST_USE enum guard guard_head(struct request *request);
/* After the body: the CSRF token, by header or form. */
MUST_USE bool guard_csrf(struct request *request, const struct form *form);
void refuse(struct request *request, unsigned status, const char *code, const char *message);
struct waiter request_waiter(struct request *request);

/* http_request.c: do what is asked, once the body is there (and again after each sleep). */
MUST_USE enum MHD_Result request_finish(struct request *request);

/* http.c */
void request_note(struct request *request, enum gate_state state);

#endif
