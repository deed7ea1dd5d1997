#include "secondary/kinesis/profiles.h"

#include "common/mem.h"
#include "secondary/kinesis/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTION_MAX = 512, SPELLINGS = 3 };

struct profiles {
    ini_t *credentials, *config; /* owned */
};

profiles_t *profiles_new(const char *credentials, const char *config)
{
    must(credentials != NULL && config != NULL);
    profiles_t *self = mem_new(1, sizeof *self);
    self->credentials = ini_parse(credentials, strlen(credentials));
    self->config = ini_parse(config, strlen(config));
    return self;
}

void profiles_destroy(profiles_t **self_p)
{
    must(self_p != NULL);
    if (*self_p == NULL)
        return;
    ini_destroy(&(*self_p)->credentials);
    ini_destroy(&(*self_p)->config);
    free(*self_p);
    *self_p = NULL;
}

/* The section of `kind name` in the config file: the name may be quoted. NULL when there is none. */
static const char *config_section(const profiles_t *self, const char *kind, const char *name,
                                  char out[SECTION_MAX])
{
    static const char *const quotes[SPELLINGS] = {"", "\"", "'"};
    for (size_t i = 0; i < SPELLINGS; i++) {
        int length = snprintf(out, SECTION_MAX, "%s %s%s%s", kind, quotes[i], name, quotes[i]);
        if (length > 0 && length < SECTION_MAX && ini_has(self->config, out))
            return out;
    }
    return NULL;
}

static const char *profile_section(const profiles_t *self, const char *profile, char out[SECTION_MAX])
{
    const char *section = config_section(self, "profile", profile, out);
    if (section == NULL && strcmp(profile, "default") == 0 && ini_has(self->config, "default"))
        section = "default";
    return section;
}

bool profiles_has(const profiles_t *self, const char *profile)
{
    must(self != NULL && profile != NULL);
    char section[SECTION_MAX];
    return ini_has(self->credentials, profile) || profile_section(self, profile, section) != NULL;
}

static const char *unless_empty(const char *value)
{
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *profiles_get(const profiles_t *self, const char *profile, const char *key)
{
    must(self != NULL && profile != NULL && key != NULL);
    const char *value = unless_empty(ini_get(self->credentials, profile, key, NULL));
    if (value != NULL)
        return value;
    char section[SECTION_MAX];
    const char *found = profile_section(self, profile, section);
    return found != NULL ? unless_empty(ini_get(self->config, found, key, NULL)) : NULL;
}

const char *profiles_service(const profiles_t *self, const char *profile, const char *service,
                             const char *key)
{
    must(self != NULL && profile != NULL);
    must(service != NULL && key != NULL);
    const char *services = profiles_get(self, profile, "services");
    if (services == NULL)
        return NULL;
    char section[SECTION_MAX];
    const char *found = config_section(self, "services", services, section);
    return found != NULL ? unless_empty(ini_get(self->config, found, service, key)) : NULL;
}
