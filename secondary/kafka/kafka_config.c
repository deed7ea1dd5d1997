#include "secondary/kafka/kafka_config.h"

#include "common/mem.h"
#include "common/option_table.h"
#include "common/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 65536, PARTITIONS_MAX = 10000, REPLICATION_MAX = 100 };

/* Chosen for throughput with honest acknowledgements; README.md tells them. */
static const struct {
    const char *name, *value;
} defaults[] = {
    {"client.id", "freshet"},
    {"client.software.name", "freshet"},
    {"client.software.version", FRESHET_VERSION},
    {"acks", "all"},
    {"linger.ms", "5"},
    {"batch.size", "1000000"},
    {"compression.type", "none"},
    {"queue.buffering.max.messages", "200000"},
    {"queue.buffering.max.kbytes", "131072"},
    {"socket.nagle.disable", "true"},      /* a request never waits for the answer to the one before */
    {"allow.auto.create.topics", "false"}, /* a topic is made by --create-topic, never by a typing error */
    {"statistics.interval.ms", "500"},
    {"reconnect.backoff.max.ms", "2000"},
};

static const char *const ours[] = {
    "bootstrap.servers",      "metadata.broker.list",     "delivery.report.only.error",
    "transactional.id",       "plugin.library.paths",     "ssl.engine.location",
    "message.copy.max.bytes", "sasl.kerberos.kinit.cmd",  "log.queue",
    "builtin.features",       "enable.gapless.guarantee", "enabled_events",
    "background_event_cb",    "enable.random.seed",       "statistics.interval.ms",
};

bool kafka_config_ours(const char *name)
{
    must(name != NULL);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(ours[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* One line without blanks around it; false at the end. */
static bool next_line(const char **text, const char **line, size_t *length)
{
    while (**text != '\0') {
        const char *start = *text;
        size_t all = strcspn(start, "\n");
        *text = start + all + (start[all] == '\n');
        while (all > 0 && is_blank(*start)) {
            start++;
            all--;
        }
        while (all > 0 && is_blank(start[all - 1]))
            all--;
        if (all > 0 && *start != '#') {
            *line = start;
            *length = all;
            return true;
        }
    }
    return false;
}

enum kafka_line kafka_config_next(const char **text, struct kafka_property *out)
{
    must(text != NULL && *text != NULL);
    must(out != NULL);
    const char *line = NULL;
    size_t length = 0;
    if (!next_line(text, &line, &length))
        return KAFKA_LINE_END;
    const char *sign = memchr(line, '=', length);
    size_t name = sign != NULL ? (size_t)(sign - line) : 0;
    while (name > 0 && is_blank(line[name - 1]))
        name--;
    if (name == 0 || name >= sizeof out->name)
        return KAFKA_LINE_BAD;
    memcpy(out->name, line, name);
    out->name[name] = '\0';
    out->value = sign + 1;
    out->value_length = length - (size_t)(sign + 1 - line);
    return KAFKA_LINE_GOOD;
}

static bool number(const char *text, long max, const char **end_out, int *out)
{
    if (*text < '1' || *text > '9')
        return false;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    *end_out = end;
    *out = (int)value;
    return errno == 0 && value <= max;
}

bool kafka_config_topic(const char *text, struct kafka_topic_wish *out)
{
    must(out != NULL);
    *out = (struct kafka_topic_wish){.wanted = text != NULL, .replication = -1};
    if (text == NULL)
        return true;
    const char *end;
    if (!number(text, PARTITIONS_MAX, &end, &out->partitions))
        return false;
    if (*end == '\0')
        return true;
    return *end == ':' && number(end + 1, REPLICATION_MAX, &end, &out->replication) && *end == '\0';
}

static bool refuse(struct sink_error *error, const char *words)
{
    snprintf(error->code, sizeof error->code, "BadOption");
    snprintf(error->message, sizeof error->message, "%s", words);
    return false;
}

static bool set(rd_kafka_conf_t *conf, const char *name, const char *value, const char *where,
                struct sink_error *error)
{
    char words[512], text[800];
    if (rd_kafka_conf_set(conf, name, value, words, sizeof words) == RD_KAFKA_CONF_OK)
        return true;
    snprintf(text, sizeof text, "%s %s: %s", where, name, words); /* an alias is told by its other name */
    return refuse(error, text);
}

static bool take(rd_kafka_conf_t *conf, const char *text, const char *where, struct sink_error *error)
{
    struct kafka_property property;
    enum kafka_line line;
    char words[400];
    while ((line = kafka_config_next(&text, &property)) == KAFKA_LINE_GOOD) {
        if (kafka_config_ours(property.name)) {
            snprintf(words, sizeof words, "%.100s: %s can't be set: the target or freshet itself decides it",
                     where, property.name);
            return refuse(error, words);
        }
        char *value = mem_text_n(property.value, property.value_length);
        bool good = set(conf, property.name, value, where, error);
        explicit_bzero(value, property.value_length);
        free(value);
        if (!good)
            return false;
    }
    if (line == KAFKA_LINE_END)
        return true;
    snprintf(words, sizeof words, "%.100s: a line is not NAME=VALUE", where);
    return refuse(error, words);
}

static bool take_file(rd_kafka_conf_t *conf, const char *path, struct sink_error *error)
{
    char words[512];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(words, sizeof words, "--kafka-config %.300s: %s", path, strerror(errno));
        return refuse(error, words);
    }
    char *text = mem_new(FILE_BYTES_MAX + 1, 1);
    size_t length = fread(text, 1, FILE_BYTES_MAX + 1, file);
    bool good = ferror(file) == 0 && length <= FILE_BYTES_MAX && memchr(text, '\0', length) == NULL;
    fclose(file);
    if (good) {
        text[length] = '\0';
        good = take(conf, text, "--kafka-config", error);
    } else {
        snprintf(words, sizeof words, "--kafka-config %.300s: can't be read, or more than 64 KiB", path);
        refuse(error, words);
    }
    explicit_bzero(text, FILE_BYTES_MAX + 1);
    free(text);
    return good;
}

rd_kafka_conf_t *kafka_config_new(const struct target *target, const options_t *options,
                                  struct sink_error *error)
{
    must(target != NULL && target->kind == TARGET_KAFKA);
    must(options != NULL && error != NULL);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool good = set(conf, "bootstrap.servers", target->brokers, "target", error);
    for (size_t i = 0; good && i < sizeof defaults / sizeof defaults[0]; i++)
        good = set(conf, defaults[i].name, defaults[i].value, "default", error);
    const char *file = options_text(options, OPT_KAFKA_CONFIG);
    const char *list = options_text(options, OPT_KAFKA_PROPERTY);
    if (good && file != NULL)
        good = take_file(conf, file, error);
    if (good && list != NULL)
        good = take(conf, list, "-X/--kafka-property", error);
    struct kafka_topic_wish wish;
    if (good && !kafka_config_topic(options_text(options, OPT_CREATE_TOPIC), &wish))
        good = refuse(error, "--create-topic: allowed is PARTITIONS[:REPLICATION], as 12 or 12:3");
    if (good)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}
