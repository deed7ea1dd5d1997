#include "web/server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 512 };

/* One address tried. Returns the socket or -1 with errno. */
static int try_one(const struct addrinfo *address)
{
    int on = 1;
    int off = 0;
    int made = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return -1;
    bool good = setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (good && address->ai_family == AF_INET6)
        good = setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
    good = good && bind(made, address->ai_addr, address->ai_addrlen) == 0 && listen(made, BACKLOG) == 0;
    if (good)
        return made;
    int problem = errno;
    close(made);
    errno = problem;
    return -1;
}

int listener_open(const char *host, unsigned port, unsigned *port_out, char error[WEB_ERROR_MAX])
{
    must(host != NULL && port <= 65535);
    must(port_out != NULL && error != NULL);
    bool everywhere = host[0] == '\0' || strcmp(host, "*") == 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    int failed = getaddrinfo(everywhere ? NULL : host, service, &hints, &list);
    if (failed != 0) {
        snprintf(error, WEB_ERROR_MAX, "can't find the address of --web-host %.200s: %s", host,
                 gai_strerror(failed));
        return -1;
    }
    int made = -1;
    for (int pass = 0; pass < 2 && made < 0; pass++)
        for (const struct addrinfo *at = list; at != NULL && made < 0; at = at->ai_next)
            if (((at->ai_family == AF_INET6) == everywhere) ==
                (pass == 0)) /* "everywhere" prefers IPv6: it has both */
                made = try_one(at);
    int problem = errno;
    freeaddrinfo(list);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    memset(&bound, 0, sizeof bound);
    socklen_t length = sizeof bound;
    if (made < 0 || getsockname(made, &bound.any, &length) != 0) {
        snprintf(error, WEB_ERROR_MAX, "can't listen on %.200s port %u: %s%s", everywhere ? "*" : host, port,
                 strerror(problem), problem == EADDRINUSE ? " (another program, or set --web-port)" : "");
        return -1;
    }
    *port_out = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return made;
}

void listener_peer(const struct sockaddr *peer, unsigned char bytes[16], char text[46])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    must(bytes != NULL && text != NULL);
    memset(bytes, 0, 16);
    snprintf(text, 46, "unknown");
    if (peer == NULL)
        return;
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;
        memcpy(bytes, mapped, sizeof mapped);
        memcpy(bytes + 12, &v4->sin_addr, 4);
    } else if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)peer;
        memcpy(bytes, &v6->sin6_addr, 16);
    }
    if (memcmp(bytes, mapped, sizeof mapped) == 0)
        inet_ntop(AF_INET, bytes + 12, text, 46);
    else
        inet_ntop(AF_INET6, bytes, text, 46);
}
