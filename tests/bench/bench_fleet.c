/*
 * bench_fleet - many secondaries in one process, as far as a primary can tell.
 *
 * usage: bench_fleet PORT SECONDARIES
 *
 * Each has a socket and an identity of its own, joins, beats its heart every second, obeys shares, stops, and
 * the bounds it was allowed, and reports at the interval it is told with two latency histograms, four shards
 * and Locust's own statistics. Only the stream is left out: an event is delivered as soon as it is due. Ends
 * when all were told to quit, or on SIGTERM; then it prints one JSON object. Plaintext, loopback.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <zmq.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/version.h"
#include "common/wire.h"
#include "secondary/bounds.h"
#include "secondary/stock.h"

enum {
    HEARTBEAT_US = 1000000,
    HELLO_US = 1000000,
    LATENCIES = 60, /* kinds of latencies between two reports */
    SHARDS = 4,
    USER_EVENTS_PER_S = 500, /* of a user, in the users model */
    READY_MAX = 512,         /* sockets looked at in a turn */
    TURN_MS = 2,
};

struct peer {
    void *socket;
    char id[WIRE_ID_MAX];
    bool joined, running, final, told, quit;
    uint64_t due_us; /* hello or heartbeat */
    uint64_t report_due_us, began_us, worked_us;
    double rate; /* events/s */
    double made; /* since worked_us, what is less than an event */
    struct wire_share share;
    struct counters counters;
    struct bounds bounds;
    struct histogram latencies;
    uint64_t sequence, final_sequence, acknowledged;
    struct stock stock;
};

