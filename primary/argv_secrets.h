/* argv_secrets - tell when a secret stands on the command line, where every process list shows it. */
#ifndef FRESHET_ARGV_SECRETS_H
#define FRESHET_ARGV_SECRETS_H

#include "common/log.h"
#include "common/options.h"

/* It works, as with every Kafka tool; but anybody on this machine can read it while we run: a warning. */
void argv_secrets_warn(const options_t *options, log_t *log);

#endif
