/* freshet-kafka - a small Kafka cluster inside one process, for runs that need nothing installed. */
#include <microhttpd.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"
#include "common/version.h"
#include "standins/kafka_cluster.h"

enum { EXIT_USAGE = 2, EXIT_NOT_STARTED = 6, BODY_MAX = 4096, TIMEOUT_S = 10 };

enum { OPT_TOPIC, OPT_PARTITIONS, OPT_BROKERS, OPT_LATENCY, OPT_PORT, OPT_HELP, OPT_VERSION, OPT_COUNT };

/* clang-format off */
static const struct option table[OPT_COUNT] = {
    [OPT_TOPIC] = {.name = "topic", .type = OPTION_TEXT, .value = "NAME", .max = 249, .fallback = "sensors",
        .flags = OPTION_STANDIN, .group = "Cluster", .help = "Topic that is there from the start"},
    [OPT_PARTITIONS] = {.name = "partitions", .type = OPTION_COUNT, .value = "COUNT", .min = 1, .max = 1000,
        .fallback = "4", .flags = OPTION_STANDIN, .group = "Cluster", .help = "Its partitions"},
    [OPT_BROKERS] = {.name = "brokers", .type = OPTION_COUNT, .value = "COUNT", .min = 1, .max = 32, .fallback = "1",
        .flags = OPTION_STANDIN, .group = "Cluster", .help = "Brokers, each on a free port of 127.0.0.1"},
    [OPT_LATENCY] = {.name = "latency", .type = OPTION_DURATION, .value = "DURATION", .max = 60, .fallback = "0s",
        .flags = OPTION_STANDIN, .group = "Cluster", .help = "How long every answer takes, in whole milliseconds"},
    [OPT_PORT] = {.name = "port", .type = OPTION_COUNT, .value = "PORT", .max = 65535, .fallback = "0",
        .flags = OPTION_STANDIN, .group = "Cluster", .help = "Port of the counts on 127.0.0.1; 0: any free one"},
    [OPT_HELP] = {.name = "help", .letter = 'h', .type = OPTION_FLAG, .flags = OPTION_STANDIN | OPTION_ARGV_ONLY,
        .group = "Program", .help = "Print this list"},
    [OPT_VERSION] = {.name = "version", .letter = 'V', .type = OPTION_FLAG,
        .flags = OPTION_STANDIN | OPTION_ARGV_ONLY, .group = "Program", .help = "Print the version"},
};
/* clang-format on */

struct body { /* of a request, while it comes in */
    size_t length;
    char text[BODY_MAX];
};

static const char *look_up(const char *name)
{
    return getenv(name);
}

static enum MHD_Result send_json(struct MHD_Connection *connection, unsigned status, json_t *owned)
{
    char *text = json_dumps(owned, JSON_COMPACT);
    json_decref(owned);
    must(text != NULL);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result spoil(kafka_cluster_t *cluster, struct MHD_Connection *connection,
                             const struct body *body)
{
    json_t *wish = json_loadb(body->text, body->length, 0, NULL);
    const char *name = NULL;
    json_int_t count = 1;
    bool good = wish != NULL && json_unpack(wish, "{s:s, s?:I}", "produce", &name, "count", &count) == 0 &&
                count > 0 && kafka_cluster_spoil(cluster, name, (size_t)count);
    json_decref(wish);
    return send_json(
        connection, good ? 200 : 400,
        good ? json_pack("{s:I}", "count", count)
             : json_pack("{s:s}", "error", "wanted is {\"produce\": ERROR_NAME, \"count\": 1..1000}"));
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **own)
{
    (void)version;
    kafka_cluster_t *cluster = context;
    struct body *body = *own;
    if (body == NULL) {
        *own = calloc(1, sizeof *body);
        return *own != NULL ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        size_t room = BODY_MAX - body->length;
        size_t taken = *upload_size < room ? *upload_size : room;
        memcpy(body->text + body->length, upload, taken);
        body->length += taken;
        *upload_size = 0;
        return MHD_YES;
    }
    bool get = strcmp(method, "GET") == 0;
    if (get && strcmp(url, "/_freshet/health") == 0)
        return send_json(connection, 200, json_pack("{s:s}", "status", "ok"));
    if (get && strcmp(url, "/_freshet/stats") == 0) {
        json_t *counts = kafka_cluster_counts(cluster);
        return counts != NULL
                   ? send_json(connection, 200, counts)
                   : send_json(connection, 503, json_pack("{s:s}", "error", "the cluster is silent"));
    }
    if (strcmp(method, "POST") == 0 && strcmp(url, "/_freshet/faults") == 0)
        return spoil(cluster, connection, body);
    return send_json(connection, 404, json_pack("{s:s}", "error", "nothing here"));
}

static void forget(void *context, struct MHD_Connection *connection, void **own,
                   enum MHD_RequestTerminationCode why)
{
    (void)context;
    (void)connection;
    (void)why;
    free(*own);
    *own = NULL;
}

/* Serve until SIGINT or SIGTERM, which are blocked in every thread. */
static int serve(kafka_cluster_t *cluster, const options_t *options, const sigset_t *stop)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)options_count(options, OPT_PORT)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, cluster,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "freshet-kafka: can't listen on 127.0.0.1 port %d\n",
                (int)options_count(options, OPT_PORT));
        return EXIT_NOT_STARTED;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    printf("freshet-kafka: listening on %s\n", kafka_cluster_brokers(cluster));
    printf("freshet-kafka: counts on http://127.0.0.1:%u/_freshet/stats\n", info != NULL ? info->port : 0U);
    fflush(stdout);
    int caught;
    must(sigwait(stop, &caught) == 0);
    MHD_stop_daemon(daemon);
    return 0;
}

static int run(const options_t *options)
{
    char error[KAFKA_CLUSTER_ERROR_MAX] = "";
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    must(pthread_sigmask(SIG_BLOCK, &stop, NULL) == 0);
    struct kafka_cluster_setup setup = {.brokers = (int)options_count(options, OPT_BROKERS),
                                        .partitions = (int)options_count(options, OPT_PARTITIONS),
                                        .answer_ms = (int)(options_duration_us(options, OPT_LATENCY) / 1000),
                                        .topic = options_text(options, OPT_TOPIC)};
    kafka_cluster_t *cluster = kafka_cluster_new(&setup, error);
    if (cluster == NULL) {
        fprintf(stderr, "freshet-kafka: %s\n", error);
        return EXIT_NOT_STARTED;
    }
    int code = serve(cluster, options, &stop);
    kafka_cluster_destroy(&cluster);
    return code;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    signal(SIGPIPE, SIG_IGN);
    options_t *options = options_new(table, OPT_COUNT, OPTION_STANDIN);
    int code = 0;
    if (!options_environment(options, look_up, error) || !options_arguments(options, argc, argv, error)) {
        fprintf(stderr, "freshet-kafka: %s\n", error);
        code = EXIT_USAGE;
    } else if (options_flag(options, OPT_HELP)) {
        printf("usage: freshet-kafka [options]\n\n");
        options_print_help(options, stdout);
    } else if (options_flag(options, OPT_VERSION)) {
        printf("freshet-kafka %s\n", FRESHET_VERSION);
    } else {
        code = run(options);
    }
    options_destroy(&options);
    return code;
}
