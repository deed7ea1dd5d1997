#include "common/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char z85[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
static const char name_bytes[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";

bool keyfile_is_name(const char *text)
{
    must(text != NULL);
    size_t length = strlen(text);
    return length > 0 && length < KEYFILE_NAME_MAX && text[0] != '.' && strspn(text, name_bytes) == length;
}

bool keyfile_is_key(const char *text)
{
    must(text != NULL);
    return strlen(text) == KEYFILE_KEY_MAX - 1 && strspn(text, z85) == KEYFILE_KEY_MAX - 1;
}

/* ---- the text ---- */

struct reader {
    struct keyfile *out;
    char section[16];
    unsigned line;
    char *error;
};

static bool wrong(const struct reader *self, const char *what)
{
    snprintf(self->error, KEYFILE_ERROR_MAX, "line %u: %s", self->line, what);
    return false;
}

/* Where the value of `section` and `key` belongs; NULL: nowhere. */
static char *place(const struct reader *self, const char *key, bool *is_key_out)
{
    struct keyfile *out = self->out;
    bool metadata = strcmp(self->section, "metadata") == 0, curve = strcmp(self->section, "curve") == 0;
    *is_key_out = true;
    if (metadata && strcmp(key, "primary") == 0)
        return out->primary;
    if (curve && strcmp(key, "public-key") == 0)
        return out->public_key;
    if (curve && strcmp(key, "secret-key") == 0)
        return out->secret_key;
    *is_key_out = false;
    return metadata && strcmp(key, "name") == 0 ? out->name : NULL;
}

static bool take_value(const struct reader *self, const char *key, const char *value)
{
    bool is_key;
    char *to = place(self, key, &is_key);
    if (to == NULL) /* other programs put more into the metadata */
        return strcmp(self->section, "metadata") == 0 || wrong(self, "no such entry in this section");
    if (to[0] != '\0')
        return wrong(self, "this entry is there twice");
    if (is_key ? !keyfile_is_key(value) : !keyfile_is_name(value))
        return wrong(self, is_key ? "not a key: 40 characters of Z85" : "not a name: letters, digits, - _ .");
    memcpy(to, value, strlen(value) + 1);
    return true;
}

/* `key = "value"`, in place. */
static bool take_entry(struct reader *self, char *text)
{
    static const char form[] = "expected key = \"value\"";
    size_t key_length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./");
    char *at = text + key_length;
    at += strspn(at, " \t");
    if (key_length == 0 || *at != '=')
        return wrong(self, form);
    at++;
    at += strspn(at, " \t");
    if (*at != '"')
        return wrong(self, form);
    char *value = ++at;
    at = strchr(value, '"');
    if (at == NULL || at[1 + strspn(at + 1, " \t\r")] != '\0')
        return wrong(self, form);
    *at = '\0';
    text[key_length] = '\0';
    return take_value(self, text, value);
}

static bool take_line(struct reader *self, char *line)
{
    size_t indent = strspn(line, " \t");
    char *text = line + indent;
    size_t length = strcspn(text, "\r");
    if (length == 0 || *text == '#')
        return true;
    if (indent > 0)
        return self->section[0] != '\0' ? take_entry(self, text) : wrong(self, "an entry outside a section");
    text[strcspn(text, " \t\r")] = '\0';
    if (strcmp(text, "metadata") != 0 && strcmp(text, "curve") != 0)
        return wrong(self, "no such section: metadata and curve are known");
    snprintf(self->section, sizeof self->section, "%s", text);
    return true;
}

static bool complete(const struct keyfile *self, enum keyfile_kind kind, char error[KEYFILE_ERROR_MAX])
{
    const char *missing = NULL;
    if (self->public_key[0] == '\0')
        missing = "curve/public-key";
    else if (kind != KEYFILE_PUBLIC && self->secret_key[0] == '\0')
        missing = "curve/secret-key";
    else if (kind == KEYFILE_BUNDLE && self->primary[0] == '\0')
        missing = "metadata/primary";
    if (missing != NULL)
        snprintf(error, KEYFILE_ERROR_MAX, "no %s in it", missing);
    return missing == NULL;
}

bool keyfile_parse(const char *text, size_t length, enum keyfile_kind kind, struct keyfile *out,
                   char error[KEYFILE_ERROR_MAX])
{
    must(text != NULL || length == 0);
    must(out != NULL && error != NULL);
    *out = (struct keyfile){0};
    struct reader reader = {.out = out, .error = error};
    bool good = true;
    for (size_t at = 0; good && at < length;) {
        char line[256];
        const char *end = memchr(text + at, '\n', length - at);
        size_t bytes = end != NULL ? (size_t)(end - (text + at)) : length - at;
        reader.line++;
        bool fits = bytes < sizeof line && memchr(text + at, '\0', bytes) == NULL;
        if (fits) {
            memcpy(line, text + at, bytes);
            line[bytes] = '\0';
        }
        good = fits ? take_line(&reader, line) : wrong(&reader, "too long, or a NUL inside");
        explicit_bzero(line, sizeof line);
        at += bytes + 1;
    }
    good = good && complete(out, kind, error);
    if (kind == KEYFILE_PUBLIC)
        explicit_bzero(out->secret_key, sizeof out->secret_key);
    if (!good)
        explicit_bzero(out, sizeof *out);
    return good;
}

static void print_entry(struct buffer *out, const char *key, const char *value)
{
    if (value[0] != '\0')
        buffer_printf(out, "    %s = \"%s\"\n", key, value);
}

void keyfile_print(const struct keyfile *self, const char *comment, struct buffer *out)
{
    must(self != NULL && comment != NULL);
    must(keyfile_is_key(self->public_key));
    buffer_printf(out, "#   %s\nmetadata\n", comment);
    print_entry(out, "name", self->name);
    print_entry(out, "primary", self->primary);
    buffer_printf(out, "curve\n");
    print_entry(out, "public-key", self->public_key);
    print_entry(out, "secret-key", self->secret_key);
}

/* ---- the file ---- */

static bool failed(const char *path, const char *why, char error[KEYFILE_ERROR_MAX])
{
    snprintf(error, KEYFILE_ERROR_MAX, "%.300s: %s", path, why);
    return false;
}

static bool acceptable(int fd, const char *path, enum keyfile_kind kind, char error[KEYFILE_ERROR_MAX])
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return failed(path, strerror(errno), error);
    if (!S_ISREG(facts.st_mode))
        return failed(path, "not a plain file", error);
    if (facts.st_size > KEYFILE_BYTES_MAX)
        return failed(path, "too large for a key file", error);
    if (kind != KEYFILE_PUBLIC && (facts.st_mode & 077) != 0) {
        snprintf(error, KEYFILE_ERROR_MAX,
                 "%.300s: it holds a secret key and others may open it (mode %04o): chmod 600 it", path,
                 (unsigned)(facts.st_mode & 07777));
        return false;
    }
    return true;
}

