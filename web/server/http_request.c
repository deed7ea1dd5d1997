#include "web/server/http_inner.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/version.h"
#include "web/server/assets.h"
#include "web/server/headers.h"

/* A report is one page with its script and styles inside: it runs as a page of nowhere, and may fetch
 * nothing. */
static const char report_policy[] =
    "sandbox allow-scripts allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

static const char json[] = "application/json";

static enum MHD_Result send_asset(struct request *request, const char *name, unsigned status,
                                  const char *cache)
{
    const struct asset *asset = assets_find(name);
    if (asset == NULL) {
        refuse(request, 404, "not_found", "there is no such file");
        return reply_refusal(request);
    }
    bool gzip =
        headers_gzip(request_header(request, "Accept-Encoding")) && asset->gzip_bytes < asset->plain_bytes;
    struct reply reply = {
        .status = status, .type = asset->type, .etag = asset->etag, .varies = true, .cache = cache};
    if (status == 200 && headers_lists_etag(request_header(request, "If-None-Match"), asset->etag)) {
        reply.status = 304;
        reply.type = NULL;
        return reply_send(request, &reply);
    }
    reply.gzip = gzip;
    reply.fixed = gzip ? asset->gzip : asset->plain;
    reply.length = gzip ? asset->gzip_bytes : asset->plain_bytes;
    return reply_send(request, &reply);
}

/* Files of the page; its pages have routes of their own. */
static enum MHD_Result send_file(struct request *request)
{
    const struct asset *asset = assets_find(request->route.id);
    bool page =
        asset == NULL || headers_type_is(asset->type, "text/html") || headers_type_is(asset->type, json);
    const char *cache = page || !asset->immutable ? "no-cache" : "public, max-age=31536000, immutable";
    return send_asset(request, page ? "" : request->route.id, 200, cache);
}

static enum MHD_Result send_fixed(struct request *request, const char *text)
{
    struct reply reply = {.status = 200, .type = json, .fixed = text, .length = strlen(text)};
    return reply_send(request, &reply);
}

/* The login form, saying what was wrong; the page has one for each reason. */
static enum MHD_Result send_login_page(struct request *request, unsigned status, const char *why)
{
    char name[64];
    snprintf(name, sizeof name, "login-%s.html", why);
    if (why[0] == '\0' || strchr(why, '/') != NULL || assets_find(name) == NULL)
        snprintf(name, sizeof name, "login.html");
    return send_asset(request, name, status, NULL);
}

static enum MHD_Result login_page(struct request *request)
{
    struct form query;
    form_init(&query);
    const char *problem;
    const char *why = NULL;
    if (form_urlencoded(&query, request->route.query, strlen(request->route.query), &problem))
        why = form_value(&query, "error");
    enum MHD_Result sent = send_login_page(request, 200, why != NULL ? why : "");
    form_fini(&query);
    return sent;
}

static enum MHD_Result send_session(struct request *request)
{
    const struct session_view *account = &request->account;
    json_t *object = json_pack("{s:s,s:s,s:s,s:s}", "user", account->user, "role",
                               account->role == WEB_OPERATOR ? "operator" : "viewer", "csrf_token",
                               account->csrf, "version", FRESHET_VERSION);
    must(object != NULL);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    must(text != NULL);
    struct reply reply = {.status = 200, .type = json, .owned = text, .length = strlen(text)};
    return reply_send(request, &reply);
}

static enum MHD_Result send_document(struct request *request)
{
    struct document *document = shelf_get(request->http->setup.shelf, request->route.doc);
    if (document == NULL) {
        refuse(request, 503, "starting", "the primary has not said anything yet: try again");
        request->refusal.retry_after_s = 1;
        return reply_refusal(request);
    }
    bool metrics = request->route.doc == WEB_DOC_METRICS;
    struct reply reply = {.status = 200,
                          .type = metrics ? "text/plain; version=0.0.4; charset=utf-8" : json,
                          .held = document,
                          .length = document_length(document)};
    return reply_send(request, &reply);
}

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t out_bytes)
{
    struct request *request = context;
    must(request->magic == REQUEST_MAGIC);
    (void)position;
    bool fresh;
    ssize_t given =
        live_read(request->http->setup.live, request->subscriber, out, out_bytes, clock_us(), &fresh);
    if (fresh)
        request_note(request, GATE_LIVE);
    return given == LIVE_OVER ? MHD_CONTENT_READER_END_OF_STREAM : given;
}

