/*
 * faults - what goes wrong on purpose: how late answers are, and which share of them is spoilt.
 *
 * Pure; the dice are the caller's. Shares lie in 0..1. Faults strike PutRecord and PutRecords only, so that a
 * test can look at its stream while they are on. Open data, copied freely.
 */
#ifndef FRESHET_STANDINS_FAULTS_H
#define FRESHET_STANDINS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/must.h"
#include "common/rng.h"

enum fault {
    FAULT_ERROR,    /* whole request: 500 InternalFailure, nothing stored */
    FAULT_RESET,    /* connection reset, half of them after the records were stored */
    FAULT_TRUNCATE, /* stored, answer cut short */
    FAULT_GARBAGE,  /* stored, 200 with a body that is no JSON */
    FAULT_STALL,    /* nothing stored, no answer; closed after a minute */
    FAULT_REFUSE,   /* a record: InternalFailure */
    FAULT_THROTTLE, /* a record: ProvisionedThroughputExceededException */
    FAULTS_COUNT,
    FAULT_NONE = FAULTS_COUNT
};

enum { FAULTS_LATENCY_MAX = 64, FAULTS_ERROR_MAX = 256 };

#define FAULTS_SERVICE_RATE_MAX 1e9

struct faults {
    double shares[FAULTS_COUNT];
    bool exponential;                 /* low_us is the mean; otherwise uniform from low_us to high_us */
    uint64_t low_us, high_us;         /* latency */
    char latency[FAULTS_LATENCY_MAX]; /* as it was given */
    double service_rate;              /* records/s served one after the other; 0: all at once */
};

/* No faults. */
void faults_init(struct faults *self);

/* Set the share of a fault, or the latency ("5ms", "5ms-20ms", "exp:10ms", "0"). On a bad value: false, *self
 * is unchanged, and `error` names field and value. */
MUST_USE bool faults_set_share(struct faults *self, enum fault fault, double share,
                               char error[FAULTS_ERROR_MAX]);
MUST_USE bool faults_set_latency(struct faults *self, const char *text, char error[FAULTS_ERROR_MAX]);
MUST_USE bool faults_set_service_rate(struct faults *self, double rate, char error[FAULTS_ERROR_MAX]);

/* Set what `object` names, all or nothing: {"latency": "5ms", "service_rate": 4000, "error_rate": 0.02, ...}.
 */
MUST_USE bool faults_set_json(struct faults *self, const json_t *object, char error[FAULTS_ERROR_MAX]);

/* The same object back; the caller owns it. */
json_t *faults_json(const struct faults *self);

/* "error_rate", "reset_rate" ... */
const char *faults_name(enum fault fault);

/* Throw the dice for a request: one of the faults of whole requests, or FAULT_NONE. */
enum fault faults_request(const struct faults *self, struct rng *rng);

/* Throw them for a record: FAULT_REFUSE, FAULT_THROTTLE or FAULT_NONE. */
enum fault faults_record(const struct faults *self, struct rng *rng);

/* How late this answer shall be, at most a minute. */
uint64_t faults_latency_us(const struct faults *self, struct rng *rng);

#endif
