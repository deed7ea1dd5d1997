#include "web/server/credentials_store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/server/password.h"
#include "web/server/web.h"

enum { PATH_BYTES = 4096, FILE_BYTES = 1024 };

static const char well_known[] = "locust-dashboard-pwd"; /* the default of a published set-up */

bool credentials_loopback(const char *host)
{
    must(host != NULL);
    unsigned char v4[4];
    if (inet_pton(AF_INET, host, v4) == 1)
        return v4[0] == 127;
    return strcmp(host, "::1") == 0 || strcasecmp(host, "localhost") == 0;
}

/* Read a whole small file; returns its length or -1 with errno (EFBIG: too long). */
static ssize_t read_small(const char *path, char out[FILE_BYTES], struct stat *status)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t used = fstat(file, status) == 0 ? 0 : -1;
    while (used >= 0 && used < FILE_BYTES) {
        ssize_t got = read(file, out + used, (size_t)(FILE_BYTES - used));
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            break;
        used = got < 0 ? -1 : used + got;
    }
    int problem = used == FILE_BYTES ? EFBIG : errno;
    close(file);
    errno = problem;
    return used == FILE_BYTES ? -1 : used;
}

bool web_secret_file(const char *path, char out[WEB_SECRET_MAX], char error[WEB_ERROR_MAX])
{
    must(path != NULL);
    must(out != NULL && error != NULL);
    char text[FILE_BYTES];
    struct stat status;
    ssize_t length = read_small(path, text, &status);
    const char *problem = NULL;
    size_t line = 0;
    if (length < 0) {
        problem = strerror(errno);
    } else {
        while (line < (size_t)length && text[line] != '\n' && text[line] != '\r')
            line++;
        if (line == 0)
            problem = "its first line is empty";
        else if (line >= WEB_SECRET_MAX || memchr(text, '\0', line) != NULL)
            problem = "its first line is too long or not text";
        else if (S_ISREG(status.st_mode) && (status.st_mode & S_IWOTH) != 0)
            problem = "everybody may write it (chmod 600 it)";
    }
    if (problem != NULL) {
        snprintf(error, WEB_ERROR_MAX, "can't take the secret from %.300s: %s", path, problem);
    } else {
        memcpy(out, text, line);
        out[line] = '\0';
    }
    sodium_memzero(text, sizeof text);
    return problem == NULL;
}

/* Make `path` and what is missing above it, for this user only. */
static bool make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST || access(path, X_OK) == 0;
        *slash = '/';
        if (!made)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool web_state_dir(const char *option, char *out, size_t out_bytes, char error[WEB_ERROR_MAX])
{
    must(out != NULL && out_bytes > 0);
    must(error != NULL);
    const char *systemd = getenv("STATE_DIRECTORY");
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length;
    if (option != NULL && option[0] != '\0')
        length = snprintf(out, out_bytes, "%s", option);
    else if (systemd != NULL && systemd[0] == '/')
        length = snprintf(out, out_bytes, "%.*s", (int)strcspn(systemd, ":"), systemd);
    else if (xdg != NULL && xdg[0] == '/')
        length = snprintf(out, out_bytes, "%s/freshet", xdg);
    else if (home != NULL && home[0] == '/')
        length = snprintf(out, out_bytes, "%s/.local/state/freshet", home);
    else
        length = -1;
    if (length <= 0 || (size_t)length >= out_bytes) {
        snprintf(error, WEB_ERROR_MAX, "no directory for the state: set --state-dir (HOME is not set)");
        return false;
    }
    struct stat status;
    if (!make_directories(out) || stat(out, &status) != 0 || !S_ISDIR(status.st_mode)) {
        snprintf(error, WEB_ERROR_MAX, "can't make the state directory %.300s: %s", out,
                 errno == EEXIST ? "there is a file of that name" : strerror(errno));
        return false;
    }
    return true;
}

/* Write `hash` to `path` so that there is always a whole file: 0600, synced, renamed into place. */
static bool keep_hash(const char *path, const char *hash)
{
    char fresh[PATH_BYTES + 16];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    (void)unlink(fresh);
    int file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    char line[WEB_HASH_MAX + 1];
    int length = snprintf(line, sizeof line, "%s\n", hash);
    bool good = write(file, line, (size_t)length) == length && fsync(file) == 0;
    good = close(file) == 0 && good;
    return good && rename(fresh, path) == 0;
}

