#include "common/target.h"

#include "common/quote.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char NAME_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
static const char REGION_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char HOST_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
static const char IPV6_CHARACTERS[] = "abcdefABCDEF0123456789:.";
static const char DIGITS[] = "0123456789";

/* A piece of the text; not ended with NUL. */
struct span {
    const char *text;
    size_t length;
};

/* Where problems are told: each with the text and what would be right. */
struct complaint {
    const char *text;
    char *error;
    size_t error_size;
};

static bool complain(const struct complaint *self, const char *problem)
{
    char quoted[QUOTE_MAX];
    snprintf(self->error, self->error_size, "%s %s", quote(self->text, quoted), problem);
    return false;
}

/* Is it 1 to size - 1 of `characters`? */
static bool is_made_of(struct span part, const char *characters, size_t size)
{
    if (part.length == 0 || part.length >= size)
        return false;
    for (size_t i = 0; i < part.length; i++)
        if (part.text[i] == '\0' || strchr(characters, part.text[i]) == NULL)
            return false;
    return true;
}

static void copy(char *out, size_t size, struct span part)
{
    must(part.length < size);
    memcpy(out, part.text, part.length);
    out[part.length] = '\0';
}

/* Cut off what stands before the first `separator`; false when there is none. */
static bool cut(struct span *rest, char separator, struct span *before)
{
    const char *found = rest->length > 0 ? memchr(rest->text, separator, rest->length) : NULL;
    if (found == NULL)
        return false;
    *before = (struct span){rest->text, (size_t)(found - rest->text)};
    *rest = (struct span){found + 1, rest->length - before->length - 1};
    return true;
}

static bool equals(struct span part, const char *text)
{
    return part.length == strlen(text) && memcmp(part.text, text, part.length) == 0;
}

/* A region becomes part of a host name, so nothing else than a plain label may pass. */
static bool is_region(struct span part)
{
    return is_made_of(part, REGION_CHARACTERS, TARGET_REGION_MAX) && part.text[0] != '-' &&
           part.text[part.length - 1] != '-';
}

static bool take_stream(struct target *out, struct span name, const struct complaint *complaint)
{
    if (!is_made_of(name, NAME_CHARACTERS, TARGET_STREAM_MAX))
        return complain(complaint, "is no Kinesis stream; its name is 1 to 128 letters, digits, _, . or -");
    out->kind = TARGET_KINESIS;
    copy(out->stream, sizeof out->stream, name);
    return true;
}

static bool take_kinesis(struct target *out, struct span rest, const struct complaint *complaint)
{
    struct span region;
    if (cut(&rest, '/', &region)) {
        if (!is_region(region))
            return complain(complaint, "names no region; allowed is kinesis://[region/]stream, "
                                       "as kinesis://eu-central-1/DemoStream");
        copy(out->region, sizeof out->region, region);
    }
    return take_stream(out, rest, complaint);
}

/* arn:PARTITION:kinesis:REGION:ACCOUNT:stream/NAME */
static bool take_arn(struct target *out, struct span rest, const struct complaint *complaint)
{
    struct span whole = rest, scheme, partition, service, region, account, kind;
    bool good = whole.length < TARGET_ARN_MAX && cut(&rest, ':', &scheme) && cut(&rest, ':', &partition) &&
                cut(&rest, ':', &service) && cut(&rest, ':', &region) && cut(&rest, ':', &account) &&
                cut(&rest, '/', &kind) && equals(scheme, "arn") && equals(service, "kinesis") &&
                equals(kind, "stream") && is_made_of(partition, REGION_CHARACTERS, TARGET_REGION_MAX) &&
                is_region(region) && account.length == 12 && is_made_of(account, DIGITS, 13);
    if (!good)
        return complain(complaint, "is no stream ARN; allowed is arn:aws:kinesis:REGION:ACCOUNT:stream/NAME");
    copy(out->region, sizeof out->region, region);
    copy(out->arn, sizeof out->arn, whole);
    return take_stream(out, rest, complaint);
}

/* 1 to 65535, without leading zeros. */
static bool is_port(struct span part)
{
    if (!is_made_of(part, DIGITS, 6) || part.text[0] == '0')
        return false;
    uint32_t port = 0;
    for (size_t i = 0; i < part.length; i++)
        port = port * 10 + (uint32_t)(part.text[i] - '0');
    return port <= 65535;
}

