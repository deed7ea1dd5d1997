#include "secondary/kinesis/endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct partition {
    const char *prefix; /* of a region's name */
    const char *suffix;
    const char *dual_stack; /* NULL: it has none */
    bool fips_in_name;      /* FIPS hosts are called service-fips */
};

/* The first match wins; the last one matches everything. */
static const struct partition partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", true},
    {"us-gov-", "amazonaws.com", "api.aws", false},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu", true},
    {"us-iso-", "c2s.ic.gov", NULL, true},
    {"us-isob-", "sc2s.sgov.gov", NULL, true},
    {"eu-isoe-", "cloud.adc-e.uk", NULL, true},
    {"us-isof-", "csp.hci.ic.gov", NULL, true},
    {"", "amazonaws.com", "api.aws", true},
};

const char *endpoint_variable(const struct endpoint_source *source, const char *name)
{
    must(source != NULL && source->lookup != NULL && name != NULL);
    const char *value = source->lookup(source->context, name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *profile_value(const struct endpoint_source *source, const char *key)
{
    return source->profiles != NULL ? profiles_get(source->profiles, source->profile, key) : NULL;
}

const char *endpoint_region(const struct endpoint_source *source, const char *asked)
{
    must(source != NULL);
    if (asked != NULL && asked[0] != '\0')
        return asked;
    const char *region = endpoint_variable(source, "AWS_REGION");
    if (region == NULL)
        region = endpoint_variable(source, "AWS_DEFAULT_REGION");
    if (region == NULL)
        region = profile_value(source, "region");
    return region;
}

bool endpoint_region_ok(const char *region)
{
    must(region != NULL);
    size_t length = strlen(region);
    if (length == 0 || length >= ENDPOINT_REGION_MAX || region[0] == '-' || region[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!islower((unsigned char)region[i]) && !isdigit((unsigned char)region[i]) && region[i] != '-')
            return false;
    }
    return true;
}

static bool bad_url(const char *url, const char *why, char *error, size_t error_size)
{
    snprintf(error, error_size, "endpoint URL '%.200s': %s; it must look like https://host[:port][/path]",
             url, why);
    return false;
}

static bool host_ok(const char *host, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)host[i];
        if (!isalnum(c) && strchr(".-_:[]", c) == NULL)
            return false;
    }
    return length > 0 && host[0] != ':';
}

bool endpoint_parse(const char *url, struct endpoint *out, char *error, size_t error_size)
{
    must(url != NULL && out != NULL);
    must(error != NULL && error_size > 0);
    *out = (struct endpoint){0};
    const char *host = url;
    if (strncasecmp(url, "https://", 8) == 0) {
        out->tls = true;
        host += 8;
    } else if (strncasecmp(url, "http://", 7) == 0) {
        host += 7;
    } else {
        return bad_url(url, "no http:// or https://", error, error_size);
    }
    size_t length = strcspn(host, "/");
    const char *path = host + length;
    if (strlen(path) >= sizeof out->path - 1 || strpbrk(path, "?# \t\r\n") != NULL)
        return bad_url(url, "the path is too long or has a query", error, error_size);
    if (!host_ok(host, length) || length >= sizeof out->host)
        return bad_url(url, "the host is not usable", error, error_size);
    snprintf(out->path, sizeof out->path, "%s", path[0] != '\0' ? path : "/");
    snprintf(out->host, sizeof out->host, "%.*s", (int)length, host);
    const char *port = strrchr(out->host, ':');
    if (port != NULL && strchr(port, ']') == NULL) {
        unsigned long number = strtoul(port + 1, NULL, 10);
        if (port[1] == '\0' || strspn(port + 1, "0123456789") != strlen(port + 1) || number == 0 ||
            number > 65535)
            return bad_url(url, "the port is not from 1 to 65535", error, error_size);
    }
    snprintf(out->url, sizeof out->url, "%s://%s%s", out->tls ? "https" : "http", out->host, out->path);
    port = strrchr(out->host, ':');
    if (port != NULL && strchr(port, ']') == NULL && strcmp(port, out->tls ? ":443" : ":80") == 0)
        out->host[port - out->host] = '\0';
    return true;
}

static bool switched_on(const struct endpoint_source *source, const char *variable, const char *key)
{
    const char *value = endpoint_variable(source, variable);
    if (value == NULL)
        value = profile_value(source, key);
    return value != NULL && strcasecmp(value, "true") == 0;
}

static const char *configured(const struct endpoint_source *source, const char *service)
{
    if (switched_on(source, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
        return NULL;
    char variable[64];
    snprintf(variable, sizeof variable, "AWS_ENDPOINT_URL_%s", service);
    for (char *at = variable; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    const char *url = endpoint_variable(source, variable);
    if (url == NULL)
        url = endpoint_variable(source, "AWS_ENDPOINT_URL");
    if (url == NULL && source->profiles != NULL)
        url = profiles_service(source->profiles, source->profile, service, "endpoint_url");
    if (url == NULL)
        url = profile_value(source, "endpoint_url");
    return url;
}

bool endpoint_find(const struct endpoint_source *source, const char *service, const char *region,
                   const char *asked, struct endpoint *out, char *error, size_t error_size)
{
    must(source != NULL && service != NULL && region != NULL);
    must(out != NULL && error != NULL);
    const char *url = asked != NULL && asked[0] != '\0' ? asked : configured(source, service);
    if (url != NULL)
        return endpoint_parse(url, out, error, error_size);
    if (!endpoint_region_ok(region)) {
        snprintf(error, error_size, "'%.64s' is not written like a region", region);
        return false;
    }
    const struct partition *partition = partitions;
    while (strncmp(region, partition->prefix, strlen(partition->prefix)) != 0)
        partition++;
    bool fips = switched_on(source, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    bool dual = switched_on(source, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    if (dual && partition->dual_stack == NULL) {
        snprintf(error, error_size, "region '%.64s' has no dual-stack endpoints", region);
        return false;
    }
    char built[ENDPOINT_URL_MAX];
    snprintf(built, sizeof built, "https://%s%s.%s.%s/", service,
             fips && partition->fips_in_name ? "-fips" : "", region,
             dual ? partition->dual_stack : partition->suffix);
    return endpoint_parse(built, out, error, error_size);
}