static enum MHD_Result send_live(struct request *request)
{
    if (request->head_only) {
        struct reply reply = {.status = 200, .type = "text/event-stream"};
        return reply_send(request, &reply);
    }
    uint64_t session = request->by_session ? request->account.number : 0;
    request->subscriber = live_join(request->http->setup.live, request_waiter(request), session);
    if (request->subscriber == NULL) {
        refuse(request, 503, "busy", "too many live streams are open");
        request->refusal.retry_after_s = 5;
        return reply_refusal(request);
    }
    return reply_stream(request, read_stream);
}

/* The parameters of body and query; false with a refusal. */
static bool read_form(struct request *request, struct form *form)
{
    const char *type = request_header(request, "Content-Type");
    const char *why = "";
    bool good = true;
    if (request->body.length > 0 && headers_type_is(type, json))
        good = form_json(form, request->body.bytes, request->body.length, &why);
    else if (request->body.length > 0 && headers_type_is(type, "application/x-www-form-urlencoded"))
        good = form_urlencoded(form, request->body.bytes, request->body.length, &why);
    else if (request->body.length > 0) {
        refuse(request, 415, "media_type", "send application/json or application/x-www-form-urlencoded");
        return false;
    }
    good = good && form_urlencoded(form, request->route.query, strlen(request->route.query), &why);
    if (!good)
        refuse(request, 400, "malformed", why);
    return good;
}

static void close_session(struct request *request)
{
    http_t *http = request->http;
    if (!request->by_session)
        return;
    pthread_mutex_lock(&http->session_lock);
    session_close(http->sessions, request->account.number);
    pthread_mutex_unlock(&http->session_lock);
    request->by_session = false;
}

static void print_cookie(const http_t *http, const char *token, char out[400])
{
    int length = snprintf(out, 400, "%s=%s; Path=%s/; HttpOnly; SameSite=Strict%s%s", http->cookie, token,
                          http->base, http->secure ? "; Secure" : "", token[0] == '\0' ? "; Max-Age=0" : "");
    must(length > 0 && length < 400);
}

static enum MHD_Result logout(struct request *request)
{
    struct form form;
    form_init(&form);
    bool good = read_form(request, &form) && guard_csrf(request, &form);
    form_fini(&form);
    if (!good)
        return reply_refusal(request);
    close_session(request);
    char cookie[400];
    print_cookie(request->http, "", cookie);
    if (request_wants_page(request))
        return reply_redirect(request, 303, "/login", cookie);
    static const char gone[] = "{\"ok\":true}";
    struct reply reply = {
        .status = 200, .type = json, .fixed = gone, .length = sizeof gone - 1, .set_cookie = cookie};
    return reply_send(request, &reply);
}

