/*
 * option_table - the options of freshet and freshet-secondary: the one list behind argv, environment, --help,
 * the dashboard's form, the plan that travels to secondaries, and README.md.
 */
#ifndef FRESHET_OPTION_TABLE_H
#define FRESHET_OPTION_TABLE_H

#include "common/options.h"

enum {
    /* Load */
    OPT_TARGET,
    OPT_RATE,
    OPT_USERS,
    OPT_SPAWN_RATE,
    OPT_BATCH_SIZE,
    OPT_WAIT_TIME,
    OPT_RUN_TIME,
    OPT_EVENTS,
    OPT_WARM_UP,
    OPT_STAGES,
    OPT_SHAPE,
    OPT_SEED,
    OPT_STOP_TIMEOUT,
    /* Events */
    OPT_TEMPLATE,
    OPT_TEMPLATE_TEXT,
    OPT_SCENARIO,
    OPT_SCENARIO_TEXT,
    OPT_PARTITION_KEYS,
    OPT_EVENT_SIZE,
    OPT_REPLAY,
    OPT_REPLAY_KEY,
    OPT_REPLAY_ONCE,
    /* Passing */
    OPT_THRESHOLD,
    OPT_ABORT_ON,
    OPT_ABORT_BELOW,
    /* Capacity */
    OPT_FIND_CAPACITY,
    OPT_FROM,
    OPT_TO,
    OPT_HOLD,
    /* Kinesis */
    OPT_REGION,
    OPT_ENDPOINT_URL,
    OPT_PROFILE,
    OPT_CA_BUNDLE,
    OPT_BATCH_BYTES,
    OPT_MAX_CONNECTIONS,
    OPT_MAX_RETRIES,
    OPT_CONNECT_TIMEOUT,
    OPT_REQUEST_TIMEOUT,
    /* Kafka */
    OPT_KAFKA_PROPERTY,
    OPT_KAFKA_CONFIG,
    OPT_CREATE_TOPIC,
    /* Running */
    OPT_HEADLESS,
    OPT_PROCESSES,
    OPT_EXPECT_SECONDARIES,
    OPT_EXPECT_SECONDARIES_MAX_WAIT,
    OPT_EXIT_CODE_ON_ERROR,
    OPT_RESET_STATS,
    OPT_ONLY_SUMMARY,
    OPT_CORE,
    /* Dashboard */
    OPT_WEB_HOST,
    OPT_WEB_PORT,
    OPT_WEB_BASE_PATH,
    OPT_WEB_PASSWORD_FILE,
    OPT_WEB_VIEWER_PASSWORD_FILE,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_METRICS_TOKEN_FILE,
    OPT_STATE_DIR,
    OPT_HISTORY_DAYS,
    OPT_HISTORY_SIZE,
    OPT_AUTOSTART,
    OPT_AUTOQUIT,
    /* Reports */
    OPT_JSON,
    OPT_CSV,
    OPT_CSV_FULL_HISTORY,
    OPT_JUNIT,
    OPT_LOGLEVEL,
    OPT_LOGFILE,
    /* Link */
    OPT_BIND_HOST,
    OPT_BIND_PORT,
    OPT_PRIMARY_HOST,
    OPT_PRIMARY_PORT,
    OPT_JOIN,
    OPT_KEYS_DIR,
    OPT_PLAINTEXT,
    /* Program */
    OPT_HELP,
    OPT_VERSION,
    OPT_HELP_MARKDOWN,
    OPT_PREVIEW,
    OPT_LIST,
    OPT_COUNT_
};

extern const struct option option_table[OPT_COUNT_];

#endif
