/* The default workload: a reading of one sensor, made from parts that were printed beforehand. */
#include "common/workload/workload.h"

#include "common/mem.h"
#include "common/must.h"
#include "common/rng.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_BYTES = 13,  /* {"sensorId":" */
    GROUP_BYTES = 37, /* uuid and underscore */
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
    uint64_t group_seed;  /* of the uuids */
    char line[LINE_BYTES];
    char tails[STATUS_COUNT][TAIL_BYTES];
    size_t tail_lengths[STATUS_COUNT];
    char numbers[NUMBERS][4];
    uint8_t number_lengths[NUMBERS];
    char wholes[180][4]; /* "147." */
    char hundredths[100][2];
};

static void print_uuid(char out[36], uint64_t high, uint64_t low)
{
    static const char hex[] = "0123456789abcdef";
    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);     /* version 4 */
    low = (low & ~(UINT64_C(3) << 62)) | (UINT64_C(1) << 63); /* variant 10 */
    size_t at = 0;
    for (unsigned digit = 0; digit < 32; digit++) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20)
            out[at++] = '-';
        uint64_t half = digit < 16 ? high : low;
        out[at++] = hex[(half >> (60 - 4 * (digit % 16))) & 15];
    }
    must(at == 36);
}

static void begin(workload_t *base, uint64_t user, uint32_t count, int64_t now_ms)
{
    (void)count; /* each is made when it is asked for */
    struct sensor *self = (struct sensor *)base;
    must(self != NULL);
    struct rng group;
    rng_init(&group, self->group_seed, user);
    uint64_t high = rng_next(&group);
    print_uuid(self->line + HEAD_BYTES, high, rng_next(&group));
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        int length = snprintf(self->tails[i], TAIL_BYTES, ",\"status\":\"%s\",\"timestamp\":%lld}",
                              status_names[i], (long long)now_ms);
        must(length > 0 && length < TAIL_BYTES);
        self->tail_lengths[i] = (size_t)length;
    }
}

static size_t print_number(char *out, uint32_t number)
{
    char digits[10];
    size_t length = 0;
    do {
        digits[length++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < length; i++)
        out[i] = digits[length - 1 - i];
    return length;
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

    char *at = self->line + HEAD_BYTES + GROUP_BYTES;
    if (number < NUMBERS) {
        memcpy(at, self->numbers[number], 4);
        at += self->number_lengths[number];
    } else {
        at += print_number(at, number);
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
    struct rng groups;
    rng_init(&groups, ~seed, stream);
    self->group_seed = rng_next(&groups);
    memcpy(self->line, "{\"sensorId\":\"", HEAD_BYTES);
    self->line[HEAD_BYTES + GROUP_BYTES - 1] = '_';
    for (uint32_t i = 0; i < NUMBERS; i++)
        self->number_lengths[i] = (uint8_t)print_number(self->numbers[i], i);
    for (uint32_t i = 10; i < 180; i++)
        self->wholes[i][print_number(self->wholes[i], i)] = '.';
    for (uint32_t i = 0; i < 100; i++) {
        self->hundredths[i][0] = (char)('0' + i / 10);
        self->hundredths[i][1] = (char)('0' + i % 10);
    }
    return &self->base;
}
