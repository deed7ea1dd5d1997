#include "secondary/kinesis/fetch.h"

#include "common/clock.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { PAUSE_STEP_MS = 100 };

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    must(size == 1);
    return buffer_append(context, bytes, count) ? count : 0;
}

/* libcurl calls this about once a second while it waits. */
static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    const struct fetch *self = context;
    return atomic_load(self->cancelled) ? 1 : 0;
}

static void set_cancel(CURL *easy, const struct fetch *self)
{
    if (self->cancelled == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* nor wait for a name that is being resolved */
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, self);
}

static void set_method(CURL *easy, const struct fetch *self)
{
    if (strcmp(self->method, "GET") == 0)
        return;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, self->body != NULL ? self->body : "");
    if (strcmp(self->method, "PUT") == 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
}

long fetch_do(const struct fetch *self, struct buffer *out, char *error, size_t error_size)
{
    must(self != NULL && self->url != NULL && self->method != NULL);
    must(out != NULL && error != NULL && self->timeout_ms > 0);
    buffer_init(out, FETCH_ANSWER_MAX);
    CURL *easy = curl_easy_init();
    must(easy != NULL);
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < FETCH_HEADERS_MAX && self->headers[i] != NULL; i++)
        headers = curl_slist_append(headers, self->headers[i]);
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(easy, CURLOPT_URL, self->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, self->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, out);
    if (self->direct)
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (self->ca_bundle != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, self->ca_bundle);
    set_method(easy, self);
    set_cancel(easy, self);
    CURLcode result = curl_easy_perform(easy);
    long status = 0;
    if (result == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    else
        snprintf(error, error_size, "%s (%.300s)", curl_easy_strerror(result), self->url);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    return status;
}

void fetch_pause(const atomic_bool *cancelled, uint64_t pause_us)
{
    uint64_t until_us = clock_us() + pause_us;
    for (uint64_t now_us = clock_us(); now_us < until_us; now_us = clock_us()) {
        if (cancelled != NULL && atomic_load(cancelled))
            return;
        uint64_t left_ms = (until_us - now_us + 999) / 1000;
        (void)poll(NULL, 0, left_ms < PAUSE_STEP_MS ? (int)left_ms : PAUSE_STEP_MS);
    }
}