/* The login form was sent: have it verified. */
static enum MHD_Result login(struct request *request)
{
    struct form form;
    form_init(&form);
    bool good = read_form(request, &form);
    const char *user = good ? form_value(&form, "user") : NULL;
    const char *password = good ? form_value(&form, "password") : NULL;
    bool complete = user != NULL && password != NULL;
    if (good && !complete)
        refuse(request, 400, "malformed", "a login has a user and a password");
    else if (complete && (strlen(user) >= WEB_USER_MAX || strlen(password) >= WEB_SECRET_MAX))
        refuse(request, 401, "wrong_login", "this user and password do not match");
    else if (complete) {
        struct login_job *job = &request->job;
        memset(job, 0, sizeof *job);
        memcpy(job->user, user, strlen(user));
        memcpy(job->password, password, strlen(password));
        job->address = request->address;
    }
    form_fini(&form);
    if (request->body.bytes != NULL)
        sodium_memzero(request->body.bytes, request->body.length);
    if (request->refusal.status != 0)
        return reply_refusal(request);
    request->stage = STAGE_LOGIN;
    request_note(request, GATE_ANSWER);
    if (login_ask(request->http->setup.login, &request->job, request_waiter(request)))
        return MHD_YES;
    sodium_memzero(request->job.password, sizeof request->job.password);
    refuse(request, 503, "busy", "too many logins at once: try again");
    request->refusal.retry_after_s = 1;
    return reply_refusal(request);
}

/* A new session with a new token, whatever cookie came along. */
static enum MHD_Result begin_session(struct request *request)
{
    http_t *http = request->http;
    const char *sent;
    size_t length;
    uint8_t random[SESSION_RANDOM_BYTES];
    char token[SESSION_TOKEN_MAX];
    struct session_view view;
    randombytes_buf(random, sizeof random);
    sent = headers_cookie(request_header(request, "Cookie"), http->cookie, &length);
    pthread_mutex_lock(&http->session_lock);
    if (sent != NULL && session_find(http->sessions, sent, length, clock_us(), &view))
        session_close(http->sessions, view.number);
    session_open(http->sessions, request->job.user, request->job.role, random, clock_us(), token, &view);
    pthread_mutex_unlock(&http->session_lock);
    char cookie[400];
    print_cookie(http, token, cookie);
    sodium_memzero(random, sizeof random);
    sodium_memzero(token, sizeof token);
    enum MHD_Result sent_out = reply_redirect(request, 303, "/", cookie);
    sodium_memzero(cookie, sizeof cookie);
    return sent_out;
}

static enum MHD_Result login_verified(struct request *request)
{
    const struct login_job *job = &request->job;
    enum login_outcome outcome = login_outcome(request->http->setup.login, job);
    if (outcome == LOGIN_GOOD)
        return begin_session(request);
    if (outcome == LOGIN_CLOSED)
        refuse(request, 503, "stopping", "the primary is stopping");
    else if (outcome == LOGIN_WAIT)
        refuse(request, 429, "too_many_logins", "too many wrong logins: wait, then try again");
    else
        refuse(request, 401, "wrong_login", "this user and password do not match");
    if (outcome == LOGIN_WAIT)
        request->refusal.retry_after_s = (unsigned)((job->wait_us + 999999) / 1000000);
    const char *page = outcome == LOGIN_WAIT ? "login-slow.html" : "login-wrong.html";
    bool has_page = outcome != LOGIN_CLOSED && assets_find(page) != NULL;
    if (!has_page || !request_wants_page(request))
        return reply_refusal(request);
    return send_login_page(request, request->refusal.status, outcome == LOGIN_WAIT ? "slow" : "wrong");
}

/* A question for the primary. */
static enum MHD_Result ask(struct request *request)
{
    shelf_t *shelf = request->http->setup.shelf;
    struct reply kept = {.status = 200};
    request->shared =
        request->route.method == WEB_GET && !request->route.changes && request->body.length == 0;
    if (request->shared)
        kept.held = shelf_kept(shelf, request->target, &kept.type);
    if (kept.held != NULL) {
        kept.length = document_length(kept.held);
        return reply_send(request, &kept);
    }
    request->shelf_age = shelf_age(shelf);
    struct form form;
    form_init(&form);
    if (!read_form(request, &form) || (request->route.changes && !guard_csrf(request, &form))) {
        form_fini(&form);
        return reply_refusal(request);
    }
    form_remove(&form, "csrf_token");
    struct web_question question = {.method = request->route.method,
                                    .route = request->route.question,
                                    .id = request->route.id,
                                    .role = request->account.role,
                                    .user = request->account.user,
                                    .remote = request->remote};
    char *body = request->body.bytes;
    size_t length = request->body.length;
    buffer_init(&request->body, 1);
    request->exchange = desk_exchange(request->http->setup.desk, &question, &form, body, length);
    request->stage = STAGE_ASKED;
    request_note(request, GATE_ANSWER);
    switch (desk_ask(request->exchange, request_waiter(request), clock_us())) {
    case DESK_TAKEN:
        return MHD_YES;
    case DESK_FULL:
        refuse(request, 503, "busy", "too many requests wait for the primary: try again");
        request->refusal.retry_after_s = 1;
        break;
    case DESK_CLOSED:
        refuse(request, 503, "stopping", "the primary is stopping");
        break;
    }
    return reply_refusal(request);
}

