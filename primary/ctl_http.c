#include "primary/ctl_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    return buffer_append(context, bytes, size * count) ? size * count : 0;
}

static void set_credentials(CURL *curl, const struct ctl_http *self)
{
    if (self->password != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, self->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, self->password);
    } else if (self->token != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, self->token);
    }
}

long ctl_http_ask(const struct ctl_http *self, const char *path, bool post, struct buffer *body,
                  char error[CTL_HTTP_ERROR_MAX])
{
    must(self != NULL && path != NULL);
    must(body != NULL && error != NULL);
    CURL *curl = curl_easy_init();
    must(curl != NULL);
    char url[4096], reason[CURL_ERROR_SIZE] = "";
    size_t length = strlen(self->url);
    bool slash = length > 0 && self->url[length - 1] == '/';
    snprintf(url, sizeof url, "%.3000s%s%.500s", self->url, slash ? "" : "/", path);
    buffer_clear(body);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)CTL_HTTP_SECONDS);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* credentials go straight to the primary */
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (post)
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "");
    if (self->ca_bundle != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, self->ca_bundle);
    set_credentials(curl, self);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        snprintf(error, CTL_HTTP_ERROR_MAX, "no answer from the primary at %.200s: %s", self->url,
                 reason[0] != '\0' ? reason : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return status;
}