struct fleet {
    struct peer *peers;
    uint64_t
        *next_us; /* when each has something to do: beside each other, as it is looked at in every turn */
    size_t count;
    int epoll;
    struct rng rng;
    struct buffer out;
    tally_t *tally;              /* empty: no errors to tell */
    struct histogram round_trip; /* of heartbeats */
    uint64_t reports, spawns, refused, bound_hits;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

static void must_set(void *socket, int option, int value)
{
    must(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

static void say(struct fleet *self, struct peer *peer, struct wire_message *message)
{
    memcpy(message->id, peer->id, sizeof message->id);
    wire_encode(message, &self->out);
    must(!self->out.full);
    self->refused += zmq_send(peer->socket, self->out.bytes, self->out.length, ZMQ_DONTWAIT) < 0;
}

static void hello(struct fleet *self, struct peer *peer, uint64_t now_us)
{
    struct wire_message message = {.type = WIRE_CLIENT_READY};
    snprintf(message.version, sizeof message.version, "freshet/%s", FRESHET_VERSION);
    peer->joined = false;
    peer->due_us = now_us + HELLO_US;
    say(self, peer, &message);
}

static void heartbeat(struct fleet *self, struct peer *peer, uint64_t now_us)
{
    struct wire_message message = {.type = WIRE_HEARTBEAT,
                                   .has_freshet = true,
                                   .sent_us = now_us,
                                   .cpu_percent = 50,
                                   .memory_bytes = 16 << 20};
    snprintf(message.state, sizeof message.state, "%s", peer->running ? "running" : "ready");
    peer->due_us = now_us + HEARTBEAT_US;
    say(self, peer, &message);
}

/* The events that became due, within bound and quota, are generated and delivered at once. */
static void work(struct fleet *self, struct peer *peer, uint64_t now_us)
{
    if (!peer->running)
        return;
    peer->made += peer->rate * (double)(now_us - peer->worked_us) / 1e6;
    peer->worked_us = now_us;
    uint64_t limit = peer->bounds.in_force < peer->share.quota ? peer->bounds.in_force : peer->share.quota;
    uint64_t room = limit > peer->counters.generated ? limit - peer->counters.generated : 0;
    uint64_t events = peer->made < (double)room ? (uint64_t)peer->made : room;
    self->bound_hits += peer->made > (double)room;
    peer->made -= (double)events;
    struct counters *counters = &peer->counters;
    counters->generated += events;
    counters->delivered += events;
    counters->requests_sent++;
    counters->requests_succeeded++;
    counters->payload_bytes += events * 117;
    counters->wire_bytes += events * 160;
    for (size_t i = 0; i < LATENCIES; i++) {
        uint64_t latency_us =
            300 + rng_below(&self->rng, 400) + (i % 8 == 0 ? rng_below(&self->rng, 4000) : 0);
        histogram_record(&peer->latencies, latency_us, events / LATENCIES);
        stock_request(&peer->stock, latency_us, false, 8000, (double)clock_wall_ms() / 1e3);
    }
    histogram_record(&peer->latencies, 500, events % LATENCIES);
}

static void report(struct fleet *self, struct peer *peer, uint64_t now_us)
{
    work(self, peer, now_us);
    struct wire_message message = {.type = WIRE_STATS, .has_freshet = true};
    struct wire_class class = {.name = "SensorUser"};
    struct wire_shard shards[SHARDS];
    struct wire_report *to = &message.report;
    to->run_id = peer->share.run_id;
    to->epoch = peer->share.epoch;
    to->sequence = ++peer->sequence;
    to->final = peer->final;
    to->counters = peer->counters;
    to->due = to->service = &peer->latencies;
    to->window = 16;
    to->elapsed_us = now_us - peer->began_us;
    to->cpu_us = to->elapsed_us / 2;
    to->bound = bounds_report(&peer->bounds, to->sequence, peer->counters.generated, false, now_us);
    to->shards = shards;
    to->shards_count = SHARDS;
    for (size_t i = 0; i < SHARDS; i++) {
        snprintf(shards[i].id, sizeof shards[i].id, "shardId-%012zu", i);
        shards[i].events = peer->counters.delivered / SHARDS;
    }
    stock_fill(&peer->stock, self->tally, "PutRecords", "DemoStream", &message);
    message.classes = &class;
    message.classes_count = 1;
    say(self, peer, &message);
    stock_restart(&peer->stock, self->tally, (double)clock_wall_ms() / 1e3);
    self->reports++;
    if (peer->final)
        peer->final_sequence = peer->sequence;
    peer->report_due_us = now_us + (peer->share.report_us > 0 ? peer->share.report_us : HEARTBEAT_US);
    heartbeat(self, peer, now_us); /* its answer acknowledges the report */
}

static void take_spawn(struct fleet *self, struct peer *peer, const struct wire_message *message,
                       uint64_t now_us)
{
    struct wire_message answer = {.type = WIRE_SPAWNING};
    say(self, peer, &answer);
    self->spawns++;
    bool fresh = peer->share.run_id != message->share.run_id;
    if (!fresh && (message->share.epoch < peer->share.epoch || peer->final))
        return;
    peer->share = message->share;
    uint64_t users = message->classes_count > 0 ? message->classes[0].users : 0;
    if (!fresh)
        work(self, peer, now_us);
    peer->rate = message->share.rate >= 0 ? message->share.rate : (double)users * USER_EVENTS_PER_S;
    if (!fresh)
        return;
    memset(&peer->counters, 0, sizeof peer->counters);
    histogram_init(&peer->latencies);
    bounds_start(&peer->bounds, peer->share.bound, peer->share.report_us);
    stock_clear(&peer->stock, (double)clock_wall_ms() / 1e3);
    peer->began_us = peer->worked_us = now_us;
    peer->made = 0;
    peer->running = true;
    peer->final = peer->told = false;
    peer->report_due_us =
        now_us + rng_below(&self->rng, (uint32_t)peer->share.report_us + 1); /* not all at once */
}

static void stop(struct fleet *self, struct peer *peer, uint64_t now_us)
{
    if (!peer->running)
        return;
    work(self, peer, now_us);
    peer->running = false;
    peer->final = true;
    report(self, peer, now_us);
}

static void take_heartbeat(struct fleet *self, struct peer *peer, const struct wire_message *message,
                           uint64_t now_us)
{
    if (message->echo_us > 0 && message->echo_us <= now_us)
        histogram_record(&self->round_trip, now_us - message->echo_us, 1);
    if (message->acknowledged > 0)
        bounds_acknowledged(&peer->bounds, message->acknowledged, now_us);
    if (!peer->final || peer->told || message->acknowledged < peer->final_sequence)
        return;
    struct wire_message stopped = {.type = WIRE_CLIENT_STOPPED};
    say(self, peer, &stopped);
    peer->told = true;
    if (peer->quit) {
        struct wire_message goodbye = {.type = WIRE_QUIT};
        say(self, peer, &goodbye);
    } else {
        hello(self, peer, now_us);
    }
}

static void take(struct fleet *self, struct peer *peer, const struct wire_message *message, uint64_t now_us)
{
    switch (message->type) {
    case WIRE_ACK:
        peer->joined = true;
        peer->due_us = now_us + rng_below(&self->rng, HEARTBEAT_US);
        return;
    case WIRE_SPAWN:
        take_spawn(self, peer, message, now_us);
        return;
    case WIRE_HEARTBEAT:
        take_heartbeat(self, peer, message, now_us);
        return;
    case WIRE_STOP:
        stop(self, peer, now_us);
        return;
    case WIRE_QUIT: {
        struct wire_message goodbye = {.type = WIRE_QUIT};
        peer->quit = true;
        stop(self, peer, now_us);
        say(self, peer, &goodbye);
        return;
    }
    case WIRE_RECONNECT:
        hello(self, peer, now_us);
        return;
    case WIRE_PREFLIGHT_ASK: {
        struct wire_message answer = {.type = WIRE_PREFLIGHT_ANSWER,
                                      .preflight = {.id = message->run_id, .ok = true}};
        say(self, peer, &answer);
        return;
    }
    default:
        return;
    }
}

/* libzmq's descriptor only tells of changes: read until nothing is there. */
static void drain(struct fleet *self, struct peer *peer)
{
    for (;;) {
        zmq_msg_t raw;
        zmq_msg_init(&raw);
        if (zmq_msg_recv(&raw, peer->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&raw);
            return;
        }
        struct wire_message message;
        wire_decode(&message, zmq_msg_data(&raw), zmq_msg_size(&raw));
        zmq_msg_close(&raw);
        must(message.type != WIRE_BAD);
        take(self, peer, &message, clock_us());
        wire_fini(&message);
    }
}

static void connect_peer(struct fleet *self, void *context, size_t index, const char *endpoint)
{
    struct peer *peer = &self->peers[index];
    snprintf(peer->id, sizeof peer->id, "host-%zu_%016" PRIx64 "%016" PRIx64, index / 64,
             rng_next(&self->rng), rng_next(&self->rng));
    histogram_init(&peer->latencies);
    peer->socket = zmq_socket(context, ZMQ_DEALER);
    must(peer->socket != NULL);
    must(zmq_setsockopt(peer->socket, ZMQ_ROUTING_ID, peer->id, strlen(peer->id)) == 0);
    must_set(peer->socket, ZMQ_LINGER, 1000);
    must_set(peer->socket, ZMQ_SNDHWM, 64);
    must_set(peer->socket, ZMQ_RECONNECT_IVL, 500);
    must(zmq_connect(peer->socket, endpoint) == 0);
    int fd = -1;
    size_t size = sizeof fd;
    must(zmq_getsockopt(peer->socket, ZMQ_FD, &fd, &size) == 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = index};
    must(epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    peer->due_us = clock_us() + index * 400; /* 2,500 a second */
}

static bool all_quit(const struct fleet *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->next_us[i] != UINT64_MAX)
            return false;
    }
    return true;
}

static void plan_next(struct fleet *self, size_t index)
{
    const struct peer *peer = &self->peers[index];
    bool early = peer->running && peer->report_due_us < peer->due_us;
    self->next_us[index] = peer->quit ? UINT64_MAX : early ? peer->report_due_us : peer->due_us;
}

static void act(struct fleet *self, size_t index, uint64_t now_us)
{
    struct peer *peer = &self->peers[index];
    if (peer->running && now_us >= peer->report_due_us)
        report(self, peer, now_us);
    else if (peer->joined)
        heartbeat(self, peer, now_us);
    else
        hello(self, peer, now_us);
    drain(self, peer); /* sending may have taken the descriptor's word */
    plan_next(self, index);
}

static void run(struct fleet *self)
{
    struct epoll_event ready[READY_MAX];
    for (size_t i = 0; i < self->count; i++)
        plan_next(self, i);
    while (!ended && !all_quit(self)) {
        int count = epoll_wait(self->epoll, ready, READY_MAX, TURN_MS);
        for (int i = 0; i < count; i++) {
            drain(self, &self->peers[ready[i].data.u64]);
            plan_next(self, ready[i].data.u64);
        }
        uint64_t now_us = clock_us();
        for (size_t i = 0; i < self->count; i++) {
            if (now_us >= self->next_us[i])
                act(self, i, now_us);
        }
    }
}

static void tell(const struct fleet *self)
{
    struct counters sum = {0};
    for (size_t i = 0; i < self->count; i++)
        counters_add(&sum, &self->peers[i].counters);
    printf("{\"cpu_s\": %.1f, \"generated\": %" PRIu64 ", \"delivered\": %" PRIu64 ", \"reports\": %" PRIu64
           ", \"spawns\": %" PRIu64 ", \"unsent\": %" PRIu64 ", \"held_by_bound\": %" PRIu64
           ", \"round_trip_us\": {\"p50\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}}\n",
           (double)clock_cpu_us() / 1e6, sum.generated, sum.delivered, self->reports, self->spawns,
           self->refused, self->bound_hits, histogram_quantile(&self->round_trip, 0.5),
           histogram_quantile(&self->round_trip, 0.99),
           self->round_trip.count > 0 ? self->round_trip.max_us : 0);
}

int main(int argc, char **argv)
{
    long port = argc == 3 ? strtol(argv[1], NULL, 10) : 0, count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (port < 1 || port > 65535 || count < 1 || count > 100000) {
        fprintf(stderr, "usage: bench_fleet PORT SECONDARIES\n");
        return 2;
    }
    struct rlimit files;
    must(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files) == 0);
    if (files.rlim_max < (rlim_t)count * 2 + 64) {
        fprintf(stderr, "bench_fleet: %ld secondaries need %ld open files, the hard limit is %ju\n", count,
                count * 2 + 64, (uintmax_t)files.rlim_max);
        return 2;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    struct fleet self = {.count = (size_t)count, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    must(self.epoll >= 0);
    self.peers = mem_new(self.count, sizeof *self.peers);
    self.next_us = mem_new(self.count, sizeof *self.next_us);
    self.tally = tally_new();
    rng_init(&self.rng, clock_us(), 0);
    histogram_init(&self.round_trip);
    buffer_init(&self.out, WIRE_MESSAGE_MAX);
    void *context = zmq_ctx_new();
    must(context != NULL && zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)count + 16) == 0);
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%ld", port);
    for (size_t i = 0; i < self.count; i++)
        connect_peer(&self, context, i, endpoint);
    run(&self);
    tell(&self);
    for (size_t i = 0; i < self.count; i++)
        zmq_close(self.peers[i].socket);
    zmq_ctx_term(context);
    tally_destroy(&self.tally);
    buffer_fini(&self.out);
    free(self.peers);
    free(self.next_us);
    return 0;
}
