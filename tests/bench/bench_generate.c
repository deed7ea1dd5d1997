/*
 * bench_generate - what making a reading and writing it into a PutRecords body costs.
 *
 * usage: bench_generate SECONDS. Prints one JSON object: nanoseconds of CPU an event, and bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/bench/bench_body.h"

enum { EVENTS = 500, BATCHES = 100 /* between two looks at the clock */ };

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
    struct putrecords form;
    putrecords_init(&form, "DemoStream", "", 5 << 20);
    workload_t *workload = sensor_new(1, 0);
    struct batch batch;
    bench_body_init(&batch, EVENTS);

    uint64_t started_us = clock_cpu_us();
    uint64_t spent_us = 0;
    uint64_t batches = 0;
    uint64_t body_bytes = 0;
    uint64_t payload_bytes = 0;
    do {
        int64_t now_ms = clock_wall_ms();
        for (int i = 0; i < BATCHES; i++, batches++) {
            bench_body_fill(&batch, &form, workload, batches % 64, EVENTS, now_ms);
            body_bytes += batch.body_length;
            payload_bytes += batch.payload_bytes;
        }
        spent_us = clock_cpu_us() - started_us;
    } while ((double)spent_us < seconds * 1e6);

    double events = (double)batches * EVENTS;
    printf("{\"events\": %.0f, \"ns_per_event\": %.2f, \"body_bytes_per_event\": %.1f, "
           "\"payload_bytes_per_event\": %.1f}\n",
           events, (double)spent_us * 1e3 / events, (double)body_bytes / events,
           (double)payload_bytes / events);
    batch_fini(&batch);
    workload->ops->destroy(&workload);
    return 0;
}
