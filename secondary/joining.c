/* How a secondary comes to its primary, notices that it is gone, and comes back. */
#include "common/version.h"
#include "secondary/engine_parts.h"

#include <stdio.h>

/* Connected, and still no answer: the line may be a dead one, or the primary knows another by our name. Who
 * has never joined can as well take another name, unless it was given by whoever started us. */
static void dial_anew(struct engine *self)
{
    if (self->ever_joined || self->setup.parent_fd >= 0) {
        link_reconnect(self->setup.link);
    } else {
        char before[WIRE_ID_MAX];
        snprintf(before, sizeof before, "%s", link_id(self->setup.link));
        link_rename(self->setup.link);
        log_warning(self->setup.log,
                    "no answer of the primary to %s, as when another one has this name: joining as %s",
                    before, link_id(self->setup.link));
    }
    self->link_fd = -1; /* the loop watches the new one */
    self->hellos = 0;
}

void joining_hello(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    if (self->hellos >= (self->ever_joined ? HELLOS_KNOWN_MAX : HELLOS_MAX))
        dial_anew(self);
    struct wire_message message = {.type = WIRE_CLIENT_READY};
    snprintf(message.version, sizeof message.version, "freshet/%s", FRESHET_VERSION);
    self->joined = false;
    bool sent = link_send(self->setup.link, &message);
    self->hellos += sent;
    self->hello_us = now_us + (sent ? HELLO_US : HELLO_SOON_US);
    self->sent = true;
}

void joining_acknowledged(struct engine *self, const struct wire_message *message, uint64_t now_us)
{
    must(self != NULL && message != NULL);
    if (!self->joined)
        log_info(self->setup.log, "joined %s primary", message->has_freshet ? "a freshet" : "a Locust");
    self->joined = self->ever_joined = true;
    self->hellos = 0;
    self->freshet = message->has_freshet;
    self->heartbeat_due_us = now_us;
    self->reported_us = self->echo_us = 0;
    if (self->freshet)
        self->spawn_timestamp = 0; /* of another primary's clock, maybe; epochs tell old from new */
    else
        lease_grant(&self->lease, STOCK_SILENCE_US, now_us);
}

void joining_lease(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    if (!lease_lost(&self->lease, now_us))
        return;
    bool loaded = self->phase == PHASE_RUNNING || self->phase == PHASE_OPENING;
    log_warning(self->setup.log, "nothing heard of the primary in time: %s",
                loaded ? "the load stops until it is back" : "trying to join again");
    lease_drop(&self->lease);
    self->joined = false;
    self->hellos = 0;
    self->hello_us = now_us;
    if (self->freshet && !loaded)
        return; /* a stop goes on as it was ordered */
    control_stop(self, self->freshet ? AFTER_LEASE_LOST : AFTER_QUIT, now_us);
    if (!self->freshet)
        self->exit_code = 1;
}

void joining_turn(struct engine *self, uint64_t now_us)
{
    must(self != NULL);
    bool silent = self->freshet && now_us >= self->heard_us + SILENCE_US;
    if (self->joined && silent) {
        log_warning(self->setup.log, "the primary is silent: trying to join again");
        self->joined = false;
        self->hellos = 0;
        self->hello_us = now_us;
    }
    if (!self->joined && !self->done && now_us >= self->hello_us && self->phase != PHASE_FINAL)
        joining_hello(self, now_us);
}
