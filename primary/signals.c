#include "primary/signals.h"

#include "common/must.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

int signals_take(void)
{
    static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGCONT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        signal(wanted[i], SIG_DFL); /* a shell's `&` has SIGINT ignored, and then it would never arrive */
        sigaddset(&set, wanted[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    must(fd >= 0);
    return fd;
}
