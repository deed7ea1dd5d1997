#include "standins/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static int open_at(const struct addrinfo *address)
{
    int on = 1;
    int listener = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return -1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(listener, address->ai_addr, address->ai_addrlen) == 0 && listen(listener, BACKLOG) == 0)
        return listener;
    int cause = errno;
    close(listener);
    errno = cause;
    return -1;
}

static uint16_t port_of(int listener)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = {0};
    socklen_t length = sizeof bound;
    must(getsockname(listener, &bound.any, &length) == 0);
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

int listener_open(const char *host, uint16_t port, uint16_t *port_out, char *error, size_t error_size)
{
    must(host != NULL && port_out != NULL);
    must(error != NULL && error_size > 0);
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses;
    snprintf(service, sizeof service, "%u", port);
    int code = getaddrinfo(host, service, &hints, &addresses);
    if (code != 0) {
        snprintf(error, error_size, "can't listen on %s: %s", host, gai_strerror(code));
        return -1;
    }
    int listener = -1;
    for (const struct addrinfo *at = addresses; at != NULL && listener < 0; at = at->ai_next)
        listener = open_at(at);
    if (listener < 0)
        snprintf(error, error_size, "can't listen on %s port %u: %s", host, port, strerror(errno));
    else
        *port_out = port_of(listener);
    freeaddrinfo(addresses);
    return listener;
}
