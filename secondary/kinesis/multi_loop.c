#include "secondary/kinesis/multi_loop.h"

#include "common/clock.h"
#include "common/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, SOCKETS_FIRST = 64 };

struct socket_state {
    uint32_t wanted;     /* epoll events that libcurl waits for; 0: none */
    uint32_t registered; /* as the kernel knows it; 0: not at all */
    bool kept;           /* opened by on_open and so closed by on_close: may stay registered while idle */
};

struct multi_loop {
    CURLM *multi; /* owned */
    int epoll;    /* owned */
    int wake_fd;  /* registered now, or -1 */
    bool epoll_has_ns;
    struct socket_state *sockets; /* owned: by descriptor */
    size_t sockets_count;
    uint64_t due_us; /* libcurl's timer, UINT64_MAX: none */
    size_t done_count;
    multi_loop_done_fn *done;
    void *context; /* borrowed */
};

static struct socket_state *state_of(multi_loop_t *self, curl_socket_t fd)
{
    must(fd >= 0);
    size_t index = (size_t)fd;
    if (index >= self->sockets_count) {
        size_t count = self->sockets_count;
        while (count <= index)
            count *= 2;
        self->sockets = mem_resize(self->sockets, count, sizeof self->sockets[0]);
        for (size_t i = self->sockets_count; i < count; i++)
            self->sockets[i] = (struct socket_state){0};
        self->sockets_count = count;
    }
    return &self->sockets[index];
}

static void enroll(multi_loop_t *self, int fd, uint32_t events, bool known)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    must(epoll_ctl(self->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    (void)easy;
    (void)unused;
    multi_loop_t *self = context;
    struct socket_state *state = state_of(self, fd);
    state->wanted = 0;
    if (what == CURL_POLL_REMOVE) {
        if (!state->kept && state->registered != 0) { /* of libcurl's resolver, closed behind our back */
            (void)epoll_ctl(self->epoll, EPOLL_CTL_DEL, fd, NULL);
            state->registered = 0;
        }
        return 0; /* left registered: most likely the next request wants it again */
    }
    if ((what & CURL_POLL_IN) != 0)
        state->wanted |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0)
        state->wanted |= EPOLLOUT;
    if (state->wanted != 0 && state->registered != state->wanted) {
        enroll(self, fd, state->wanted, state->registered != 0);
        state->registered = state->wanted;
    }
    return 0;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    multi_loop_t *self = context;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    *state_of(self, fd) = (struct socket_state){.kept = true};
    return fd;
}

static int on_close(void *context, curl_socket_t fd)
{
    multi_loop_t *self = context;
    *state_of(self, fd) = (struct socket_state){0}; /* closing takes it out of the epoll set */
    return close(fd);
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    multi_loop_t *self = context;
    self->due_us = timeout_ms < 0 ? UINT64_MAX : clock_us() + (uint64_t)timeout_ms * 1000U;
    return 0;
}

multi_loop_t *multi_loop_new(size_t connections_max, multi_loop_done_fn *done, void *context)
{
    must(connections_max > 0 && connections_max <= 65536);
    must(done != NULL);
    multi_loop_t *self = mem_new(1, sizeof *self);
    *self = (multi_loop_t){.multi = curl_multi_init(),
                           .epoll = epoll_create1(EPOLL_CLOEXEC),
                           .wake_fd = -1,
                           .epoll_has_ns = true,
                           .sockets = mem_new(SOCKETS_FIRST, sizeof *self->sockets),
                           .sockets_count = SOCKETS_FIRST,
                           .due_us = UINT64_MAX,
                           .done = done,
                           .context = context};
    must(self->multi != NULL && self->epoll >= 0);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)connections_max);
    return self;
}

void multi_loop_destroy(multi_loop_t **self_p)
{
    must(self_p != NULL);
    multi_loop_t *self = *self_p;
    if (self == NULL)
        return;
    curl_multi_cleanup(self->multi);
    close(self->epoll);
    free(self->sockets);
    free(self);
    *self_p = NULL;
}

void multi_loop_prepare(multi_loop_t *self, CURL *easy)
{
    must(self != NULL && easy != NULL);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, self);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, self);
}

static void act(multi_loop_t *self, curl_socket_t fd, int events)
{
    int running;
    must(curl_multi_socket_action(self->multi, fd, events, &running) == CURLM_OK);
}

