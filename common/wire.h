/*
 * wire - every message between primary and secondaries, to and from bytes.
 *
 * Pure but for the memory a decoded message owns. Locust's worker protocol: one msgpack array [type, data,
 * node_id] per message, through libmsgpack. What freshet needs beyond it rides in extra keys that stock peers
 * ignore: a map `freshet` inside the data of ack, spawn, heartbeat, stop, stats, exception, logs and the
 * preflight question. `has_freshet` says it was there and well-formed. Decoding is strict: every type and
 * length is checked against the limits below; anything else is WIRE_BAD with a reason. Encoders append to a
 * caller's buffer (cleared first) and must() on values out of range.
 */
#ifndef FRESHET_WIRE_H
#define FRESHET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/counters.h"
#include "common/histogram.h"
#include "common/must.h"

enum {
    WIRE_MESSAGE_MAX = 4 * 1024 * 1024, /* bytes of one message */
    WIRE_ID_MAX = 256,                  /* node id, with the NUL */
    WIRE_NAME_MAX = 128,
    WIRE_LABEL_MAX = 512, /* what Locust users name freely: requests (often a URL), user classes */
    WIRE_VERSION_MAX = 64,
    WIRE_TEXT_MAX = 2048,
    WIRE_OPTIONS_MAX = 256, /* parsed_options entries */
    WIRE_CLASSES_MAX = 64,
    WIRE_ENTRIES_MAX = 16384, /* stats entries in one report, and Locust's errors */
    WIRE_BUCKETS_MAX = 4096,  /* response_times keys of one entry */
    WIRE_SHARDS_MAX = 20000,
    WIRE_ERRORS_MAX = 512,
    WIRE_SAMPLES_MAX = 5,
    WIRE_LINES_MAX = 1000,        /* log lines in one message; Locust's peers keep 500 */
    WIRE_SOURCE_MAX = 256 * 1024, /* bytes of a template or scenario */
};

/* Of the connection: when the other side does not answer for so long it is given up, so that a host that was
 * cut off can come back by a new one. */
enum {
    WIRE_KEEPALIVE_IDLE_S = 5, /* nothing was said: probe, each INTERVAL, COUNT times */
    WIRE_KEEPALIVE_INTERVAL_S = 2,
    WIRE_KEEPALIVE_COUNT = 4,
    WIRE_UNANSWERED_MS = 12000, /* something was said and never confirmed */
};

/* Milliseconds-and-requests statistics as Locust words them; counts since the previous report. */
struct wire_pair {
    int64_t key; /* response time in ms, or Unix second */
    uint64_t count;
};
struct wire_entry {
    char name[WIRE_LABEL_MAX]; /* a longer one was cut and ends in an ellipsis, and so for a method */
    char method[WIRE_NAME_MAX];
    uint64_t requests, none_requests, failures;
    double total_response_ms, max_response_ms, min_response_ms; /* min < 0: none (nil) */
    uint64_t content_bytes;
    double start_time, last_request_time; /* Unix seconds; last < 0: none (nil) */
    struct wire_pair *response_times;     /* owned */
    size_t response_times_count;
    struct wire_pair *per_second; /* owned; num_reqs_per_sec */
    size_t per_second_count;
    struct wire_pair *failures_per_second; /* owned */
    size_t failures_per_second_count;
};
struct wire_failure {          /* Locust's errors map */
    char name[WIRE_LABEL_MAX]; /* cut likewise */
    char method[WIRE_NAME_MAX];
    char *error; /* owned */
    uint64_t occurrences;
};
struct wire_class {
    char name[WIRE_LABEL_MAX]; /* never cut: the peer must know it again */
    uint64_t users;
};
struct wire_option {
    char name[WIRE_NAME_MAX];
    char *value; /* owned; strings as sent, numbers printed, true/false for booleans; NULL for nil */
};
struct wire_shard {
    char id[WIRE_NAME_MAX];
    uint64_t events; /* delivered, since the run began */
};
struct wire_error {
    char code[WIRE_NAME_MAX];
    char *message;   /* owned, at most WIRE_TEXT_MAX bytes */
    uint64_t events; /* failed or unknown for this reason, since the run began */
};

