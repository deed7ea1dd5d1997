#include "secondary/sink.h"

#include <stdio.h>

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
        break;
    }
    snprintf(error->code, sizeof error->code, "NotBuiltIn");
    snprintf(error->message, sizeof error->message, "this build has no Kafka client");
    return NULL;
}
