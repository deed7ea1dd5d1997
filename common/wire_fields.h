/*
 * wire_fields - the lists that wire's encoder and decoder share: message names and plain fields, each once.
 *
 * Private to wire*.c. A field's key on the wire is its name in the struct.
 */
#ifndef FRESHET_WIRE_FIELDS_H
#define FRESHET_WIRE_FIELDS_H

/* X(enum wire_type, name on the wire) */
#define WIRE_TYPES(X)                                                                                        \
    X(WIRE_CLIENT_READY, "client_ready")                                                                     \
    X(WIRE_ACK, "ack")                                                                                       \
    X(WIRE_SPAWN, "spawn")                                                                                   \
    X(WIRE_SPAWNING, "spawning")                                                                             \
    X(WIRE_SPAWNING_COMPLETE, "spawning_complete")                                                           \
    X(WIRE_HEARTBEAT, "heartbeat")                                                                           \
    X(WIRE_STATS, "stats")                                                                                   \
    X(WIRE_STOP, "stop")                                                                                     \
    X(WIRE_CLIENT_STOPPED, "client_stopped")                                                                 \
    X(WIRE_QUIT, "quit")                                                                                     \
    X(WIRE_EXCEPTION, "exception")                                                                           \
    X(WIRE_RECONNECT, "reconnect")                                                                           \
    X(WIRE_PREFLIGHT_ASK, "freshet_preflight")                                                               \
    X(WIRE_PREFLIGHT_ANSWER, "freshet_preflight_answer")                                                     \
    X(WIRE_REFUSED, "freshet_refused")                                                                       \
    X(WIRE_LOGS, "logs")

/* X(uint64_t field), one list a struct; their lengths are counted below. */
#define WIRE_SHARE_NUMBERS(X) X(run_id) X(epoch) X(quota) X(bound) X(report_us) X(lease_us) X(index)
#define WIRE_REPORT_NUMBERS(X)                                                                               \
    X(run_id)                                                                                                \
    X(epoch)                                                                                                 \
    X(sequence)                                                                                              \
    X(bound)                                                                                                 \
    X(batches_in_flight)                                                                                     \
    X(window)                                                                                                \
    X(lag_us)                                                                                                \
    X(lag_us_max)                                                                                            \
    X(busy_us)                                                                                               \
    X(cpu_us)                                                                                                \
    X(elapsed_us)
#define WIRE_HEARTBEAT_NUMBERS(X) X(sent_us) X(wall_us) X(echo_us) X(held_us) X(acknowledged)

#define WIRE_ONE(name) +1
enum {
    WIRE_SHARE_NUMBERS_COUNT = 0 WIRE_SHARE_NUMBERS(WIRE_ONE),
    WIRE_REPORT_NUMBERS_COUNT = 0 WIRE_REPORT_NUMBERS(WIRE_ONE),
    WIRE_HEARTBEAT_NUMBERS_COUNT = 0 WIRE_HEARTBEAT_NUMBERS(WIRE_ONE),
};
#undef WIRE_ONE

#endif