/* libcurl's timer has struck, if it has. */
static void run_timer(multi_loop_t *self)
{
    if (self->due_us == UINT64_MAX || clock_us() < self->due_us)
        return;
    self->due_us = UINT64_MAX; /* libcurl sets it again where it needs to */
    act(self, CURL_SOCKET_TIMEOUT, 0);
}

void multi_loop_add(multi_loop_t *self, CURL *easy)
{
    must(self != NULL && easy != NULL);
    must(curl_multi_add_handle(self->multi, easy) == CURLM_OK);
    run_timer(self); /* due at once: the request goes out now rather than at the next wait */
}

void multi_loop_remove(multi_loop_t *self, CURL *easy)
{
    must(self != NULL && easy != NULL);
    must(curl_multi_remove_handle(self->multi, easy) == CURLM_OK);
}

static void collect(multi_loop_t *self)
{
    int left;
    for (CURLMsg *message = curl_multi_info_read(self->multi, &left); message != NULL;
         message = curl_multi_info_read(self->multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result; /* gone once the handle is taken out */
        multi_loop_remove(self, easy);
        self->done_count++;
        self->done(self->context, easy, result);
    }
}

static void follow_wake_fd(multi_loop_t *self, int wake_fd)
{
    if (self->wake_fd == wake_fd)
        return;
    if (self->wake_fd >= 0)
        (void)epoll_ctl(self->epoll, EPOLL_CTL_DEL, self->wake_fd, NULL); /* its owner may have closed it */
    if (wake_fd >= 0)
        enroll(self, wake_fd, EPOLLIN, false);
    self->wake_fd = wake_fd;
}

static int sleep_for(multi_loop_t *self, struct epoll_event *events, uint64_t timeout_us)
{
    if (self->epoll_has_ns) {
        struct timespec timeout = {.tv_sec = (time_t)(timeout_us / 1000000U),
                                   .tv_nsec = (long)(timeout_us % 1000000U) * 1000};
        int count = epoll_pwait2(self->epoll, events, EVENTS_MAX, &timeout, NULL);
        if (count >= 0 || errno != ENOSYS)
            return count;
        self->epoll_has_ns = false; /* a kernel before 5.11: whole milliseconds, rather late than spinning */
    }
    uint64_t timeout_ms = (timeout_us + 999) / 1000;
    return epoll_wait(self->epoll, events, EVENTS_MAX, timeout_ms > 3600000 ? 3600000 : (int)timeout_ms);
}

/* True when it was the wake descriptor. */
static bool handle(multi_loop_t *self, const struct epoll_event *event)
{
    int fd = event->data.fd;
    if (fd == self->wake_fd)
        return true;
    struct socket_state *state = state_of(self, fd);
    if (state->wanted ==
        0) { /* an idle connection that the server closed: libcurl finds out when it wants it */
        if (state->registered != 0) {
            (void)epoll_ctl(self->epoll, EPOLL_CTL_DEL, fd, NULL);
            state->registered = 0;
        }
        return false;
    }
    int what = 0;
    if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0)
        what |= CURL_CSELECT_IN;
    if ((event->events & EPOLLOUT) != 0)
        what |= CURL_CSELECT_OUT;
    if ((event->events & EPOLLERR) != 0)
        what |= CURL_CSELECT_ERR;
    act(self, fd, what);
    return false;
}

void multi_loop_wait(multi_loop_t *self, int wake_fd, uint64_t timeout_us)
{
    must(self != NULL);
    follow_wake_fd(self, wake_fd);
    uint64_t now_us = clock_us();
    uint64_t until_us = timeout_us < UINT64_MAX - now_us ? now_us + timeout_us : UINT64_MAX;
    self->done_count = 0;
    bool woken = false;
    do {
        run_timer(self);
        collect(self);
        now_us = clock_us();
        uint64_t wait_us = self->done_count > 0 || now_us >= until_us ? 0 : until_us - now_us;
        if (self->due_us != UINT64_MAX) {
            uint64_t timer_us = self->due_us > now_us ? self->due_us - now_us : 0;
            wait_us = timer_us < wait_us ? timer_us : wait_us;
        }
        struct epoll_event events[EVENTS_MAX];
        int count = sleep_for(self, events, wait_us);
        must(count >= 0 || errno == EINTR);
        for (int i = 0; i < count; i++)
            woken = handle(self, &events[i]) || woken;
        run_timer(self);
        collect(self);
        if (count < 0)
            break; /* a signal: the caller looks at its flags */
    } while (self->done_count == 0 && !woken && clock_us() < until_us);
}
