#include "secondary/kinesis/answer.h"

#include "common/mem.h"
#include "secondary/kinesis/bytes16.h"
#include "secondary/kinesis/kinesis_error.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_KNOWN = 8, SHARDS_BITS = 10 };
#define NO_SHARD UINT32_MAX

struct text { /* borrowed from the answer */
    const char *at;
    size_t length;
};

struct known_error { /* of this answer */
    struct text code, message;
    struct event_verdict verdict;
};

struct answer {
    tally_t *tally;                     /* borrowed */
    uint32_t shards[1 << SHARDS_BITS];  /* place in the tally by the hash of an id's last letters */
    size_t number_length, shard_length; /* of the last delivered event: the next one's are mostly the same */
    /* of the answer being read: */
    struct event_verdict verdicts[ANSWER_EVENTS_MAX];
    uint32_t places[ANSWER_EVENTS_MAX]; /* shard of each event, or NO_SHARD */
    struct known_error errors[ERRORS_KNOWN];
    size_t errors_count;
};

answer_t *answer_new(tally_t *tally)
{
    must(tally != NULL);
    answer_t *self = mem_new(1, sizeof *self);
    self->tally = tally;
    return self;
}

void answer_destroy(answer_t **self_p)
{
    must(self_p != NULL);
    free(*self_p);
    *self_p = NULL;
}

static bool same(struct text a, struct text b)
{
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

/* By the hash of the last four letters (Knuth, "The Art of Computer Programming" 3, section 6.4). A
 * remembered place is checked against the tally's own id, because the tally forgets between runs. */
static uint32_t shard_place(answer_t *self, struct text id)
{
    uint32_t last = (unsigned char)id.at[0];
    if (id.length >= sizeof last)
        memcpy(&last, id.at + id.length - sizeof last, sizeof last);
    uint32_t *known = &self->shards[(last * 2654435761U) >> (32 - SHARDS_BITS)];
    if (*known < self->tally->shards_count && id.length < TALLY_SHARD_ID_MAX) {
        const char *kept = self->tally->shards[*known].id;
        if (bytes16_same(kept, id.at, id.length) && kept[id.length] == '\0')
            return *known;
    }
    *known = tally_shard(self->tally, id.at, id.length);
    return *known;
}

static void note_delivered(answer_t *self, size_t event, struct text shard)
{
    self->verdicts[event] = (struct event_verdict){.fate = EVENT_DELIVERED};
    self->places[event] = shard_place(self, shard);
}

static uint8_t fate_of(struct text code)
{
    switch (kinesis_error_fault(code.at, code.length)) {
    case FAULT_THROTTLED:
        return EVENT_THROTTLED;
    case FAULT_FINAL:
        return EVENT_FAILED;
    case FAULT_UNKNOWN:
    case FAULT_TRANSIENT:
    case FAULT_CREDENTIALS:
    case FAULT_CLOCK:
        break;
    }
    return EVENT_RETRY; /* the engine bounds how often */
}

static void note_error(answer_t *self, size_t event, struct text code, struct text message)
{
    self->places[event] = NO_SHARD;
    for (size_t i = 0; i < self->errors_count; i++) {
        if (same(self->errors[i].message, message) && same(self->errors[i].code, code)) {
            self->verdicts[event] = self->errors[i].verdict;
            return;
        }
    }
    char tidy[TALLY_MESSAGE_MAX], tidy_code[TALLY_CODE_MAX];
    size_t length = kinesis_error_tidy(message.at, message.length, tidy, sizeof tidy);
    size_t code_length = kinesis_error_tidy(code.at, code.length, tidy_code, sizeof tidy_code);
    struct event_verdict verdict = {.fate = fate_of(code),
                                    .error = tally_error(self->tally, tidy_code, code_length, tidy, length)};
    self->verdicts[event] = verdict;
    if (self->errors_count < ERRORS_KNOWN)
        self->errors[self->errors_count++] = (struct known_error){code, message, verdict};
}

/* The answer was read to its end: now it counts. */
static void keep(answer_t *self, struct batch *batch)
{
    memcpy(batch->verdicts, self->verdicts, batch->count * sizeof batch->verdicts[0]);
    for (uint32_t i = 0; i < batch->count; i++) {
        if (self->places[i] != NO_SHARD)
            self->tally->shards[self->places[i]].events++;
    }
}

/* ---- the scanner ---- */

struct scan {
    const char *at, *end;
};

#define TAKE(scan, literal) take(scan, literal, sizeof(literal) - 1)

static inline bool take(struct scan *scan, const char *literal, size_t length)
{
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, literal, length) != 0)
        return false;
    scan->at += length;
    return true;
}

/* The rest of a string up to its closing quote; an escape is left to the library. */
static inline bool take_text(struct scan *scan, struct text *out)
{
    const char *quote = memchr(scan->at, '"', (size_t)(scan->end - scan->at));
    if (quote == NULL || quote == scan->at || memchr(scan->at, '\\', (size_t)(quote - scan->at)) != NULL)
        return false;
    *out = (struct text){scan->at, (size_t)(quote - scan->at)};
    scan->at = quote + 1;
    return true;
}

/* No quote and no escape in it. */
static inline bool is_bare(const char *at, size_t length)
{
    if (length < 16)
        return memchr(at, '"', length) == NULL && memchr(at, '\\', length) == NULL;
    bytes16_t last = bytes16_load(at + length - 16);
    bytes16_t special = (bytes16_t)(last == '"') | (bytes16_t)(last == '\\');
    for (size_t done = 0; length - done > 16; done += 16) {
        bytes16_t bytes = bytes16_load(at + done);
        special |= (bytes16_t)(bytes == '"') | (bytes16_t)(bytes == '\\');
    }
    return bytes16_none(special);
}

