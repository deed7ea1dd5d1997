#include "primary/console_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/must.h"
#include "common/units.h"

enum { PARTS_MAX = 10, PART_MAX = 96 };

/* One fact of the live line; the highest `rank` is left out first. */
struct part {
    int rank;
    char text[PART_MAX];
};

/* 75 -> "01:15", 3675 -> "1:01:15". */
static const char *clock_text(double seconds, char out[PART_MAX])
{
    uint64_t all = seconds > 0 ? (uint64_t)seconds : 0;
    uint64_t hours = all / 3600, minutes = all / 60 % 60, rest = all % 60;
    if (hours > 0)
        snprintf(out, PART_MAX, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, hours, minutes, rest);
    else
        snprintf(out, PART_MAX, "%02" PRIu64 ":%02" PRIu64, minutes, rest);
    return out;
}

static double rate_of(const struct snapshot *s, const char *name)
{
    size_t index = counters_find(name, strlen(name));
    must(index < COUNTERS_COUNT);
    return s->rates[index];
}

static const struct series_point *last_point(const struct snapshot *s)
{
    return s->points_count == 0 ? NULL : &s->points[s->points_count - 1];
}

static size_t thresholds_met(const struct snapshot *s)
{
    size_t met = 0;
    for (size_t i = 0; i < s->thresholds_count; i++)
        met += s->thresholds[i].state == THRESHOLD_MET;
    return met;
}

static size_t fill_parts(const struct snapshot *s, struct part parts[PARTS_MAX])
{
    char a[PART_MAX], b[PART_MAX], c[UNITS_TEXT_MAX], d[UNITS_TEXT_MAX];
    const struct series_point *point = last_point(s);
    const struct plan *plan = &s->run.plan;
    bool measured = point != NULL && point->count > 0;
    size_t n = 0;

    if (plan->run_time_us > 0)
        snprintf(parts[n].text, PART_MAX, "%.30s/%.30s", clock_text(s->elapsed_s, a),
                 clock_text((double)plan->run_time_us / 1e6, b));
    else
        snprintf(parts[n].text, PART_MAX, "%s", clock_text(s->elapsed_s, a));
    parts[n++].rank = 0;
    snprintf(parts[n].text, PART_MAX, "%s", run_state_name(s->run.state));
    parts[n++].rank = 8;
    snprintf(parts[n].text, PART_MAX, "%s events/s", units_print_count(rate_of(s, "delivered"), c));
    parts[n++].rank = 1;
    snprintf(parts[n].text, PART_MAX, "%.2f MB/s", rate_of(s, "payload_bytes") / 1e6);
    parts[n++].rank = 4;
    if (measured)
        snprintf(parts[n].text, PART_MAX, "p50 %s p99 %s", units_print_duration(point->due_us[SERIES_P50], c),
                 units_print_duration(point->due_us[SERIES_P99], d));
    else
        snprintf(parts[n].text, PART_MAX, "p50 - p99 -");
    parts[n++].rank = 3;
    snprintf(parts[n].text, PART_MAX, "failed %s",
             units_print_count((double)(s->all.counters.failed + s->all.counters.unknown), c));
    parts[n++].rank = 2;
    snprintf(parts[n].text, PART_MAX, "throttled %s",
             units_print_count((double)s->all.counters.throttled, c));
    parts[n++].rank = 6;
    if (plan->model == PLAN_USERS)
        snprintf(parts[n].text, PART_MAX, "users %" PRIu64, s->users);
    else
        snprintf(parts[n].text, PART_MAX, "lag %s", units_print_duration(s->lag_us, c));
    parts[n++].rank = 7;
    if (s->lost > 0)
        snprintf(parts[n].text, PART_MAX, "secondaries %zu (%zu lost)", s->alive, s->lost);
    else
        snprintf(parts[n].text, PART_MAX, "secondaries %zu", s->alive);
    parts[n++].rank = 5;
    if (s->thresholds_count > 0) {
        snprintf(parts[n].text, PART_MAX, "thresholds %zu/%zu", thresholds_met(s), s->thresholds_count);
        parts[n++].rank = 9;
    } else if (s->search != NULL) {
        snprintf(parts[n].text, PART_MAX, "%s at %s/s", search_state_name(s->search->state),
                 units_print_count(s->search->rate, c));
        parts[n++].rank = 9;
    }
    must(n <= PARTS_MAX);
    return n;
}

const char *console_text_live(const struct snapshot *snapshot, size_t width, char out[CONSOLE_TEXT_MAX])
{
    must(snapshot != NULL);
    must(out != NULL);
    struct part parts[PARTS_MAX];
    size_t count = fill_parts(snapshot, parts);
    if (width >= CONSOLE_TEXT_MAX)
        width = CONSOLE_TEXT_MAX - 1;
    for (int rank_max = PARTS_MAX; rank_max >= 0; rank_max--) {
        size_t length = 0;
        out[0] = '\0';
        for (size_t i = 0; i < count; i++) {
            if (parts[i].rank > rank_max)
                continue;
            int more = snprintf(out + length, CONSOLE_TEXT_MAX - length, "%s%s", length == 0 ? "" : "  ",
                                parts[i].text);
            length += (size_t)more;
            must(length < CONSOLE_TEXT_MAX);
        }
        if (length <= width)
            return out;
    }
    out[width] = '\0'; /* not even the time fits */
    return out;
}

const char *console_text_plain(const struct snapshot *snapshot, char out[CONSOLE_TEXT_MAX])
{
    must(snapshot != NULL);
    must(out != NULL);
    const struct snapshot *s = snapshot;
    const struct series_point *point = last_point(s);
    bool measured = point != NULL && point->count > 0;
    char total[PART_MAX] = "";
    if (s->run.plan.run_time_us > 0)
        snprintf(total, sizeof total, "/%.0fs", (double)s->run.plan.run_time_us / 1e6);
    snprintf(out, CONSOLE_TEXT_MAX,
             "elapsed=%.0fs%s state=%s phase=%s events_per_s=%.0f mb_per_s=%.2f p50_ms=%.3f p99_ms=%.3f "
             "delivered=%" PRIu64 " failed=%" PRIu64 " unknown=%" PRIu64 " throttled=%" PRIu64
             " users=%" PRIu64 " lag_ms=%.1f secondaries=%zu lost=%zu",
             s->elapsed_s, total, run_state_name(s->run.state), phase_name(s->run.phase),
             rate_of(s, "delivered"), rate_of(s, "payload_bytes") / 1e6,
             measured ? (double)point->due_us[SERIES_P50] / 1000 : 0,
             measured ? (double)point->due_us[SERIES_P99] / 1000 : 0, s->all.counters.delivered,
             s->all.counters.failed, s->all.counters.unknown, s->all.counters.throttled, s->users,
             (double)s->lag_us / 1000, s->alive, s->lost);
    size_t length = strlen(out);
    if (s->thresholds_count > 0)
        snprintf(out + length, CONSOLE_TEXT_MAX - length, " thresholds=%zu/%zu", thresholds_met(s),
                 s->thresholds_count);
    return out;
}
