#include "primary/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, char error[FILES_ERROR_MAX])
{
    snprintf(error, FILES_ERROR_MAX, "can't write %s: %s", path, strerror(errno));
    return false;
}

/* Where the bytes go first: the file itself when it is something special, else FILE.tmp. */
static bool place(const char *path, char out[PATH_MAX], bool *rename_out)
{
    struct stat facts;
    bool exists = stat(path, &facts) == 0;
    if (exists && S_ISDIR(facts.st_mode)) {
        errno = EISDIR;
        return false;
    }
    *rename_out = !exists || S_ISREG(facts.st_mode);
    int length = snprintf(out, PATH_MAX, *rename_out ? "%s.tmp" : "%s", path);
    if (length >= 0 && length < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

bool files_check(const char *path, char error[FILES_ERROR_MAX])
{
    must(path != NULL && error != NULL);
    char first[PATH_MAX];
    bool renamed;
    if (!place(path, first, &renamed))
        return fail(path, error);
    if (!renamed)
        return access(path, W_OK) == 0 || fail(path, error);
    int fd = open(first, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail(path, error);
    close(fd);
    unlink(first);
    return true;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool files_write(const char *path, const void *bytes, size_t length, char error[FILES_ERROR_MAX])
{
    must(path != NULL && error != NULL);
    must(bytes != NULL || length == 0);
    char first[PATH_MAX];
    bool renamed;
    if (!place(path, first, &renamed))
        return fail(path, error);
    int fd = open(first, O_WRONLY | O_CREAT | O_CLOEXEC | (renamed ? O_TRUNC : 0), 0644);
    if (fd < 0)
        return fail(path, error);
    bool good = write_all(fd, bytes, length);
    int kept_errno = errno;
    good = close(fd) == 0 && good;
    if (good && renamed)
        good = rename(first, path) == 0;
    else if (!good)
        errno = kept_errno;
    if (good)
        return true;
    fail(path, error);
    if (renamed)
        unlink(first);
    return false;
}
