/* core - a secondary has a core of its own. */
#ifndef FRESHET_CORE_H
#define FRESHET_CORE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

/* Pin this thread, and those that it makes later, to one of the cores we may run on: the one of this number,
 * counted from 0; past the last one from the first again. False: errno tells why not. */
MUST_USE bool core_pin(size_t number);

#endif
