/*
 * freshet - the primary. In order: options, log, dashboard, bind, local secondaries, then the loop that
 * gathers, asks the target and runs, once (--headless) or as told; then reports, goodbyes and the exit code.
 */
#include "common/clock.h"
#include "common/local.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/options.h"
#include "common/plan.h"
#include "common/version.h"
#include "common/workload/preview.h"
#include "common/workload/source.h"
#include "primary/argv_secrets.h"
#include "primary/console.h"
#include "primary/control.h"
#include "primary/descriptors.h"
#include "primary/exit_code.h"
#include "primary/fleet.h"
#include "primary/forwarded.h"
#include "primary/keyring.h"
#include "primary/main_link.h"
#include "primary/main_web.h"
#include "primary/members.h"
#include "primary/notify.h"
#include "primary/passing.h"
#include "primary/results.h"
#include "primary/show.h"
#include "primary/signals.h"

#include <czmq.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    GO_ON = -1,               /* no exit code yet */
    LEAVE_GRACE_US = 2000000, /* beyond the stop timeout, for local secondaries to leave; again to be ended */
    REPORTS_US = 30000000,    /* for reports to be written */
    LEAVE_REMOTE_US = 1000000, /* for secondaries elsewhere to say goodbye */
    ERROR_TEXT = 1024,
};

struct primary {
    options_t *options;
    struct plan plan;
    struct main_link link;
    int signals; /* signalfd */
    struct descriptors descriptors;
    log_t *log;
    zloop_t *loop;
    keystore_t *keystore; /* NULL: no keys but throw-away ones */
    keyring_t *keyring;
    forwarded_t *forwarded;
    members_t *members;
    fleet_t *fleet;
    local_t *local;
    console_t *console;
    control_t *control;
    main_web_t *web; /* NULL: --headless */
    notify_t *notify;
    zmq_pollitem_t keys, questions;
    uint64_t idle_us;  /* since when a run is over; 0: one goes on, or none was */
    bool leaving;      /* the run is over and told, the goodbyes are being said */
    bool ended;        /* local secondaries were asked by signal */
    uint64_t leave_us; /* when the goodbyes began */
    uint64_t end_us;   /* how long the present way of asking may take */
};

/* ---- before anything starts ---- */

