#include "primary/keystore.h"

#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum {
    SETTLED_MS = 2000, /* a folder's time may stand still for changes that follow each other quickly */
    LOOK_MS = 1000,
};

static const char suffix[] = ".cert";

struct key {
    char key[KEYFILE_KEY_MAX];
    char name[KEYFILE_NAME_MAX];
};

struct folder {
    const char *name; /* static: "allowed", "revoked" */
    struct key *keys; /* owned; sorted by key */
    size_t count;
    struct timespec changed; /* the folder's time when it was read */
    bool settled;            /* read some time after that */
};

struct keystore {
    char *dir;  /* owned */
    log_t *log; /* borrowed */
    struct keyfile primary;
    struct folder allowed, revoked;
    int64_t looked_ms;
};

/* ---- making ---- */

static bool failed(const char *path, char error[KEYFILE_ERROR_MAX])
{
    snprintf(error, KEYFILE_ERROR_MAX, "%.300s: %s", path, strerror(errno));
    return false;
}

static bool path_of(const char *dir, const char *folder, const char *name, const char *ending,
                    char out[PATH_MAX], char error[KEYFILE_ERROR_MAX])
{
    int length =
        snprintf(out, PATH_MAX, "%s/%s%s%s%s", dir, folder, folder[0] != '\0' ? "/" : "", name, ending);
    if (length > 0 && length < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return failed(dir, error);
}

static bool make_folder(const char *path, char error[KEYFILE_ERROR_MAX])
{
    return mkdir(path, 0700) == 0 || errno == EEXIST || failed(path, error);
}

bool keystore_there(const char *dir)
{
    char path[PATH_MAX], error[KEYFILE_ERROR_MAX];
    return path_of(dir, "", "primary", ".secret", path, error) && access(path, F_OK) == 0;
}

static bool new_pair(struct keyfile *out, const char *name, char error[KEYFILE_ERROR_MAX])
{
    *out = (struct keyfile){0};
    snprintf(out->name, sizeof out->name, "%s", name);
    if (zmq_curve_keypair(out->public_key, out->secret_key) == 0)
        return true;
    snprintf(error, KEYFILE_ERROR_MAX, "this libzmq can't make keys (no CURVE)");
    return false;
}

bool keystore_make(const char *dir, char error[KEYFILE_ERROR_MAX])
{
    must(dir != NULL && error != NULL);
    static const char *const folders[] = {"allowed", "revoked", "bundles"};
    char path[PATH_MAX];
    bool good = make_folder(dir, error);
    for (size_t i = 0; good && i < sizeof folders / sizeof folders[0]; i++)
        good = path_of(dir, "", folders[i], "", path, error) && make_folder(path, error);
    if (!good || keystore_there(dir))
        return good;
    struct keyfile primary;
    good = path_of(dir, "", "primary", ".secret", path, error) && new_pair(&primary, "primary", error) &&
           keyfile_save(path, &primary, "freshet: the primary's certificate. Keep it secret.", error);
    explicit_bzero(&primary, sizeof primary);
    return good;
}

static bool good_name(const char *name, char error[KEYFILE_ERROR_MAX])
{
    if (keyfile_is_name(name))
        return true;
    snprintf(error, KEYFILE_ERROR_MAX, "\"%.80s\" is not a bundle's name: up to %d letters, digits, - _ .",
             name, KEYFILE_NAME_MAX - 1);
    return false;
}

static bool load_primary(const char *dir, struct keyfile *out, char error[KEYFILE_ERROR_MAX])
{
    char path[PATH_MAX];
    return path_of(dir, "", "primary", ".secret", path, error) &&
           keyfile_load(path, KEYFILE_SECRET, out, error);
}

bool keystore_add(const char *dir, const char *name, char path_out[PATH_MAX], char error[KEYFILE_ERROR_MAX])
{
    must(dir != NULL && name != NULL);
    must(path_out != NULL && error != NULL);
    struct keyfile primary = {0}, bundle = {0};
    char cert[PATH_MAX];
    bool good = good_name(name, error) && load_primary(dir, &primary, error) &&
                new_pair(&bundle, name, error) && path_of(dir, "bundles", name, ".bundle", path_out, error) &&
                path_of(dir, "allowed", name, suffix, cert, error);
    if (good && (access(cert, F_OK) == 0 || access(path_out, F_OK) == 0)) {
        snprintf(error, KEYFILE_ERROR_MAX, "there is a bundle of the name %s already", name);
        good = false;
    }
    memcpy(bundle.primary, primary.public_key, sizeof bundle.primary);
    struct keyfile public_only = bundle;
    explicit_bzero(public_only.secret_key, sizeof public_only.secret_key);
    good = good && keyfile_save(path_out, &bundle,
                                "freshet: a join bundle. Keep it secret: who has it may join.", error);
    if (good && !keyfile_save(cert, &public_only, "freshet: a key that may join", error)) {
        unlink(path_out);
        good = false;
    }
    explicit_bzero(&primary, sizeof primary);
    explicit_bzero(&bundle, sizeof bundle);
    return good;
}

bool keystore_revoke(const char *dir, const char *name, char error[KEYFILE_ERROR_MAX])
{
    must(dir != NULL && name != NULL && error != NULL);
    char cert[PATH_MAX], to[PATH_MAX], bundle[PATH_MAX], numbered[KEYFILE_NAME_MAX + 16];
    if (!good_name(name, error) || !path_of(dir, "allowed", name, suffix, cert, error) ||
        !path_of(dir, "bundles", name, ".bundle", bundle, error))
        return false;
    snprintf(numbered, sizeof numbered, "%s", name);
    for (unsigned number = 1;; number++) { /* names may be used again after they were revoked */
        if (!path_of(dir, "revoked", numbered, suffix, to, error))
            return false;
        if (link(cert, to) == 0)
            break;
        if (errno == ENOENT && access(cert, F_OK) != 0) {
            snprintf(error, KEYFILE_ERROR_MAX, "there is no bundle of the name %s in %.300s", name, dir);
            return false;
        }
        if (errno != EEXIST)
            return failed(to, error);
        snprintf(numbered, sizeof numbered, "%s~%u", name, number);
    }
    if (unlink(cert) != 0)
        return failed(cert, error);
    return unlink(bundle) == 0 || errno == ENOENT || failed(bundle, error);
}

/* ---- an open store ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct key *)a)->key, ((const struct key *)b)->key);
}

static const struct key *find(const struct folder *self, const char *key)
{
    struct key wanted;
    snprintf(wanted.key, sizeof wanted.key, "%s", key);
    return self->count > 0 ? bsearch(&wanted, self->keys, self->count, sizeof *self->keys, by_key) : NULL;
}

static bool is_cert(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > sizeof suffix - 1 &&
           strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

static void read_cert(keystore_t *self, struct folder *folder, const char *path, const char *file)
{
    struct keyfile cert;
    char error[KEYFILE_ERROR_MAX];
    if (!keyfile_load(path, KEYFILE_PUBLIC, &cert, error)) {
        if (errno != ENOENT) /* gone since it was listed */
            log_error(self->log, "a key is left out: %s", error);
        return;
    }
    struct key *key = &folder->keys[folder->count++];
    *key = (struct key){0};
    memcpy(key->key, cert.public_key, sizeof key->key);
    /* its file's name is what revokes it */
    snprintf(key->name, sizeof key->name, "%.*s", (int)strcspn(file, "~"), file);
    size_t length = strlen(key->name);
    if (is_cert(key->name))
        key->name[length - (sizeof suffix - 1)] = '\0';
}

