/* Names of files: whatever the octets, an answer's name is safe, fits, and is its own answer's name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "transports/file/name.h"
#include "transports/file/whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_safe(const char *name, const char *suffix)
{
    size_t len = strlen(name), tail = strlen(suffix);

    require(len < NAME_SIZE && len >= tail && strcmp(name + len - tail, suffix) == 0);
    require(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len);
    require(name[0] != '-');
}

static void check_answer(const char *request)
{
    char answer[NAME_SIZE], again[NAME_SIZE], numbered[NAME_SIZE];

    name_answer(request, 1, ".pki", answer);
    check_safe(answer, ".pki");
    require(!name_is_request(request) || name_is_request(answer));
    name_answer(answer, 1, ".pki", again);
    require(strcmp(answer, again) == 0);
    name_answer(request, 2147483649u, ".txt", numbered);
    check_safe(numbered, ".txt");
    require(strcmp(answer, numbered) != 0);
}

static void check_marker(const char *name)
{
    char file[NAME_SIZE], marker[NAME_SIZE];

    if (name_of_marker(name, file)) {
        require(name_is_request(file) && strlen(file) < strlen(name));
    }
    if (name_is_request(name) && name_marker(name, marker)) {
        require(name_of_marker(marker, file) && strcmp(file, name) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (text[0] != '\0' && strlen(text) < NAME_SIZE) {
        check_answer(text);
    }
    check_marker(text);
    /* A length, once told, does not change with what follows. */
    size_t length = whole_length(data, size);
    require(length == 0 || whole_length(data, size > 6 ? 6 : size) == length);
    free(text);
    return 0;
}
