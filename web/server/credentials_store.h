/*
 * credentials_store - where passwords come from and where their hashes are kept: files only.
 *
 * Implements web_accounts_open(), web_secret_file() and web_state_dir() of web.h; see there.
 */
#ifndef FRESHET_CREDENTIALS_STORE_H
#define FRESHET_CREDENTIALS_STORE_H

#include <stdbool.h>

#include "common/must.h"

/* Can only this machine reach a server bound to `host`? (localhost, 127.0.0.0/8, ::1) Pure. */
MUST_USE bool credentials_loopback(const char *host);

#endif
