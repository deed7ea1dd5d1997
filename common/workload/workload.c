#include "common/workload/workload.h"

#include <stdio.h>

workload_t *workload_open(const struct workload_setup *setup, char error[WORKLOAD_ERROR_MAX])
{
    must(setup != NULL && setup->source != NULL && error != NULL);
    if (setup->source->kind == WORKLOAD_SENSOR)
        return sensor_new(setup->seed, setup->stream);
    snprintf(error, WORKLOAD_ERROR_MAX, "%s: no such kind of workload", setup->source->name);
    return NULL;
}
