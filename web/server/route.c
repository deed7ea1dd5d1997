#include "web/server/route.h"

#include <stdio.h>
#include <string.h>

/* A path whose last part is a star takes one name as its parameter. A row later than another with the same
 * path adds methods. */
struct row {
    const char *path;
    const char *method;
    enum route_kind kind;
    enum route_access access;
    bool changes;
    int what; /* enum web_doc or enum web_route, by kind */
};

/* clang-format off */
static const struct row rows[] = {
    {"/", "GET", ROUTE_PAGE, ROUTE_ACCOUNT, false, 0},
    {"", "GET", ROUTE_ENTER, ROUTE_PUBLIC, false, 0},
    {"/login", "GET", ROUTE_LOGIN_PAGE, ROUTE_PUBLIC, false, 0},
    {"/login", "POST", ROUTE_LOGIN, ROUTE_PUBLIC, false, 0},
    {"/logout", "POST", ROUTE_LOGOUT, ROUTE_ACCOUNT, false, 0},
    {"/assets/*", "GET", ROUTE_ASSET, ROUTE_PUBLIC, false, 0},
    {"/healthz", "GET", ROUTE_HEALTH, ROUTE_PUBLIC, false, 0},
    {"/metrics", "GET", ROUTE_DOC, ROUTE_METRICS, false, WEB_DOC_METRICS},

    {"/api/v1/session", "GET", ROUTE_SESSION, ROUTE_ACCOUNT, false, 0},
    {"/api/v1/live", "GET", ROUTE_LIVE, ROUTE_ACCOUNT, false, 0},
    {"/api/v1/openapi.json", "GET", ROUTE_OPENAPI, ROUTE_ACCOUNT, false, 0},
    {"/api/v1/run", "GET", ROUTE_DOC, ROUTE_ACCOUNT, false, WEB_DOC_RUN},
    {"/api/v1/run", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_RUN_START},
    {"/api/v1/run", "PATCH", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_RUN_EDIT},
    {"/api/v1/run/stop", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_RUN_STOP},
    {"/api/v1/run/reset", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_RUN_RESET},
    {"/api/v1/series", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_SERIES},
    {"/api/v1/shards", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_SHARDS},
    {"/api/v1/secondaries", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_SECONDARIES},
    {"/api/v1/logs", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_LOGS},
    {"/api/v1/options", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_OPTIONS},
    {"/api/v1/preflight", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_PREFLIGHT},
    {"/api/v1/preview", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_PREVIEW},
    {"/api/v1/curve", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_CURVE},
    {"/api/v1/runs", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_RUNS},
    {"/api/v1/runs/*", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_RUNS_ONE},
    {"/api/v1/runs/*", "PATCH", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_RUNS_RENAME},
    {"/api/v1/runs/*", "DELETE", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_RUNS_DELETE},
    {"/api/v1/download/*", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_DOWNLOAD},

    {"/swarm", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_SWARM},
    {"/stop", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_STOP},
    {"/stop", "GET", ROUTE_QUESTION, ROUTE_BASIC_ONLY, true, WEB_STOP},
    {"/stats/reset", "POST", ROUTE_QUESTION, ROUTE_ACCOUNT, true, WEB_STATS_RESET},
    {"/stats/reset", "GET", ROUTE_QUESTION, ROUTE_BASIC_ONLY, true, WEB_STATS_RESET},
    {"/stats/requests", "GET", ROUTE_DOC, ROUTE_ACCOUNT, false, WEB_DOC_LOCUST},
    {"/stats/requests/csv", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_STATS_CSV},
    {"/stats/requests_full_history/csv", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_HISTORY_CSV},
    {"/stats/failures/csv", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_FAILURES_CSV},
    {"/stats/report", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_REPORT},
    {"/exceptions", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_EXCEPTIONS},
    {"/exceptions/csv", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_EXCEPTIONS_CSV},
    {"/tasks", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_TASKS},
    {"/logs", "GET", ROUTE_QUESTION, ROUTE_ACCOUNT, false, WEB_LOCUST_LOGS},
    {"/worker-count", "GET", ROUTE_DOC, ROUTE_ACCOUNT, false, WEB_DOC_WORKER_COUNT},
};
/* clang-format on */

