#include "web/server/http_inner.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "web/server/headers.h"

void refuse(struct request *request, unsigned status, const char *code, const char *message)
{
    must(request != NULL && status >= 400);
    must(code != NULL && message != NULL);
    request->refusal = (struct refusal){status, code, message, 0};
}

static void pause_connection(void *context)
{
    MHD_suspend_connection(((struct request *)context)->connection);
}

static void wake_connection(void *context)
{
    MHD_resume_connection(((struct request *)context)->connection);
}

struct waiter request_waiter(struct request *request)
{
    return (struct waiter){pause_connection, wake_connection, request};
}

static void find_route(struct request *request)
{
    switch (
        route_find(request->http->base, request->method, request->target, &request->route, request->allow)) {
    case ROUTE_NO_PATH:
        refuse(request, 404, "not_found", "there is nothing at this address");
        break;
    case ROUTE_NO_METHOD:
        refuse(request, 405, "method_not_allowed", "this address has no such method");
        break;
    case ROUTE_FOUND:
        break;
    }
}

static void check_size(struct request *request)
{
    const char *text = request_header(request, "Content-Length");
    size_t limit = request->route.kind == ROUTE_LOGIN ? HTTP_LOGIN_BODY_MAX : HTTP_BODY_MAX;
    if (text != NULL && (strlen(text) > 12 || strtoull(text, NULL, 10) > limit))
        refuse(request, 413, "too_large", "the body is larger than is taken here");
}

/* A page of another site may not act here, whatever its browser sends along. */
static void check_site(struct request *request)
{
    const struct route *route = &request->route;
    bool acts = route->changes || route->kind == ROUTE_LOGIN || route->kind == ROUTE_LOGOUT;
    if (acts &&
        headers_cross_site(request_header(request, "Origin"), request_header(request, "Sec-Fetch-Site"),
                           request_header(request, "Host")))
        refuse(request, 403, "cross_site", "the request comes from a page of another site");
}

static bool has_bearer(const struct request *request, const char *own)
{
    const char *token = headers_bearer(request_header(request, "Authorization"));
    if (token == NULL || own == NULL || strlen(token) >= WEB_SECRET_MAX)
        return false;
    char sent[WEB_SECRET_MAX] = "", kept[WEB_SECRET_MAX] = "";
    memcpy(sent, token, strlen(token));
    memcpy(kept, own, strlen(own));
    return sodium_memcmp(sent, kept, sizeof kept) == 0;
}

static void know(struct request *request, const char *user, enum web_role role)
{
    request->known = true;
    request->account.role = role;
    memcpy(request->account.user, user, strnlen(user, WEB_USER_MAX - 1));
}

static void find_session(struct request *request)
{
    http_t *http = request->http;
    size_t length;
    const char *token = headers_cookie(request_header(request, "Cookie"), http->cookie, &length);
    if (token == NULL)
        return;
    pthread_mutex_lock(&http->session_lock);
    request->known = session_find(http->sessions, token, length, clock_us(), &request->account);
    pthread_mutex_unlock(&http->session_lock);
    request->by_session = request->known;
}

/* What the verified or remembered credentials mean. */
static void judge(struct request *request, enum login_outcome outcome)
{
    switch (outcome) {
    case LOGIN_GOOD:
        know(request, request->job.user, request->job.role);
        break;
    case LOGIN_WAIT:
        refuse(request, 429, "too_many_logins", "too many wrong logins: wait, then try again");
        request->refusal.retry_after_s = (unsigned)((request->job.wait_us + 999999) / 1000000);
        break;
    case LOGIN_CLOSED:
        refuse(request, 503, "stopping", "the primary is stopping");
        break;
    default:
        refuse(request, 401, "wrong_login", "this user and password do not match");
        break;
    }
}

/* Basic credentials: remembered, or to be verified while the connection sleeps. */
static enum guard check_basic(struct request *request)
{
    struct login_job *job = &request->job;
    login_t *login = request->http->setup.login;
    enum login_outcome outcome = login_recall(login, job->user, job->password, clock_us(), &job->role);
    if (outcome == LOGIN_UNKNOWN) {
        job->basic = true;
        job->address = request->address;
        request->stage = STAGE_CHECKING;
        request_note(request, GATE_ANSWER);
        if (login_ask(login, job, request_waiter(request)))
            return GUARD_SLEEPS;
        request->stage = STAGE_HEAD;
        refuse(request, 503, "busy", "too many logins at once: try again");
        request->refusal.retry_after_s = 1;
    } else {
        judge(request, outcome);
    }
    sodium_memzero(job->password, sizeof job->password);
    return GUARD_DECIDED;
}

/* Is this account allowed to do this? */
static void check_role(struct request *request)
{
    const struct route *route = &request->route;
    if (!request->known) {
        refuse(request, 401, "login_required", "log in first, or send Basic credentials");
    } else if (route->access == ROUTE_BASIC_ONLY && request->by_session) {
        refuse(request, 405, "method_not_allowed",
               "use POST: GET changes something only with Basic credentials");
        memcpy(request->allow, "POST", sizeof "POST");
    } else if (route->changes && request->account.role != WEB_OPERATOR) {
        refuse(request, 403, "viewer", "this account may look and not change anything");
    }
}

static enum guard find_account(struct request *request)
{
    switch (
        headers_basic(request_header(request, "Authorization"), request->job.user, request->job.password)) {
    case HEADERS_BASIC:
        return check_basic(request);
    case HEADERS_BAD_BASIC:
        refuse(request, 401, "wrong_login", "the Authorization header is malformed");
        return GUARD_DECIDED;
    case HEADERS_NO_BASIC:
        if (has_bearer(request, request->http->script_token))
            know(request, request->http->script_user, WEB_OPERATOR);
        else
            find_session(request);
        break;
    }
    return GUARD_DECIDED;
}

/* The checks that need no account. */
static void check_head(struct request *request)
{
    const http_t *http = request->http;
    if (!headers_host_fine(request_header(request, "Host"), http->host, http->loopback))
        refuse(request, 421, "wrong_host",
               "this server answers to localhost, its address or its --web-host only: check the Host header");
    else
        find_route(request);
    if (request->refusal.status == 0)
        check_size(request);
    if (request->refusal.status == 0)
        check_site(request);
}

enum guard guard_head(struct request *request)
{
    must(request != NULL);
    must(request->stage == STAGE_HEAD || request->stage == STAGE_CHECKING);
    if (request->stage == STAGE_CHECKING) {
        judge(request, login_outcome(request->http->setup.login, &request->job));
    } else {
        check_head(request);
        bool open =
            request->route.access == ROUTE_PUBLIC ||
            (request->route.access == ROUTE_METRICS && has_bearer(request, request->http->metrics_token));
        if (request->refusal.status != 0 || open)
            return GUARD_DECIDED;
        if (find_account(request) == GUARD_SLEEPS)
            return GUARD_SLEEPS;
    }
    if (request->refusal.status == 0)
        check_role(request);
    return GUARD_DECIDED;
}

bool guard_csrf(struct request *request, const struct form *form)
{
    must(request != NULL);
    must(form != NULL);
    if (!request->by_session)
        return true;
    const char *token = request_header(request, "X-CSRF-Token");
    if (token == NULL)
        token = form_value(form, "csrf_token");
    if (session_csrf(&request->account, token))
        return true;
    refuse(request, 403, "csrf", "the X-CSRF-Token header is missing or wrong: GET /api/v1/session gives it");
    return false;
}
