#include "primary/main_link.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/local.h"
#include "common/option_table.h"
#include "web/server/web.h"

static const char first_bundle[] = "join";

bool main_link_read(const options_t *options, struct main_link *out, char error[FLEET_ERROR_MAX])
{
    must(options != NULL && out != NULL && error != NULL);
    bool plaintext = options_flag(options, OPT_PLAINTEXT);
    bool keys = options_text(options, OPT_KEYS_DIR) != NULL;
    bool loopback = fleet_is_loopback(options_text(options, OPT_BIND_HOST));
    int64_t processes = options_integer(options, OPT_PROCESSES);
    out->processes = processes < 0 ? local_cores() : (size_t)processes;
    out->store = !plaintext && (keys || !loopback);
    out->curve = out->store || (!plaintext && out->processes > 0);
    out->any_port = out->curve && !out->store && !options_given(options, OPT_BIND_PORT);
    if (!plaintext || !keys)
        return true;
    snprintf(error, FLEET_ERROR_MAX, "--keys-dir and --plaintext exclude each other");
    return false;
}

static bool folder(const options_t *options, char out[PATH_MAX], char error[FLEET_ERROR_MAX])
{
    const char *given = options_text(options, OPT_KEYS_DIR);
    if (given != NULL) {
        snprintf(out, PATH_MAX, "%s", given);
        return true;
    }
    char state[PATH_MAX - 8];
    _Static_assert((int)WEB_ERROR_MAX <= (int)FLEET_ERROR_MAX, "the web's reasons fit");
    if (!web_state_dir(options_text(options, OPT_STATE_DIR), state, sizeof state, error))
        return false;
    snprintf(out, PATH_MAX, "%s/keys", state);
    return true;
}

/* The first start: a certificate, and a bundle to copy to the other hosts. */
static bool make(const char *dir, log_t *log, char error[FLEET_ERROR_MAX])
{
    char bundle[PATH_MAX];
    if (!keystore_make(dir, error) || !keystore_add(dir, first_bundle, bundle, error))
        return false;
    log_info(log, "keys are made in %s; other hosts join with a copy of %s", dir, bundle);
    return true;
}

bool main_link_open(const struct main_link *self, const options_t *options, log_t *log,
                    keystore_t **store_out, char error[FLEET_ERROR_MAX])
{
    must(self != NULL && options != NULL && log != NULL);
    must(store_out != NULL && error != NULL);
    _Static_assert((int)KEYFILE_ERROR_MAX <= (int)FLEET_ERROR_MAX, "the keys' reasons fit");
    *store_out = NULL;
    const char *host = options_text(options, OPT_BIND_HOST);
    if (options_flag(options, OPT_PLAINTEXT) && !fleet_is_loopback(host))
        log_warning(log, "the secondaries' port is neither encrypted nor guarded: host=%s, --plaintext",
                    host);
    if (!self->store)
        return true;
    char dir[PATH_MAX];
    if (!folder(options, dir, error))
        return false;
    if (!keystore_there(dir) && !make(dir, log, error))
        return false;
    *store_out = keystore_open(dir, log, clock_wall_ms(), error);
    return *store_out != NULL;
}

const char *main_link_from_here(const char *host)
{
    must(host != NULL);
    if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}
