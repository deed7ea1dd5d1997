#include "secondary/kinesis/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    must(size == 1);
    return buffer_append(context, bytes, count) ? count : 0;
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
