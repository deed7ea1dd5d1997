#include "secondary/sink.h"

sink_t *sink_open(const struct sink_setup *setup, struct sink_error *error)
{
    must(setup != NULL && error != NULL);
    must(setup->target != NULL && setup->options != NULL && setup->tally != NULL);
    switch (setup->target->kind) {
    case TARGET_NULL:
        return sink_null_open(setup, error);
    case TARGET_KINESIS:
        return sink_kinesis_open(setup, error);
    case TARGET_KAFKA:
        return sink_kafka_open(setup, error);
    }
    must_fail("a known kind of target", __FILE__, __LINE__);
}
