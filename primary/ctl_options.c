#include "primary/ctl_options.h"

enum { PATH_BYTES = 4000 };

/* clang-format off */
const struct option ctl_option_table[CTL_COUNT_] = {
    [CTL_URL] = {.name = "url", .type = OPTION_TEXT, .value = "URL", .max = 2048, .flags = OPTION_CTL,
        .group = "Primary",
        .help = "Where the dashboard is; unset: as the primary has left word in its state directory, else "
                "http://127.0.0.1:8089"},
    [CTL_USER] = {.name = "user", .environment = "FRESHET_WEB_USER LOCUST_DASHBOARD_USER", .type = OPTION_TEXT,
        .value = "NAME", .max = 63, .fallback = "freshet", .flags = OPTION_CTL, .group = "Primary",
        .help = "User of the dashboard"},
    [CTL_PASSWORD_FILE] = {.name = "password-file", .environment = "FRESHET_WEB_PASSWORD_FILE", .type = OPTION_TEXT,
        .value = "FILE", .max = PATH_BYTES, .flags = OPTION_CTL, .group = "Primary",
        .help = "The first line is the user's password; else FRESHET_WEB_PASSWORD, else the token in the state directory"},
    [CTL_STATE_DIR] = {.name = "state-dir", .type = OPTION_TEXT, .value = "DIR", .max = PATH_BYTES,
        .flags = OPTION_CTL, .group = "Primary",
        .help = "The primary's state directory; unset: as for freshet"},
    [CTL_CA_BUNDLE] = {.name = "ca-bundle", .type = OPTION_TEXT, .value = "FILE", .max = PATH_BYTES,
        .flags = OPTION_CTL, .group = "Primary",
        .help = "Certificates to trust instead of the system's, in PEM form"},
    [CTL_TIMEOUT] = {.name = "timeout", .type = OPTION_DURATION, .value = "DURATION", .min = 0.1, .max = 86400,
        .fallback = "60s", .flags = OPTION_CTL, .group = "Primary",
        .help = "How long stop waits for the run to have stopped"},
    [CTL_JSON] = {.name = "json", .type = OPTION_FLAG, .flags = OPTION_CTL | OPTION_ARGV_ONLY, .group = "Output",
        .help = "status: print the primary's own document, as /api/v1/run gives it"},
    [CTL_HOST] = {.name = "host", .type = OPTION_TEXT, .value = "NAME", .max = 63,
        .flags = OPTION_CTL | OPTION_ARGV_ONLY, .group = "Keys",
        .help = "keys: make a bundle of this name, for one host, to be revoked by itself"},
    [CTL_HELP] = {.name = "help", .letter = 'h', .type = OPTION_FLAG, .flags = OPTION_CTL | OPTION_ARGV_ONLY,
        .group = "Program", .help = "Print this list and exit"},
    [CTL_VERSION] = {.name = "version", .letter = 'V', .type = OPTION_FLAG, .flags = OPTION_CTL | OPTION_ARGV_ONLY,
        .group = "Program", .help = "Print the version and exit"},
    [CTL_HELP_MARKDOWN] = {.name = "help-markdown", .type = OPTION_FLAG, .flags = OPTION_CTL | OPTION_ARGV_ONLY,
        .group = "Program", .help = "Print this list as Markdown and exit"},
};
/* clang-format on */
