#include "secondary/core.h"

#include <errno.h>
#include <sched.h>

bool core_pin(size_t number)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    size_t count = (size_t)CPU_COUNT(&allowed);
    must(count > 0);
    size_t wanted = number % count;
    size_t core = 0;
    for (size_t seen = 0; core < CPU_SETSIZE; core++) {
        if (CPU_ISSET(core, &allowed) && seen++ == wanted)
            break;
    }
    must(core < CPU_SETSIZE);
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}
