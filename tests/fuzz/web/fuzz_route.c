/* fuzz_route - any text as method, target and the headers that decide: only plain names come out as
 * parameters. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/must.h"
#include "web/server/headers.h"
#include "web/server/route.h"

static void find(const char *base, const char *method, const char *target)
{
    struct route route;
    char allow[ROUTE_ALLOW_MAX];
    enum route_found found = route_find(base, method, target, &route, allow);
    must((allow[0] != '\0') <= (found == ROUTE_NO_METHOD || found == ROUTE_FOUND));
    must(found != ROUTE_NO_METHOD || allow[0] != '\0');
    if (found != ROUTE_FOUND)
        return;
    must(route.id[0] != '.');
    must(strpbrk(route.id, "/\\%?#<>\"' \r\n") == NULL);
    must(route.query >= target || route.query[0] == '\0');
    must(route.access != ROUTE_BASIC_ONLY || strcmp(method, "GET") == 0);
}

static void headers(const char *text)
{
    char user[WEB_USER_MAX], password[WEB_SECRET_MAX];
    size_t length;
    const char *cookie = headers_cookie(text, "freshet_session_8089", &length);
    must(cookie == NULL || (cookie >= text && cookie + length <= text + strlen(text)));
    if (headers_basic(text, user, password) == HEADERS_BASIC)
        must(strchr(user, ':') == NULL && strlen(password) < sizeof password);
    (void)!headers_bearer(text);
    (void)!headers_gzip(text);
    (void)!headers_type_is(text, "application/json");
    if (headers_host_fine(text, "dash.example", true))
        must(strcmp(text, "evil.example") != 0 && strcmp(text, "evil.example:8089") != 0);
    must(!headers_cross_site(NULL, NULL, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    headers(text);
    char *blank = strchr(text, ' ');
    if (blank != NULL)
        *blank = '\0';
    find("", text, blank != NULL ? blank + 1 : "");
    find("/load", text, blank != NULL ? blank + 1 : "");
    find("", "GET", text);
    must(!route_base_valid(text) || strpbrk(text, "%?# ;:\"\\") == NULL);
    free(text);
    return 0;
}
