/* Runs a fuzz target over files and directories, without a fuzzer: the corpus in an ordinary test run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t ran;

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t len = 0, size = 0, n;

    if (f == NULL) {
        perror(path);
        exit(1);
    }
    do {
        size = size * 2 + 65536;
        bytes = realloc(bytes, size);
        n = bytes != NULL ? fread(bytes + len, 1, size - len, f) : 0;
        len += n;
    } while (len == size);
    fclose(f);
    LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    ran++;
}

static void run_path(const char *path)
{
    struct dirent **names = NULL;
    struct stat info;
    char inside[4096];

    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
        run_file(path);
        return;
    }
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(inside, sizeof inside, "%s/%s", path, names[i]->d_name);
            run_path(inside);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        run_path(argv[i]);
    }
    printf("%zu inputs\n", ran);
    return ran == 0;
}
