#include "secondary/settle.h"

#include <string.h>

struct sums {
    uint64_t delivered, delivered_bytes, again, throttled, given_up;
};

static uint8_t stop_error(struct settle *self)
{
    static const char code[] = "StopTimeout", text[] = "no answer within the stop timeout";
    return tally_error(self->tally, code, sizeof code - 1, text, sizeof text - 1);
}

/* An event of a batch is given up: failed, unless an attempt may have got through unseen. */
static void give_up(struct settle *self, struct batch *batch, bool lost, uint8_t error)
{
    struct counters *counters = &self->tally->counters;
    must(error < self->tally->errors_count);
    self->tally->errors[error].events++;
    if (lost || batch->ambiguous)
        counters->unknown++;
    else
        counters->failed++;
    batch->spoiled = true;
}

static bool wants_again(uint8_t fate)
{
    return fate == EVENT_RETRY || fate == EVENT_THROTTLED;
}

static bool all_delivered(const struct batch *batch)
{
    unsigned other = 0;
    for (uint32_t i = 0; i < batch->count; i++)
        other |= batch->verdicts[i].fate ^ (unsigned)EVENT_DELIVERED;
    return other == 0;
}

static struct sums count_verdicts(struct settle *self, struct batch *batch, bool may_retry)
{
    bool cut_off = self->stopping_hard && batch->lost;
    if (!cut_off && all_delivered(batch))
        return (struct sums){.delivered = batch->count, .delivered_bytes = batch->payload_bytes};
    struct sums sums = {0};
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct event_verdict *verdict = &batch->verdicts[i];
        if (cut_off) {
            give_up(self, batch, true, stop_error(self));
            sums.given_up++;
            continue;
        }
        must(verdict->fate != EVENT_PENDING && verdict->fate <= EVENT_LOST);
        if (verdict->fate == EVENT_DELIVERED) {
            sums.delivered++;
            sums.delivered_bytes += batch->payloads[i];
            continue;
        }
        sums.throttled += verdict->fate == EVENT_THROTTLED;
        if (wants_again(verdict->fate) && may_retry) {
            sums.again++;
        } else {
            give_up(self, batch, verdict->fate == EVENT_LOST, verdict->error);
            sums.given_up++;
        }
    }
    return sums;
}

/* The batch is done: for a stock primary it was one request. */
static void close_request(struct settle *self, const struct batch *batch, uint64_t bytes, uint64_t now_us)
{
    uint64_t end_us = batch->answered_us >= batch->due_us ? batch->answered_us : now_us;
    uint64_t response_us = end_us > batch->due_us ? end_us - batch->due_us : 0;
    stock_request(self->stock, response_us, batch->spoiled, bytes, self->unix_s);
}

enum settled settle_batch(struct settle *self, struct batch *batch, bool sent, uint64_t now_us)
{
    must(self != NULL && batch != NULL && batch->count > 0);
    must(batch->count <= self->events_out);
    struct counters *counters = &self->tally->counters;
    batch->ambiguous |= batch->lost;
    bool may_retry = sent && !self->stopping_hard && !retry_spent(batch, self->retries_max);
    struct sums sums = count_verdicts(self, batch, may_retry);
    must(sums.delivered + sums.again + sums.given_up == batch->count);

    self->answers += sent;
    counters->throttled += sums.throttled;
    counters->delivered += sums.delivered;
    counters->payload_bytes += sums.delivered_bytes;
    if (sent && sums.delivered > 0)
        counters->requests_succeeded++;
    else if (sent)
        counters->requests_failed++;
    if (sums.delivered > 0) {
        must(batch->answered_us >= batch->sent_us);
        uint64_t late_us = batch->answered_us > batch->due_us ? batch->answered_us - batch->due_us : 0;
        histogram_record(&self->tally->due, late_us, sums.delivered);
        histogram_record(&self->tally->service, batch->answered_us - batch->sent_us, sums.delivered);
    }
    self->events_out -= sums.delivered + sums.given_up;
    if (sums.again == 0) {
        close_request(self, batch, sums.delivered_bytes, now_us);
        return SETTLED_DONE;
    }
    batch_keep_refused(batch);
    must(batch->count == sums.again);
    retry_put(self->retry, batch, sums.throttled > 0, now_us);
    return SETTLED_WAITS;
}

void settle_give_up(struct settle *self, struct batch *batch, uint64_t now_us)
{
    must(self != NULL && batch != NULL);
    must(batch->count <= self->events_out);
    for (uint32_t i = 0; i < batch->count; i++) /* what was refused keeps the reason of its last refusal */
        give_up(self, batch, false, batch->attempts > 0 ? batch->verdicts[i].error : stop_error(self));
    self->events_out -= batch->count;
    close_request(self, batch, 0, now_us);
}

void settle_check(const struct settle *self)
{
    must(self != NULL);
    must(counters_in_flight(&self->tally->counters) == self->events_out);
}
