/*
 * sensor_ids - what the sensors of a user are called: `<user uuid>_<number>`.
 *
 * The uuid (version 4 in form) follows from seed, stream and user alone, so that every workload gives the
 * same sensors the same names. Pure.
 */
#ifndef FRESHET_SENSOR_IDS_H
#define FRESHET_SENSOR_IDS_H

#include <stddef.h>
#include <stdint.h>

enum {
    SENSOR_IDS_UUID = 36,  /* bytes of a uuid; no NUL */
    SENSOR_IDS_GROUP = 37, /* uuid and underscore */
    SENSOR_IDS_MAX = 48,   /* room for an id, its number of at most ten digits */
};

struct sensor_ids {
    uint64_t seed; /* of the uuids */
};

void sensor_ids_init(struct sensor_ids *self, uint64_t seed, uint64_t stream);

/* The uuid of `user` and the underscore. */
void sensor_ids_group(const struct sensor_ids *self, uint64_t user, char out[SENSOR_IDS_GROUP]);

/* The digits of `number`, at most ten, without NUL; returns how many. */
size_t sensor_ids_number(char *out, uint32_t number);

#endif
