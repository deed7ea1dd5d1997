/* script_sources - the text of lua/<name>.lua, embedded when the program is built (embed.cmake). */
#ifndef FRESHET_SCRIPT_SOURCES_H
#define FRESHET_SCRIPT_SOURCES_H

#include <stddef.h>

struct script_source {
    const char *name; /* without .lua */
    const char *text;
    size_t length;
};

extern const struct script_source script_sources[];
extern const size_t script_sources_count;

#endif
