#include "web/server/assets.h"

#include <string.h>

#include "web/server/web.h"

const struct asset *assets_find(const char *name)
{
    must(name != NULL);
    must(assets_count > 0);
    for (size_t i = 0; i < assets_count; i++)
        if (strcmp(assets_table[i].name, name) == 0)
            return &assets_table[i];
    return NULL;
}

bool web_asset(const char *name, const char **bytes_out, size_t *length_out)
{
    must(name != NULL);
    must(bytes_out != NULL && length_out != NULL);
    const struct asset *asset = assets_find(name);
    if (asset == NULL)
        return false;
    *bytes_out = (const char *)asset->plain;
    *length_out = asset->plain_bytes;
    return true;
}
