#include "web/server/password.h"

#include <sodium.h>
#include <string.h>

_Static_assert((int)crypto_pwhash_STRBYTES <= (int)WEB_HASH_MAX, "a hash fits");

void password_hash(const char *password, char out[WEB_HASH_MAX])
{
    must(password != NULL);
    must(out != NULL);
    memset(out, 0, WEB_HASH_MAX);
    int failed = crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                   crypto_pwhash_MEMLIMIT_INTERACTIVE);
    must(failed == 0);
}

bool password_fits(const char *hash, const char *password)
{
    must(hash != NULL);
    must(password != NULL);
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

bool password_is_hash(const char *text)
{
    must(text != NULL);
    if (strlen(text) >= WEB_HASH_MAX ||
        strncmp(text, crypto_pwhash_STRPREFIX, strlen(crypto_pwhash_STRPREFIX)) != 0)
        return false;
    char padded[WEB_HASH_MAX] = "";
    memcpy(padded, text, strlen(text));
    return crypto_pwhash_str_needs_rehash(padded, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != -1;
}

void password_make(const unsigned char random[20], char out[PASSWORD_MADE_MAX])
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* 32: five bits each */
    must(random != NULL);
    must(out != NULL);
    size_t used = 0;
    for (size_t i = 0; i < 20; i++) {
        if (i > 0 && i % 4 == 0)
            out[used++] = '-';
        out[used++] = letters[random[i] % 32];
    }
    must(used < PASSWORD_MADE_MAX);
    out[used] = '\0';
}