/* Put the answer on the shelf for those who ask the same. */
static void keep(struct request *request, struct reply *reply)
{
    must(reply->status == 200 && reply->header == NULL);
    must(reply->file != NULL && reply->file[0] == '\0');
    reply->held = document_new(reply->owned != NULL ? reply->owned : "", reply->length);
    free(reply->owned);
    reply->owned = NULL;
    shelf_keep(request->http->setup.shelf, request->shelf_age, request->target, reply->type, reply->held);
}

/* The primary has answered. */
static enum MHD_Result answered(struct request *request)
{
    struct web_answer *answer = desk_answer(request->exchange);
    must(answer != NULL);
    if (answer->status < 200 || answer->status > 599) {
        refuse(request, 500, "internal", "the primary gave no answer");
        return reply_refusal(request);
    }
    bool report = request->route.question == WEB_REPORT ||
                  (request->route.question == WEB_DOWNLOAD && strcmp(request->route.id, "report.html") == 0);
    struct reply reply = {.status = answer->status,
                          .type = answer->type != NULL ? answer->type : json,
                          .owned = answer->body,
                          .length = answer->body_length,
                          .policy =
                              report && headers_type_is(answer->type, "text/html") ? report_policy : NULL,
                          .header = answer->header,
                          .value = answer->value,
                          .file = answer->file};
    answer->body = NULL;
    if (request->route.changes)
        shelf_forget(request->http->setup.shelf); /* before the client may ask what came of it */
    else if (answer->keep && request->shared)
        keep(request, &reply);
    return reply_send(request, &reply);
}

static enum MHD_Result dispatch(struct request *request)
{
    switch (request->route.kind) {
    case ROUTE_PAGE:
        return send_asset(request, "index.html", 200, "no-cache");
    case ROUTE_ENTER:
        return reply_redirect(request, 308, "/", NULL);
    case ROUTE_LOGIN_PAGE:
        return login_page(request);
    case ROUTE_LOGIN:
        return login(request);
    case ROUTE_LOGOUT:
        return logout(request);
    case ROUTE_ASSET:
        return send_file(request);
    case ROUTE_HEALTH:
        return send_fixed(request, "{\"ok\":true}");
    case ROUTE_SESSION:
        return send_session(request);
    case ROUTE_LIVE:
        return send_live(request);
    case ROUTE_OPENAPI:
        return send_asset(request, "openapi.json", 200, "no-cache");
    case ROUTE_DOC:
        return send_document(request);
    case ROUTE_QUESTION:
        return ask(request);
    }
    return MHD_NO;
}

enum MHD_Result request_finish(struct request *request)
{
    must(request != NULL && request->magic == REQUEST_MAGIC);
    must(request->stage != STAGE_REPLIED);
    if (request->stage == STAGE_LOGIN)
        return login_verified(request);
    if (request->stage == STAGE_ASKED)
        return answered(request);
    bool browser = request_wants_page(request) && strcmp(request->method, "GET") == 0;
    if (request->refusal.status == 401 && browser && request_header(request, "Authorization") == NULL)
        return reply_redirect(request, 303, "/login", NULL);
    if (request->refusal.status != 0)
        return reply_refusal(request);
    return dispatch(request);
}
