#include "primary/exit_code.h"

#include "common/must.h"

int exit_code(const struct exit_code_facts *facts)
{
    must(facts != NULL);
    if (facts->workload_failed)
        return EXIT_CODE_FAILURES;
    if (facts->signal != 0)
        return 128 + facts->signal;
    if (facts->lost)
        return EXIT_CODE_LOST;
    if (facts->threshold_missed)
        return EXIT_CODE_THRESHOLD;
    if (facts->failed > 0 && facts->on_error != 0)
        return facts->on_error;
    if (facts->model == PLAN_RATE && facts->achieved_ratio < EXIT_CODE_ACHIEVED_MIN)
        return EXIT_CODE_RATE;
    return EXIT_CODE_OK;
}