static int wrong(const char *text)
{
    fprintf(stderr, "freshet: %s\n", text);
    return EXIT_CODE_USAGE;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

static int print_and_leave(const options_t *options)
{
    if (options_flag(options, OPT_HELP)) {
        printf("usage: freshet [options] TARGET\n\n");
        options_print_help(options, stdout);
    } else if (options_flag(options, OPT_HELP_MARKDOWN)) {
        options_print_markdown(options, stdout);
    } else if (options_flag(options, OPT_VERSION)) {
        printf("freshet %s\n", FRESHET_VERSION);
    } else if (options_flag(options, OPT_LIST)) {
        return show_list(stdout);
    } else {
        return GO_ON;
    }
    return fflush(stdout) == 0 ? EXIT_CODE_OK : EXIT_CODE_INTERNAL;
}

/* The run that the command line asks for. With a dashboard it may be told later, and each draws its own seed;
 * what was told must be right all the same. */
static bool plan_run(struct primary *self, char error[OPTIONS_ERROR_MAX])
{
    bool starts = options_flag(self->options, OPT_HEADLESS) || options_flag(self->options, OPT_AUTOSTART);
    if (starts) {
        plan_complete(self->options);
        return plan_from_options(self->options, &self->plan, error) &&
               passing_check(self->options, &self->plan, error);
    }
    struct passing passing; /* the rate that they may need comes with the start */
    options_t *copy = options_copy(self->options);
    bool good = options_text(copy, OPT_TARGET) != NULL || options_set(copy, OPT_TARGET, "null://", "", error);
    good = good && plan_from_options(copy, &self->plan, error) &&
           passing_read(copy, &self->plan, &passing, error);
    options_destroy(&copy);
    return good;
}

/* Everything that can be wrong with what was asked is found here, before anything starts. */
static int read_options(struct primary *self, int argc, char **argv)
{
    char error[ERROR_TEXT];
    self->options = options_new(option_table, OPT_COUNT_, OPTION_PRIMARY);
    if (!options_environment(self->options, environment, error) ||
        !options_arguments(self->options, argc, argv, error))
        return wrong(error);
    int code = print_and_leave(self->options);
    if (code != GO_ON)
        return code;
    if (!source_read(self->options, error))
        return wrong(error);
    if (options_given(self->options, OPT_PREVIEW)) {
        plan_complete(self->options);
        return show_events(self->options, options_count(self->options, OPT_PREVIEW), stdout);
    }
    if (!plan_run(self, error))
        return wrong(error);
    if (!options_given(self->options, OPT_REPLAY) && !preview_check(self->options, error))
        return wrong(error); /* a replay's file is on the secondaries' machines */
    if (!main_link_read(self->options, &self->link, error))
        return wrong(error);
    if (!results_check(self->options, error))
        return wrong(error);
    return GO_ON;
}

static int open_log(struct primary *self)
{
    enum log_level level = LOG_LEVEL_INFO;
    const char *path = options_text(self->options, OPT_LOGFILE);
    must(log_level_parse(options_text(self->options, OPT_LOGLEVEL), &level));
    self->log = log_new("primary", level, path);
    if (self->log != NULL)
        return GO_ON;
    char text[ERROR_TEXT];
    snprintf(text, sizeof text, "--logfile %.500s: %s", path, strerror(errno));
    return wrong(text);
}

static int open_web(struct primary *self)
{
    if (options_flag(self->options, OPT_HEADLESS))
        return GO_ON;
    char error[MAIN_WEB_ERROR_MAX];
    self->web = main_web_new(self->options, self->log, error);
    return self->web != NULL ? GO_ON : wrong(error);
}

static void on_logs(void *context, const struct wire_message *message, bool local)
{
    struct primary *self = context;
    bool ours =
        local || (self->local != NULL && local_core(self->local, message->id) >= 0); /* without keys, too */
    bool written = ours && options_text(self->options, OPT_LOGFILE) == NULL;         /* to the same stderr */
    forwarded_take(self->forwarded, message, written, clock_us());
}

static int open_fleet(struct primary *self)
{
    char error[FLEET_ERROR_MAX];
    zsys_handler_set(NULL); /* signals are ours */
    descriptors_init(&self->descriptors);
    if (options_given(self->options, OPT_EXPECT_SECONDARIES))
        descriptors_watch(&self->descriptors, (size_t)options_count(self->options, OPT_EXPECT_SECONDARIES),
                          self->log);
    self->loop = zloop_new();
    must(self->loop != NULL);
    zloop_set_nonstop(self->loop, true);
    if (!main_link_open(&self->link, self->options, self->log, &self->keystore, error))
        return wrong(error);
    if (self->link.curve) {
        self->keyring = keyring_new(self->keystore);
        if (self->keyring == NULL)
            return wrong("this libzmq can't encrypt (no CURVE): use --plaintext");
    }
    self->members = members_new(self->log);
    members_options(self->members, self->options);
    self->forwarded = forwarded_new(self->log);
    struct fleet_setup setup = {
        .host = options_text(self->options, OPT_BIND_HOST),
        .port = self->link.any_port ? 0 : (uint16_t)options_count(self->options, OPT_BIND_PORT),
        .keyring = self->keyring,
        .loop = self->loop,
        .log = self->log,
        .on_message = members_message,
        .context = self->members,
        .on_logs = on_logs,
        .logs_context = self};
    self->fleet = fleet_new(&setup, error);
    if (self->fleet == NULL)
        return wrong(error);
    members_attach(self->members, self->fleet);
    log_info(self->log, "waiting for secondaries: host=%s port=%u%s", setup.host,
             (unsigned)fleet_port(self->fleet), self->link.curve ? "" : " (plaintext)");
    return GO_ON;
}

static int start_local(struct primary *self)
{
    if (self->link.processes == 0)
        return GO_ON;
    char greeting[KEYRING_GREETING_MAX] = "plaintext\n";
    if (self->link.curve)
        keyring_greeting(self->keyring, greeting);
    /* What local secondaries would tell besides warnings, the primary tells anyway. */
    bool asked = options_given(self->options, OPT_LOGLEVEL);
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)fleet_port(self->fleet));
    const char *const arguments[] = {"--primary-host",
                                     main_link_from_here(options_text(self->options, OPT_BIND_HOST)),
                                     "--primary-port",
                                     port,
                                     "--loglevel",
                                     asked ? options_text(self->options, OPT_LOGLEVEL) : "WARNING",
                                     NULL};
    struct local_setup setup = {.processes = self->link.processes,
                                .arguments = arguments,
                                .greeting = greeting,
                                .log = self->log,
                                .ended = members_ended,
                                .context = self->members};
    char error[LOCAL_ERROR_MAX];
    self->local = local_new(&setup, clock_us(), error);
    explicit_bzero(greeting, sizeof greeting);
    return self->local != NULL ? GO_ON : wrong(error);
}

