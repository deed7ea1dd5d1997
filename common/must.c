#include "common/must.h"

#include <stdio.h>
#include <stdlib.h>

void must_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "freshet: internal error: %s does not hold at %s:%d\n", condition, file, line);
    abort();
}
