#include "standins/kinesis_options.h"

#include "standins/faults.h"

#define SHARE(member, sentence)                                                                              \
    {.name = member,                                                                                         \
     .type = OPTION_RATE,                                                                                    \
     .value = "SHARE",                                                                                       \
     .max = 1,                                                                                               \
     .fallback = "0",                                                                                        \
     .flags = OPTION_STANDIN,                                                                                \
     .group = "Faults",                                                                                      \
     .help = sentence}

/* clang-format off */
const struct option kinesis_option_table[KOPT_COUNT_] = {
    [KOPT_HOST] = {.name = "host", .type = OPTION_TEXT, .value = "ADDRESS", .max = 255, .fallback = "127.0.0.1",
        .flags = OPTION_STANDIN, .group = "Server", .help = "Address to listen on"},
    [KOPT_PORT] = {.name = "port", .type = OPTION_COUNT, .value = "PORT", .max = 65535, .fallback = "4567",
        .flags = OPTION_STANDIN, .group = "Server",
        .help = "Port to listen on; 0: any free one. The address is printed on stdout"},
    [KOPT_STREAM] = {.name = "stream", .type = OPTION_TEXT, .value = "NAME:SHARDS", .max = 65535,
        .flags = OPTION_STANDIN, .group = "Server",
        .help = "Streams that exist from the start, as NAME:SHARDS[,NAME:SHARDS...]"},
    [KOPT_REGION] = {.name = "region", .type = OPTION_TEXT, .value = "REGION", .max = 32, .fallback = "us-east-1",
        .flags = OPTION_STANDIN, .group = "Server",
        .help = "Region in ARNs; when given and signatures are checked, the only one that they may be for"},
    [KOPT_ACCOUNT] = {.name = "account", .type = OPTION_TEXT, .value = "ID", .max = 12, .fallback = "000000000000",
        .flags = OPTION_STANDIN, .group = "Server", .help = "Account id in ARNs and messages"},
    [KOPT_RETENTION] = {.name = "retention", .type = OPTION_SIZE, .value = "SIZE", .min = 32.0 * 1024 * 1024,
        .max = 1024.0 * 1024 * 1024 * 1024, .fallback = "256MiB", .flags = OPTION_STANDIN, .group = "Server",
        .help = "Memory for the records of all streams; the oldest go first and are counted as evicted. An index "
                "of 8 to 16 bytes a record comes on top"},
    [KOPT_DISCARD] = {.name = "discard", .type = OPTION_FLAG, .flags = OPTION_STANDIN, .group = "Server",
        .help = "Count records and keep none"},
    [KOPT_ENFORCE_LIMITS] = {.name = "enforce-limits", .type = OPTION_FLAG, .flags = OPTION_STANDIN, .group = "Server",
        .help = "Take 1,000 records/s and 1 MiB/s a shard, judged over slices of 200 ms, and refuse the rest with "
                "ProvisionedThroughputExceededException"},
    [KOPT_ACCESS_KEY] = {.name = "access-key", .type = OPTION_TEXT, .value = "ID", .max = 128,
        .flags = OPTION_STANDIN, .group = "Server",
        .help = "With --secret-key: check the signature of every request against these keys"},
    [KOPT_SECRET_KEY] = {.name = "secret-key", .type = OPTION_TEXT, .value = "KEY", .max = 128,
        .flags = OPTION_STANDIN, .group = "Server",
        .help = "The secret of --access-key: made up for tests, never a real one"},
    [KOPT_THREADS] = {.name = "threads", .type = OPTION_COUNT, .value = "COUNT", .min = 1, .max = 256,
        .flags = OPTION_STANDIN, .group = "Server", .help = "Threads that serve; unset: one a core"},
    [KOPT_LATENCY] = {.name = "latency", .type = OPTION_TEXT, .value = "LATENCY", .max = 63, .fallback = "0",
        .flags = OPTION_STANDIN, .group = "Faults",
        .help = "How late puts are answered: 5ms, evenly in 5ms-20ms, or exponential around a mean as exp:10ms"},
    [KOPT_SERVICE_RATE] = {.name = "service-rate", .type = OPTION_RATE, .value = "RATE",
        .max = FAULTS_SERVICE_RATE_MAX, .fallback = "0", .flags = OPTION_STANDIN, .group = "Faults",
        .help = "Records/s that are served one after the other: what comes faster waits its turn, and its answer comes "
                "later and later, up to 60 s; 0: no limit. POST /_freshet/faults changes it, as all of these"},
    [KOPT_ERROR_RATE] = SHARE("error-rate", "Share of puts answered with 500 InternalFailure, nothing stored"),
    [KOPT_REFUSE_RATE] = SHARE("refuse-rate", "Share of records refused with InternalFailure"),
    [KOPT_THROTTLE_RATE] = SHARE("throttle-rate",
        "Share of records refused with ProvisionedThroughputExceededException"),
    [KOPT_RESET_RATE] = SHARE("reset-rate",
        "Share of puts whose connection is reset, half of them before and half after the records were stored"),
    [KOPT_TRUNCATE_RATE] = SHARE("truncate-rate", "Share of puts stored and answered with half an answer"),
    [KOPT_GARBAGE_RATE] = SHARE("garbage-rate", "Share of puts stored and answered with 200 and no JSON"),
    [KOPT_STALL_RATE] = SHARE("stall-rate", "Share of puts never answered; the connection is closed after 60 s"),
    [KOPT_SEED] = {.name = "seed", .type = OPTION_COUNT, .value = "COUNT", .max = 0x1p64, .fallback = "1",
        .flags = OPTION_STANDIN, .group = "Faults", .help = "Where the dice of faults and latencies begin"},
    [KOPT_HELP] = {.name = "help", .letter = 'h', .type = OPTION_FLAG, .flags = OPTION_STANDIN | OPTION_ARGV_ONLY,
        .group = "Program", .help = "Print this list"},
    [KOPT_VERSION] = {.name = "version", .letter = 'V', .type = OPTION_FLAG,
        .flags = OPTION_STANDIN | OPTION_ARGV_ONLY, .group = "Program", .help = "Print the version"},
};
/* clang-format on */
