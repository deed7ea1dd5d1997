#include "common/workload/source_options.h"

#include "common/option_names.h"
#include "common/option_table.h"
#include "common/plan.h"
#include "common/quote.h"
#include "common/workload/scenario.h"
#include "common/workload/source.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)WORKLOAD_ERROR_MAX == (int)OPTIONS_ERROR_MAX, "errors of both kinds take the same room");

/* Those that say what a scenario itself says, or that come before it is read. */
static bool belongs(size_t index)
{
    static const size_t others[] = {OPT_TEMPLATE, OPT_TEMPLATE_TEXT, OPT_SCENARIO,    OPT_SCENARIO_TEXT,
                                    OPT_REPLAY,   OPT_REPLAY_KEY,    OPT_REPLAY_ONCE, OPT_HELP,
                                    OPT_VERSION,  OPT_HELP_MARKDOWN, OPT_PREVIEW,     OPT_LIST};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] == index)
            return false;
    }
    return true;
}

static bool unknown(const char *file, const char *name, char error[OPTIONS_ERROR_MAX])
{
    char quoted[QUOTE_MAX], nearest[OPTION_NAME_MAX];
    quote(name, quoted);
    if (option_names_nearest(option_table, OPT_COUNT_, OPTION_PRIMARY | OPTION_SECONDARY, name, strlen(name),
                             nearest))
        snprintf(error, OPTIONS_ERROR_MAX, "%s: there is no option %s; did you mean %s?", file, quoted,
                 nearest);
    else
        snprintf(error, OPTIONS_ERROR_MAX, "%s: there is no option %s", file, quoted);
    return false;
}

static bool take(options_t *options, const char *file, const char *name, const char *value,
                 char error[OPTIONS_ERROR_MAX])
{
    size_t index;
    if (!options_find(options, name, &index))
        return unknown(file, name, error);
    if (!belongs(index)) {
        snprintf(error, OPTIONS_ERROR_MAX, "%s: %s is no option that a scenario can give", file,
                 options_row(options, index)->name);
        return false;
    }
    char where[SOURCE_NAME_MAX + 1];
    snprintf(where, sizeof where, "%s:", file);
    return !options_has(options, index) || options_offer(options, index, OPTION_FILE, value, where, error);
}

bool source_options_take(options_t *options, char error[OPTIONS_ERROR_MAX])
{
    must(options != NULL && error != NULL);
    struct workload_source source = source_of(options);
    must(source.kind == WORKLOAD_SCENARIO);
    scenario_t *scenario = scenario_open(&source, error);
    if (scenario == NULL)
        return false;
    bool good =
        !scenario_has_shape(scenario) || take(options, source.name, "shape", PLAN_SHAPE_SCENARIO, error);
    for (size_t i = 0; good && i < scenario_option_count(scenario); i++) {
        const char *name, *value;
        scenario_option(scenario, i, &name, &value);
        good = take(options, source.name, name, value, error);
    }
    scenario_destroy(&scenario);
    return good;
}
