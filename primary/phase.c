#include "primary/phase.h"

#include "common/must.h"

const char *phase_name(enum phase phase)
{
    static const char *const names[PHASE_COUNT] = {"ramp", "warm_up", "steady", "drain"};
    must(phase < PHASE_COUNT);
    return names[phase];
}

/* Those before the warm-up came keep their numbers. */
static const uint64_t codes[PHASE_COUNT] = {0, 3, 1, 2};

uint64_t phase_code(enum phase phase)
{
    must(phase < PHASE_COUNT);
    return codes[phase];
}

enum phase phase_of_code(uint64_t code)
{
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        if (codes[i] == code)
            return (enum phase)i;
    }
    return PHASE_STEADY;
}
