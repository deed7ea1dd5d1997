/*
 * sink_probe - open the sink of a target with freshet-secondary's options, send a few batches, and print what
 * became of them as JSON. A tool of the integration tests: it has no pacing and no retries.
 *
 * PROBE_BATCHES (1), PROBE_EVENTS (3 a batch) and PROBE_BYTES (20 an event) say how much; with
 * PROBE_BATCHES=0 it opens the sink only. Exit code 0: opened; 6: not opened; 2: wrong options.
 */
#include "common/option_table.h"
#include "secondary/sink.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCHES_MAX = 4096,
    BODY_BYTES = 16 << 20,
    EVENT_BYTES_MAX = 2 << 20,
    WAIT_US = 100000,
    TURNS_MAX = 600
};

static const char *const fates[] = {"pending", "delivered", "failed", "retry", "throttled"};

static const char *lookup(const char *name)
{
    return getenv(name);
}

static uint32_t setting(const char *name, uint32_t fallback)
{
    const char *text = getenv(name);
    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : fallback;
}

static void fill(sink_t *sink, struct batch *batch, uint32_t number, uint32_t events, size_t bytes)
{
    char *data = calloc(1, EVENT_BYTES_MAX);
    must(data != NULL && bytes <= EVENT_BYTES_MAX);
    sink->ops->begin(sink, batch);
    for (uint32_t i = 0; i < events; i++) {
        char key[64];
        int length = snprintf(key, sizeof key, "key-%u-\"%u\"", number, i);
        snprintf(data, EVENT_BYTES_MAX, "event %u of batch %u", i, number);
        if (!sink->ops->append(
                sink, batch,
                &(struct event){
                    .data = data, .data_length = bytes, .key = key, .key_length = (size_t)length}))
            break;
    }
    free(data);
}

static json_t *describe(const struct batch *batch, const tally_t *tally)
{
    json_t *events = json_array();
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct event_verdict *verdict = &batch->verdicts[i];
        bool good = verdict->fate == EVENT_DELIVERED || verdict->fate == EVENT_PENDING;
        json_array_append_new(events, json_string(fates[verdict->fate]));
        if (!good)
            json_array_append_new(events, json_pack("[s,s]", tally->errors[verdict->error].code,
                                                    tally->errors[verdict->error].message));
    }
    return json_pack("{s:o,s:b,s:b,s:I,s:b}", "events", events, "lost", batch->lost, "answered_ok",
                     batch->answered_ok, "retry_after_us", (json_int_t)batch->retry_after_us, "timed",
                     batch->sent_us > 0 && batch->answered_us >= batch->sent_us);
}

static json_t *send_all(sink_t *sink, const tally_t *tally)
{
    uint32_t count = setting("PROBE_BATCHES", 1);
    must(count <= BATCHES_MAX);
    json_t *out = json_array();
    struct batch *batches = calloc(count, sizeof *batches);
    must(batches != NULL);
    uint32_t sent = 0, back = 0;
    for (int turn = 0; back < count && turn < TURNS_MAX; turn++) {
        for (; sent < count; sent++) {
            if (batches[sent].body == NULL) {
                batch_init(&batches[sent], 500, BODY_BYTES);
                fill(sink, &batches[sent], sent, setting("PROBE_EVENTS", 3), setting("PROBE_BYTES", 20));
            }
            if (batches[sent].count == 0 || sink->ops->submit(sink, &batches[sent]) != SINK_TAKEN)
                break;
        }
        sink->ops->wait(sink, -1, WAIT_US);
        for (struct batch *batch = sink->ops->reap(sink); batch != NULL; batch = sink->ops->reap(sink)) {
            json_array_append_new(out, describe(batch, tally));
            back++;
        }
    }
    sink->ops->abandon(sink);
    for (struct batch *batch = sink->ops->reap(sink); batch != NULL; batch = sink->ops->reap(sink))
        json_array_append_new(out, describe(batch, tally));
    must(sink->ops->in_flight(sink) == 0);
    for (uint32_t i = 0; i < count; i++) {
        if (batches[i].body != NULL)
            batch_fini(&batches[i]);
    }
    free(batches);
    return out;
}

static json_t *ask(sink_t *sink)
{
    struct wire_preflight answer = {0};
    bool ok = sink->ops->preflight(sink, &answer);
    json_t *out = json_pack("{s:b,s:s,s:s,s:s,s:I,s:f,s:f,s:s}", "ok", ok, "code", answer.code, "message",
                            answer.message != NULL ? answer.message : "", "mode", answer.mode, "shards",
                            (json_int_t)answer.shards, "events_per_s", answer.events_per_s, "bytes_per_s",
                            answer.bytes_per_s, "place", answer.place);
    free(answer.message);
    return out;
}

static int run(const options_t *options, const struct target *target, log_t *log)
{
    tally_t *tally = tally_new();
    struct sink_setup setup = {.target = target, .options = options, .tally = tally, .log = log};
    struct sink_error error = {0};
    sink_t *sink = sink_open(&setup, &error);
    json_t *out = json_object();
    if (sink == NULL) {
        json_object_set_new(out, "error", json_pack("[s,s]", error.code, error.message));
    } else {
        if (setting("PROBE_PREFLIGHT", 0) > 0)
            json_object_set_new(out, "preflight", ask(sink));
        json_object_set_new(out, "batches", send_all(sink, tally));
        sink->ops->close(&sink);
        json_t *shards = json_object();
        for (size_t i = 0; i < tally->shards_count; i++)
            json_object_set_new(shards, tally->shards[i].id,
                                json_integer((json_int_t)tally->shards[i].events));
        json_object_set_new(out, "shards", shards);
    }
    int code = json_object_get(out, "error") != NULL ? 6 : 0;
    json_dumpf(out, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(out);
    tally_destroy(&tally);
    return code;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    options_t *options = options_new(option_table, OPT_COUNT_, OPTION_SECONDARY);
    struct target target;
    const char *text = NULL;
    bool ready = options_environment(options, lookup, error) && options_arguments(options, argc, argv, error);
    if (ready) {
        text = options_text(options, OPT_TARGET);
        ready = target_parse(text != NULL ? text : "", &target, error, sizeof error);
    }
    if (!ready) {
        fprintf(stderr, "sink_probe: %s\n", error);
        options_destroy(&options);
        return 2;
    }
    log_t *log = log_new("probe", LOG_LEVEL_DEBUG, NULL);
    int code = run(options, &target, log);
    log_destroy(&log);
    options_destroy(&options);
    return code;
}
