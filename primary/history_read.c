#include "primary/history_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "primary/api_series.h"
#include "primary/document.h"
#include "primary/packed.h"

enum { DAY_MS = 86400000, VACUUM_PAGES = 4096 };

static void bind(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static json_t *text_column(sqlite3_stmt *statement, int column)
{
    return document_text((const char *)sqlite3_column_text(statement, column));
}

static json_t *number_column(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return json_null();
    return json_integer(sqlite3_column_int64(statement, column));
}

static json_t *real_column(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return json_null();
    return document_real(sqlite3_column_double(statement, column));
}

static json_t *list_row(sqlite3_stmt *s)
{
    json_t *out = json_object();
    document_put(out, "id", text_column(s, 0));
    document_put(out, "name", text_column(s, 1));
    document_put(out, "state", text_column(s, 2));
    document_put(out, "started_at", document_time(sqlite3_column_int64(s, 3)));
    document_put(out, "duration_s", real_column(s, 4));
    document_put(out, "target", text_column(s, 5));
    document_put(out, "model", text_column(s, 6));
    document_put(out, "asked", real_column(s, 7));
    document_put(out, "generated", number_column(s, 8));
    document_put(out, "delivered", number_column(s, 9));
    document_put(out, "failed", number_column(s, 10));
    document_put(out, "unknown", number_column(s, 11));
    document_put(out, "throttled", number_column(s, 12));
    document_put(out, "p50_us", number_column(s, 13));
    document_put(out, "p99_us", number_column(s, 14));
    document_put(out, "verdict", text_column(s, 15));
    document_put(out, "exit_code", number_column(s, 16));
    return out;
}

json_t *history_list(history_t *self, size_t limit, const char *before)
{
    must(self != NULL && limit <= HISTORY_LIST_MAX);
    json_t *out = json_array();
    if (!history_ready(self))
        return out;
    sqlite3_stmt *statement = history_prepare(
        self,
        "SELECT id, name, state, started_ms, duration_s, target, model, asked, generated, delivered, failed,"
        " unknown, throttled, p50_us, p99_us, verdict, exit_code FROM runs WHERE ?1 IS NULL OR number <"
        " (SELECT number FROM runs WHERE id = ?1) ORDER BY number DESC LIMIT ?2");
    if (statement == NULL)
        return out;
    if (before != NULL)
        bind(statement, 1, before);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
    while (sqlite3_step(statement) == SQLITE_ROW)
        document_append(out, list_row(statement));
    if (sqlite3_finalize(statement) != SQLITE_OK)
        history_failed(self, "reading");
    return out;
}

char *history_part(history_t *self, const char *id, const char *kind, size_t *length_out)
{
    must(self != NULL && id != NULL && kind != NULL);
    if (!history_ready(self))
        return NULL;
    sqlite3_stmt *statement =
        history_prepare(self, "SELECT bytes FROM parts WHERE run = ?1 AND kind = ?2 AND number = 0");
    if (statement == NULL)
        return NULL;
    bind(statement, 1, id);
    bind(statement, 2, kind);
    char *out = NULL;
    if (sqlite3_step(statement) == SQLITE_ROW)
        out = packed_open(sqlite3_column_blob(statement, 0), (size_t)sqlite3_column_bytes(statement, 0),
                          length_out);
    sqlite3_finalize(statement);
    return out;
}

bool history_points(history_t *self, const char *id, struct series_point **points_out, size_t *count_out)
{
    must(self != NULL && id != NULL);
    must(points_out != NULL && count_out != NULL);
    char name[HISTORY_NAME_MAX], state[16];
    *points_out = mem_new(1, sizeof **points_out);
    *count_out = 0;
    sqlite3_stmt *statement = NULL;
    if (history_find(self, id, name, state))
        statement = history_prepare(
            self, "SELECT bytes FROM parts WHERE run = ?1 AND kind = 'points' ORDER BY number");
    if (statement == NULL) {
        free(*points_out);
        *points_out = NULL;
        return false;
    }
    bind(statement, 1, id);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        size_t length = 0;
        char *bytes = packed_open(sqlite3_column_blob(statement, 0),
                                  (size_t)sqlite3_column_bytes(statement, 0), &length);
        if (bytes == NULL || !api_series_unpack(bytes, length, points_out, count_out))
            log_warning(self->log, "the history of run %s has a part that can't be read", id);
        free(bytes);
    }
    sqlite3_finalize(statement);
    return true;
}

