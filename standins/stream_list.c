#include "standins/stream_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool stream_list_next(const char **at_p, struct stream_summary *out, char error[STREAM_LIST_ERROR_MAX])
{
    must(at_p != NULL && *at_p != NULL);
    must(out != NULL && error != NULL);
    error[0] = '\0';
    const char *entry = *at_p;
    if (*entry == '\0')
        return false;
    size_t length = strcspn(entry, ",");
    size_t name = strspn(entry, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    const char *digits = entry + name + 1;
    size_t count = name < length && entry[name] == ':' ? strspn(digits, "0123456789") : 0;
    unsigned long shards = count > 0 && count <= 5 ? strtoul(digits, NULL, 10) : 0;
    if (name == 0 || name >= STREAMS_NAME_MAX || name + 1 + count != length || shards == 0 ||
        shards > STREAMS_SHARDS_MAX) {
        snprintf(error, STREAM_LIST_ERROR_MAX,
                 "--stream: \"%.*s\" is not NAME:SHARDS with 1-128 of [a-zA-Z0-9_.-] and 1-%d shards",
                 length > 128 ? 128 : (int)length, entry, STREAMS_SHARDS_MAX);
        return false;
    }
    *out = (struct stream_summary){.shards = (uint32_t)shards, .record_kib_max = 1024};
    memcpy(out->name, entry, name);
    *at_p = entry + length + (entry[length] == ',');
    return true;
}
