/* freshet-kinesis - a local server that speaks enough of the Kinesis Data Streams API to be flooded. */
#include "common/clock.h"
#include "common/version.h"
#include "standins/kinesis_options.h"
#include "standins/kinesis_server.h"
#include "standins/stream_list.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_NOT_STARTED = 6 };

static const char *look_up(const char *name)
{
    return getenv(name);
}

static int complain(const char *error)
{
    fprintf(stderr, "freshet-kinesis: %s\n", error);
    return EXIT_USAGE;
}

static bool read_faults(const options_t *options, struct faults *out, char error[FAULTS_ERROR_MAX])
{
    faults_init(out);
    json_t *all = json_pack("{s:s, s:f}", "latency", options_text(options, KOPT_LATENCY), "service_rate",
                            options_rate(options, KOPT_SERVICE_RATE));
    if (all == NULL) {
        snprintf(error, FAULTS_ERROR_MAX, "latency: not a text");
        return false;
    }
    static const struct {
        size_t option;
        enum fault fault;
    } rows[] = {{KOPT_ERROR_RATE, FAULT_ERROR},       {KOPT_REFUSE_RATE, FAULT_REFUSE},
                {KOPT_THROTTLE_RATE, FAULT_THROTTLE}, {KOPT_RESET_RATE, FAULT_RESET},
                {KOPT_TRUNCATE_RATE, FAULT_TRUNCATE}, {KOPT_GARBAGE_RATE, FAULT_GARBAGE},
                {KOPT_STALL_RATE, FAULT_STALL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        must(json_object_set_new(all, faults_name(rows[i].fault),
                                 json_real(options_rate(options, rows[i].option))) == 0);
    bool good = faults_set_json(out, all, error);
    json_decref(all);
    return good;
}

static bool make_streams(streams_t *streams, const char *list, char error[STREAM_LIST_ERROR_MAX])
{
    struct stream_summary stream;
    error[0] = '\0';
    while (list != NULL && stream_list_next(&list, &stream, error)) {
        stream.created_ms = (uint64_t)clock_wall_ms();
        if (!streams_create(streams, &stream, clock_us())) {
            snprintf(error, STREAM_LIST_ERROR_MAX, "--stream: %s stands there twice", stream.name);
            return false;
        }
    }
    return error[0] == '\0';
}

static bool read_keys(const options_t *options, struct sigv4_keys *out, bool *given_out)
{
    *out =
        (struct sigv4_keys){options_text(options, KOPT_ACCESS_KEY), options_text(options, KOPT_SECRET_KEY),
                            options_given(options, KOPT_REGION) ? options_text(options, KOPT_REGION) : NULL};
    *given_out = out->access_key != NULL;
    return (out->access_key != NULL) == (out->secret_key != NULL);
}

static unsigned threads_of(const options_t *options)
{
    if (options_given(options, KOPT_THREADS))
        return (unsigned)options_count(options, KOPT_THREADS);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > 256 ? 256 : (unsigned)cores;
}

/* Serve until SIGINT or SIGTERM, which are blocked in every thread. */
static int serve(const options_t *options, const struct service *service, control_t *control,
                 const struct sigv4_keys *keys)
{
    char error[KINESIS_SERVER_ERROR_MAX];
    sigset_t stop;
    int caught;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    must(pthread_sigmask(SIG_BLOCK, &stop, NULL) == 0);
    struct kinesis_server_options how = {.host = options_text(options, KOPT_HOST),
                                         .port = (uint16_t)options_count(options, KOPT_PORT),
                                         .threads = threads_of(options),
                                         .seed = options_count(options, KOPT_SEED),
                                         .service = service,
                                         .control = control,
                                         .keys = keys};
    kinesis_server_t *server = kinesis_server_new(&how, error);
    if (server == NULL) {
        fprintf(stderr, "freshet-kinesis: %s\n", error);
        return EXIT_NOT_STARTED;
    }
    bool v6 = strchr(how.host, ':') != NULL;
    printf("freshet-kinesis: listening on http://%s%s%s:%u\n", v6 ? "[" : "", how.host, v6 ? "]" : "",
           kinesis_server_port(server));
    fflush(stdout);
    must(sigwait(&stop, &caught) == 0);
    kinesis_server_destroy(&server);
    struct control_totals totals;
    control_totals(control, &totals);
    fprintf(stderr,
            "freshet-kinesis: stopped; %" PRIu64 " records, %" PRIu64 " bytes in %" PRIu64
            " requests; %" PRIu64 " throttled, %" PRIu64 " refused, %" PRIu64 " evicted\n",
            totals.counts.records, totals.counts.bytes, totals.requests, totals.counts.throttled,
            totals.counts.refused, totals.counts.evicted);
    return 0;
}

static int run(const options_t *options)
{
    char error[STREAM_LIST_ERROR_MAX];
    struct faults faults;
    struct sigv4_keys keys;
    bool given;
    if (!read_faults(options, &faults, error))
        return complain(error);
    if (!read_keys(options, &keys, &given))
        return complain("--access-key and --secret-key go together");
    struct streams_options how = {.retention_bytes = options_size(options, KOPT_RETENTION),
                                  .discard = options_flag(options, KOPT_DISCARD),
                                  .enforce_limits = options_flag(options, KOPT_ENFORCE_LIMITS)};
    struct service service = {.streams = streams_new(&how),
                              .region = options_text(options, KOPT_REGION),
                              .account = options_text(options, KOPT_ACCOUNT),
                              .discard = how.discard};
    int code;
    if (make_streams(service.streams, options_text(options, KOPT_STREAM), error)) {
        control_t *control = control_new(&service, &faults);
        code = serve(options, &service, control, given ? &keys : NULL);
        control_destroy(&control);
    } else {
        code = complain(error);
    }
    streams_destroy(&service.streams);
    return code;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    signal(SIGPIPE, SIG_IGN);
    options_t *options = options_new(kinesis_option_table, KOPT_COUNT_, OPTION_STANDIN);
    int code;
    if (!options_environment(options, look_up, error) || !options_arguments(options, argc, argv, error)) {
        code = complain(error);
    } else if (options_flag(options, KOPT_HELP)) {
        printf("usage: freshet-kinesis [options]\n\n");
        options_print_help(options, stdout);
        code = 0;
    } else if (options_flag(options, KOPT_VERSION)) {
        printf("freshet-kinesis %s\n", FRESHET_VERSION);
        code = 0;
    } else {
        code = run(options);
    }
    options_destroy(&options);
    return code;
}
