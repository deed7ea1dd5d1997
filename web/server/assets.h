/*
 * assets - the files that the build has put into the program: the page and the API's description.
 *
 * Static; any thread. The table is written by embed.cmake.
 */
#ifndef FRESHET_ASSETS_H
#define FRESHET_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/must.h"

struct asset {
    const char *name; /* "app.1a2b3c4d.js" */
    const char *type; /* media type */
    const char *etag; /* quoted, from the content's hash */
    bool immutable;   /* the name holds a hash: a browser need never ask again */
    const unsigned char *plain;
    size_t plain_bytes;
    const unsigned char *gzip;
    size_t gzip_bytes;
};

extern const struct asset assets_table[];
extern const size_t assets_count;

/* The file of that name, or NULL. */
const struct asset *assets_find(const char *name);

#endif
