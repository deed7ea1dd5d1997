/*
 * console - progress on stderr and live keys from stdin; stdout stays for the summary.
 *
 * On a terminal the progress is one live line, redrawn and cut to the width; else it is plain lines. Keys are
 * read when stdin is a terminal that we have in the foreground; its mode is put back by console_destroy. The
 * caller turns signals into calls (never dies of one while this lives). One thread, the primary's loop.
 */
#ifndef FRESHET_CONSOLE_H
#define FRESHET_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/must.h"
#include "common/plan.h"

enum console_key {
    CONSOLE_KEY_NONE,
    CONSOLE_KEY_MORE,      /* w: +1 user, +1 % */
    CONSOLE_KEY_MUCH_MORE, /* W: +10 users, +10 % */
    CONSOLE_KEY_LESS,      /* s: -1 user, -1 % */
    CONSOLE_KEY_MUCH_LESS, /* S: -10 users, -10 % */
    CONSOLE_KEY_END,       /* stdin has ended: stop watching it */
};

typedef struct console console_t;

/* `quiet`: no progress (--only-summary); keys still work. The caller owns it. */
console_t *console_new(bool quiet);

/* Put the terminal back, end the live line. Sets *self_p to NULL. Calling it twice is fine. */
void console_destroy(console_t **self_p);

/* The descriptor to watch for keys, or -1. */
int console_fd(const console_t *self);

/* The next key that was pressed; CONSOLE_KEY_NONE when there is none. */
MUST_USE enum console_key console_key(console_t *self);

/* Is it time for progress? Every 500 ms on a terminal, each second else, never when quiet. */
MUST_USE bool console_due(const console_t *self, uint64_t now_us);

/* Columns of the live line, or 0 when progress is plain lines. */
size_t console_width(const console_t *self);

/* Show one line of progress (plain text without line end). */
void console_progress(console_t *self, const char *line, uint64_t now_us);

/* Make room for another's line: the live line comes back with the next progress. */
void console_wipe(console_t *self);

/* Say one line of its own that stays. Shown even when quiet. */
void console_say(console_t *self, const char *line);

/* After SIGCONT: the shell may have changed the terminal. */
void console_resume(console_t *self);

/* Pure: what a byte from the terminal means. */
enum console_key console_key_of(char byte);

/* Pure: apply a key to the plan: users never below 1, the rate never below 1 event/s. False: no change. */
MUST_USE bool console_apply(enum console_key key, struct plan *plan);

/* What a key does to a run that follows values of its own: all of them times this; 1: nothing. */
double console_factor(enum console_key key);

#endif
