#include "primary/main_web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/version.h"
#include "primary/api.h"
#include "web/server/web.h"

enum { STATE_DIR_MAX = 4096 };

struct main_web {
    const options_t *options; /* borrowed */
    log_t *log;               /* borrowed */
    struct web_accounts accounts;
    char made[WEB_SECRET_MAX]; /* the password made now, until it is printed */
    char token[WEB_SECRET_MAX];
    char script_token[WEB_SECRET_MAX]; /* of freshet-ctl, new with each start */
    char state_dir[STATE_DIR_MAX];
    web_t *web;
    logbook_t *logbook;
    history_t *history;
    api_t *api; /* NULL until attached */
};

static const enum api_route routes[WEB_ROUTE_COUNT_] = {
    [WEB_RUN_START] = API_RUN_START,
    [WEB_RUN_EDIT] = API_RUN_EDIT,
    [WEB_RUN_STOP] = API_RUN_STOP,
    [WEB_RUN_RESET] = API_RUN_RESET,
    [WEB_SERIES] = API_SERIES,
    [WEB_SHARDS] = API_SHARDS,
    [WEB_SECONDARIES] = API_SECONDARIES,
    [WEB_LOGS] = API_LOGS,
    [WEB_OPTIONS] = API_OPTIONS,
    [WEB_PREFLIGHT] = API_PREFLIGHT,
    [WEB_PREVIEW] = API_PREVIEW,
    [WEB_CURVE] = API_CURVE,
    [WEB_RUNS] = API_RUNS,
    [WEB_RUNS_ONE] = API_RUNS_ONE,
    [WEB_RUNS_RENAME] = API_RUNS_RENAME,
    [WEB_RUNS_DELETE] = API_RUNS_DELETE,
    [WEB_DOWNLOAD] = API_DOWNLOAD,
    [WEB_SWARM] = API_SWARM,
    [WEB_STOP] = API_STOP,
    [WEB_STATS_RESET] = API_STATS_RESET,
    [WEB_STATS_CSV] = API_STATS_CSV,
    [WEB_HISTORY_CSV] = API_HISTORY_CSV,
    [WEB_FAILURES_CSV] = API_FAILURES_CSV,
    [WEB_EXCEPTIONS] = API_EXCEPTIONS,
    [WEB_EXCEPTIONS_CSV] = API_EXCEPTIONS_CSV,
    [WEB_REPORT] = API_REPORT,
    [WEB_TASKS] = API_TASKS,
    [WEB_LOCUST_LOGS] = API_LOCUST_LOGS,
};

static const enum web_doc docs[API_DOCS] = {
    [API_DOC_RUN] = WEB_DOC_RUN,
    [API_DOC_LOCUST] = WEB_DOC_LOCUST,
    [API_DOC_METRICS] = WEB_DOC_METRICS,
    [API_DOC_WORKER_COUNT] = WEB_DOC_WORKER_COUNT,
};

/* ---- the bridge ---- */

static void hand_over(struct api_answer *from, struct web_answer *to)
{
    to->status = from->status;
    to->type = from->type;
    to->body = from->body;
    to->body_length = from->length;
    to->keep = from->keep;
    snprintf(to->file, sizeof to->file, "%s", from->file);
}

static void answer_question(void *context, const struct web_question *question, struct web_answer *answer)
{
    main_web_t *self = context;
    if (self->api == NULL) {
        web_answer_error(answer, 503, "starting", "The primary is starting.");
        return;
    }
    must(question->route < WEB_ROUTE_COUNT_);
    struct api_parameter *parameters = mem_new(question->parameter_count + 1, sizeof *parameters);
    for (size_t i = 0; i < question->parameter_count; i++)
        parameters[i] = (struct api_parameter){.name = question->parameters[i].name,
                                               .value = question->parameters[i].value};
    struct api_question asked = {.route = routes[question->route],
                                 .id = question->id,
                                 .parameters = parameters,
                                 .parameters_count = question->parameter_count,
                                 .user = question->user,
                                 .remote = question->remote,
                                 .exchange = question};
    struct api_answer given = {.status = 0};
    api_handle(self->api, &asked, &given);
    free(parameters);
    if (!given.later)
        hand_over(&given, answer);
}

static void *later(void *context, const void *exchange)
{
    (void)context;
    return web_answer_later(exchange);
}

static void finish(void *context, void *handle, struct api_answer *given)
{
    (void)context;
    web_later_t *waiting = handle;
    struct web_answer answer = {.status = 0};
    hand_over(given, &answer);
    web_answer_now(&waiting, &answer);
}

static void publish(void *context, enum api_doc doc, const char *bytes, size_t length)
{
    main_web_t *self = context;
    must(doc < API_DOCS);
    web_publish(self->web, docs[doc], bytes, length);
}

/* ---- the start ---- */

