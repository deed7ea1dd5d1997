/* What stands between us and the primary: it refuses us, it is not there, something else is. And the log
 * lines that it is to see. */
#include "common/clock.h"
#include "secondary/engine_parts.h"

#include <stdlib.h>

enum {
    EXIT_REFUSED = 6,
    PATIENCE_FIRST_US = 5000000, /* without an answer before the first word of it */
    PATIENCE_NEXT_US = 30000000,
    FORWARD_US = 1000000,
    FORWARD_STOCK_US = 10000000, /* Locust's own pace */
};

static void leave(struct engine *self, uint64_t now_us)
{
    self->joined = false;
    self->exit_code = EXIT_REFUSED;
    control_stop(self, AFTER_QUIT, now_us);
}

void reach_refused(struct engine *self, const struct wire_message *message, uint64_t now_us)
{
    must(self != NULL && message != NULL);
    if (self->exit_code == EXIT_REFUSED)
        return;
    log_error(self->setup.log, "the primary refuses this secondary: %s",
              message->text != NULL && message->text[0] != '\0' ? message->text : "it gives no reason");
    leave(self, now_us);
}

static void refused_at_the_door(struct engine *self, enum link_trouble trouble, uint64_t now_us)
{
    const char *where = link_endpoint(self->setup.link);
    bool keys = link_has_keys(self->setup.link);
    if (self->exit_code == EXIT_REFUSED)
        return;
    if (trouble == LINK_KEY_REFUSED)
        log_error(self->setup.log,
                  "the primary at %s refuses this key: its bundle was revoked, or is not one of this primary",
                  where);
    else
        log_error(self->setup.log, "%s %s", where,
                  keys ? "speaks plaintext and this secondary has keys: is it the right primary? --plaintext "
                         "instead of --join where the network can be trusted"
                       : "asks for keys: --join BUNDLE, with a file that freshet-ctl keys made");
    leave(self, now_us);
}

static void say_silence(struct engine *self, enum link_trouble trouble)
{
    const char *where = link_endpoint(self->setup.link);
    const char *what = "nothing listens there, or the way to it is blocked";
    if (trouble == LINK_UNANSWERED)
        what =
            link_has_keys(self->setup.link)
                ? "something is there, but does not know the primary's key of this bundle: another primary's "
                  "bundle, or a wrong host or port"
                : "something is there that does not speak as a primary does: a wrong host or port";
    else if (trouble == LINK_FINE)
        what = "it is there and does not answer";
    log_warning(self->setup.log, "no answer from the primary at %s: %s; still trying", where, what);
}

void reach_turn(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    enum link_trouble trouble = link_trouble(self->setup.link);
    if (self->joined || self->done) {
        self->unheard_us = now_us + PATIENCE_FIRST_US;
        return;
    }
    if (self->unheard_us == 0)
        self->unheard_us = now_us + PATIENCE_FIRST_US;
    if (trouble == LINK_KEY_REFUSED || trouble == LINK_OTHER_SECURITY) {
        refused_at_the_door(self, trouble, now_us);
    } else if (now_us >= self->unheard_us) {
        self->unheard_us = now_us + PATIENCE_NEXT_US;
        say_silence(self, trouble);
        if (link_gave_up(self->setup.link)) {
            link_reconnect(self->setup.link);
            self->link_fd = -1; /* the loop watches the new one */
        }
    }
}

/* ---- log lines ---- */

void reach_forward(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    forward_t *lines = self->setup.lines;
    if (lines == NULL || now_us < self->forward_due_us)
        return;
    if (!self->joined) {
        if (self->forwarding)
            forward_again(lines); /* the next primary may be another one */
        self->forwarding = false;
        return;
    }
    self->forwarding = true;
    self->forward_due_us = now_us + (self->freshet ? FORWARD_US : FORWARD_STOCK_US);
    struct wire_message message;
    if (!forward_message(lines, self->freshet, &message))
        return;
    if (link_send(self->setup.link, &message)) {
        forward_sent(lines, &message);
        self->sent = true;
    }
    wire_fini(&message);
}
