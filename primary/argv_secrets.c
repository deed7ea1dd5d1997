#include "primary/argv_secrets.h"

#include "common/option_table.h"
#include "common/properties.h"

void argv_secrets_warn(const options_t *options, log_t *log)
{
    must(options != NULL && log != NULL);
    const char *properties = options_text(options, OPT_KAFKA_PROPERTY);
    if (properties == NULL || options_source(options, OPT_KAFKA_PROPERTY) != OPTION_ARGUMENT ||
        !properties_secret(properties))
        return;
    log_warning(log, "-X/--kafka-property has a secret on the command line, where the process list "
                     "shows it to everybody on this machine: use --kafka-config FILE (mode 0600) or "
                     "FRESHET_KAFKA_PROPERTY");
}