static const char *const downloads[] = {"stats.csv", "history.csv", "failures.csv", "exceptions.csv",
                                        "run.json",  "report.html", "latency.hlog"};

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool route_decode(const char *text, size_t length, bool plus, char *out, size_t out_bytes)
{
    must(text != NULL);
    must(out != NULL && out_bytes > 0);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i] == '+' && plus ? ' ' : text[i];
        if (text[i] == '%') {
            int high = i + 2 < length ? hex(text[i + 1]) : -1;
            int low = high >= 0 ? hex(text[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0' || used + 1 >= out_bytes)
            return false;
        out[used++] = c;
    }
    out[used] = '\0';
    return true;
}

/* One name of letters, digits, . _ : - that doesn't begin with a dot. */
static bool plain_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-");
    return length > 0 && length < ROUTE_ID_MAX && name[length] == '\0' && name[0] != '.';
}

bool route_base_valid(const char *base)
{
    must(base != NULL);
    char name[ROUTE_ID_MAX];
    size_t total = strlen(base);
    if (total > ROUTE_PATH_MAX / 2)
        return false;
    while (*base == '/') {
        size_t length = strcspn(base + 1, "/");
        if (length >= sizeof name)
            return false;
        memcpy(name, base + 1, length);
        name[length] = '\0';
        if (!plain_name(name) || strchr(name, ':') != NULL)
            return false;
        base += 1 + length;
    }
    return *base == '\0';
}

/* Does `path` (below the base path) match the row? Then *id_out is its parameter, or "". */
static bool matches(const struct row *row, const char *path, const char **id_out)
{
    size_t length = strlen(row->path);
    *id_out = "";
    if (length == 0 || row->path[length - 1] != '*')
        return strcmp(row->path, path) == 0;
    if (strncmp(row->path, path, length - 1) != 0 || !plain_name(path + length - 1))
        return false;
    *id_out = path + length - 1;
    if (row->kind != ROUTE_QUESTION || row->what != WEB_DOWNLOAD)
        return true;
    for (size_t i = 0; i < sizeof downloads / sizeof downloads[0]; i++)
        if (strcmp(downloads[i], *id_out) == 0)
            return true;
    return false;
}

/* The target without scheme, authority and query, decoded; *query_out stays within the target. */
static bool split(const char *target, char path[ROUTE_PATH_MAX], const char **query_out)
{
    if (strncmp(target, "http://", 7) == 0 || strncmp(target, "https://", 8) == 0) {
        target = strchr(target, ':') + 3;
        target += strcspn(target, "/?");
    }
    size_t length = strcspn(target, "?#");
    *query_out = target[length] == '?' ? target + length + 1 : "";
    return route_decode(target, length, false, path, ROUTE_PATH_MAX);
}

static enum web_method method_of(const char *method)
{
    switch (method[0]) {
    case 'D':
        return WEB_DELETE;
    case 'P':
        return method[1] == 'A' ? WEB_PATCH : WEB_POST;
    default:
        return WEB_GET;
    }
}

static void fill(const struct row *row, const char *id, struct route *out)
{
    must(strlen(id) < sizeof out->id);
    out->kind = row->kind;
    out->access = row->access;
    out->changes = row->changes;
    out->method = method_of(row->method);
    if (row->kind == ROUTE_DOC)
        out->doc = (enum web_doc)row->what;
    if (row->kind == ROUTE_QUESTION)
        out->question = (enum web_route)row->what;
    memcpy(out->id, id, strlen(id) + 1);
}

enum route_found route_find(const char *base, const char *method, const char *target, struct route *out,
                            char allow[ROUTE_ALLOW_MAX])
{
    must(base != NULL && method != NULL && target != NULL);
    must(out != NULL && allow != NULL);
    memset(out, 0, sizeof *out);
    out->query = "";
    allow[0] = '\0';
    char path[ROUTE_PATH_MAX];
    size_t base_length = strlen(base);
    if (!split(target, path, &out->query) || strncmp(path, base, base_length) != 0)
        return ROUTE_NO_PATH;
    const char *asked = strcmp(method, "HEAD") == 0 ? "GET" : method;
    const char *below = path + base_length;
    const char *id;
    size_t allowed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!matches(&rows[i], below, &id))
            continue;
        bool reads = rows[i].access != ROUTE_BASIC_ONLY && strcmp(rows[i].method, "GET") == 0;
        if (strcmp(rows[i].method, reads ? asked : method) == 0) {
            fill(&rows[i], id, out);
            return ROUTE_FOUND;
        }
        int written = snprintf(allow + allowed, ROUTE_ALLOW_MAX - allowed, "%s%s%s", allowed > 0 ? ", " : "",
                               rows[i].method, reads ? ", HEAD" : "");
        must(written > 0 && allowed + (size_t)written < ROUTE_ALLOW_MAX);
        allowed += (size_t)written;
    }
    return allowed > 0 ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}
