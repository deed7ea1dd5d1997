/*
 * properties - NAME=VALUE lines for librdkafka, as far as they may be told to others.
 *
 * Pure. What a value means is librdkafka's matter; here only its name says whether it may hold a secret.
 */
#ifndef FRESHET_PROPERTIES_H
#define FRESHET_PROPERTIES_H

#include <stdbool.h>

/* Does a line name a password, a token or a key itself? Such a value does not belong into argv. */
bool properties_secret(const char *lines);

/* The same lines, with "..." in place of every value of sasl.* and ssl.* (but the mechanism) and of whatever
 * properties_secret knows; a line that is no NAME=VALUE is hidden whole. The caller owns it. */
char *properties_public(const char *lines);

#endif
