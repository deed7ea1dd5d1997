/* Who does not do as it was told, who is silent, who has ended, whose clock is wrong. */
#include "primary/members_state.h"

#include "common/clock.h"

#include <stdio.h>
#include <string.h>

enum {
    AGAIN_US = 2000000,        /* what is not obeyed is said again after so long */
    HELD_UP_US = 1000000,      /* between two sweeps: more says that we stood still */
    SKEW_WARNING_US = 1000000, /* a clock that is surely so far off is told of */
    NAMES_MAX = 10,            /* in one line */
};

bool members_loading(const members_t *self)
{
    return self->run_id != 0 && !self->stopping;
}

void members_converge(members_t *self, size_t index, bool loaded, uint64_t now_us)
{
    const struct member *member = &self->members[index];
    if (now_us < member->told_us + AGAIN_US)
        return;
    if (!members_loading(self)) {
        if (loaded)
            members_send_stop(self, index);
        return;
    }
    if (!member->shared || member->broken)
        return;
    const struct ledger_member *books = ledger_member(self->ledger, index);
    if (!books->final && books->epoch < books->epoch_sent)
        members_send_again(self, index);
}

void members_measure(members_t *self, const struct wire_message *message, size_t index, uint64_t now_us)
{
    struct member *member = &self->members[index];
    struct skew_answer answer = {
        .echo_us = message->echo_us, .held_us = message->held_us, .wall_us = message->wall_us};
    struct skew_sample last, best;
    if (!skew_note(&member->skew, &answer, now_us, clock_wall_us(), &last) ||
        !skew_best(&member->skew, &best))
        return;
    uint64_t error_us = skew_error_us(&best);
    roster_set_clock(self->roster, index, last.round_trip_us, best.offset_us, error_us);
    roster_set_slowest(self->roster, index, skew_slowest_us(&member->skew));
    uint64_t off_us = best.offset_us < 0 ? 0 - (uint64_t)best.offset_us : (uint64_t)best.offset_us;
    if (member->skew_told || off_us < error_us + SKEW_WARNING_US)
        return;
    member->skew_told = true;
    log_warning(self->log, "clock is wrong, there or here: secondary=%s is %.1f s %s, and so are its events",
                message->id, (double)off_us / 1e6, best.offset_us < 0 ? "behind" : "ahead");
}

static void lose(members_t *self, size_t index)
{
    if (self->run_id != 0)
        ledger_lost(self->ledger, index);
    self->changed = true;
}

void members_sweep(members_t *self, uint64_t now_us)
{
    must(self != NULL);
    uint64_t since_us = self->swept_us != 0 ? now_us - self->swept_us : 0;
    self->swept_us = now_us;
    if (since_us > HELD_UP_US) { /* what they said meanwhile waits to be read */
        roster_excuse(self->roster, since_us, now_us);
        log_warning(self->log, "the primary stood still for %.1f s", (double)since_us / 1e6);
    }
    size_t count = roster_sweep(self->roster, now_us, self->lost);
    for (size_t i = 0; i < count; i++) {
        log_warning(self->log, "secondary is missing: %s", roster_at(self->roster, self->lost[i])->id);
        lose(self, self->lost[i]);
    }
}

bool members_ended(void *context, const char *digits, char who[WIRE_ID_MAX])
{
    members_t *self = context;
    must(self != NULL && digits != NULL);
    who[0] = '\0';
    for (size_t i = 0; i < roster_count(self->roster); i++) {
        const struct roster_entry *entry = roster_at(self->roster, i);
        size_t length = roster_host_length(entry->id);
        if (entry->id[length] != '_' || strcmp(entry->id + length + 1, digits) != 0)
            continue;
        memcpy(who, entry->id, strlen(entry->id) + 1);
        if (roster_end(self->roster, i))
            lose(self, i);
        return entry->state == ROSTER_LEFT;
    }
    return false;
}

void members_name_silent(members_t *self)
{
    must(self != NULL);
    char names[NAMES_MAX * (WIRE_ID_MAX + 2) + 64] = "";
    size_t length = 0, silent = 0, parts = 0;
    for (size_t i = 0; i < ledger_count(self->ledger); i++) {
        const struct ledger_member *books = ledger_member(self->ledger, i);
        parts += books->known;
        bool gone = roster_at(self->roster, i)->state == ROSTER_REPLACED; /* told long ago */
        if (!books->known || books->final || gone || ++silent > NAMES_MAX)
            continue;
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", silent > 1 ? ", " : "",
                                   roster_at(self->roster, i)->id);
    }
    if (silent > NAMES_MAX)
        snprintf(names + length, sizeof names - length, " and %zu more", silent - NAMES_MAX);
    if (silent > 0)
        log_warning(self->log, "no final report from %zu of %zu secondaries: %s", silent, parts, names);
}
