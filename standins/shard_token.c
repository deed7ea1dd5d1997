#include "standins/shard_token.h"

#include "standins/base64.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_ = 256 };

const char *shard_token_print(const struct shard_token *self, char out[SHARD_TOKEN_TEXT_MAX])
{
    must(self != NULL);
    must(out != NULL);
    char line[LINE_MAX_];
    int length = snprintf(line, sizeof line, "%s:%" PRIu64 ":%" PRIu32 ":%" PRIu64 ":%" PRId64, self->stream,
                          self->created_ms, self->shard, self->ordinal, self->issued_ms);
    must(length > 0 && (size_t)length < sizeof line);
    base64_encode((const uint8_t *)line, (size_t)length, out);
    out[base64_encoded_length((size_t)length)] = '\0';
    return out;
}

bool shard_token_parse(const char *text, struct shard_token *out)
{
    must(text != NULL);
    must(out != NULL);
    char line[LINE_MAX_];
    size_t length;
    if (strlen(text) >= SHARD_TOKEN_TEXT_MAX || !base64_check(text, strlen(text), &length) ||
        length >= sizeof line)
        return false;
    base64_decode(text, strlen(text), (uint8_t *)line);
    line[length] = '\0';
    int end = 0;
    int fields = sscanf(line, "%128[a-zA-Z0-9_.-]:%20" SCNu64 ":%10" SCNu32 ":%20" SCNu64 ":%20" SCNd64 "%n",
                        out->stream, &out->created_ms, &out->shard, &out->ordinal, &out->issued_ms, &end);
    return fields == 5 && (size_t)end == length;
}
