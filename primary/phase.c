#include "primary/phase.h"

#include "common/must.h"

const char *phase_name(enum phase phase)
{
    static const char *const names[PHASE_COUNT] = {"ramp", "steady", "drain"};
    must(phase < PHASE_COUNT);
    return names[phase];
}
