#include "web/server/http_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "web/server/headers.h"
#include "web/server/page.h"

enum { STREAM_BLOCK_BYTES = 8 * 1024 };

static const char usual_policy[] =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: "
    "blob:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'";

const char *request_header(const struct request *request, const char *name)
{
    must(request != NULL && name != NULL);
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool request_wants_page(const struct request *request)
{
    return headers_wants_page(request_header(request, "Accept"));
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL)
        (void)MHD_add_response_header(response, name,
                                      value); /* fails on line breaks only: then it is left out */
}

/* Headers that every answer has. */
static void add_protection(struct MHD_Response *response, const http_t *http, const char *policy,
                           const char *cache)
{
    add(response, "Content-Security-Policy", policy != NULL ? policy : usual_policy);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "X-Frame-Options", "DENY");
    add(response, "Referrer-Policy", "same-origin"); /* none at all would turn a form's Origin into "null" */
    if (http->secure || http->loopback) /* elsewhere browsers ignore it, and say so on the console */
        add(response, "Cross-Origin-Opener-Policy", "same-origin");
    add(response, "Cross-Origin-Resource-Policy", "same-origin");
    add(response, "Cache-Control", cache != NULL ? cache : "no-store");
}

static void add_file(struct MHD_Response *response, const char *file)
{
    char value[160];
    char name[97];
    size_t used = 0;
    for (const char *c = file; *c != '\0' && used + 1 < sizeof name; c++)
        name[used++] = *c < ' ' || *c > '~' || strchr("\"\\/;", *c) != NULL ? '_' : *c;
    name[used] = '\0';
    snprintf(value, sizeof value, "attachment; filename=\"%s\"", name);
    add(response, "Content-Disposition", value);
}

static void add_headers(struct MHD_Response *response, const http_t *http, const struct reply *reply)
{
    char number[16];
    add_protection(response, http, reply->policy, reply->cache);
    add(response, "Content-Type", reply->type);
    add(response, "Location", reply->location);
    add(response, "Set-Cookie", reply->set_cookie);
    add(response, "ETag", reply->etag);
    add(response, "Allow", reply->allow);
    add(response, "WWW-Authenticate", reply->challenge);
    if (reply->header != NULL)
        add(response, reply->header, reply->value);
    if (reply->varies)
        add(response, "Vary", "Accept-Encoding");
    if (reply->gzip)
        add(response, "Content-Encoding", "gzip");
    if (reply->file != NULL && reply->file[0] != '\0')
        add_file(response, reply->file);
    if (reply->retry_after_s > 0) {
        snprintf(number, sizeof number, "%u", reply->retry_after_s);
        add(response, "Retry-After", number);
    }
}

static void drop_document(void *document)
{
    struct document *held = document;
    document_drop(&held);
}

static struct MHD_Response *body_of(struct reply *reply)
{
    static char nothing[1];
    if (reply->held != NULL)
        return MHD_create_response_from_buffer_with_free_callback_cls(
            document_length(reply->held), (void *)(uintptr_t)document_bytes(reply->held), drop_document,
            reply->held);
    if (reply->owned != NULL)
        return MHD_create_response_from_buffer(reply->length, reply->owned, MHD_RESPMEM_MUST_FREE);
    void *fixed = reply->length > 0 ? (void *)(uintptr_t)reply->fixed : nothing;
    return MHD_create_response_from_buffer(reply->length, fixed, MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result reply_send(struct request *request, struct reply *reply)
{
    must(request != NULL && reply != NULL);
    must(reply->status >= 200 && reply->status < 600);
    request->stage = STAGE_REPLIED;
    request_note(request, GATE_SEND);
    struct MHD_Response *response = body_of(reply);
    if (response == NULL)
        return MHD_NO;
    add_headers(response, request->http, reply);
    enum MHD_Result queued = MHD_queue_response(request->connection, reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_stream(struct request *request, MHD_ContentReaderCallback reader)
{
    must(request != NULL);
    must(reader != NULL);
    request->stage = STAGE_REPLIED;
    request_note(request, GATE_LIVE);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, reader, request, NULL);
    if (response == NULL)
        return MHD_NO;
    add_protection(response, request->http, NULL, "no-store, no-transform");
    add(response, "Content-Type", "text/event-stream");
    add(response, "X-Accel-Buffering", "no"); /* nginx would collect events */
    enum MHD_Result queued = MHD_queue_response(request->connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_refusal(struct request *request)
{
    must(request != NULL);
    const struct refusal *refusal = &request->refusal;
    must(refusal->status >= 400);
    struct reply reply = {.status = refusal->status, .retry_after_s = refusal->retry_after_s};
    if (request_wants_page(request)) {
        reply.type = "text/html; charset=utf-8";
        reply.owned = page_error_html(refusal->status, refusal->message, request->http->base, &reply.length);
    } else {
        reply.type = "application/json";
        reply.owned = page_error_json(refusal->code, refusal->message, &reply.length);
    }
    if (refusal->status == 405)
        reply.allow = request->allow;
    /* A Basic challenge would make browsers ask with a window of their own: only who tried Basic gets it. */
    bool tried = request_header(request, "Authorization") != NULL;
    if (refusal->status == 401)
        reply.challenge = tried ? "Basic realm=\"freshet\", charset=\"UTF-8\"" : "Session realm=\"freshet\"";
    return reply_send(request, &reply);
}

enum MHD_Result reply_redirect(struct request *request, unsigned status, const char *path,
                               const char *set_cookie)
{
    must(request != NULL);
    must(path != NULL);
    char location[ROUTE_PATH_MAX];
    snprintf(location, sizeof location, "%s%s", request->http->base, path);
    struct reply reply = {.status = status, .location = location, .set_cookie = set_cookie};
    return reply_send(request, &reply);
}
