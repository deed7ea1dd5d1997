#include "common/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44 /* linux/tcp.h, newer than our headers */
#endif

enum { LONGEST_MS = 1000 }; /* the least that Linux takes */

void tcp_even_pace(int fd)
{
    int thin = 1, longest_ms = LONGEST_MS;
    if (setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &thin, sizeof thin) != 0)
        return; /* no TCP connection any more, or another system */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_RTO_MAX_MS, &longest_ms, sizeof longest_ms);
}
