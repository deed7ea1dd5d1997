/*
 * tcp - a connection of libzmq's made to live on a bad line.
 *
 * What passes between primary and secondaries is little and often. Where packets are lost, TCP would wait
 * twice as long after each further loss, up to two minutes, and both sides would take the other for dead. Any
 * thread; the descriptor stays libzmq's, as its monitor told it.
 */
#ifndef FRESHET_TCP_H
#define FRESHET_TCP_H

/* Send again at an even pace (tcp(7); TCP_RTO_MAX_MS from Linux 6.15 on). Does nothing where the system
 * can't, or where the connection has gone already. */
void tcp_even_pace(int fd);

#endif