bool keyfile_load(const char *path, enum keyfile_kind kind, struct keyfile *out,
                  char error[KEYFILE_ERROR_MAX])
{
    must(path != NULL && out != NULL && error != NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return failed(path, strerror(errno), error);
    char text[KEYFILE_BYTES_MAX], why[KEYFILE_ERROR_MAX];
    size_t length = 0;
    bool good = acceptable(fd, path, kind, error);
    ssize_t count = 1;
    while (good && count > 0 && length < sizeof text) {
        count = read(fd, text + length, sizeof text - length);
        length += count > 0 ? (size_t)count : 0;
    }
    if (good && count < 0)
        good = failed(path, strerror(errno), error);
    else if (good && !keyfile_parse(text, length, kind, out, why))
        good = failed(path, why, error);
    explicit_bzero(text, sizeof text);
    close(fd);
    return good;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = write(fd, bytes, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        length -= (size_t)count;
    }
    return fsync(fd) == 0;
}

bool keyfile_save(const char *path, const struct keyfile *self, const char *comment,
                  char error[KEYFILE_ERROR_MAX])
{
    must(path != NULL && self != NULL && error != NULL);
    /* Under another name first: whoever looks into the folder meanwhile must not see half a file. */
    char draft[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash + 1 - path) : 0;
    int length = snprintf(draft, sizeof draft, "%.*s.%s.%d", folder, path, path + folder, (int)getpid());
    if (length < 0 || (size_t)length >= sizeof draft)
        return failed(path, strerror(ENAMETOOLONG), error);
    mode_t mode = self->secret_key[0] != '\0' ? 0600 : 0644;
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return failed(draft, strerror(errno), error);
    struct buffer text;
    buffer_init(&text, KEYFILE_BYTES_MAX);
    keyfile_print(self, comment, &text);
    must(!text.full);
    bool good = write_all(fd, (const char *)text.bytes, text.length) && link(draft, path) == 0;
    if (!good)
        failed(path, strerror(errno), error);
    explicit_bzero(text.bytes, text.length);
    buffer_fini(&text);
    close(fd);
    unlink(draft);
    return good;
}
