#include "secondary/kinesis/access.h"

#include "common/buffer.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/option_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_BYTES_MAX = 4 << 20,
    PATH_BYTES_MAX = 4096,
    SKEW_S_MIN = 30, /* a clock that is off by less is not why a signature was refused */
};

static const char *environment(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}

/* The text of a file, "" when it can't be read. The caller frees it. */
static char *read_file(const char *path)
{
    struct buffer text;
    buffer_init(&text, FILE_BYTES_MAX);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        char chunk[4096];
        for (size_t got = fread(chunk, 1, sizeof chunk, file); got > 0;
             got = fread(chunk, 1, sizeof chunk, file)) {
            if (!buffer_append(&text, chunk, got))
                break;
        }
        fclose(file);
    }
    char *copy = mem_text_n(buffer_str(&text), text.length);
    buffer_fini(&text);
    return copy;
}

static char *read_shared(const struct endpoint_source *source, const char *variable, const char *name)
{
    const char *path = endpoint_variable(source, variable);
    const char *home = endpoint_variable(source, "HOME");
    char built[PATH_BYTES_MAX] = "";
    if (path == NULL && home != NULL)
        snprintf(built, sizeof built, "%s/.aws/%s", home, name);
    else if (path != NULL && strncmp(path, "~/", 2) == 0 && home != NULL)
        snprintf(built, sizeof built, "%s/%s", home, path + 2);
    else if (path != NULL)
        snprintf(built, sizeof built, "%s", path);
    return read_file(built);
}

static bool fail(struct sink_error *error, const char *code, const char *message)
{
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->message, sizeof error->message, "%s", message);
    return false;
}

static void load_profiles(struct access *self, const options_t *options)
{
    struct endpoint_source *source = &self->setup.source;
    source->lookup = environment;
    char *credentials = read_shared(source, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    char *config = read_shared(source, "AWS_CONFIG_FILE", "config");
    self->profiles = profiles_new(credentials, config);
    free(credentials);
    free(config);
    source->profiles = self->profiles;
    const char *profile = options_text(options, OPT_PROFILE);
    if (profile == NULL || profile[0] == '\0')
        profile = endpoint_variable(source, "AWS_PROFILE");
    self->setup.profile_named = profile != NULL;
    source->profile = profile != NULL ? profile : "default";
}

static bool find_region(struct access *self, const struct sink_setup *setup, struct sink_error *error)
{
    const char *asked = setup->target->region;
    if (asked[0] == '\0')
        asked = options_text(setup->options, OPT_REGION);
    const char *region = endpoint_region(&self->setup.source, asked);
    char found[ENDPOINT_REGION_MAX];
    if (region == NULL && providers_region(&self->setup, found))
        region = found;
    if (region == NULL)
        return fail(
            error, "NoRegion",
            "no region: give --region, kinesis://REGION/STREAM, AWS_REGION or a profile with a region");
    if (!endpoint_region_ok(region)) {
        char message[128];
        snprintf(message, sizeof message, "'%.64s' is not written like a region", region);
        return fail(error, "BadRegion", message);
    }
    snprintf(self->region, sizeof self->region, "%s", region);
    return true;
}

bool access_open(struct access *self, const struct sink_setup *setup, struct sink_error *error)
{
    must(self != NULL && setup != NULL && error != NULL);
    *self = (struct access){.log = setup->log};
    load_profiles(self, setup->options);
    const struct endpoint_source *source = &self->setup.source;
    const char *bundle = options_text(setup->options, OPT_CA_BUNDLE);
    if (bundle == NULL || bundle[0] == '\0')
        bundle = endpoint_variable(source, "AWS_CA_BUNDLE");
    self->ca_bundle = self->setup.ca_bundle = bundle;
    if (self->setup.profile_named && !profiles_has(self->profiles, source->profile)) {
        char message[512];
        snprintf(message, sizeof message,
                 "no profile '%.200s' in the shared AWS config and credentials files", source->profile);
        return fail(error, "NoSuchProfile", message);
    }
    if (!find_region(self, setup, error))
        return false;
    self->setup.region = self->region;
    char why[PROVIDERS_ERROR_MAX];
    if (!endpoint_find(source, "kinesis", self->region, options_text(setup->options, OPT_ENDPOINT_URL),
                       &self->endpoint, why, sizeof why))
        return fail(error, "BadEndpoint", why);
    self->credentials = credentials_open(&self->setup, setup->log, why);
    if (self->credentials == NULL)
        return fail(error, "NoCredentials", why);
    return true;
}

void access_close(struct access *self)
{
    must(self != NULL);
    credentials_close(&self->credentials);
    profiles_destroy(&self->profiles);
}

int64_t access_wall_s(const struct access *self)
{
    must(self != NULL);
    return clock_wall_ms() / 1000 + self->skew_s;
}

bool access_set_clock(struct access *self, int64_t service_wall_s, int64_t skew_s)
{
    must(self != NULL);
    if (service_wall_s == 0)
        return false;
    int64_t right_s = service_wall_s - clock_wall_ms() / 1000;
    int64_t change_s = right_s - skew_s;
    if (change_s > -SKEW_S_MIN && change_s < SKEW_S_MIN)
        return false;
    if (self->skew_s == skew_s) /* else another request has told it */
        log_warning(self->log, "this machine's clock is %lld s off the service's: signing with the service's",
                    (long long)-right_s);
    self->skew_s = right_s;
    return true;
}
