/* What travels to the secondaries with questions and shares: options, and the workload. */
#include "primary/members_state.h"

#include "common/mem.h"
#include "common/workload/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Locust writes option names with underscores. */
static void option_name(const char *name, char out[WIRE_NAME_MAX])
{
    snprintf(out, WIRE_NAME_MAX, "%s", name);
    for (char *at = out; *at != '\0'; at++) {
        if (*at == '-')
            *at = '_';
    }
}

/* A target as secondaries are told it: with our own cluster's brokers where it is local. */
static char *told_target(members_t *self, const char *text)
{
    struct target target;
    char error[OPTIONS_ERROR_MAX], told[TARGET_TEXT_MAX];
    if (self->kafka == NULL || !target_parse(text, &target, error, sizeof error) ||
        !local_kafka_resolve(self->kafka, &target))
        return mem_text(text);
    target_print(&target, told);
    return mem_text(told);
}

/* Those that travel and were given. */
static struct wire_option *travelling_options(members_t *self, const options_t *options, size_t *count_out)
{
    struct wire_option *out = mem_new(options_rows(options), sizeof *out);
    size_t count = 0;
    for (size_t i = 0; i < options_rows(options); i++) {
        const struct option *row = options_row(options, i);
        if ((row->flags & OPTION_TRAVELS) == 0 || !options_given(options, i))
            continue;
        option_name(row->name, out[count].name);
        const char *text = options_text(options, i);
        bool target = strcmp(row->name, "target") == 0;
        out[count++].value = target ? told_target(self, text) : mem_text(text);
    }
    must(count <= WIRE_OPTIONS_MAX);
    *count_out = count;
    return out;
}

static void pack_workload(const options_t *options, struct wire_workload *out)
{
    struct workload_source source = source_of(options);
    *out = (struct wire_workload){.kind = source.kind};
    if (source.kind == WORKLOAD_SENSOR)
        return;
    snprintf(out->name, sizeof out->name, "%s", source.name);
    out->hash = source_hash(&source);
    out->text = mem_text_n(source.text, source.length);
    out->length = source.length;
}

void members_pack(members_t *self, const options_t *options, struct travelling *out)
{
    must(options != NULL && out != NULL);
    out->options = travelling_options(self, options, &out->options_count);
    pack_workload(options, &out->workload);
}

void members_travelling_fini(struct travelling *self)
{
    must(self != NULL);
    for (size_t i = 0; i < self->options_count; i++)
        free(self->options[i].value);
    free(self->options);
    free(self->workload.text);
    memset(self, 0, sizeof *self);
}

void members_options(members_t *self, const options_t *options)
{
    must(self != NULL && options != NULL);
    members_forget(self);
    members_travelling_fini(&self->travelling);
    members_pack(self, options, &self->travelling);
}
