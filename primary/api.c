#include "primary/api_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "primary/api_locust.h"
#include "primary/api_metrics.h"
#include "primary/document.h"
#include "primary/host_facts.h"

enum {
    PUBLISH_US = 1000000,
    POINTS = 2,                    /* of the series in what is published */
    METRICS_MAX = 32 * 1024 * 1024 /* bytes */
};

static api_handler_fn *const handlers[API_ROUTES] = {
    [API_RUN_START] = api_start_handler,
    [API_RUN_EDIT] = api_edit_handler,
    [API_RUN_STOP] = api_stop_handler,
    [API_RUN_RESET] = api_reset_handler,
    [API_SERIES] = api_series_ask_handler,
    [API_SHARDS] = api_shards_handler,
    [API_SECONDARIES] = api_secondaries_handler,
    [API_LOGS] = api_logs_handler,
    [API_OPTIONS] = api_options_handler,
    [API_PREFLIGHT] = api_preflight_handler,
    [API_PREVIEW] = api_preview_handler,
    [API_CURVE] = api_curve_handler,
    [API_RUNS] = api_runs_handler,
    [API_RUNS_ONE] = api_run_one_handler,
    [API_RUNS_RENAME] = api_rename_handler,
    [API_RUNS_DELETE] = api_delete_handler,
    [API_DOWNLOAD] = api_download_handler,
    [API_SWARM] = api_swarm_handler,
    [API_STOP] = api_locust_stop_handler,
    [API_STATS_RESET] = api_locust_reset_handler,
    [API_STATS_CSV] = api_stats_csv_handler,
    [API_HISTORY_CSV] = api_history_csv_handler,
    [API_FAILURES_CSV] = api_failures_csv_handler,
    [API_EXCEPTIONS] = api_exceptions_handler,
    [API_EXCEPTIONS_CSV] = api_exceptions_csv_handler,
    [API_REPORT] = api_report_handler,
    [API_TASKS] = api_tasks_handler,
    [API_LOCUST_LOGS] = api_locust_logs_handler,
};

api_t *api_new(const struct api_setup *setup)
{
    must(setup != NULL && setup->control != NULL && setup->members != NULL);
    must(setup->publish != NULL && setup->later != NULL && setup->finish != NULL && setup->asset != NULL);
    api_t *self = mem_new(1, sizeof *self);
    self->is = *setup;
    self->next_ask = 1;
    self->host_facts = document_dump(host_facts(), NULL);
    if (gethostname(self->host, sizeof self->host - 1) != 0)
        self->host[0] = '\0';
    members_on_answer(setup->members, api_answered, self);
    return self;
}

void api_destroy(api_t **self_p)
{
    must(self_p != NULL);
    api_t *self = *self_p;
    if (self == NULL)
        return;
    members_on_answer(self->is.members, NULL, NULL);
    api_commands_end(self);
    snapshot_destroy(&self->snapshot);
    free(self->host_facts);
    free(self);
    *self_p = NULL;
}

void api_handle(api_t *self, const struct api_question *question, struct api_answer *answer)
{
    must(self != NULL && question != NULL && answer != NULL);
    must(question->route < API_ROUTES && handlers[question->route] != NULL);
    handlers[question->route](self, question, answer);
    must(answer->later || answer->status != 0);
}

static void publish(api_t *self, enum api_doc doc, json_t *document)
{
    size_t length = 0;
    char *text = document_dump(document, &length);
    self->is.publish(self->is.context, doc, text, length);
    free(text);
}

void api_publish(api_t *self)
{
    struct snapshot *snapshot = control_snapshot(self->is.control, POINTS);
    const char *state = control_state(self->is.control);
    self->sequence++;
    publish(self, API_DOC_LOCUST, api_locust_stats(snapshot, state));
    publish(self, API_DOC_WORKER_COUNT, api_locust_worker_count(snapshot));
    struct buffer metrics;
    buffer_init(&metrics, METRICS_MAX);
    if (api_metrics(snapshot, &metrics))
        self->is.publish(self->is.context, API_DOC_METRICS, buffer_str(&metrics), metrics.length);
    buffer_fini(&metrics);
    publish(self, API_DOC_RUN, api_run_of_now(self, snapshot)); /* last: what it tells, the others know */
    snapshot_destroy(&self->snapshot);
    self->snapshot = snapshot;
    snprintf(self->published_state, sizeof self->published_state, "%s", state);
}

void api_turn(api_t *self, uint64_t now_us)
{
    must(self != NULL);
    bool news = strcmp(self->published_state, control_state(self->is.control)) != 0;
    if (news || now_us >= self->publish_us) {
        api_publish(self);
        self->publish_us = now_us + PUBLISH_US;
    }
    api_commands_turn(self, now_us);
    api_runs_turn(self, now_us);
}
