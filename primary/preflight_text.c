#include "primary/preflight_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

enum { NUMBER_MAX = 32 };

#define UNEVEN 1.05 /* of an even share: what is less is chance */

/* 4000 as 4,000. */
static const char *grouped(double value, char out[NUMBER_MAX])
{
    uint64_t whole = value < 0 ? 0 : value > 1e15 ? (uint64_t)1e15 : (uint64_t)llround(value);
    char digits[NUMBER_MAX];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, whole);
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

bool preflight_text_facts(const struct wire_preflight *preflight, const struct plan *plan,
                          char out[PREFLIGHT_TEXT_MAX])
{
    must(preflight != NULL && plan != NULL && out != NULL);
    if (preflight->mode[0] == '\0' && preflight->shards == 0)
        return false;
    char target[TARGET_TEXT_MAX];
    target_print(&plan->target, target);
    const char *name = plan->target.stream[0] != '\0' ? plan->target.stream : target;
    if (plan->target.kind == TARGET_KAFKA) {
        snprintf(out, PREFLIGHT_TEXT_MAX, "%.250s: %" PRIu64 " partition%s%s%s", plan->target.topic,
                 preflight->shards, preflight->shards == 1 ? "" : "s",
                 preflight->place[0] != '\0' ? ", " : "", preflight->place);
        return true;
    }
    char shards[64] = "", capacity[128] = "", number[NUMBER_MAX];
    if (preflight->shards > 0)
        snprintf(shards, sizeof shards, ", %" PRIu64 " shard%s", preflight->shards,
                 preflight->shards == 1 ? "" : "s");
    if (preflight->events_per_s > 0 && preflight->bytes_per_s > 0)
        snprintf(capacity, sizeof capacity, ", %s events/s and %.1f MB/s write capacity",
                 grouped(preflight->events_per_s, number), preflight->bytes_per_s / 1e6);
    snprintf(out, PREFLIGHT_TEXT_MAX, "%.250s: %s%s%s%s%s", name,
             preflight->mode[0] != '\0' ? preflight->mode : "write capacity", shards, capacity,
             preflight->place[0] != '\0' ? ", " : "", preflight->place);
    return true;
}

double preflight_text_asked(const struct plan *plan)
{
    must(plan != NULL);
    if (plan->model == PLAN_RATE)
        return plan->rate;
    double wait_s = plan->wait.kind == WAIT_PACING
                        ? (double)plan->wait.min_us / 1e6
                        : ((double)plan->wait.min_us + (double)plan->wait.max_us) / 2e6;
    return wait_s > 0 ? (double)plan->users * plan->batch_size / wait_s : 0;
}

bool preflight_text_warning(const struct wire_preflight *preflight, const struct plan *plan,
                            char out[PREFLIGHT_TEXT_MAX])
{
    must(preflight != NULL && plan != NULL && out != NULL);
    double asked = preflight_text_asked(plan);
    double bytes = asked * preflight->event_bytes;
    char number[NUMBER_MAX], limit[NUMBER_MAX];
    if (preflight->events_per_s > 0 && asked > preflight->events_per_s) {
        snprintf(out, PREFLIGHT_TEXT_MAX,
                 "%s events/s are asked for, and the write capacity is %s events/s: expect throttling",
                 grouped(asked, number), grouped(preflight->events_per_s, limit));
        return true;
    }
    if (preflight->bytes_per_s > 0 && bytes > preflight->bytes_per_s) {
        snprintf(out, PREFLIGHT_TEXT_MAX,
                 "%.1f MB/s are asked for, and the write capacity is %.1f MB/s: expect throttling",
                 bytes / 1e6, preflight->bytes_per_s / 1e6);
        return true;
    }
    return false;
}

bool preflight_text_keys(const struct wire_preflight *preflight, const struct plan *plan,
                         char out[PREFLIGHT_TEXT_MAX])
{
    must(preflight != NULL && plan != NULL && out != NULL);
    const struct wire_predicted *hottest = NULL;
    for (size_t i = 0; i < preflight->predicted_count; i++) {
        if (hottest == NULL || preflight->predicted[i].share > hottest->share)
            hottest = &preflight->predicted[i];
    }
    if (hottest == NULL || hottest->share * (double)preflight->predicted_count <= UNEVEN)
        return false;
    double shards = (double)preflight->predicted_count;
    double events = preflight_text_asked(plan) * hottest->share,
           events_max = preflight->events_per_s / shards;
    double bytes = events * preflight->event_bytes, bytes_max = preflight->bytes_per_s / shards;
    char number[UNITS_TEXT_MAX], limit[UNITS_TEXT_MAX];
    int length =
        snprintf(out, PREFLIGHT_TEXT_MAX, "keys: shard %s would get %.3g %% of the events: ", hottest->id,
                 hottest->share * 100);
    must(length > 0 && length < PREFLIGHT_TEXT_MAX / 2);
    char *end = out + length;
    size_t room = PREFLIGHT_TEXT_MAX - (size_t)length;
    if (events_max > 0 && events > events_max)
        snprintf(end, room, "%s events/s of its %s", units_print_count(events, number),
                 units_print_count(events_max, limit));
    else if (bytes_max > 0 && bytes > bytes_max)
        snprintf(end, room, "%s/s of its %s", units_print_size(bytes, number),
                 units_print_size(bytes_max, limit));
    else
        return false;
    return true;
}
