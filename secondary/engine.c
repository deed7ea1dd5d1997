#include "secondary/engine.h"

#include "common/clock.h"
#include "common/mem.h"
#include "secondary/engine_parts.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    LOOK_US = 1000,      /* file descriptors are looked at this often, however busy the loop is */
    REACH_US = 100000,   /* and so is how the connection fares */
    WAIT_MAX_US = 100000 /* no wait is longer: phases that end by time are noticed */
};

static void watch(const struct engine *self, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(self->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

/* Dialled anew: the closed descriptor has left the epoll set by itself. */
static void watch_link(struct engine *self)
{
    if (self->link_fd != -1)
        return;
    self->link_fd = link_fd(self->setup.link);
    watch(self, self->link_fd);
}

static void take_messages(struct engine *self, uint64_t now_us)
{
    struct wire_message message;
    watch_link(self);
    while (link_receive(self->setup.link, now_us, &message)) {
        control_message(self, &message, now_us);
        wire_fini(&message);
        watch_link(self);
    }
}

/* The first signal asks for an orderly end, the second ends. */
static void take_signal(struct engine *self, uint64_t now_us)
{
    struct signalfd_siginfo info;
    if (read(self->setup.signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    int code = 128 + (int)info.ssi_signo;
    if (self->exit_code >= 128)
        _exit(code);
    self->exit_code = code;
    control_stop(self, AFTER_QUIT, now_us);
}

static void take_parent(struct engine *self, uint64_t now_us)
{
    char nothing[64];
    ssize_t length = read(self->setup.parent_fd, nothing, sizeof nothing);
    if (length != 0)
        return;
    log_warning(self->setup.log, "whoever started this process is gone: the load stops");
    (void)epoll_ctl(self->epoll_fd, EPOLL_CTL_DEL, self->setup.parent_fd, NULL);
    self->joined = false;
    control_stop(self, AFTER_ORPHANED, now_us);
}

static void look_around(struct engine *self, uint64_t now_us)
{
    self->looked_us = now_us;
    struct epoll_event events[8];
    int count = epoll_wait(self->epoll_fd, events, 8, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == self->setup.signal_fd)
            take_signal(self, now_us);
        else if (events[i].data.fd == self->setup.parent_fd)
            take_parent(self, now_us);
        else if (events[i].data.fd == prepare_fd(self->prepare))
            control_prepared(self, now_us);
    }
    take_messages(self, now_us); /* always: the link's signal is easily swallowed by a send */
    if (now_us >= self->reached_us + REACH_US) {
        self->reached_us = now_us;
        reach_turn(self, now_us);
        reach_forward(self, now_us);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t timeout_us(struct engine *self, uint64_t now_us, bool loaded)
{
    uint64_t next = now_us + WAIT_MAX_US;
    if (loaded)
        next = earlier(next, load_next_us(self->load, now_us));
    if (self->joined) {
        next = earlier(next, report_next_us(self));
        if (loaded && self->freshet && self->phase == PHASE_RUNNING)
            next = earlier(next, now_us + BOUNDS_EARLY_US);
    } else {
        next = earlier(next, self->hello_us);
    }
    if (self->phase == PHASE_STOPPING)
        next = earlier(next, self->deadline_us);
    return next > now_us ? next - now_us : 0;
}

static void wait_for_work(struct engine *self, uint64_t now_us, bool loaded)
{
    bool pending = self->sent && link_pending(self->setup.link);
    self->sent = false;
    uint64_t timeout = pending ? 0 : timeout_us(self, now_us, loaded);
    if (pending)
        self->looked_us = 0;
    if (loaded) {
        self->used->sink->ops->wait(self->used->sink, self->epoll_fd, timeout);
        return;
    }
    struct pollfd wake = {.fd = self->epoll_fd, .events = POLLIN};
    struct timespec limit = {.tv_sec = (time_t)(timeout / 1000000),
                             .tv_nsec = (long)(timeout % 1000000) * 1000};
    (void)ppoll(&wake, 1, &limit, NULL);
}

static void turn(struct engine *self)
{
    uint64_t now_us = clock_us();
    joining_lease(self, now_us);
    if (now_us >= self->looked_us + LOOK_US)
        look_around(self, now_us);
    if (self->phase == PHASE_RUNNING || self->phase == PHASE_STOPPING)
        load_turn(self->load, now_us, clock_wall_ms());
    control_turn(self, now_us);
    report_turn(self, now_us);
    bool loaded = self->phase == PHASE_RUNNING || self->phase == PHASE_STOPPING;
    if (!self->done)
        wait_for_work(self, now_us, loaded);
}

static void engine_fini(struct engine *self)
{
    load_destroy(&self->load);
    if (self->workload != NULL)
        self->workload->ops->destroy(&self->workload);
    prepared_destroy(&self->used);
    prepared_destroy(&self->spare);
    options_destroy(&self->options);
    options_destroy(&self->ask_options);
    prepare_destroy(&self->prepare);
    free(self->shards);
    close(self->epoll_fd);
    free(self);
}

int engine_run(const struct engine_setup *setup)
{
    must(setup != NULL && setup->link != NULL);
    must(setup->options != NULL && setup->signal_fd >= 0);
    struct engine *self = mem_new(1, sizeof *self);
    self->setup = *setup;
    self->prepare = prepare_new(setup->log);
    histogram_init(&self->nothing);
    stock_clear(&self->stock, (double)clock_wall_ms() / 1000);
    self->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    must(self->epoll_fd >= 0);
    self->link_fd = link_fd(setup->link);
    watch(self, self->link_fd);
    watch(self, setup->signal_fd);
    watch(self, prepare_fd(self->prepare));
    if (setup->parent_fd >= 0)
        watch(self, setup->parent_fd);
    while (!self->done)
        turn(self);
    int code = self->exit_code;
    engine_fini(self);
    return code;
}