/* ---- the loop ---- */

/* Are all gone, or is it time to go without them? */
static bool left(struct primary *self)
{
    uint64_t now_us = clock_us();
    bool here = self->local != NULL && local_running(self->local) > 0;
    bool elsewhere = roster_alive_count(members_roster(self->members)) > 0;
    if (!here)
        return !elsewhere || now_us >= self->leave_us + LEAVE_REMOTE_US;
    if (now_us < self->end_us)
        return false;
    if (self->ended)
        return true;
    local_signal(self->local, SIGTERM);
    self->ended = true;
    self->end_us = now_us + LEAVE_GRACE_US;
    return false;
}

/* --autoquit: some time after a run has finished, or --autostart came to nothing. */
static bool quits_by_itself(struct primary *self)
{
    bool refused = options_flag(self->options, OPT_AUTOSTART) && control_refusal(self->control) != NULL;
    if (options_text(self->options, OPT_AUTOQUIT) == NULL || (!control_ran(self->control) && !refused))
        return false;
    uint64_t now_us = clock_us();
    if (control_busy(self->control))
        self->idle_us = 0;
    else if (self->idle_us == 0)
        self->idle_us = now_us;
    return self->idle_us > 0 && now_us - self->idle_us >= options_duration_us(self->options, OPT_AUTOQUIT);
}

static int on_turn(zloop_t *loop, int timer, void *context)
{
    (void)loop;
    (void)timer;
    struct primary *self = context;
    notify_turn(self->notify, clock_us());
    if (self->keystore != NULL)
        keystore_turn(self->keystore, clock_wall_ms());
    bool over = self->leaving ? left(self) : control_turn(self->control);
    descriptors_watch(&self->descriptors, roster_alive_count(members_roster(self->members)), self->log);
    if (self->web != NULL) {
        main_web_turn(self->web, clock_us());
        over = over || quits_by_itself(self);
    }
    return over ? -1 : 0;
}

static int on_question(zloop_t *loop, zmq_pollitem_t *item, void *context)
{
    (void)loop;
    (void)item;
    struct primary *self = context;
    main_web_pump(self->web);
    return 0;
}

/* The service manager leaves us the time for an orderly stop. */
static void say_stopping(struct primary *self)
{
    uint64_t timeout_us = control_run(self->control)->plan.stop_timeout_us;
    notify_stopping(self->notify, 2 * (timeout_us + LEAVE_GRACE_US) + REPORTS_US);
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *context)
{
    (void)loop;
    (void)item;
    struct primary *self = context;
    struct signalfd_siginfo info;
    bool over = false;
    while (!over && read(self->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD && self->local != NULL)
            control_children(self->control);
        else if (info.ssi_signo == SIGCONT && self->console != NULL)
            console_resume(self->console);
        else if (info.ssi_signo == SIGINT)
            over = self->leaving || control_signal(self->control, SIGINT);
        else if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGCONT)
            over = self->leaving || control_signal(self->control, SIGTERM);
        if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGCONT)
            say_stopping(self);
    }
    return over ? -1 : 0;
}

static int on_key(zloop_t *loop, zmq_pollitem_t *item, void *context)
{
    struct primary *self = context;
    enum console_key key = console_key(self->console);
    for (; key != CONSOLE_KEY_NONE && key != CONSOLE_KEY_END; key = console_key(self->console))
        control_key(self->control, key);
    if (key == CONSOLE_KEY_END)
        zloop_poller_end(loop, item);
    return 0;
}

/* The dashboard meets the run it shows; with --autostart that begins. */
static void open_dashboard(struct primary *self)
{
    members_stay(self->members);
    main_web_attach(self->web, self->control, self->members, self->fleet);
    self->questions = (zmq_pollitem_t){.fd = main_web_fd(self->web), .events = ZMQ_POLLIN};
    must(zloop_poller(self->loop, &self->questions, on_question, self) == 0);
    zloop_poller_set_tolerant(self->loop, &self->questions);
    main_web_greet(self->web);
    if (options_flag(self->options, OPT_AUTOSTART))
        control_start(self->control, self->options, &self->plan);
}

static void before_log(void *context)
{
    console_wipe(context);
}