/* A delivered event whose number and shard are as long as those of the one before: nothing to search for. */
static inline bool scan_alike(answer_t *self, struct scan *scan, size_t event)
{
    static const char before_number[] = "{\"SequenceNumber\":\"", before_shard[] = "\",\"ShardId\":\"";
    enum { BEFORE_NUMBER = sizeof before_number - 1, BEFORE_SHARD = sizeof before_shard - 1, END = 2 };
    size_t number_length = self->number_length, shard_length = self->shard_length;
    if ((size_t)(scan->end - scan->at) < BEFORE_NUMBER + number_length + BEFORE_SHARD + shard_length + END)
        return false;
    const char *number = scan->at + BEFORE_NUMBER;
    const char *shard = number + number_length + BEFORE_SHARD;
    if (memcmp(scan->at, before_number, BEFORE_NUMBER) != 0 || !is_bare(number, number_length) ||
        memcmp(number + number_length, before_shard, BEFORE_SHARD) != 0 || !is_bare(shard, shard_length) ||
        memcmp(shard + shard_length, "\"}", END) != 0)
        return false;
    scan->at = shard + shard_length + END;
    note_delivered(self, event, (struct text){shard, shard_length});
    return true;
}

static bool scan_record(answer_t *self, struct scan *scan, size_t event)
{
    struct text number, shard, code, message;
    if (self->shard_length > 0 && scan_alike(self, scan, event))
        return true;
    if (TAKE(scan, "{\"SequenceNumber\":\"")) {
        if (!take_text(scan, &number) || !TAKE(scan, ",\"ShardId\":\"") || !take_text(scan, &shard) ||
            !TAKE(scan, "}"))
            return false;
        self->number_length = number.length;
        self->shard_length = shard.length;
        note_delivered(self, event, shard);
        return true;
    }
    if (TAKE(scan, "{\"ShardId\":\"")) {
        if (!take_text(scan, &shard) || !TAKE(scan, ",\"SequenceNumber\":\"") || !take_text(scan, &number) ||
            !TAKE(scan, "}"))
            return false;
        note_delivered(self, event, shard);
        return true;
    }
    if (!TAKE(scan, "{\"ErrorCode\":\"") || !take_text(scan, &code) || !TAKE(scan, ",\"ErrorMessage\":\"") ||
        !take_text(scan, &message) || !TAKE(scan, "}"))
        return false;
    note_error(self, event, code, message);
    return true;
}

static bool scan_records(answer_t *self, struct scan *scan, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && !TAKE(scan, ",")) || !scan_record(self, scan, i))
            return false;
    }
    return TAKE(scan, "]");
}

static bool scan_failed_count(struct scan *scan)
{
    if (!TAKE(scan, "\"FailedRecordCount\":"))
        return false;
    const char *begin = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > begin && scan->at - begin <= 9;
}

static bool scan_encryption(struct scan *scan)
{
    return TAKE(scan, "\"EncryptionType\":\"NONE\"") || TAKE(scan, "\"EncryptionType\":\"KMS\"");
}

/* Members in any order, each at most once, Records among them. */
static bool scan_answer(answer_t *self, struct scan *scan, size_t count)
{
    bool records = false, failed_count = false, encryption = false;
    if (!TAKE(scan, "{"))
        return false;
    do {
        if (!records && TAKE(scan, "\"Records\":[")) {
            records = scan_records(self, scan, count);
            if (!records)
                return false;
        } else if (!failed_count && scan_failed_count(scan)) {
            failed_count = true;
        } else if (!encryption && scan_encryption(scan)) {
            encryption = true;
        } else {
            return false;
        }
    } while (TAKE(scan, ","));
    return records && TAKE(scan, "}") && scan->at == scan->end;
}

/* ---- the library ---- */

static struct text text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *at = json_string_value(value);
    return (struct text){at != NULL ? at : "", json_string_length(value)};
}

static bool read_record(answer_t *self, const json_t *record, size_t event)
{
    struct text code = text_of(record, "ErrorCode");
    if (code.length > 0) {
        note_error(self, event, code, text_of(record, "ErrorMessage"));
        return true;
    }
    struct text number = text_of(record, "SequenceNumber");
    struct text shard = text_of(record, "ShardId");
    if (number.length == 0 || shard.length == 0)
        return false;
    note_delivered(self, event, shard);
    return true;
}

bool answer_read_slowly(answer_t *self, struct batch *batch, const char *text, size_t length)
{
    must(self != NULL && batch != NULL);
    must(text != NULL && batch->count <= ANSWER_EVENTS_MAX);
    self->errors_count = 0;
    json_t *root = json_loadb(text, length, 0, NULL);
    const json_t *records = json_object_get(root, "Records");
    bool read = json_is_array(records) && json_array_size(records) == batch->count;
    for (size_t i = 0; read && i < batch->count; i++)
        read = read_record(self, json_array_get(records, i), i);
    if (read)
        keep(self, batch);
    json_decref(root);
    self->errors_count = 0; /* they pointed into what was freed */
    return read;
}

bool answer_read(answer_t *self, struct batch *batch, const char *text, size_t length)
{
    must(self != NULL && batch != NULL);
    must(text != NULL && batch->count > 0 && batch->count <= ANSWER_EVENTS_MAX);
    self->errors_count = 0;
    struct scan scan = {text, text + length};
    if (!scan_answer(self, &scan, batch->count))
        return answer_read_slowly(self, batch, text, length);
    keep(self, batch);
    return true;
}
