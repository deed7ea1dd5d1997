#include "common/workload/sensor_ids.h"

#include "common/must.h"
#include "common/rng.h"

static void print_uuid(char out[SENSOR_IDS_UUID], uint64_t high, uint64_t low)
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
    must(at == SENSOR_IDS_UUID);
}

void sensor_ids_init(struct sensor_ids *self, uint64_t seed, uint64_t stream)
{
    must(self != NULL);
    struct rng groups;
    rng_init(&groups, ~seed, stream);
    self->seed = rng_next(&groups);
}

void sensor_ids_group(const struct sensor_ids *self, uint64_t user, char out[SENSOR_IDS_GROUP])
{
    must(self != NULL && out != NULL);
    struct rng group;
    rng_init(&group, self->seed, user);
    uint64_t high = rng_next(&group);
    print_uuid(out, high, rng_next(&group));
    out[SENSOR_IDS_UUID] = '_';
}

size_t sensor_ids_number(char *out, uint32_t number)
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