static const char *variable(const char *name, const char *other)
{
    const char *value = getenv(name);
    if ((value == NULL || value[0] == '\0') && other != NULL)
        value = getenv(other);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool open_accounts(main_web_t *self, char error[MAIN_WEB_ERROR_MAX])
{
    static const char *const secrets[] = {"FRESHET_WEB_PASSWORD", "LOCUST_DASHBOARD_PWD",
                                          "FRESHET_WEB_VIEWER_PASSWORD"};
    const options_t *options = self->options;
    struct web_accounts_setup setup = {
        .user = variable("FRESHET_WEB_USER", "LOCUST_DASHBOARD_USER"),
        .password = variable("FRESHET_WEB_PASSWORD", "LOCUST_DASHBOARD_PWD"),
        .password_file = options_text(options, OPT_WEB_PASSWORD_FILE),
        .viewer_user = variable("FRESHET_WEB_VIEWER_USER", NULL),
        .viewer_password = variable("FRESHET_WEB_VIEWER_PASSWORD", NULL),
        .viewer_password_file = options_text(options, OPT_WEB_VIEWER_PASSWORD_FILE),
        .state_dir = options_text(options, OPT_STATE_DIR),
        .host = options_text(options, OPT_WEB_HOST),
    };
    bool good = web_accounts_open(&setup, &self->accounts, self->made, error);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        unsetenv(secrets[i]);
    return good;
}

static void draw_script_token(main_web_t *self)
{
    unsigned char random[32];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return; /* then scripts need a password */
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(self->script_token + 2 * i, 3, "%02x", random[i]);
    explicit_bzero(random, sizeof random);
}

/* Where we are and the token, for who may read our state directory anyway: freshet-ctl on this machine. */
static void leave_token(const main_web_t *self)
{
    char path[STATE_DIR_MAX + 16], draft[STATE_DIR_MAX + 32], text[WEB_SECRET_MAX + 512];
    snprintf(path, sizeof path, "%s/ctl", self->state_dir);
    snprintf(draft, sizeof draft, "%s.%d", path, (int)getpid());
    int length = snprintf(text, sizeof text, "%s\n%s\n", self->script_token, web_url(self->web));
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text, (size_t)length) == length && rename(draft, path) == 0;
    if (!good)
        log_warning(self->log, "no token is kept for freshet-ctl: %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!good)
        unlink(draft);
    explicit_bzero(text, sizeof text);
}

static bool listen_now(main_web_t *self, char error[MAIN_WEB_ERROR_MAX])
{
    const options_t *options = self->options;
    const char *token_file = options_text(options, OPT_METRICS_TOKEN_FILE);
    if (token_file != NULL && !web_secret_file(token_file, self->token, error))
        return false;
    draw_script_token(self);
    struct web_setup setup = {.host = options_text(options, OPT_WEB_HOST),
                              .port = (unsigned)options_count(options, OPT_WEB_PORT),
                              .base_path = options_text(options, OPT_WEB_BASE_PATH),
                              .tls_cert = options_text(options, OPT_TLS_CERT),
                              .tls_key = options_text(options, OPT_TLS_KEY),
                              .accounts = self->accounts,
                              .metrics_token = token_file != NULL ? self->token : NULL,
                              .script_token = self->script_token[0] != '\0' ? self->script_token : NULL,
                              .log = self->log,
                              .handler = answer_question,
                              .context = self};
    self->web = web_new(&setup, error);
    return self->web != NULL;
}

static void open_history(main_web_t *self)
{
    char path[STATE_DIR_MAX + 16];
    snprintf(path, sizeof path, "%s/history.db", self->state_dir);
    struct history_setup setup = {.path = path,
                                  .days_max = (double)options_count(self->options, OPT_HISTORY_DAYS),
                                  .bytes_max = options_size(self->options, OPT_HISTORY_SIZE),
                                  .log = self->log};
    self->history = history_new(&setup, clock_wall_ms());
}

main_web_t *main_web_new(const options_t *options, log_t *log, char error[MAIN_WEB_ERROR_MAX])
{
    must(options != NULL && log != NULL && error != NULL);
    main_web_t *self = mem_new(1, sizeof *self);
    self->options = options;
    self->log = log;
    self->logbook = logbook_new();
    log_watch(log, logbook_note, self->logbook);
    if (web_state_dir(options_text(options, OPT_STATE_DIR), self->state_dir, sizeof self->state_dir, error) &&
        open_accounts(self, error) && listen_now(self, error)) {
        leave_token(self);
        open_history(self);
        return self;
    }
    main_web_destroy(&self);
    return NULL;
}

void main_web_destroy(main_web_t **self_p)
{
    must(self_p != NULL);
    main_web_t *self = *self_p;
    if (self == NULL)
        return;
    if (self->api != NULL)
        api_turn(self->api, clock_us());
    api_destroy(&self->api);
    web_destroy(&self->web);
    history_destroy(&self->history);
    log_watch(self->log, NULL, NULL);
    logbook_destroy(&self->logbook);
    explicit_bzero(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

void main_web_greet(main_web_t *self)
{
    must(self != NULL);
    printf("freshet %s: dashboard at %s\n", FRESHET_VERSION, web_url(self->web));
    if (self->made[0] != '\0')
        printf("user: %s\npassword: %s\n(shown this once; its hash is kept in %s)\n",
               self->accounts.operator.user, self->made, self->state_dir);
    fflush(stdout);
    explicit_bzero(self->made, sizeof self->made);
}

void main_web_attach(main_web_t *self, control_t *control, members_t *members, const fleet_t *fleet)
{
    must(self != NULL && self->api == NULL);
    struct api_setup setup = {.options = self->options,
                              .control = control,
                              .members = members,
                              .refused = fleet_refused(fleet),
                              .logbook = self->logbook,
                              .history = self->history,
                              .log = self->log,
                              .context = self,
                              .publish = publish,
                              .later = later,
                              .finish = finish,
                              .asset = web_asset};
    self->api = api_new(&setup);
    main_web_turn(self, clock_us());
}

int main_web_fd(const main_web_t *self)
{
    must(self != NULL);
    return web_fd(self->web);
}

void main_web_pump(main_web_t *self)
{
    must(self != NULL);
    web_pump(self->web);
}

void main_web_turn(main_web_t *self, uint64_t now_us)
{
    must(self != NULL && self->api != NULL);
    api_turn(self->api, now_us);
}
