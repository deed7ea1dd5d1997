/*
 * main_web - the bridge between the primary and its dashboard: the only file beside main.c that may know
 * both.
 *
 * Also what they share at start: accounts, state directory, log book, history. One thread, the primary's
 * loop.
 */
#ifndef FRESHET_MAIN_WEB_H
#define FRESHET_MAIN_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "primary/control.h"
#include "primary/members.h"

enum { MAIN_WEB_ERROR_MAX = 1024 };

typedef struct main_web main_web_t;

/* Find the accounts, listen. Passwords leave our environment, so that no child inherits them. NULL: `error`
 * says why. Questions wait until main_web_attach. The caller owns it. */
MUST_USE main_web_t *main_web_new(const options_t *options, log_t *log, char error[MAIN_WEB_ERROR_MAX]);

/* Answer what is open, say goodbye to browsers, close the history. */
void main_web_destroy(main_web_t **self_p);

/* Print where the dashboard is and, once, the password that was made for it. */
void main_web_greet(main_web_t *self);

/* Whom it shows and steers; borrowed. */
void main_web_attach(main_web_t *self, control_t *control, members_t *members, const fleet_t *fleet);

/* Readable when questions wait for main_web_pump. */
int main_web_fd(const main_web_t *self);
void main_web_pump(main_web_t *self);

/* Time has passed. */
void main_web_turn(main_web_t *self, uint64_t now_us);

#endif
