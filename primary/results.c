#include "primary/results.h"

#include "common/buffer.h"
#include "common/option_table.h"
#include "primary/report.h"
#include "primary/report_passing.h"

#include <limits.h>
#include <stdio.h>

enum { REPORT_MAX = 512 * 1024 * 1024 }; /* bytes; a day of history is about 40 MB */

static const char *const csv_parts[] = {"stats", "stats_history", "failures", "exceptions"};
enum { CSV_STATS, CSV_HISTORY, CSV_FAILURES, CSV_EXCEPTIONS, CSV_PARTS };

static void csv_path(const options_t *options, int part, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.4000s_%s.csv", options_text(options, OPT_CSV), csv_parts[part]);
}

bool results_check(const options_t *options, char error[FILES_ERROR_MAX])
{
    must(options != NULL && error != NULL);
    const char *json = options_text(options, OPT_JSON);
    if (json != NULL && !files_check(json, error))
        return false;
    const char *junit = options_text(options, OPT_JUNIT);
    if (junit != NULL && !files_check(junit, error))
        return false;
    for (int part = 0; part < CSV_PARTS && options_text(options, OPT_CSV) != NULL; part++) {
        char path[PATH_MAX];
        csv_path(options, part, path);
        if (!files_check(path, error))
            return false;
    }
    return true;
}

static bool save(const char *path, const struct buffer *content, bool complete, log_t *log)
{
    char error[FILES_ERROR_MAX];
    if (!complete)
        snprintf(error, sizeof error, "%.400s is not written: too long", path);
    else if (files_write(path, buffer_str(content), content->length, error))
        return true;
    log_error(log, "%s", error);
    return false;
}

static bool write_json(const options_t *options, const struct snapshot *snapshot, log_t *log)
{
    const char *path = options_text(options, OPT_JSON);
    if (path == NULL)
        return true;
    struct buffer content;
    buffer_init(&content, REPORT_MAX);
    bool complete = report_json(snapshot, &content);
    bool saved = save(path, &content, complete, log);
    buffer_fini(&content);
    return saved;
}

static bool write_junit(const options_t *options, const struct snapshot *snapshot, log_t *log)
{
    const char *path = options_text(options, OPT_JUNIT);
    if (path == NULL)
        return true;
    struct buffer content;
    buffer_init(&content, REPORT_MAX);
    bool complete = report_passing_junit(snapshot, &content);
    bool saved = save(path, &content, complete, log);
    buffer_fini(&content);
    return saved;
}

static bool write_csv(const options_t *options, const struct snapshot *snapshot,
                      const struct report_exception *exceptions, size_t exceptions_count, log_t *log)
{
    bool good = true;
    for (int part = 0; part < CSV_PARTS && options_text(options, OPT_CSV) != NULL; part++) {
        struct buffer content;
        buffer_init(&content, REPORT_MAX);
        bool complete = false;
        if (part == CSV_STATS)
            complete = report_csv_stats(snapshot, &content);
        else if (part == CSV_HISTORY)
            complete = report_csv_history(snapshot, options_flag(options, OPT_CSV_FULL_HISTORY), &content);
        else if (part == CSV_FAILURES)
            complete = report_csv_failures(snapshot, &content);
        else
            complete = report_csv_exceptions(exceptions, exceptions_count, &content);
        char path[PATH_MAX];
        csv_path(options, part, path);
        good = save(path, &content, complete, log) && good;
        buffer_fini(&content);
    }
    return good;
}

static bool write_summary(const struct snapshot *snapshot)
{
    struct buffer content;
    buffer_init(&content, REPORT_MAX);
    bool good = report_text(snapshot, &content);
    good = fwrite(buffer_str(&content), 1, content.length, stdout) == content.length && good;
    good = fflush(stdout) == 0 && good;
    buffer_fini(&content);
    return good;
}

bool results_write(const options_t *options, const struct snapshot *snapshot,
                   const struct report_exception *exceptions, size_t exceptions_count, log_t *log)
{
    must(options != NULL && snapshot != NULL);
    bool good = write_json(options, snapshot, log);
    good = write_junit(options, snapshot, log) && good;
    good = write_csv(options, snapshot, exceptions, exceptions_count, log) && good;
    return write_summary(snapshot) && good;
}
