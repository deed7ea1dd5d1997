/*
 * members - the talk with every secondary: what they say goes to roster, ledger and stock, and is answered.
 *
 * Owns those three. Whoever speaks without having joined: a freshet peer is told to `reconnect`, on which it
 * joins again; a stock one is treated as Locust does it (`quit` on spawning, else no answer, so that it gives
 * up after its own minute). What changed since is kept for the run's turn (control.h). One thread, the
 * primary's loop.
 */
#ifndef FRESHET_MEMBERS_H
#define FRESHET_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/must.h"
#include "common/options.h"
#include "common/wire.h"
#include "primary/fleet.h"
#include "primary/ledger.h"
#include "primary/report_csv.h"
#include "primary/roster.h"
#include "primary/run.h"
#include "primary/stock.h"

enum { MEMBERS_EXCEPTIONS_MAX = 64 };

typedef struct members members_t;

/* Nobody there yet. `log` is borrowed. The caller owns it. */
members_t *members_new(log_t *log);
void members_destroy(members_t **self_p);

/* The socket to answer through; borrowed. Before the first message. */
void members_attach(members_t *self, fleet_t *fleet);

/* A message came in: a fleet_message_fn. */
void members_message(void *self, const struct wire_message *message);

/* What travels to them with questions and shares: every option of `options` that travels and was given, and
 * their workload. What was set before is forgotten, and so is what the target and the secondaries said of it.
 */
void members_options(members_t *self, const options_t *options);

/* There will be more runs: stock peers stay when one stops. */
void members_stay(members_t *self);

/* Ask a question with other options than the run's: the answer goes to `answered`, once for each id, as long
 * as it comes. False: there is nobody to ask. */
typedef void(members_answer_fn)(void *context, const struct wire_preflight *answer);
void members_on_answer(members_t *self, members_answer_fn *answered, void *context);
MUST_USE bool members_inquire(members_t *self, uint64_t id, const options_t *options, bool samples_only);

/* Ask the first freshet secondary what the target says. False: there is none. */
MUST_USE bool members_ask_preflight(members_t *self, uint64_t id);
/* Its answer, or NULL while there is none. Borrowed. */
const struct wire_preflight *members_preflight(const members_t *self);

/* How many can take part in a run of this plan: they are there, and may be given users or a rate. */
size_t members_fit_count(const members_t *self, const struct plan *plan);

/* The books are opened for a run. */
void members_begin(members_t *self, const struct run *run, uint64_t now_us);

/* Between runs: the books of the last one are closed for good, and nobody has any. */
void members_clear(members_t *self, uint64_t now_us);

/* Send everybody their share of what the run wants now. Returns how many take part. */
size_t members_share_out(members_t *self, const struct run *run, bool anew, uint64_t now_us);

/* Stop the load of the run, and of those that come back from now on; ask everybody to leave. */
void members_stop(members_t *self);
void members_quit(members_t *self);

/* Who is silent counts as lost from here on. Call it each turn: time in which it was not called is nobody's
 * silence but ours. */
void members_sweep(members_t *self, uint64_t now_us);

/* A process on this machine has ended: whoever ran in it is lost at once. A local_ended_fn (local.h). */
bool members_ended(void *self, const char *digits, char who[WIRE_ID_MAX]);

/* The run is being closed: tell who gave no final report. */
void members_name_silent(members_t *self);

/* Did the shares become wrong since the last call: somebody joined, returned, left or was lost? */
MUST_USE bool members_changed(members_t *self);

/* The text of the first exception that came before anything was generated, or NULL. Borrowed. */
const char *members_refusal(const members_t *self);
/* Why a secondary's workload failed in this run, or NULL. Borrowed. */
const char *members_failure(const members_t *self);
const struct report_exception *members_exceptions(const members_t *self, size_t *count_out);

void members_facts(const members_t *self, struct run_facts *out);
uint64_t members_users(const members_t *self);
/* How many joined since the run began. */
size_t members_joined_later(const members_t *self);

roster_t *members_roster(members_t *self);
ledger_t *members_ledger(members_t *self);
stock_t *members_stock(members_t *self);

#endif