bool history_find(history_t *self, const char *id, char name[HISTORY_NAME_MAX], char state[16])
{
    must(self != NULL && id != NULL);
    if (!history_ready(self))
        return false;
    sqlite3_stmt *statement =
        history_prepare(self, "SELECT COALESCE(name, ''), state FROM runs WHERE id = ?1");
    if (statement == NULL)
        return false;
    bind(statement, 1, id);
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    if (found) {
        snprintf(name, HISTORY_NAME_MAX, "%s", (const char *)sqlite3_column_text(statement, 0));
        snprintf(state, 16, "%s", (const char *)sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return found;
}

int64_t history_started_ms(history_t *self, const char *id)
{
    must(self != NULL && id != NULL);
    int64_t out = 0;
    sqlite3_stmt *statement =
        history_ready(self) ? history_prepare(self, "SELECT started_ms FROM runs WHERE id = ?1") : NULL;
    if (statement == NULL)
        return 0;
    bind(statement, 1, id);
    if (sqlite3_step(statement) == SQLITE_ROW)
        out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return out;
}

/* Change what ?1 names; ?2 is `text` when there is one. */
static enum history_outcome change(history_t *self, const char *sql, const char *id, const char *text)
{
    if (!history_ready(self))
        return HISTORY_FAILED;
    sqlite3_stmt *statement = history_prepare(self, sql);
    if (statement == NULL)
        return HISTORY_FAILED;
    bind(statement, 1, id);
    if (text != NULL)
        bind(statement, 2, text);
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    if (sqlite3_finalize(statement) != SQLITE_OK || !good) {
        history_failed(self, "writing");
        return HISTORY_FAILED;
    }
    return sqlite3_changes(self->db) > 0 ? HISTORY_DONE : HISTORY_NONE;
}

enum history_outcome history_rename(history_t *self, const char *id, const char *name)
{
    must(self != NULL && id != NULL && name != NULL);
    must(strlen(name) < HISTORY_NAME_MAX);
    return change(self, "UPDATE runs SET name = NULLIF(?2, '') WHERE id = ?1", id, name);
}

enum history_outcome history_delete(history_t *self, const char *id)
{
    must(self != NULL && id != NULL);
    return change(self, "DELETE FROM runs WHERE id = ?1", id, NULL);
}

void history_forget_points(history_t *self, const char *id)
{
    must(self != NULL && id != NULL);
    if (change(self, "DELETE FROM parts WHERE run = ?1 AND kind = 'points'", id, NULL) == HISTORY_FAILED)
        return;
}

/* Bytes of the file that hold something. */
static uint64_t size_of(history_t *self)
{
    sqlite3_stmt *statement = history_prepare(
        self, "SELECT (c.page_count - f.freelist_count) * s.page_size FROM pragma_page_count() c,"
              " pragma_freelist_count() f, pragma_page_size() s");
    uint64_t bytes = 0;
    if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
        bytes = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return bytes;
}

void history_prune(history_t *self, int64_t now_ms, const char *keep)
{
    must(self != NULL);
    if (!history_ready(self))
        return;
    const char *kept = keep != NULL ? keep : "";
    bool deleted = false;
    if (self->days_max > 0) {
        sqlite3_stmt *statement = history_prepare(
            self, "DELETE FROM runs WHERE started_ms < ?1 AND id != ?2 AND state != 'running'");
        if (statement == NULL)
            return;
        sqlite3_bind_int64(statement, 1, now_ms - (int64_t)(self->days_max * DAY_MS));
        bind(statement, 2, kept);
        deleted = sqlite3_step(statement) == SQLITE_DONE && sqlite3_changes(self->db) > 0;
        sqlite3_finalize(statement);
    }
    while (size_of(self) > self->bytes_max &&
           change(self, "DELETE FROM runs WHERE number = (SELECT MIN(number) FROM runs WHERE id != ?1)", kept,
                  NULL) == HISTORY_DONE)
        deleted = true;
    char vacuum[64];
    snprintf(vacuum, sizeof vacuum, "PRAGMA incremental_vacuum(%d)", VACUUM_PAGES);
    if (deleted && !history_run_sql(self, vacuum))
        history_failed(self, "tidying up");
}
