#include "secondary/prepare.h"

#include "common/mem.h"
#include "common/option_table.h"
#include "secondary/foresight.h"
#include "secondary/samples.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct prepare {
    log_t *log; /* borrowed */
    int fd;
    bool busy;
    pthread_t thread;
    struct prepared *work; /* the thread's while busy */
};

void prepared_destroy(struct prepared **self_p)
{
    must(self_p != NULL);
    struct prepared *self = *self_p;
    if (self == NULL)
        return;
    if (self->sink != NULL)
        self->sink->ops->close(&self->sink);
    options_destroy(&self->options);
    options_destroy(&self->wanted);
    tally_destroy(&self->tally);
    wire_preflight_fini(&self->preflight);
    free(self);
    *self_p = NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool prepared_fits(const struct prepared *self, const options_t *options, const struct target *target)
{
    must(self != NULL && options != NULL);
    char ours[TARGET_TEXT_MAX], theirs[TARGET_TEXT_MAX];
    target_print(&self->target, ours);
    target_print(target, theirs);
    if (self->sink == NULL || strcmp(ours, theirs) != 0)
        return false;
    for (size_t i = OPT_REGION; i <= OPT_CREATE_TOPIC; i++) { /* those that a sink reads */
        if (!same_text(options_text(self->options, i), options_text(options, i)))
            return false;
    }
    /* A sink that was opened for no placed events may not have asked for the shards. */
    return same_text(options_text(self->options, OPT_PARTITION_KEYS),
                     options_text(options, OPT_PARTITION_KEYS));
}

static void ask(struct prepared *work)
{
    struct wire_preflight *answer = &work->preflight;
    wire_preflight_fini(answer);
    *answer = (struct wire_preflight){.ok = false};
    double event_bytes = 0;
    char error[WORKLOAD_ERROR_MAX];
    if (!samples_event_bytes(work->wanted, &event_bytes, error)) {
        snprintf(answer->code, sizeof answer->code, "BadOption");
        answer->message = mem_text(error);
        return;
    }
    answer->event_bytes = event_bytes;
    if (work->sink == NULL) {
        snprintf(answer->code, sizeof answer->code, "%s", work->error.code);
        answer->message = mem_text(work->error.message);
        return;
    }
    answer->ok = work->sink->ops->preflight(work->sink, answer);
    answer->event_bytes = event_bytes;
    if (answer->ok)
        answer->ok = foresight_fill(work->wanted, work->sink, answer);
}

/* Nobody waits for an answer, but the sink has to know where places are. */
static void ask_for_places(struct prepared *work)
{
    struct wire_preflight answer = {.ok = false};
    if (!work->sink->ops->locate(work->sink, &answer)) {
        snprintf(work->error.code, sizeof work->error.code, "%s", answer.code);
        snprintf(work->error.message, sizeof work->error.message, "%s",
                 answer.message != NULL ? answer.message : "");
        work->sink->ops->close(&work->sink);
    }
    wire_preflight_fini(&answer);
}

static void *run(void *context)
{
    prepare_t *self = context;
    struct prepared *work = self->work;
    if (work->sink == NULL) {
        struct sink_setup setup = {
            .target = &work->target, .options = work->options, .tally = work->tally, .log = self->log};
        work->sink = sink_open(&setup, &work->error);
    }
    if (work->asked)
        ask(work);
    else if (work->sink != NULL && work->sink->ops->locate != NULL && foresight_placed(work->wanted))
        ask_for_places(work);
    uint64_t one = 1;
    must(write(self->fd, &one, sizeof one) == (ssize_t)sizeof one);
    return NULL;
}

prepare_t *prepare_new(log_t *log)
{
    prepare_t *self = mem_new(1, sizeof *self);
    self->log = log;
    self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    must(self->fd >= 0);
    return self;
}

void prepare_destroy(prepare_t **self_p)
{
    must(self_p != NULL);
    prepare_t *self = *self_p;
    *self_p = NULL;
    if (self == NULL || self->busy)
        return;
    close(self->fd);
    free(self);
}

int prepare_fd(const prepare_t *self)
{
    must(self != NULL);
    return self->fd;
}

bool prepare_busy(const prepare_t *self)
{
    must(self != NULL);
    return self->busy;
}

void prepare_start(prepare_t *self, const options_t *options, const struct target *target, bool asked,
                   struct prepared *kept)
{
    must(self != NULL && !self->busy);
    must(options != NULL && target != NULL);
    struct prepared *work = kept;
    if (work == NULL) {
        work = mem_new(1, sizeof *work);
        work->target = *target;
        work->options = options_copy(options);
        work->tally = tally_new();
    }
    options_destroy(&work->wanted);
    work->wanted = options_copy(options);
    work->asked = asked;
    self->work = work;
    self->busy = true;
    must(pthread_create(&self->thread, NULL, run, self) == 0);
}

struct prepared *prepare_take(prepare_t *self)
{
    must(self != NULL);
    uint64_t count;
    if (!self->busy || read(self->fd, &count, sizeof count) != (ssize_t)sizeof count)
        return NULL;
    must(pthread_join(self->thread, NULL) == 0);
    self->busy = false;
    struct prepared *work = self->work;
    self->work = NULL;
    return work;
}
