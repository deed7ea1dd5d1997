/*
 * multi_loop - many HTTP transfers at once: libcurl's multi interface on epoll.
 *
 * The socket-action interface: a wait costs what happened, not how many transfers are in flight. Sockets stay
 * registered between the requests of a kept-alive connection, which saves two system calls a request. One
 * thread. Nothing here knows what is transferred.
 */
#ifndef FRESHET_MULTI_LOOP_H
#define FRESHET_MULTI_LOOP_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"

typedef struct multi_loop multi_loop_t;

/* Called once for each transfer that ended, from multi_loop_wait only; the handle is already taken out. */
typedef void(multi_loop_done_fn)(void *context, CURL *easy, CURLcode result);

/* At most `connections_max` connections are kept. The caller owns it. */
multi_loop_t *multi_loop_new(size_t connections_max, multi_loop_done_fn *done, void *context);

/* Every transfer must have ended or been taken out. */
void multi_loop_destroy(multi_loop_t **self_p);

/* Once for each handle, before its first transfer. */
void multi_loop_prepare(multi_loop_t *self, CURL *easy);

/* Start a transfer, sending what the socket takes now; or give one up, closing its connection. */
void multi_loop_add(multi_loop_t *self, CURL *easy);
void multi_loop_remove(multi_loop_t *self, CURL *easy);

/* Work until a transfer has ended, `wake_fd` (-1: none) is readable or `timeout_us` have passed; 0 polls. */
void multi_loop_wait(multi_loop_t *self, int wake_fd, uint64_t timeout_us);

#endif
