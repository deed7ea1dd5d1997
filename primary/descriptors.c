#include "primary/descriptors.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "common/must.h"

uint64_t descriptors_room(uint64_t limit)
{
    return limit > DESCRIPTORS_OWN ? limit - DESCRIPTORS_OWN : 0;
}

void descriptors_init(struct descriptors *self)
{
    must(self != NULL);
    *self = (struct descriptors){.room = 0};
    struct rlimit files;
    must(getrlimit(RLIMIT_NOFILE, &files) == 0);
    rlim_t soft = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        files.rlim_cur = soft;
    self->room = files.rlim_cur == RLIM_INFINITY ? UINT64_MAX : descriptors_room(files.rlim_cur);
}

void descriptors_watch(struct descriptors *self, size_t secondaries, log_t *log)
{
    must(self != NULL && log != NULL);
    bool full = secondaries >= self->room;
    if (full && !self->told)
        log_warning(
            log,
            "no room for more secondaries: %zu, and the limit of open files (ulimit -n, the hard one) is "
            "%" PRIu64,
            secondaries, self->room + DESCRIPTORS_OWN);
    self->told = full;
}