/* What the folder holds now. False when it can't be read: what was known holds on. */
static bool read_folder(keystore_t *self, struct folder *folder)
{
    char path[PATH_MAX], error[KEYFILE_ERROR_MAX];
    DIR *listing = path_of(self->dir, "", folder->name, "", path, error) ? opendir(path) : NULL;
    if (listing == NULL && errno != ENOENT) {
        log_error(self->log, "the folder of keys can't be read: %s: %s", path, strerror(errno));
        return false;
    }
    folder->count = 0;
    size_t room = 0;
    struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL && folder->count < KEYSTORE_KEYS_MAX) {
        if (!is_cert(entry->d_name) || !path_of(self->dir, folder->name, entry->d_name, "", path, error))
            continue;
        if (folder->count == room) {
            room = room == 0 ? 16 : 2 * room;
            folder->keys = mem_resize(folder->keys, room, sizeof *folder->keys);
        }
        errno = 0;
        read_cert(self, folder, path, entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    if (folder->count > 0)
        qsort(folder->keys, folder->count, sizeof *folder->keys, by_key);
    return true;
}

static bool has_changed(keystore_t *self, struct folder *folder, int64_t wall_ms)
{
    char path[PATH_MAX], error[KEYFILE_ERROR_MAX];
    struct stat facts = {0};
    if (!path_of(self->dir, "", folder->name, "", path, error) || stat(path, &facts) != 0)
        facts.st_mtim = (struct timespec){0};
    bool same =
        facts.st_mtim.tv_sec == folder->changed.tv_sec && facts.st_mtim.tv_nsec == folder->changed.tv_nsec;
    if (same && folder->settled)
        return false;
    folder->changed = facts.st_mtim;
    folder->settled = wall_ms - (int64_t)facts.st_mtim.tv_sec * 1000 > SETTLED_MS;
    return true;
}

keystore_t *keystore_open(const char *dir, log_t *log, int64_t wall_ms, char error[KEYFILE_ERROR_MAX])
{
    must(dir != NULL && log != NULL && error != NULL);
    struct keyfile primary = {0};
    if (!load_primary(dir, &primary, error))
        return NULL;
    keystore_t *self = mem_new(1, sizeof *self);
    *self = (struct keystore){.dir = mem_text(dir),
                              .log = log,
                              .primary = primary,
                              .allowed = {.name = "allowed"},
                              .revoked = {.name = "revoked"},
                              .looked_ms = wall_ms};
    explicit_bzero(&primary, sizeof primary);
    (void)has_changed(self, &self->allowed, wall_ms);
    (void)has_changed(self, &self->revoked, wall_ms);
    if (read_folder(self, &self->allowed) && read_folder(self, &self->revoked))
        return self;
    snprintf(error, KEYFILE_ERROR_MAX, "%.300s: %s", dir, strerror(errno));
    keystore_destroy(&self);
    return NULL;
}

void keystore_destroy(keystore_t **self_p)
{
    must(self_p != NULL);
    keystore_t *self = *self_p;
    if (self == NULL)
        return;
    free(self->allowed.keys);
    free(self->revoked.keys);
    free(self->dir);
    explicit_bzero(self, sizeof *self);
    free(self);
    *self_p = NULL;
}

/* Tell of keys that are in `now` and not in `before`. */
static void tell(keystore_t *self, const struct folder *before, const struct folder *now, bool allowed)
{
    for (size_t i = 0; i < now->count; i++) {
        if (find(before, now->keys[i].key) != NULL)
            continue;
        if (allowed)
            log_info(self->log, "key allowed: bundle=%s", now->keys[i].name);
        else
            log_warning(self->log, "key revoked: bundle=%s; its secondaries are refused from now on",
                        now->keys[i].name);
    }
}

void keystore_turn(keystore_t *self, int64_t wall_ms)
{
    must(self != NULL);
    int64_t since_ms = wall_ms - self->looked_ms;
    if (since_ms >= 0 && since_ms < LOOK_MS)
        return;
    self->looked_ms = wall_ms;
    if (has_changed(self, &self->revoked, wall_ms))
        (void)read_folder(self, &self->revoked);
    if (!has_changed(self, &self->allowed, wall_ms))
        return;
    struct folder before = self->allowed;
    self->allowed.keys = NULL;
    if (!read_folder(self, &self->allowed)) {
        self->allowed = before;
        return;
    }
    tell(self, &before, &self->allowed, true);
    tell(self, &self->allowed, &before, false);
    free(before.keys);
}

enum keystore_who keystore_find(const keystore_t *self, const char *key, char name_out[KEYFILE_NAME_MAX])
{
    must(self != NULL && key != NULL);
    const struct key *allowed = find(&self->allowed, key);
    const struct key *revoked = allowed == NULL ? find(&self->revoked, key) : NULL;
    const struct key *known = allowed != NULL ? allowed : revoked;
    if (name_out != NULL)
        snprintf(name_out, KEYFILE_NAME_MAX, "%s", known != NULL ? known->name : "");
    return allowed != NULL ? KEYSTORE_ALLOWED : revoked != NULL ? KEYSTORE_REVOKED : KEYSTORE_UNKNOWN;
}

const struct keyfile *keystore_primary(const keystore_t *self)
{
    must(self != NULL);
    return &self->primary;
}

const char *keystore_dir(const keystore_t *self)
{
    must(self != NULL);
    return self->dir;
}
