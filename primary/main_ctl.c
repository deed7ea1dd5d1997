/* freshet-ctl: keys for secondaries on other hosts; the state of a running primary, and its stop, for
 * scripts. */
#include "common/clock.h"
#include "common/version.h"
#include "primary/ctl_http.h"
#include "primary/ctl_options.h"
#include "primary/ctl_show.h"
#include "primary/keystore.h"
#include "web/server/web.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EXIT_OK = 0,
    EXIT_NOT_DONE = 1,
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 6,
    EXIT_INTERNAL = 70,
    WORDS_MAX = 3,
    TOKEN_LINE = 600,
    POLL_MS = 200,
};

static const char usage[] =
    "usage: freshet-ctl COMMAND [options]\n"
    "       freshet-ctl keys DIR [--host NAME]     make the primary's certificate and a join bundle\n"
    "       freshet-ctl revoke DIR NAME            a bundle's secondaries may not join any more\n"
    "       freshet-ctl status [--json]            what a running primary does\n"
    "       freshet-ctl stop                       stop its run, and wait until it has stopped\n"
    "\n"
    "Exit codes: 0 done, 1 not done (it says why), 2 wrong arguments, 6 primary not reached or login "
    "refused,\n"
    "70 internal error.\n"
    "\n";

static const char *look_up(const char *name)
{
    return getenv(name);
}

static int fail(int code, const char *reason)
{
    fprintf(stderr, "freshet-ctl: %s\n", reason);
    return code;
}

/* ---- keys ---- */

static int say_bundle(const char *path)
{
    printf("bundle: %s\n"
           "Copy it to the host (mode 0600) and there: freshet-secondary --join BUNDLE --primary-host HOST "
           "--processes -1\n",
           path);
    return EXIT_OK;
}

static int make_keys(const char *dir, const char *host)
{
    char error[KEYFILE_ERROR_MAX], path[PATH_MAX];
    bool there = keystore_there(dir);
    if (!keystore_make(dir, error))
        return fail(EXIT_NOT_DONE, error);
    if (!there)
        printf("the primary's certificate: %s/primary.secret\n", dir);
    else if (host == NULL)
        return fail(EXIT_NOT_DONE, "there are keys already; --host NAME makes a further bundle");
    if (!keystore_add(dir, host != NULL ? host : "join", path, error))
        return fail(EXIT_NOT_DONE, error);
    return say_bundle(path);
}

static int revoke_key(const char *dir, const char *name)
{
    char error[KEYFILE_ERROR_MAX];
    if (!keystore_revoke(dir, name, error))
        return fail(EXIT_NOT_DONE, error);
    printf("revoked: %s; a running primary refuses it within seconds\n", name);
    return EXIT_OK;
}

/* ---- a running primary ---- */

struct access {
    struct ctl_http http;
    char password[WEB_SECRET_MAX];
    char token[TOKEN_LINE], url[TOKEN_LINE];
};

static bool read_line(FILE *file, char out[TOKEN_LINE])
{
    if (fgets(out, TOKEN_LINE, file) == NULL)
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return out[0] != '\0';
}

/* What a primary on this machine has left in its state directory; nothing when there is none. */
static void find_token(const options_t *options, struct access *self)
{
    char dir[PATH_MAX - 8], path[PATH_MAX], error[WEB_ERROR_MAX];
    if (!web_state_dir(options_text(options, CTL_STATE_DIR), dir, sizeof dir, error))
        return;
    snprintf(path, sizeof path, "%s/ctl", dir);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (!read_line(file, self->token) || !read_line(file, self->url))
        self->token[0] = self->url[0] = '\0';
    fclose(file);
}

static bool find_access(const options_t *options, struct access *self, char error[WEB_ERROR_MAX])
{
    const char *file = options_text(options, CTL_PASSWORD_FILE);
    const char *given = getenv("FRESHET_WEB_PASSWORD");
    const char *url = options_text(options, CTL_URL);
    *self = (struct access){
        .http = {.user = options_text(options, CTL_USER), .ca_bundle = options_text(options, CTL_CA_BUNDLE)}};
    if (url != NULL && strchr(url, '@') != NULL) {
        snprintf(error, WEB_ERROR_MAX,
                 "--url: user and password don't belong there: --user and --password-file");
        return false;
    }
    find_token(options, self);
    if (file != NULL) {
        if (!web_secret_file(file, self->password, error))
            return false;
        self->http.password = self->password;
    } else if (given != NULL && given[0] != '\0') {
        self->http.password = given;
    } else if (self->token[0] != '\0' && (url == NULL || options_given(options, CTL_STATE_DIR))) {
        /* not to any other address unless it was said that they belong together */
        self->http.token = self->token;
    }
    const char *kept = self->url[0] != '\0' ? self->url : "http://127.0.0.1:8089";
    self->http.url = url != NULL ? url : kept;
    return true;
}

/* The code for an answer that is not the one asked for. */
static int judge(long status, const struct buffer *body, const struct ctl_http *http, const char *error)
{
    char text[1024];
    if (status == 0)
        return fail(EXIT_UNREACHABLE, error);
    json_t *document = body->length > 0 ? json_loadb(body->bytes, body->length, 0, NULL) : NULL;
    const char *message = json_string_value(json_object_get(json_object_get(document, "error"), "message"));
    bool credentials = http->password != NULL || http->token != NULL;
    if (status == 401 && !credentials)
        snprintf(text, sizeof text, "%.200s asks for a login: --password-file or FRESHET_WEB_PASSWORD",
                 http->url);
    else
        snprintf(text, sizeof text, "%.200s answers %ld: %.500s", http->url, status,
                 message != NULL ? message : "is it a primary's dashboard?");
    json_decref(document);
    return fail(status == 401 || status == 403 || status == 429 ? EXIT_UNREACHABLE : EXIT_NOT_DONE, text);
}

