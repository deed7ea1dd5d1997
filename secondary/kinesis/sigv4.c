/* The plain SHA256_* functions: their state is a struct that can be copied, which the EVP interface offers
 * only with an allocation for each copy. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "secondary/kinesis/sigv4.h"

#include "common/buffer.h"
#include "common/mem.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGEST = SHA256_DIGEST_LENGTH, BLOCK = SHA256_CBLOCK, SCOPE_MAX = 192, HEADERS_MAX = 96 };

struct hmac { /* hash states after the inner and the outer pad: what is constant for a key */
    SHA256_CTX inner, outer;
};

struct sigv4 {
    char *region, *service; /* owned */
    char *before_date;      /* owned: canonical request up to the date */
    char *target;           /* owned, or NULL */
    struct sigv4_keys keys;
    char signed_headers[HEADERS_MAX];

    int64_t second;            /* that `before_body` and `date` are for, or -1 */
    char date[SIGV4_DATE_MAX]; /* 20261122T120000Z */
    SHA256_CTX before_body;    /* canonical request hashed up to the body's hash */
    int64_t day;               /* that the key and scope are for, or -1 */
    uint8_t day_key[DIGEST];
    struct hmac signer;    /* keyed with day_key */
    char scope[SCOPE_MAX]; /* 20261122/region/service/aws4_request */
};

static void hex(const uint8_t digest[DIGEST], char out[SIGV4_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SIGV4_HEX_MAX - 1] = '\0';
}