/* freshet's part of a secondary's report: cumulative since the run began, so a lost, late or repeated report
 * changes no total. */
struct wire_report {
    uint64_t run_id;
    uint64_t epoch;    /* of the spawn message being obeyed */
    uint64_t sequence; /* rises by one with every report of this process */
    bool final;        /* nothing in flight any more; no further report of this run will differ */
    uint64_t
        bound; /* promises not to generate past this many events before a higher bound was acknowledged */
    struct counters counters;
    struct histogram *due;              /* owned: latency from the due time */
    struct histogram *service;          /* owned: latency from the actual send */
    uint64_t batches_in_flight, window; /* window: how many batches may be in flight now */
    uint64_t lag_us, lag_us_max;        /* how far behind schedule: now, and the worst since the run began */
    uint64_t busy_us;                   /* time since the run began with due work held back by the window */
    uint64_t cpu_us;                    /* CPU time used since the run began */
    uint64_t elapsed_us;                /* since the run began here */
    struct wire_shard *shards;          /* owned */
    size_t shards_count;
    struct wire_error *errors; /* owned */
    size_t errors_count;
};

#define WIRE_OVER_US_MAX (UINT64_C(1) << 50) /* 35 years */
#define WIRE_CURVE_MAX   1e12                /* events/s */

/* freshet's part of spawn: the whole target state, so that a missed or repeated message changes nothing. */
struct wire_share {
    uint64_t run_id;
    uint64_t epoch;     /* rises with every spawn of a run */
    double rate;        /* events/s for this secondary; < 0: the users model */
    double phase;       /* 0..1: where in the interval between batches this secondary starts */
    uint64_t quota;     /* events it may generate in the whole run; UINT64_MAX: no limit */
    uint64_t bound;     /* first allowance: it may generate up to this many before any acknowledgement */
    uint64_t report_us; /* report interval */
    uint64_t lease_us;  /* without a sign of the primary for this long, load stops */
    uint64_t index;     /* this secondary's place among them, 0-based: the stream of the seed */
    uint64_t parts;     /* how many of them there are */
    /* The rate goes in a straight line from `rate` (when this is sent) to `rate_to` within `over_us`, and
     * stays there. `bends`: the schedule goes on with what it has left undone; else a new one begins. */
    double rate_to;
    uint64_t over_us;
    bool bends;
};

/* What the events are made from: freshet's part of spawn and preflight ask. See workload/source.h. */
struct wire_workload {
    uint64_t kind;            /* enum workload_kind; 0: the default, and the rest is empty */
    char name[WIRE_NAME_MAX]; /* of the file, for errors */
    uint64_t hash;            /* source_hash of the text */
    char *text;               /* owned; NULL: as it was sent with this run before */
    size_t length;
};

/* An event as an example. */
struct wire_sample {
    char *key, *data; /* owned; at most WIRE_TEXT_MAX bytes each */
};

/* Part of all events that a shard is expected to get, by their keys. */
struct wire_predicted {
    char id[WIRE_NAME_MAX];
    double share; /* 0..1 */
};

/* What a target says before a run (freshet_preflight answer). */
struct wire_preflight {
    uint64_t id; /* of the question */
    bool ok;
    char code[WIRE_NAME_MAX];         /* when not ok: the service's error name or our own */
    char *message;                    /* owned; when not ok: the service's words; else a warning or NULL */
    char mode[WIRE_NAME_MAX];         /* PROVISIONED, ON_DEMAND; empty: the target has no such thing */
    uint64_t shards;                  /* 0: unknown */
    double events_per_s, bytes_per_s; /* write capacity; 0: no limit known */
    double event_bytes;               /* mean size of an event of this workload, data and key */
    uint64_t events;                  /* how many the workload has; 0: no end */
    struct wire_predicted *predicted; /* owned; of every shard, by rising id; none: unknown */
    size_t predicted_count;
    char place[WIRE_NAME_MAX]; /* region or cluster, for display */
    struct wire_sample samples[WIRE_SAMPLES_MAX];
    size_t samples_count;
};

