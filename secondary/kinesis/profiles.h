/*
 * profiles - the profiles of the shared AWS config and credentials files, seen as one.
 *
 * Pure. A profile is `[name]` in the credentials file and `[profile name]` (or `[default]`) in the config
 * file; where both have a key, the credentials file wins. Empty values count as absent.
 */
#ifndef FRESHET_PROFILES_H
#define FRESHET_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

typedef struct profiles profiles_t;

/* Copies what it needs of the two texts; "" for a file that is not there. The caller owns it. */
profiles_t *profiles_new(const char *credentials, const char *config);
void profiles_destroy(profiles_t **self_p);

bool profiles_has(const profiles_t *self, const char *profile);

/* A profile's value, or NULL. Borrowed from self. */
const char *profiles_get(const profiles_t *self, const char *profile, const char *key);

/* A value for one service: from the `[services ...]` section that the profile names. NULL when absent. */
const char *profiles_service(const profiles_t *self, const char *profile, const char *service,
                             const char *key);

#endif
