/*
 * host_facts - what machine a run was made on.
 */
#ifndef FRESHET_HOST_FACTS_H
#define FRESHET_HOST_FACTS_H

#include <jansson.h>

/* {"name","kernel","machine","cpu","cores","memory_bytes"} */
json_t *host_facts(void);

#endif