/* The run's document; NULL: *code_out says what became of it. */
static json_t *fetch_run(const struct ctl_http *http, struct buffer *body, int *code_out)
{
    char error[CTL_HTTP_ERROR_MAX];
    long status = ctl_http_ask(http, "api/v1/run", false, body, error);
    json_t *run = status == 200 ? json_loadb(body->bytes, body->length, 0, NULL) : NULL;
    *code_out = EXIT_OK;
    if (json_is_object(run))
        return run;
    json_decref(run);
    *code_out = status == 200
                    ? fail(EXIT_NOT_DONE, "the answer is no JSON object: is it a primary's dashboard?")
                    : judge(status, body, http, error);
    return NULL;
}

static int show(const struct ctl_http *http, bool as_json)
{
    struct buffer body, out;
    int code;
    buffer_init(&body, CTL_HTTP_BYTES_MAX);
    buffer_init(&out, CTL_HTTP_BYTES_MAX);
    json_t *run = fetch_run(http, &body, &code);
    if (run != NULL && as_json) {
        printf("%s\n", buffer_str(&body));
    } else if (run != NULL) {
        ctl_show_status(run, &out);
        fputs(buffer_str(&out), stdout);
    }
    json_decref(run);
    buffer_fini(&body);
    buffer_fini(&out);
    return code;
}

static int wait_for_the_end(const struct ctl_http *http, uint64_t timeout_us, struct buffer *body)
{
    uint64_t end_us = clock_us() + timeout_us;
    for (;;) {
        int code;
        json_t *run = fetch_run(http, body, &code);
        bool busy = ctl_show_busy(run);
        json_decref(run);
        if (code != EXIT_OK || !busy) {
            if (code == EXIT_OK)
                printf("stopped\n");
            return code;
        }
        if (clock_us() >= end_us)
            return fail(EXIT_NOT_DONE, "the run is told to stop and has not stopped in time");
        struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
}

static int stop(const struct ctl_http *http, uint64_t timeout_us)
{
    char error[CTL_HTTP_ERROR_MAX];
    struct buffer body;
    buffer_init(&body, CTL_HTTP_BYTES_MAX);
    int code = EXIT_OK;
    long status = ctl_http_ask(http, "api/v1/run/stop", true, &body, error);
    if (status == 409)
        printf("no run is going on\n");
    else if (status == 200)
        code = wait_for_the_end(http, timeout_us, &body);
    else
        code = judge(status, &body, http, error);
    buffer_fini(&body);
    return code;
}

static int talk(const options_t *options, bool stops)
{
    struct access access;
    char error[WEB_ERROR_MAX];
    if (!find_access(options, &access, error))
        return fail(EXIT_USAGE, error);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return fail(EXIT_INTERNAL, "libcurl can't start");
    int code = stops ? stop(&access.http, options_duration_us(options, CTL_TIMEOUT))
                     : show(&access.http, options_flag(options, CTL_JSON));
    curl_global_cleanup();
    explicit_bzero(&access, sizeof access);
    return code;
}

/* ---- the command line ---- */

static int print_and_leave(const options_t *options)
{
    if (options_flag(options, CTL_HELP)) {
        fputs(usage, stdout);
        options_print_help(options, stdout);
    } else if (options_flag(options, CTL_HELP_MARKDOWN)) {
        options_print_markdown(options, stdout);
    } else if (options_flag(options, CTL_VERSION)) {
        printf("freshet-ctl %s\n", FRESHET_VERSION);
    } else {
        return -1;
    }
    return EXIT_OK;
}

static int obey(const options_t *options, char *const *words, size_t count)
{
    const char *verb = count > 0 ? words[0] : "";
    if (strcmp(verb, "keys") == 0 && count == 2)
        return make_keys(words[1], options_text(options, CTL_HOST));
    if (strcmp(verb, "revoke") == 0 && count == 3)
        return revoke_key(words[1], words[2]);
    if (strcmp(verb, "status") == 0 && count == 1)
        return talk(options, false);
    if (strcmp(verb, "stop") == 0 && count == 1)
        return talk(options, true);
    char reason[TOKEN_LINE];
    snprintf(
        reason, sizeof reason,
        "%s%.80s%s: say keys DIR, revoke DIR NAME, status or stop, and options behind it (--help tells more)",
        count > 0 ? "\"" : "no command", verb, count > 0 ? "\" is no command, or not with these words" : "");
    return fail(EXIT_USAGE, reason);
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    size_t words = 0; /* what to do comes first, its options behind */
    while (words < WORDS_MAX && (int)words + 1 < argc && argv[words + 1][0] != '-')
        words++;
    options_t *options = options_new(ctl_option_table, CTL_COUNT_, OPTION_CTL);
    int code;
    if (!options_environment(options, look_up, error) ||
        !options_arguments(options, argc - (int)words, argv + words, error))
        code = fail(EXIT_USAGE, error);
    else if ((code = print_and_leave(options)) < 0)
        code = obey(options, argv + 1, words);
    options_destroy(&options);
    return fflush(stdout) == 0 ? code : EXIT_INTERNAL;
}
