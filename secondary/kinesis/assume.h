/*
 * assume - credentials by taking on a role at the Security Token Service.
 *
 * Blocking, a few seconds. Any thread.
 */
#ifndef FRESHET_ASSUME_H
#define FRESHET_ASSUME_H

#include "secondary/kinesis/metadata.h"

struct assume {
    const char *role_arn;
    const char *session_name; /* NULL: one of ours */
    const char *external_id;  /* NULL: none */
    const char *duration_s;   /* NULL: the service's default */
};

/* AssumeRoleWithWebIdentity with the token in `token_file`, read anew at each call. */
MUST_USE enum provider_outcome assume_web_identity(const struct providers_setup *setup,
                                                   const struct assume *role, const char *token_file,
                                                   struct provided *out, char why[PROVIDER_WHY_MAX]);

/* AssumeRole, signed with `source`. */
MUST_USE enum provider_outcome assume_role(const struct providers_setup *setup, const struct assume *role,
                                           const struct sigv4_keys *source, struct provided *out,
                                           char why[PROVIDER_WHY_MAX]);

#endif
