#include "common/properties.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/must.h"

static const char hidden[] = "...";

static bool contains(const char *name, size_t length, const char *word)
{
    size_t wanted = strlen(word);
    for (size_t i = 0; i + wanted <= length; i++) {
        if (strncasecmp(name + i, word, wanted) == 0)
            return true;
    }
    return false;
}

static bool begins(const char *name, size_t length, const char *word)
{
    return length >= strlen(word) && strncasecmp(name, word, strlen(word)) == 0;
}

static bool is(const char *name, size_t length, const char *word)
{
    return length == strlen(word) && begins(name, length, word);
}

static bool secret(const char *name, size_t length)
{
    static const char *const words[] = {"password", "secret", "token",
                                        ".pem",     "jaas",   "sasl.oauthbearer.config"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (contains(name, length, words[i]))
            return true;
    }
    return false;
}

static bool private(const char *name, size_t length)
{
    if (is(name, length, "sasl.mechanism") || is(name, length, "sasl.mechanisms"))
        return false;
    return secret(name, length) || begins(name, length, "sasl.") || begins(name, length, "ssl.");
}

/* A line's name, without the blanks around it; false when it is no NAME=VALUE. */
static bool name_of(const char *line, size_t length, const char **name, size_t *name_length)
{
    const char *sign = memchr(line, '=', length);
    if (sign == NULL)
        return false;
    while (line < sign && (*line == ' ' || *line == '\t'))
        line++;
    size_t end = (size_t)(sign - line);
    while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        end--;
    *name = line;
    *name_length = end;
    return end > 0;
}

bool properties_secret(const char *lines)
{
    must(lines != NULL);
    const char *name;
    size_t name_length;
    for (;;) {
        size_t length = strcspn(lines, "\n");
        if (name_of(lines, length, &name, &name_length) && secret(name, name_length))
            return true;
        if (lines[length] == '\0')
            return false;
        lines += length + 1;
    }
}

char *properties_public(const char *lines)
{
    must(lines != NULL);
    size_t size = 1;
    for (const char *at = lines; *at != '\0'; at++)
        size += *at == '\n' ? sizeof hidden : 1; /* a line becomes longer by at most the dots */
    char *out = mem_new(size + sizeof hidden, 1), *to = out;
    for (;;) {
        const char *name;
        size_t name_length, length = strcspn(lines, "\n"), kept = 0;
        bool good = name_of(lines, length, &name, &name_length);
        bool shown = length == 0 || (good && !private(name, name_length));
        if (shown)
            kept = length;
        else if (good)
            kept = (size_t)((const char *)memchr(lines, '=', length) - lines) + 1;
        memcpy(to, lines, kept);
        to += kept;
        if (!shown) {
            memcpy(to, hidden, sizeof hidden - 1);
            to += sizeof hidden - 1;
        }
        if (lines[length] == '\0')
            break;
        *to++ = '\n';
        lines += length + 1;
    }
    *to = '\0';
    must((size_t)(to - out) < size + sizeof hidden);
    return out;
}
