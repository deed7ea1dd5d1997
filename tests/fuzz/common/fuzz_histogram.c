/* fuzz_histogram - whatever histogram_decode takes is encoded to the same bytes again. */
#include "common/histogram.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct histogram histogram;
    static uint8_t again[HISTOGRAM_ENCODED_MAX];
    if (!histogram_decode(&histogram, data, size))
        return 0;
    size_t length = histogram_encode(&histogram, again, sizeof again);
    must(length == size && memcmp(again, data, size) == 0);
    uint64_t median = histogram_quantile(&histogram, 0.5);
    must(histogram.count == 0 || (median >= histogram.min_us && median <= histogram.max_us));
    return 0;
}
