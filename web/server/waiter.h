/*
 * waiter - a connection that waits for something: how to put it to sleep and how to wake it.
 *
 * Who takes a waiter calls pause() before anybody else may learn of it, and wake() exactly once after. Both
 * are called with the taker's lock held and must not call it back.
 */
#ifndef FRESHET_WAITER_H
#define FRESHET_WAITER_H

struct waiter {
    void (*pause)(void *connection);
    void (*wake)(void *connection);
    void *connection;
};

#endif