static void run_loop(struct primary *self)
{
    size_t expected = self->link.processes > 0 ? self->link.processes : 1;
    if (options_given(self->options, OPT_EXPECT_SECONDARIES))
        expected = (size_t)options_count(self->options, OPT_EXPECT_SECONDARIES);
    if (self->web == NULL) {
        self->console = console_new(options_flag(self->options, OPT_ONLY_SUMMARY));
        log_before(self->log, before_log, self->console);
    }
    struct control_setup setup = {.options = self->options,
                                  .plan = &self->plan,
                                  .members = self->members,
                                  .local = self->local,
                                  .console = self->console,
                                  .dashboard = self->web != NULL,
                                  .log = self->log,
                                  .expected = expected,
                                  .max_wait_us =
                                      options_duration_us(self->options, OPT_EXPECT_SECONDARIES_MAX_WAIT)};
    self->control = control_new(&setup, clock_us());
    zmq_pollitem_t signals = {.fd = self->signals, .events = ZMQ_POLLIN};
    must(zloop_poller(self->loop, &signals, on_signal, self) == 0);
    zloop_poller_set_tolerant(self->loop, &signals);
    if (self->web != NULL)
        open_dashboard(self);
    self->keys =
        (zmq_pollitem_t){.fd = self->console != NULL ? console_fd(self->console) : -1, .events = ZMQ_POLLIN};
    if (self->keys.fd >= 0)
        must(zloop_poller(self->loop, &self->keys, on_key, self) == 0);
    must(zloop_timer(self->loop, CONTROL_TURN_MS, 0, on_turn, self) >= 0);
    notify_ready(self->notify);
    zloop_start(self->loop);
    if (self->keys.fd >= 0)
        zloop_poller_end(self->loop, &self->keys);
    log_before(self->log, NULL, NULL);
    console_destroy(&self->console); /* the terminal is as it was before the summary comes */
}

/* ---- the end ---- */

static int report(struct primary *self)
{
    /* Runs that were started in the browser are told there. */
    if (self->web != NULL && !options_flag(self->options, OPT_AUTOSTART))
        return EXIT_CODE_OK;
    if (!control_ran(self->control))
        return control_exit_code(self->control);
    struct snapshot *snapshot = control_snapshot(self->control, SIZE_MAX);
    size_t exceptions_count = 0;
    const struct report_exception *exceptions = members_exceptions(self->members, &exceptions_count);
    int code = snapshot->exit_code;
    if (!results_write(self->options, snapshot, exceptions, exceptions_count, self->log))
        code = EXIT_CODE_INTERNAL;
    snapshot_destroy(&snapshot);
    return code;
}

/* Let everybody go, still answering them: they give their last word and wait to hear that it was taken in. */
static void part(struct primary *self)
{
    if (self->web != NULL && self->control != NULL)
        zloop_poller_end(self->loop, &self->questions);
    main_web_destroy(&self->web);
    if (self->control == NULL)
        return;
    say_stopping(self);
    members_quit(self->members);
    if (self->local != NULL)
        local_wind_down(self->local);
    if (!control_hurry(self->control)) {
        self->leaving = true;
        self->leave_us = clock_us();
        self->end_us = self->leave_us + self->plan.stop_timeout_us + LEAVE_GRACE_US;
        zloop_start(self->loop);
    }
    local_destroy(&self->local); /* kills what is left */
}

static void release(struct primary *self)
{
    notify_destroy(&self->notify);
    console_destroy(&self->console);
    main_web_destroy(&self->web);
    control_destroy(&self->control);
    fleet_destroy(&self->fleet);
    keyring_destroy(&self->keyring);
    keystore_destroy(&self->keystore);
    forwarded_destroy(&self->forwarded);
    members_destroy(&self->members);
    if (self->loop != NULL)
        zloop_destroy(&self->loop);
    log_destroy(&self->log);
    options_destroy(&self->options);
    if (self->signals >= 0)
        close(self->signals);
}

int main(int argc, char **argv)
{
    struct primary self = {.signals = -1};
    int code = read_options(&self, argc, argv);
    if (code == GO_ON) {
        /* What they say, local secondaries are told; they shall not find it for themselves as well. */
        (void)unsetenv("FRESHET_TEMPLATE");
        (void)unsetenv("FRESHET_SCENARIO");
        self.signals = signals_take();
        self.notify = notify_new();
        code = open_log(&self);
    }
    if (code == GO_ON) {
        argv_secrets_warn(self.options, self.log);
        code = open_web(&self);
    }
    if (code == GO_ON)
        code = open_fleet(&self);
    if (code == GO_ON)
        code = start_local(&self);
    if (code == GO_ON) {
        run_loop(&self);
        code = report(&self);
    }
    part(&self);
    release(&self);
    return code;
}
