/*
 * bench_workload - what making events costs, into the null target's batches.
 *
 * usage: bench_workload SECONDS BATCH [FILE]. FILE is a template (.json) or a scenario (.lua); without it the
 * built-in reading. Prints one JSON object: nanoseconds of CPU an event, and how the memory grew after the
 * first second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"
#include "common/target.h"
#include "common/workload/workload.h"
#include "secondary/batch.h"
#include "secondary/sink.h"

enum { BATCHES = 50 /* between two looks at the clock */, USERS = 64 };

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    char *text = mem_new(WORKLOAD_TEXT_MAX + 1, 1);
    *length = fread(text, 1, WORKLOAD_TEXT_MAX + 1, file);
    fclose(file);
    return text;
}

static workload_t *open_workload(const char *path)
{
    struct workload_source source = {.kind = WORKLOAD_SENSOR, .name = "sensor"};
    if (path != NULL) {
        source.kind = strstr(path, ".lua") != NULL ? WORKLOAD_SCENARIO : WORKLOAD_TEMPLATE;
        source.name = path;
        source.text = read_file(path, &source.length);
    }
    char error[WORKLOAD_ERROR_MAX];
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY);
    workload_t *workload = workload_open(
        &(struct workload_setup){.source = &source, .options = options, .seed = 1, .parts = 1}, error);
    options_destroy(&options);
    if (workload == NULL) {
        fprintf(stderr, "bench_workload: %s\n", error);
        exit(2);
    }
    free((char *)(uintptr_t)source.text);
    return workload;
}

static long resident_kib(void)
{
    char line[128] = "";
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *second = strchr(line, ' ');
        pages = second != NULL ? strtol(second, NULL, 10) : 0;
    }
    if (file != NULL)
        fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void fill(workload_t *workload, sink_t *sink, struct batch *batch, uint64_t user, uint32_t events,
                 int64_t now_ms)
{
    batch_clear(batch);
    workload->ops->begin(workload, user, events, now_ms);
    sink->ops->begin(sink, batch);
    struct event event;
    for (uint32_t i = 0; i < events; i++) {
        if (!workload->ops->next(workload, i, &event)) {
            fprintf(stderr, "bench_workload: %s\n", workload->ops->error(workload));
            exit(1);
        }
        must(sink->ops->append(sink, batch, &event));
    }
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
    uint32_t events = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 500;
    workload_t *workload = open_workload(argc > 3 ? argv[3] : NULL);
    struct target target = {.kind = TARGET_NULL};
    struct sink_error refused;
    sink_t *sink = sink_null_open(&(struct sink_setup){.target = &target}, &refused);
    struct batch batch;
    batch_init(&batch, events, 1 << 22);

    uint64_t started_us = clock_cpu_us(), warm_us = 0, spent_us = 0;
    uint64_t batches = 0, warm_batches = 0;
    long warm_kib = 0;
    do {
        int64_t now_ms = clock_wall_ms();
        for (int i = 0; i < BATCHES; i++, batches++)
            fill(workload, sink, &batch, batches % USERS, events, now_ms);
        spent_us = clock_cpu_us() - started_us;
        if (warm_us == 0 && (double)spent_us > seconds * 0.25e6) { /* compiled by now */
            warm_us = spent_us;
            warm_batches = batches;
            warm_kib = resident_kib();
        }
    } while ((double)spent_us < seconds * 1e6);

    double measured = (double)(batches - warm_batches) * events;
    printf("{\"events\": %.0f, \"ns_per_event\": %.2f, \"warm_kib\": %ld, \"kib\": %ld, \"bytes_per_event\": "
           "%.1f}\n",
           (double)batches * events, (double)(spent_us - warm_us) * 1e3 / measured, warm_kib, resident_kib(),
           (double)batch.payload_bytes / events);
    batch_fini(&batch);
    sink->ops->close(&sink);
    workload->ops->destroy(&workload);
    return 0;
}