enum wire_type {
    WIRE_BAD, /* malformed: `reason` says what */
    WIRE_CLIENT_READY,
    WIRE_ACK,
    WIRE_SPAWN,
    WIRE_SPAWNING,
    WIRE_SPAWNING_COMPLETE,
    WIRE_HEARTBEAT,
    WIRE_STATS,
    WIRE_STOP,
    WIRE_CLIENT_STOPPED,
    WIRE_QUIT,
    WIRE_EXCEPTION,
    WIRE_RECONNECT,
    WIRE_PREFLIGHT_ASK,    /* type "freshet_preflight", primary to secondary */
    WIRE_PREFLIGHT_ANSWER, /* type "freshet_preflight_answer" */
    WIRE_REFUSED,          /* type "freshet_refused", primary to secondary: go away, `text` says why */
    WIRE_LOGS,             /* secondary to primary: its last log lines */
    WIRE_OTHER,            /* a well-formed message of a type we don't know (custom ...) */
};

struct wire_message {
    enum wire_type type;
    char id[WIRE_ID_MAX]; /* node id */
    const char *reason;   /* WIRE_BAD: static text */
    bool has_freshet;

    char version[WIRE_VERSION_MAX]; /* client_ready: "" for -1; ack: freshet's version */
    uint64_t index;                 /* ack */

    double timestamp;           /* spawn: strictly rising */
    double stop_timeout_s;      /* spawn; nil is 0 */
    char *host;                 /* spawn; owned, NULL for nil */
    struct wire_class *classes; /* spawn, spawning_complete, stats: user_classes_count; owned */
    size_t classes_count;
    struct wire_option *options; /* spawn, preflight ask: parsed_options; owned */
    size_t options_count;
    struct wire_share share;       /* spawn with freshet */
    struct wire_workload workload; /* spawn, preflight ask with freshet */

    uint64_t user_count; /* spawning_complete, stats */

    char state[WIRE_NAME_MAX]; /* heartbeat from a secondary */
    double cpu_percent;        /* of one core */
    uint64_t memory_bytes;
    uint64_t sent_us;      /* heartbeat with freshet: sender's monotonic clock */
    uint64_t wall_us;      /* from a secondary: its wall clock at that moment, Unix microseconds */
    uint64_t echo_us;      /* sent_us of the other side's latest heartbeat, 0 for none */
    uint64_t held_us;      /* from a secondary: how long ago that one came in */
    uint64_t acknowledged; /* heartbeat answer: highest report sequence taken in, 0 for none */

    struct wire_entry *entries; /* stats; owned */
    size_t entries_count;
    struct wire_entry total;       /* stats_total */
    struct wire_failure *failures; /* stats: errors; owned */
    size_t failures_count;
    struct wire_report report; /* stats with freshet */

    char *text;      /* exception: msg; refused: reason; owned */
    char *traceback; /* exception; owned */

    /* Stop with freshet; preflight ask: id of the question. Exception with freshet: its run, whose load stops
     * in order: the final report will come. */
    uint64_t run_id;
    bool samples_only;               /* preflight ask: don't ask the target, only make sample events */
    struct wire_preflight preflight; /* preflight answer */

    char **lines; /* logs: "[time] host/LEVEL/who: text", as Locust's; owned, and so is each */
    size_t lines_count;
    uint64_t first; /* logs with freshet: number of the first line; its sender counts from 1 */
};

/* Decode `length` bytes. Never fails otherwise than by type WIRE_BAD. The caller frees *out with wire_fini.
 */
void wire_decode(struct wire_message *out, const void *bytes, size_t length);

/* Free what a message owns (decoded, or filled by the caller with memory from mem.h). Repeatable. */
void wire_fini(struct wire_message *self);

/* Free what an answer owns and make it all zero; copy one into *to, which is overwritten. */
void wire_preflight_fini(struct wire_preflight *self);
void wire_preflight_copy(const struct wire_preflight *from, struct wire_preflight *to);

/* Encode `message` by its type (not WIRE_BAD, not WIRE_OTHER) into `out`; extra keys only where has_freshet.
 */
void wire_encode(const struct wire_message *message, struct buffer *out);

/* Locust's rounding of a response time to its histogram key: to 1 below 100 ms, 10 below 1000, 100 below
 * 10000, else 1000. Halves go to even, as Python's round does. */
int64_t wire_round_ms(double ms);

#endif
