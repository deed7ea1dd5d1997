/* ctl_options - the options of freshet-ctl. */
#ifndef FRESHET_CTL_OPTIONS_H
#define FRESHET_CTL_OPTIONS_H

#include "common/options.h"

enum {
    CTL_URL,
    CTL_USER,
    CTL_PASSWORD_FILE,
    CTL_STATE_DIR,
    CTL_CA_BUNDLE,
    CTL_TIMEOUT,
    CTL_JSON,
    CTL_HOST,
    CTL_HELP,
    CTL_VERSION,
    CTL_HELP_MARKDOWN,
    CTL_COUNT_
};

extern const struct option ctl_option_table[CTL_COUNT_];

#endif
