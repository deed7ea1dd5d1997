#include "primary/history_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "primary/api_series.h"
#include "primary/packed.h"

enum { BUSY_MS = 500 };

static const char schema[] =
    "CREATE TABLE runs ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT, state TEXT NOT NULL,"
    " started_ms INTEGER NOT NULL, duration_s REAL NOT NULL, target TEXT NOT NULL, model TEXT NOT NULL,"
    " asked REAL, generated INTEGER NOT NULL, delivered INTEGER NOT NULL, failed INTEGER NOT NULL,"
    " unknown INTEGER NOT NULL, throttled INTEGER NOT NULL, p50_us INTEGER, p99_us INTEGER, verdict TEXT,"
    " exit_code INTEGER);"
    "CREATE TABLE parts (run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, kind TEXT NOT NULL,"
    " number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (run, kind, number)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

bool history_failed(history_t *self, const char *doing)
{
    char text[HISTORY_ERROR_MAX];
    snprintf(text, sizeof text, "the history of runs can't be kept: %s: %.200s: %.200s", doing, self->path,
             self->db != NULL ? sqlite3_errmsg(self->db) : strerror(errno));
    if (strcmp(text, self->error) != 0)
        log_warning(self->log, "%s", text);
    memcpy(self->error, text, sizeof text);
    return false;
}

void history_well(history_t *self)
{
    if (self->error[0] != '\0')
        log_info(self->log, "the history of runs is kept again");
    self->error[0] = '\0';
}

