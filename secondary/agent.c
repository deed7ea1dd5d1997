#include "secondary/agent.h"

#include "common/clock.h"
#include "common/local.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TURN_MS = 500, EXIT_INTERNAL = 70 };

struct agent {
    local_t *local;
    log_t *log;
    int signal;        /* the first that asked for an end; 0: none */
    uint64_t leave_us; /* when those that have not left by then are killed */
    uint64_t patience_us;
};

static int take_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The first asks for an orderly end, the second ends. */
static void take_signal(struct agent *self, int signal, uint64_t now_us)
{
    if (signal == SIGCHLD) {
        local_reap(self->local, now_us);
        return;
    }
    self->leave_us = self->signal == 0 ? now_us + self->patience_us : now_us;
    if (self->signal == 0) {
        self->signal = signal;
        log_info(self->log, "secondaries are told to leave: signal=%d", signal);
        local_wind_down(self->local);
        local_signal(self->local, SIGTERM);
    }
}

static void watch(struct agent *self, int signals)
{
    while (local_wanted(self->local) > 0) {
        struct pollfd ready = {.fd = signals, .events = POLLIN};
        (void)poll(&ready, 1, TURN_MS);
        uint64_t now_us = clock_us();
        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof info) == (ssize_t)sizeof info)
            take_signal(self, (int)info.ssi_signo, now_us);
        if (self->signal != 0 && now_us >= self->leave_us) {
            log_warning(self->log, "secondaries that have not left are ended: %zu",
                        local_running(self->local));
            return;
        }
        if (self->signal == 0)
            local_turn(self->local, now_us);
    }
}

int agent_run(const struct agent_setup *setup)
{
    must(setup != NULL && setup->arguments != NULL);
    must(setup->processes >= 1 && setup->greeting != NULL);
    int signals = take_signals();
    if (signals < 0)
        return EXIT_INTERNAL;
    struct agent self = {.log = setup->log, .patience_us = setup->patience_us};
    struct local_setup local = {.processes = setup->processes,
                                .arguments = setup->arguments,
                                .greeting = setup->greeting,
                                .goodbye_ends = true,
                                .log = setup->log};
    char error[LOCAL_ERROR_MAX];
    self.local = local_new(&local, clock_us(), error);
    if (self.local == NULL) {
        log_error(setup->log, "%s", error);
        close(signals);
        return EXIT_INTERNAL;
    }
    log_info(setup->log, "secondaries started: %zu", setup->processes);
    watch(&self, signals);
    int code = self.signal != 0 ? 128 + self.signal : local_failure(self.local);
    local_destroy(&self.local);
    close(signals);
    return code;
}
