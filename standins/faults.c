#include "standins/faults.h"

#include "common/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATENCY_US_MAX = 60 * 1000 * 1000 };

static const char *const names[FAULTS_COUNT] = {"error_rate", "reset_rate",  "truncate_rate", "garbage_rate",
                                                "stall_rate", "refuse_rate", "throttle_rate"};

/* The first ones strike whole requests, and only one of them strikes each. */
enum { REQUEST_FAULTS = FAULT_STALL + 1 };

void faults_init(struct faults *self)
{
    must(self != NULL);
    *self = (struct faults){.latency = "0"};
}

const char *faults_name(enum fault fault)
{
    must(fault < FAULTS_COUNT);
    return names[fault];
}

bool faults_set_share(struct faults *self, enum fault fault, double share, char error[FAULTS_ERROR_MAX])
{
    must(self != NULL);
    must(fault < FAULTS_COUNT);
    if (!(share >= 0 && share <= 1)) {
        snprintf(error, FAULTS_ERROR_MAX, "%s: %g is not a share from 0 to 1", names[fault], share);
        return false;
    }
    self->shares[fault] = share;
    return true;
}

/* The faults of one kind exclude each other, so their shares can't add up to more than all. */
static bool shares_fit(const struct faults *self, char error[FAULTS_ERROR_MAX])
{
    double requests = 0;
    for (size_t i = 0; i < REQUEST_FAULTS; i++)
        requests += self->shares[i];
    double records = self->shares[FAULT_REFUSE] + self->shares[FAULT_THROTTLE];
    if (requests <= 1.000001 && records <= 1.000001)
        return true;
    snprintf(error, FAULTS_ERROR_MAX, "%s: the shares add up to %g, at most 1 is possible",
             requests > 1.000001 ? "error_rate + reset_rate + truncate_rate + garbage_rate + stall_rate"
                                 : "refuse_rate + throttle_rate",
             requests > 1.000001 ? requests : records);
    return false;
}

static bool duration(const char *text, size_t length, uint64_t *out_us)
{
    char copy[FAULTS_LATENCY_MAX];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return units_parse_duration(copy, out_us) && *out_us <= LATENCY_US_MAX;
}

bool faults_set_latency(struct faults *self, const char *text, char error[FAULTS_ERROR_MAX])
{
    must(self != NULL);
    must(text != NULL);
    uint64_t low = 0, high = 0;
    size_t length = strlen(text);
    const char *dash = strchr(text, '-');
    bool exponential = strncmp(text, "exp:", 4) == 0;
    bool good;
    if (exponential)
        good = duration(text + 4, length - 4, &low);
    else if (dash != NULL)
        good = duration(text, (size_t)(dash - text), &low) && duration(dash + 1, strlen(dash + 1), &high);
    else
        good = duration(text, length, &low);
    if (!exponential && dash == NULL)
        high = low;
    if (!good || length >= FAULTS_LATENCY_MAX || (!exponential && low > high)) {
        snprintf(
            error, FAULTS_ERROR_MAX,
            "latency: \"%.64s\" is not a duration (5ms), a range (5ms-20ms) or a mean (exp:10ms) of at most "
            "60s",
            text);
        return false;
    }
    self->exponential = exponential;
    self->low_us = low;
    self->high_us = high;
    memcpy(self->latency, text, length + 1);
    return true;
}

bool faults_set_service_rate(struct faults *self, double rate, char error[FAULTS_ERROR_MAX])
{
    must(self != NULL);
    if (!(rate >= 0 && rate <= FAULTS_SERVICE_RATE_MAX)) {
        snprintf(error, FAULTS_ERROR_MAX, "service_rate: %g is not a rate from 0 to 1e9", rate);
        return false;
    }
    self->service_rate = rate;
    return true;
}

static bool set_member(struct faults *self, const char *name, const json_t *value,
                       char error[FAULTS_ERROR_MAX])
{
    if (strcmp(name, "latency") == 0) {
        if (json_is_string(value))
            return faults_set_latency(self, json_string_value(value), error);
        snprintf(error, FAULTS_ERROR_MAX, "latency: not a string like \"5ms\"");
        return false;
    }
    if (strcmp(name, "service_rate") == 0) {
        if (json_is_number(value))
            return faults_set_service_rate(self, json_number_value(value), error);
        snprintf(error, FAULTS_ERROR_MAX, "service_rate: not a number of records a second");
        return false;
    }
    for (size_t i = 0; i < FAULTS_COUNT; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        if (json_is_number(value))
            return faults_set_share(self, (enum fault)i, json_number_value(value), error);
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        snprintf(error, FAULTS_ERROR_MAX, "%s: %.64s is not a share from 0 to 1", name,
                 text != NULL ? text : "?");
        free(text);
        return false;
    }
    snprintf(error, FAULTS_ERROR_MAX, "%.64s: no such fault", name);
    return false;
}

bool faults_set_json(struct faults *self, const json_t *object, char error[FAULTS_ERROR_MAX])
{
    must(self != NULL);
    must(error != NULL);
    if (!json_is_object(object)) {
        snprintf(error, FAULTS_ERROR_MAX, "the body is not a JSON object");
        return false;
    }
    struct faults changed = *self;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!set_member(&changed, name, value, error))
            return false;
    }
    if (!shares_fit(&changed, error))
        return false;
    *self = changed;
    return true;
}

json_t *faults_json(const struct faults *self)
{
    must(self != NULL);
    json_t *object = json_object();
    must(object != NULL);
    must(json_object_set_new(object, "latency", json_string(self->latency)) == 0);
    must(json_object_set_new(object, "service_rate", json_real(self->service_rate)) == 0);
    for (size_t i = 0; i < FAULTS_COUNT; i++)
        must(json_object_set_new(object, names[i], json_real(self->shares[i])) == 0);
    return object;
}

enum fault faults_request(const struct faults *self, struct rng *rng)
{
    must(self != NULL);
    must(rng != NULL);
    double dice = rng_unit(rng);
    for (size_t i = 0; i < REQUEST_FAULTS; i++) {
        if (dice < self->shares[i])
            return (enum fault)i;
        dice -= self->shares[i];
    }
    return FAULT_NONE;
}

enum fault faults_record(const struct faults *self, struct rng *rng)
{
    must(self != NULL);
    must(rng != NULL);
    double dice = rng_unit(rng);
    if (dice < self->shares[FAULT_REFUSE])
        return FAULT_REFUSE;
    return dice - self->shares[FAULT_REFUSE] < self->shares[FAULT_THROTTLE] ? FAULT_THROTTLE : FAULT_NONE;
}

uint64_t faults_latency_us(const struct faults *self, struct rng *rng)
{
    must(self != NULL);
    must(rng != NULL);
    double dice = rng_unit(rng);
    double us = self->exponential ? -log1p(-dice) * (double)self->low_us
                                  : (double)self->low_us + dice * (double)(self->high_us - self->low_us);
    return us < LATENCY_US_MAX ? (uint64_t)us : LATENCY_US_MAX;
}