static void hmac_init(struct hmac *self, const void *key, size_t length)
{
    uint8_t block[BLOCK] = {0};
    if (length > BLOCK)
        SHA256(key, length, block);
    else
        memcpy(block, key, length);
    uint8_t pad[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        pad[i] = block[i] ^ 0x36;
    SHA256_Init(&self->inner);
    SHA256_Update(&self->inner, pad, BLOCK);
    for (size_t i = 0; i < BLOCK; i++)
        pad[i] = block[i] ^ 0x5c;
    SHA256_Init(&self->outer);
    SHA256_Update(&self->outer, pad, BLOCK);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(pad, sizeof pad);
}

static void hmac_end(const struct hmac *keyed, SHA256_CTX *inner, uint8_t out[DIGEST])
{
    uint8_t digest[DIGEST];
    SHA256_Final(digest, inner);
    SHA256_CTX outer = keyed->outer;
    SHA256_Update(&outer, digest, DIGEST);
    SHA256_Final(out, &outer);
}

static void hmac_text(const void *key, size_t key_length, const char *text, uint8_t out[DIGEST])
{
    struct hmac keyed;
    hmac_init(&keyed, key, key_length);
    SHA256_CTX inner = keyed.inner;
    SHA256_Update(&inner, text, strlen(text));
    hmac_end(&keyed, &inner, out);
}

/* The path as the canonical request wants it: what is no unreserved character is percent-encoded. */
static void canonical_path(struct buffer *out, const char *path)
{
    for (const char *at = path; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     strchr("-._~/", c) != NULL;
        if (plain)
            buffer_append(out, at, 1);
        else
            buffer_printf(out, "%%%02X", c);
    }
}

sigv4_t *sigv4_new(const struct sigv4_setup *setup)
{
    must(setup != NULL && setup->region != NULL && setup->service != NULL);
    must(setup->host != NULL && setup->path != NULL && setup->path[0] == '/');
    must(setup->content_type != NULL);
    sigv4_t *self = mem_new(1, sizeof *self);
    self->region = mem_text(setup->region);
    self->service = mem_text(setup->service);
    self->target = setup->target != NULL ? mem_text(setup->target) : NULL;
    self->second = self->day = -1;

    struct buffer before;
    buffer_init(&before, 65536);
    buffer_text(&before, "POST\n");
    canonical_path(&before, setup->path);
    buffer_printf(&before, "\n\ncontent-type:%s\nhost:%s\nx-amz-date:", setup->content_type, setup->host);
    must(!before.full);
    self->before_date = mem_text(buffer_str(&before));
    buffer_fini(&before);
    return self;
}

void sigv4_destroy(sigv4_t **self_p)
{
    must(self_p != NULL);
    sigv4_t *self = *self_p;
    if (self == NULL)
        return;
    free(self->region);
    free(self->service);
    free(self->before_date);
    free(self->target);
    OPENSSL_cleanse(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

void sigv4_set_keys(sigv4_t *self, const struct sigv4_keys *keys)
{
    must(self != NULL && keys != NULL);
    self->keys = *keys;
    self->second = self->day = -1;
    snprintf(self->signed_headers, sizeof self->signed_headers, "content-type;host;x-amz-date%s%s",
             keys->token[0] != '\0' ? ";x-amz-security-token" : "",
             self->target != NULL ? ";x-amz-target" : "");
}

static void start_day(sigv4_t *self)
{
    char day[9];
    memcpy(day, self->date, 8);
    day[8] = '\0';
    char secret[SIGV4_SECRET_MAX + 4];
    int length = snprintf(secret, sizeof secret, "AWS4%s", self->keys.secret);
    must(length > 0 && (size_t)length < sizeof secret);
    uint8_t key[DIGEST];
    hmac_text(secret, (size_t)length, day, key);
    hmac_text(key, DIGEST, self->region, key);
    hmac_text(key, DIGEST, self->service, key);
    hmac_text(key, DIGEST, "aws4_request", self->day_key);
    hmac_init(&self->signer, self->day_key, DIGEST);
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(key, sizeof key);
    length =
        snprintf(self->scope, sizeof self->scope, "%s/%s/%s/aws4_request", day, self->region, self->service);
    must(length > 0 && (size_t)length < sizeof self->scope);
}

static void update(SHA256_CTX *hash, const char *text)
{
    SHA256_Update(hash, text, strlen(text));
}

static void start_second(sigv4_t *self, int64_t wall_s)
{
    time_t seconds = (time_t)wall_s;
    struct tm parts;
    must(gmtime_r(&seconds, &parts) != NULL);
    must(strftime(self->date, sizeof self->date, "%Y%m%dT%H%M%SZ", &parts) == SIGV4_DATE_MAX - 1);
    if (wall_s / 86400 != self->day) {
        start_day(self);
        self->day = wall_s / 86400;
    }
    SHA256_CTX *hash = &self->before_body;
    SHA256_Init(hash);
    update(hash, self->before_date);
    update(hash, self->date);
    if (self->keys.token[0] != '\0') {
        update(hash, "\nx-amz-security-token:");
        update(hash, self->keys.token);
    }
    if (self->target != NULL) {
        update(hash, "\nx-amz-target:");
        update(hash, self->target);
    }
    update(hash, "\n\n");
    update(hash, self->signed_headers);
    update(hash, "\n");
    self->second = wall_s;
}

void sigv4_sign(sigv4_t *self, const void *body, size_t length, int64_t wall_s, struct sigv4_signature *out)
{
    must(self != NULL && out != NULL);
    must(body != NULL || length == 0);
    must(self->keys.id[0] != '\0' && wall_s >= 0);
    if (wall_s != self->second)
        start_second(self, wall_s);

    uint8_t digest[DIGEST];
    char text[SIGV4_HEX_MAX];
    SHA256(body, length, digest);
    hex(digest, text);
    SHA256_CTX canonical = self->before_body;
    SHA256_Update(&canonical, text, SIGV4_HEX_MAX - 1);
    SHA256_Final(digest, &canonical);
    hex(digest, out->canonical_hash);

    SHA256_CTX inner = self->signer.inner;
    update(&inner, "AWS4-HMAC-SHA256\n");
    SHA256_Update(&inner, self->date, SIGV4_DATE_MAX - 1);
    update(&inner, "\n");
    update(&inner, self->scope);
    update(&inner, "\n");
    SHA256_Update(&inner, out->canonical_hash, SIGV4_HEX_MAX - 1);
    hmac_end(&self->signer, &inner, digest);
    hex(digest, text);
    memcpy(out->date, self->date, SIGV4_DATE_MAX);
    int bytes = snprintf(out->authorization, sizeof out->authorization,
                         "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", self->keys.id,
                         self->scope, self->signed_headers, text);
    must(bytes > 0 && (size_t)bytes < sizeof out->authorization);
}

void sigv4_day_key(const sigv4_t *self, char out[SIGV4_HEX_MAX])
{
    must(self != NULL && self->day >= 0);
    hex(self->day_key, out);
}
