/* replay - feed every file of a corpus folder to a fuzz target, so that the corpus runs as an ordinary test.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    static uint8_t bytes[1 << 22];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    uint8_t *exact = malloc(length > 0 ? length : 1); /* exact size, so that an over-read is seen */
    if (exact == NULL)
        abort();
    for (size_t i = 0; i < length; i++)
        exact[i] = bytes[i];
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        perror(argv[1]);
        return 1;
    }
    int files = 0;
    int failed = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        files++;
        if (replay_file(argv[1], entry->d_name) != 0)
            failed = 1;
    }
    closedir(folder);
    printf("%d inputs replayed\n", files);
    return failed != 0 || files == 0;
}
