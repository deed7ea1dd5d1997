#include "web/server/headers.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 256 };

/* The name of host[:port] or [address][:port], without port and brackets. False when it is none. */
static bool host_name(const char *host, char out[NAME_MAX_BYTES])
{
    const char *start = host;
    size_t length = strcspn(host, ":");
    if (host[0] == '[') {
        start = host + 1;
        length = strcspn(start, "]");
        if (start[length] != ']')
            return false;
    }
    if (length == 0 || length >= NAME_MAX_BYTES)
        return false;
    memcpy(out, start, length);
    out[length] = '\0';
    const char *rest = start + length + (host[0] == '[' ? 1 : 0);
    if (*rest == '\0')
        return true;
    return rest[0] == ':' && rest[1 + strspn(rest + 1, "0123456789")] == '\0';
}

bool headers_host_fine(const char *host, const char *bound, bool loopback)
{
    must(bound != NULL);
    if (host == NULL)
        return true; /* HTTP/1.0: no browser */
    char name[NAME_MAX_BYTES];
    if (!host_name(host, name))
        return false;
    if (!loopback)
        return true;
    unsigned char address[16];
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return true;
    return strcasecmp(name, "localhost") == 0 || strcasecmp(name, bound) == 0;
}

bool headers_cross_site(const char *origin, const char *fetch_site, const char *host)
{
    if (fetch_site != NULL && strcmp(fetch_site, "cross-site") == 0)
        return true;
    if (origin == NULL)
        return false;
    const char *authority = strstr(origin, "://");
    if (authority == NULL || host == NULL)
        return true; /* "null": a sandboxed page or a file */
    return strcasecmp(authority + 3, host) != 0;
}

const char *headers_cookie(const char *cookies, const char *name, size_t *length_out)
{
    must(name != NULL && length_out != NULL);
    *length_out = 0;
    if (cookies == NULL)
        return NULL;
    size_t name_length = strlen(name);
    while (*cookies != '\0') {
        cookies += strspn(cookies, "; \t");
        size_t length = strcspn(cookies, ";");
        if (length > name_length && cookies[name_length] == '=' && strncmp(cookies, name, name_length) == 0) {
            *length_out = length - name_length - 1;
            return cookies + name_length + 1;
        }
        cookies += length;
    }
    return NULL;
}

/* What follows `scheme` and blanks, or NULL. */
static const char *credentials(const char *authorization, const char *scheme)
{
    size_t length = strlen(scheme);
    if (authorization == NULL || strncasecmp(authorization, scheme, length) != 0)
        return NULL;
    if (authorization[length] != ' ')
        return NULL;
    return authorization + length + strspn(authorization + length, " ");
}

enum headers_basic headers_basic(const char *authorization, char user[WEB_USER_MAX],
                                 char password[WEB_SECRET_MAX])
{
    must(user != NULL && password != NULL);
    const char *coded = credentials(authorization, "Basic");
    if (coded == NULL)
        return HEADERS_NO_BASIC;
    char plain[WEB_USER_MAX + WEB_SECRET_MAX];
    size_t length = 0;
    enum headers_basic found = HEADERS_BAD_BASIC;
    const char *end = NULL;
    int failed = sodium_base642bin((unsigned char *)plain, sizeof plain - 1, coded, strlen(coded), NULL,
                                   &length, &end, sodium_base64_VARIANT_ORIGINAL);
    if (failed == 0 && *end == '\0' && memchr(plain, '\0', length) == NULL) {
        plain[length] = '\0';
        const char *colon = strchr(plain, ':');
        if (colon != NULL && colon - plain < WEB_USER_MAX && strlen(colon + 1) < WEB_SECRET_MAX) {
            snprintf(user, WEB_USER_MAX, "%.*s", (int)(colon - plain), plain);
            snprintf(password, WEB_SECRET_MAX, "%s", colon + 1);
            found = HEADERS_BASIC;
        }
    }
    sodium_memzero(plain, sizeof plain);
    return found;
}

const char *headers_bearer(const char *authorization)
{
    const char *token = credentials(authorization, "Bearer");
    return token != NULL && *token != '\0' ? token : NULL;
}

bool headers_wants_page(const char *accept)
{
    return accept != NULL && strstr(accept, "text/html") != NULL;
}

bool headers_lists_etag(const char *list, const char *etag)
{
    must(etag != NULL);
    return list != NULL && (strcmp(list, "*") == 0 || strstr(list, etag) != NULL);
}

bool headers_gzip(const char *encodings)
{
    if (encodings == NULL)
        return false;
    const char *gzip = strcasestr(encodings, "gzip");
    if (gzip == NULL)
        return false;
    const char *rest = gzip + 4 + strspn(gzip + 4, " \t");
    if (*rest != ';')
        return true;
    rest += 1 + strspn(rest + 1, " \t");
    /* "q=0", "q=0.0" and the like refuse it */
    return strncasecmp(rest, "q=0", 3) != 0 || rest[3 + strspn(rest + 3, ".0")] > '0';
}

bool headers_type_is(const char *content_type, const char *type)
{
    must(type != NULL);
    if (content_type == NULL)
        return false;
    size_t length = strlen(type);
    return strncasecmp(content_type, type, length) == 0 &&
           (content_type[length] == '\0' || strchr("; \t", content_type[length]) != NULL);
}