/* No password was given: take the kept hash, or make a password and keep its hash. */
static bool kept_or_made(const char *state_dir, struct web_account *out, char made[WEB_SECRET_MAX],
                         char error[WEB_ERROR_MAX])
{
    char directory[PATH_BYTES - 32], path[PATH_BYTES], text[FILE_BYTES];
    if (!web_state_dir(state_dir, directory, sizeof directory, error))
        return false;
    snprintf(path, sizeof path, "%s/web-password", directory);
    struct stat status;
    ssize_t length = read_small(path, text, &status);
    if (length < 0 && errno == ENOENT) {
        unsigned char random[20];
        randombytes_buf(random, sizeof random);
        char password[PASSWORD_MADE_MAX];
        password_make(random, password);
        password_hash(password, out->hash);
        snprintf(made, WEB_SECRET_MAX, "%s", password);
        sodium_memzero(random, sizeof random);
        sodium_memzero(password, sizeof password);
        if (keep_hash(path, out->hash))
            return true;
        sodium_memzero(made, WEB_SECRET_MAX);
        snprintf(error, WEB_ERROR_MAX, "can't keep the password's hash in %.300s: %s", path, strerror(errno));
        return false;
    }
    if (length < 0) {
        snprintf(error, WEB_ERROR_MAX, "can't read the password's hash in %.300s: %s", path, strerror(errno));
        return false;
    }
    size_t line = 0;
    while (line < (size_t)length && text[line] > ' ')
        line++;
    text[line < FILE_BYTES ? line : FILE_BYTES - 1] = '\0';
    if (!password_is_hash(text)) {
        snprintf(error, WEB_ERROR_MAX, "%.300s holds no password hash: remove it to have a new password made",
                 path);
        return false;
    }
    memcpy(out->hash, text, strlen(text) + 1); /* a hash fits, as password_is_hash() has seen */
    return true;
}

static bool take_user(const char *user, const char *fallback, char out[WEB_USER_MAX],
                      char error[WEB_ERROR_MAX])
{
    const char *name = user != NULL && user[0] != '\0' ? user : fallback;
    if (strlen(name) >= WEB_USER_MAX || strchr(name, ':') != NULL || strpbrk(name, "\r\n") != NULL) {
        snprintf(error, WEB_ERROR_MAX,
                 "the dashboard's user name must be shorter than %d bytes and have no colon", WEB_USER_MAX);
        return false;
    }
    memcpy(out, name, strlen(name) + 1);
    return true;
}

/* The password as given by variable or file; *given_out is false when by neither. */
static bool take_password(const char *direct, const char *file, const char *host, char out[WEB_SECRET_MAX],
                          bool *given_out, char error[WEB_ERROR_MAX])
{
    bool has_direct = direct != NULL && direct[0] != '\0';
    bool has_file = file != NULL && file[0] != '\0';
    *given_out = has_direct || has_file;
    if (has_direct && has_file) {
        snprintf(error, WEB_ERROR_MAX, "a dashboard password is given twice: by a variable and by a file");
        return false;
    }
    if (has_file && !web_secret_file(file, out, error))
        return false;
    if (has_direct && strlen(direct) >= WEB_SECRET_MAX) {
        snprintf(error, WEB_ERROR_MAX, "the dashboard's password must be shorter than %d bytes",
                 WEB_SECRET_MAX);
        return false;
    }
    if (has_direct)
        memcpy(out, direct, strlen(direct) + 1);
    if (*given_out && strcmp(out, well_known) == 0 && (host == NULL || !credentials_loopback(host))) {
        snprintf(
            error, WEB_ERROR_MAX,
            "the dashboard's password is the published default, which only --web-host 127.0.0.1 may have: "
            "set FRESHET_WEB_PASSWORD to one of your own");
        return false;
    }
    return true;
}

bool web_accounts_open(const struct web_accounts_setup *setup, struct web_accounts *out,
                       char made[WEB_SECRET_MAX], char error[WEB_ERROR_MAX])
{
    must(setup != NULL && out != NULL);
    must(made != NULL && error != NULL);
    memset(out, 0, sizeof *out);
    made[0] = '\0';
    if (sodium_init() < 0) {
        snprintf(error, WEB_ERROR_MAX, "libsodium can't start");
        return false;
    }
    char password[WEB_SECRET_MAX] = "";
    bool given = false;
    bool good = take_user(setup->user, "freshet", out->operator.user, error) &&
                take_password(setup->password, setup->password_file, setup->host, password, &given, error);
    if (good && given)
        password_hash(password, out->operator.hash);
    else if (good)
        good = kept_or_made(setup->state_dir, &out->operator, made, error);

    good = good && take_user(setup->viewer_user, "viewer", out->viewer.user, error) &&
           take_password(setup->viewer_password, setup->viewer_password_file, setup->host, password, &given,
                         error);
    if (good && given)
        password_hash(password, out->viewer.hash);
    sodium_memzero(password, sizeof password);
    if (good && given && strcmp(out->operator.user, out->viewer.user) == 0) {
        snprintf(error, WEB_ERROR_MAX, "the viewer's user name must differ from the operator's");
        return false;
    }
    return good;
}
