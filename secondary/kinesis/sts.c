#include "secondary/kinesis/sts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void sts_form(struct buffer *out, const char *name, const char *value)
{
    must(out != NULL && name != NULL && value != NULL);
    buffer_printf(out, "%s%s=", out->length > 0 ? "&" : "", name);
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (isalnum(c) || strchr("-._~", c) != NULL)
            buffer_append(out, at, 1);
        else
            buffer_printf(out, "%%%02X", c);
    }
}

struct part {
    const char *at;
    size_t length;
};

/* What stands between <name> and </name> in `within`; exactly one such element. */
static bool element(struct part within, const char *name, struct part *out)
{
    char open[48], close[48];
    int open_length = snprintf(open, sizeof open, "<%s>", name);
    int close_length = snprintf(close, sizeof close, "</%s>", name);
    must(open_length > 0 && close_length < (int)sizeof close);
    const char *begin = memmem(within.at, within.length, open, (size_t)open_length);
    if (begin == NULL)
        return false;
    begin += open_length;
    size_t rest = within.length - (size_t)(begin - within.at);
    const char *end = memmem(begin, rest, close, (size_t)close_length);
    if (end == NULL || memmem(begin, rest, open, (size_t)open_length) != NULL)
        return false;
    *out = (struct part){begin, (size_t)(end - begin)};
    return true;
}

/* Copy an element's text: no markup inside, the five entities resolved, blanks around it dropped. */
static bool copy_text(struct part text, char *out, size_t out_size)
{
    static const struct {
        const char *name;
        char value;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    while (text.length > 0 && isspace((unsigned char)text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && isspace((unsigned char)text.at[text.length - 1]))
        text.length--;
    size_t used = 0;
    for (size_t i = 0; i < text.length;) {
        char c = text.at[i];
        size_t step = 1;
        if (c == '&') {
            step = 0;
            for (size_t e = 0; e < sizeof entities / sizeof entities[0] && step == 0; e++) {
                size_t length = strlen(entities[e].name);
                if (text.length - i >= length && memcmp(text.at + i, entities[e].name, length) == 0) {
                    c = entities[e].value;
                    step = length;
                }
            }
        }
        if (step == 0 || text.at[i] == '<' || (unsigned char)c < 0x20 || used + 1 >= out_size)
            return false;
        out[used++] = c;
        i += step;
    }
    out[used] = '\0';
    return used > 0;
}

static bool element_text(struct part within, const char *name, char *out, size_t out_size)
{
    struct part text;
    return element(within, name, &text) && copy_text(text, out, out_size);
}

bool sts_time(const char *text, int64_t *out_s)
{
    must(text != NULL && out_s != NULL);
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == NULL)
        return false;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    int64_t offset_s = 0;
    int hours, minutes;
    char sign;
    if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) == 3 && (sign == '+' || sign == '-'))
        offset_s = (sign == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
    else if (strcmp(rest, "Z") != 0)
        return false;
    *out_s = (int64_t)timegm(&parts) - offset_s;
    return true;
}

bool sts_read(const char *xml, size_t length, struct sigv4_keys *keys, int64_t *expires_s)
{
    must(xml != NULL && keys != NULL && expires_s != NULL);
    struct part within;
    char expires[64];
    return element((struct part){xml, length}, "Credentials", &within) &&
           element_text(within, "AccessKeyId", keys->id, sizeof keys->id) &&
           element_text(within, "SecretAccessKey", keys->secret, sizeof keys->secret) &&
           element_text(within, "SessionToken", keys->token, sizeof keys->token) &&
           element_text(within, "Expiration", expires, sizeof expires) && sts_time(expires, expires_s);
}

void sts_read_error(const char *xml, size_t length, char *out, size_t out_size)
{
    must(xml != NULL && out != NULL && out_size > 0);
    char code[128], message[512];
    out[0] = '\0';
    struct part all = {xml, length};
    if (element_text(all, "Code", code, sizeof code))
        snprintf(out, out_size, "%s: %s", code,
                 element_text(all, "Message", message, sizeof message) ? message : "no message");
}