/* host:port or [ipv6]:port */
static bool is_broker(struct span part)
{
    struct span host;
    if (part.length > 0 && part.text[0] == '[') {
        part = (struct span){part.text + 1, part.length - 1};
        if (!cut(&part, ']', &host) || !is_made_of(host, IPV6_CHARACTERS, 46) || part.length == 0 ||
            part.text[0] != ':')
            return false;
        return is_port((struct span){part.text + 1, part.length - 1});
    }
    return cut(&part, ':', &host) && is_made_of(host, HOST_CHARACTERS, 254) && is_port(part);
}

static bool take_kafka(struct target *out, struct span rest, const struct complaint *complaint)
{
    static const char form[] = "is no Kafka target; allowed is kafka://host:port[,host:port]/topic "
                               "or kafka://local/topic";
    struct span brokers, broker;
    if (!cut(&rest, '/', &brokers) || brokers.length >= TARGET_BROKERS_MAX)
        return complain(complaint, form);
    struct span left = brokers;
    while (cut(&left, ',', &broker))
        if (!is_broker(broker))
            return complain(complaint, form);
    if (!is_broker(left) && !equals(brokers, TARGET_LOCAL))
        return complain(complaint, form);
    if (!is_made_of(rest, NAME_CHARACTERS, TARGET_TOPIC_MAX) || equals(rest, ".") || equals(rest, ".."))
        return complain(complaint, "names no Kafka topic; it is 1 to 249 letters, digits, ., _ or -, "
                                   "and not . or ..");
    out->kind = TARGET_KAFKA;
    copy(out->brokers, sizeof out->brokers, brokers);
    copy(out->topic, sizeof out->topic, rest);
    return true;
}

/* Does `text` begin with `prefix`? Then `rest` is what follows. */
static bool after(const char *text, const char *prefix, struct span *rest)
{
    size_t length = strlen(prefix);
    if (strncmp(text, prefix, length) != 0)
        return false;
    *rest = (struct span){text + length, strlen(text + length)};
    return true;
}

static bool parse(struct target *out, const char *text, const struct complaint *complaint)
{
    struct span rest;
    if (strcmp(text, "null://") == 0) {
        out->kind = TARGET_NULL;
        return true;
    }
    if (after(text, "kinesis://", &rest))
        return take_kinesis(out, rest, complaint);
    if (after(text, "kafka://", &rest))
        return take_kafka(out, rest, complaint);
    if (after(text, "arn:", &rest))
        return take_arn(out, (struct span){text, strlen(text)}, complaint);
    struct span whole = {text, strlen(text)};
    if (!is_made_of(whole, NAME_CHARACTERS, TARGET_STREAM_MAX))
        return complain(complaint, "is no target; allowed is a stream name, kinesis://[region/]stream, "
                                   "a stream ARN, kafka://host:port/topic or null://");
    return take_stream(out, whole, complaint);
}

bool target_parse(const char *text, struct target *out, char *error, size_t error_size)
{
    must(text != NULL && out != NULL);
    must(error != NULL && error_size > 0);
    struct complaint complaint = {text, error, error_size};
    struct target found = {0};
    if (!parse(&found, text, &complaint))
        return false;
    *out = found;
    return true;
}

void target_print(const struct target *self, char out[TARGET_TEXT_MAX])
{
    must(self != NULL);
    must(out != NULL);
    if (self->kind == TARGET_KAFKA)
        snprintf(out, TARGET_TEXT_MAX, "kafka://%s/%s", self->brokers, self->topic);
    else if (self->kind == TARGET_NULL)
        snprintf(out, TARGET_TEXT_MAX, "null://");
    else if (self->arn[0] != '\0')
        snprintf(out, TARGET_TEXT_MAX, "%s", self->arn);
    else if (self->region[0] != '\0')
        snprintf(out, TARGET_TEXT_MAX, "kinesis://%s/%s", self->region, self->stream);
    else
        snprintf(out, TARGET_TEXT_MAX, "%s", self->stream);
}

const char *target_kind_name(enum target_kind kind)
{
    static const char *const names[] = {"null", "kinesis", "kafka"};
    must((unsigned)kind < sizeof names / sizeof *names);
    return names[kind];
}
