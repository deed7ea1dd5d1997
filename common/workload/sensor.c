/* The default workload: a reading of one sensor, made from parts that were printed beforehand. */
#include "common/workload/workload.h"

#include "common/mem.h"
#include "common/must.h"
#include "common/rng.h"
#include "common/workload/sensor_ids.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_BYTES = 13,  /* {"sensorId":" */
    LABEL_BYTES = 16, /* ","temperature": */
    TAIL_BYTES = 48,  /* status and timestamp: room; fixed-size copies are the fast ones */
    NUMBERS = 1000,   /* sensor numbers with digits kept ready */
    LINE_BYTES = 192,
    COLDEST = 1000, /* hundredths of a degree */
    SPAN = 17000,
    WARM = 14000,
    HOT = 16000,
};

enum status { STATUS_OK, STATUS_WARNING, STATUS_ERROR, STATUS_COUNT };
static const char *const status_names[] = {"OK", "WARNING", "ERROR"};

struct sensor {
    struct workload base; /* first: what the engine holds */
    struct rng rng;       /* of the readings */
    struct sensor_ids ids;
    char line[LINE_BYTES];
    char tails[STATUS_COUNT][TAIL_BYTES];
    size_t tail_lengths[STATUS_COUNT];
    char numbers[NUMBERS][4];
    uint8_t number_lengths[NUMBERS];
    char wholes[180][4]; /* "147." */
    char hundredths[100][2];
};

static void begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)count; /* each is made when it is asked for */
    struct sensor *self = (struct sensor *)base;
    must(self != NULL);
    sensor_ids_group(&self->ids, user, self->line + HEAD_BYTES);
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        int length = snprintf(self->tails[i], TAIL_BYTES, ",\"status\":\"%s\",\"timestamp\":%lld}",
                              status_names[i], (long long)now_ms);
        must(length > 0 && length < TAIL_BYTES);
        self->tail_lengths[i] = (size_t)length;
    }
}

static bool next(workload_t *base, uint32_t number, struct event *out)
{
    struct sensor *self = (struct sensor *)base;
    uint64_t random = rng_next(&self->rng);
    uint32_t hundredths = COLDEST + (uint32_t)(((random >> 32) * SPAN) >> 32);
    bool odd = (random & 1) != 0;
    bool strange = ((random >> 8) & 0xffff) < 13107; /* 20 % */
    enum status status = STATUS_OK;
    if (hundredths > WARM || strange)
        status = hundredths > HOT || odd ? STATUS_ERROR : STATUS_WARNING;

    char *at = self->line + HEAD_BYTES + SENSOR_IDS_GROUP;
    if (number < NUMBERS) {
        memcpy(at, self->numbers[number], 4);
        at += self->number_lengths[number];
    } else {
        at += sensor_ids_number(at, number);
    }
    size_t key_length = (size_t)(at - self->line) - HEAD_BYTES;
    memcpy(at, "\",\"temperature\":", LABEL_BYTES);
    at += LABEL_BYTES;
    uint32_t whole = hundredths / 100;
    memcpy(at, self->wholes[whole], 4);
    at += whole < 100 ? 3 : 4;
    memcpy(at, self->hundredths[hundredths - whole * 100], 2);
    at += 2;
    memcpy(at, self->tails[status], TAIL_BYTES);
    at += self->tail_lengths[status];
    *out = (struct event){
        .data = self->line,
        .data_length = (size_t)(at - self->line),
        .key = self->line + HEAD_BYTES,
        .key_length = key_length,
    };
    return true;
}

static void destroy(workload_t **self_p)
{
    must(self_p != NULL);
    free(*self_p);
    *self_p = NULL;
}

static const struct workload_ops ops = {.name = "sensor", .begin = begin, .next = next, .destroy = destroy};

workload_t *sensor_new(uint64_t seed, uint64_t stream)
{
    struct sensor *self = mem_new(1, sizeof *self);
    self->base.ops = &ops;
    rng_init(&self->rng, seed, stream);
    sensor_ids_init(&self->ids, seed, stream);
    memcpy(self->line, "{\"sensorId\":\"", HEAD_BYTES);
    for (uint32_t i = 0; i < NUMBERS; i++)
        self->number_lengths[i] = (uint8_t)sensor_ids_number(self->numbers[i], i);
    for (uint32_t i = 10; i < 180; i++)
        self->wholes[i][sensor_ids_number(self->wholes[i], i)] = '.';
    for (uint32_t i = 0; i < 100; i++) {
        self->hundredths[i][0] = (char)('0' + i / 10);
        self->hundredths[i][1] = (char)('0' + i % 10);
    }
    return &self->base;
}