bool history_run_sql(history_t *self, const char *sql)
{
    return sqlite3_exec(self->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

sqlite3_stmt *history_prepare(history_t *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(self->db, sql, -1, &statement, NULL) == SQLITE_OK)
        return statement;
    history_failed(self, "reading");
    return NULL;
}

static int user_version(history_t *self)
{
    int version = -1;
    sqlite3_stmt *statement = history_prepare(self, "PRAGMA user_version");
    if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static bool close_again(history_t *self)
{
    sqlite3_close(self->db);
    self->db = NULL;
    return false;
}

/* Make the tables of an empty file; refuse one that another version made. */
static bool settle_schema(history_t *self)
{
    int version = user_version(self);
    if (version == HISTORY_SCHEMA)
        return true;
    if (version < 0)
        return false;
    if (version != 0) {
        snprintf(
            self->error, sizeof self->error,
            "the history of runs can't be kept: %.200s was made by another version of freshet (schema %d, "
            "this one knows %d): move the file away, or use that version",
            self->path, version, HISTORY_SCHEMA);
        log_warning(self->log, "%s", self->error);
        self->refused = true;
        return false;
    }
    if (history_run_sql(self, "BEGIN IMMEDIATE") && history_run_sql(self, schema) &&
        history_run_sql(self, "COMMIT"))
        return true;
    history_failed(self, "setting up");
    if (!sqlite3_get_autocommit(self->db) && !history_run_sql(self, "ROLLBACK"))
        return false;
    return false;
}

static bool open_file(history_t *self)
{
    /* SQLite would make it readable for others; its journals take the file's own mode. */
    int fd = open(self->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return history_failed(self, "opening");
    close(fd);
    if (sqlite3_open_v2(self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return history_failed(self, "opening");
    char pages[64];
    snprintf(pages, sizeof pages, "PRAGMA max_page_count = %u", self->pages_max);
    sqlite3_busy_timeout(self->db, BUSY_MS);
    if (!history_run_sql(self, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;") ||
        (self->pages_max > 0 && !history_run_sql(self, pages)))
        return history_failed(self, "opening");
    return settle_schema(self);
}

/* A run that still stands as running was cut short: the primary that made it has died. */
static void tell_interrupted(history_t *self)
{
    sqlite3_stmt *statement = history_prepare(self, "SELECT id FROM runs WHERE state = 'running'");
    while (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
        log_warning(self->log, "a run was interrupted and is kept as such: %s",
                    (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
}

bool history_ready(history_t *self)
{
    must(self != NULL);
    if (self->db != NULL)
        return true;
    if (self->refused)
        return false;
    if (!open_file(self))
        return close_again(self);
    tell_interrupted(self);
    if (!history_run_sql(self, "UPDATE runs SET state = 'interrupted' WHERE state = 'running'")) {
        history_failed(self, "opening");
        return close_again(self);
    }
    return true;
}

history_t *history_new(const struct history_setup *setup, int64_t now_ms)
{
    must(setup != NULL && setup->path != NULL);
    must(setup->bytes_max > 0);
    history_t *self = mem_new(1, sizeof *self);
    *self = (struct history){.path = mem_text(setup->path),
                             .days_max = setup->days_max,
                             .bytes_max = setup->bytes_max,
                             .pages_max = setup->pages_max,
                             .log = setup->log};
    history_prune(self, now_ms, NULL);
    return self;
}

void history_destroy(history_t **self_p)
{
    must(self_p != NULL);
    history_t *self = *self_p;
    if (self == NULL)
        return;
    sqlite3_close(self->db);
    free(self->path);
    free(self);
    *self_p = NULL;
}

const char *history_error(const history_t *self)
{
    must(self != NULL);
    return self->error[0] != '\0' ? self->error : NULL;
}

/* ---- writing ---- */

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (text == NULL)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static void bind_count(sqlite3_stmt *statement, int index, uint64_t value)
{
    sqlite3_bind_int64(statement, index, value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

static bool write_row(history_t *self, const struct history_run *run)
{
    sqlite3_stmt *statement = history_prepare(
        self,
        "INSERT INTO runs (id, state, started_ms, duration_s, target, model, asked, generated, delivered,"
        " failed, unknown, throttled, p50_us, p99_us, verdict, exit_code)"
        " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)"
        " ON CONFLICT (id) DO UPDATE SET state=?2, started_ms=?3, duration_s=?4, target=?5, model=?6,"
        " asked=?7, generated=?8, delivered=?9, failed=?10, unknown=?11, throttled=?12, p50_us=?13,"
        " p99_us=?14, verdict=?15, exit_code=?16");
    if (statement == NULL)
        return false;
    bool over = strcmp(run->state, "running") != 0;
    bind_text(statement, 1, run->id);
    bind_text(statement, 2, run->state);
    sqlite3_bind_int64(statement, 3, run->started_ms);
    sqlite3_bind_double(statement, 4, run->duration_s);
    bind_text(statement, 5, run->target);
    bind_text(statement, 6, run->model);
    if (run->asked >= 0)
        sqlite3_bind_double(statement, 7, run->asked);
    bind_count(statement, 8, run->counters.generated);
    bind_count(statement, 9, run->counters.delivered);
    bind_count(statement, 10, run->counters.failed);
    bind_count(statement, 11, run->counters.unknown);
    bind_count(statement, 12, run->counters.throttled);
    if (run->timed) {
        bind_count(statement, 13, run->p50_us);
        bind_count(statement, 14, run->p99_us);
    }
    bind_text(statement, 15, over ? run->verdict : NULL);
    if (over)
        sqlite3_bind_int(statement, 16, run->exit_code);
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    return sqlite3_finalize(statement) == SQLITE_OK && good;
}

/* `number` < 0: after the last of its kind. */
static bool write_part(history_t *self, const char *id, const char *kind, const void *bytes, size_t length,
                       bool further)
{
    size_t packed_length = 0;
    void *packed = packed_make(bytes, length, &packed_length);
    sqlite3_stmt *statement = history_prepare(
        self, further ? "INSERT INTO parts (run, kind, number, bytes) VALUES (?1, ?2, (SELECT"
                        " COALESCE(MAX(number), 0) + 1 FROM parts WHERE run = ?1 AND kind = ?2), ?3)"
                      : "INSERT OR REPLACE INTO parts (run, kind, number, bytes) VALUES (?1, ?2, 0, ?3)");
    if (statement == NULL) {
        free(packed);
        return false;
    }
    bind_text(statement, 1, id);
    bind_text(statement, 2, kind);
    sqlite3_bind_blob64(statement, 3, packed, packed_length, free);
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    return sqlite3_finalize(statement) == SQLITE_OK && good;
}

static bool write_points(history_t *self, const char *id, const struct series_point *points, size_t count)
{
    if (count == 0)
        return true;
    struct buffer bytes;
    buffer_init(&bytes, PACKED_MAX);
    bool good = api_series_pack(points, count, &bytes) &&
                write_part(self, id, "points", bytes.bytes, bytes.length, true);
    buffer_fini(&bytes);
    return good;
}

bool history_write(history_t *self, const struct history_run *run, const struct history_part *parts,
                   size_t parts_count, const struct series_point *points, size_t points_count)
{
    must(self != NULL && run != NULL);
    must(parts != NULL || parts_count == 0);
    if (!history_ready(self))
        return false;
    bool good = history_run_sql(self, "BEGIN IMMEDIATE") && write_row(self, run);
    for (size_t i = 0; i < parts_count && good; i++)
        good = write_part(self, run->id, parts[i].kind, parts[i].bytes, parts[i].length, false);
    good = good && write_points(self, run->id, points, points_count) && history_run_sql(self, "COMMIT");
    if (!good) {
        history_failed(self, "writing");
        /* SQLite may have rolled back by itself; if it can't at all, a fresh start is the way out. */
        if (!sqlite3_get_autocommit(self->db) && !history_run_sql(self, "ROLLBACK"))
            close_again(self);
        return false;
    }
    history_well(self);
    return true;
}
