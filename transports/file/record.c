#include "record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char record_zeros[RECORD_HEX] = "0000000000000000000000000000000000000000000000000000000000000000";

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

bool record_is_sender(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < RECORD_SENDER && name[0] != '-' && strspn(name, plain) == len;
}

/* A name that an answer may have is its own answer's name. */
static bool is_safe_name(const char *name)
{
    char answer[NAME_SIZE];

    if (!name_is_request(name)) {
        return false;
    }
    name_answer(name, 1, ".pki", answer);
    return strcmp(name, answer) == 0;
}

static bool is_hash(const char *hex)
{
    return strlen(hex) == RECORD_HEX - 1 && strspn(hex, "0123456789abcdef") == RECORD_HEX - 1;
}

/* "KEY VALUE\n"; what the value may be is seen when it is printed again. */
static bool line(const char **at, const char *end, const char *key, char *value, size_t size)
{
    size_t key_len = strlen(key), left = (size_t)(end - *at);
    const char *stop = memchr(*at, '\n', left);

    if (stop == NULL || left <= key_len || memcmp(*at, key, key_len) != 0 || (*at)[key_len] != ' ') {
        return false;
    }
    const char *from = *at + key_len + 1;
    if (stop < from || (size_t)(stop - from) >= size) {
        return false;
    }
    memcpy(value, from, (size_t)(stop - from));
    value[stop - from] = '\0';
    *at = stop + 1;
    return true;
}

static bool number_line(const char **at, const char *end, const char *key, uint64_t *value)
{
    char digits[12];

    if (!line(at, end, key, digits, sizeof digits)) {
        return false;
    }
    *value = strtoull(digits, NULL, 10);
    return true;
}

static bool read_lines(struct record *r, const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    char version[2];

    return line(&at, end, "cmpgate-sequence", version, sizeof version) && line(&at, end, "from", r->from, sizeof r->from) &&
           number_line(&at, end, "number", &r->number) && line(&at, end, "file", r->file, sizeof r->file) &&
           number_line(&at, end, "size", &r->size) && line(&at, end, "sha256", r->sha256, sizeof r->sha256) &&
           line(&at, end, "previous", r->previous, sizeof r->previous) && at == end;
}

bool record_parse(struct record *r, const char *text, size_t len)
{
    char again[RECORD_MAX];

    if (len >= RECORD_MAX || !read_lines(r, text, len)) {
        return false;
    }
    /* Whatever else is odd (signs, leading zeros, NULs, another version) does not come out the same. */
    return record_is_sender(r->from) && is_safe_name(r->file) && is_hash(r->sha256) && is_hash(r->previous) &&
           r->number >= 1 && r->number <= RECORD_LAST && record_print(r, again) == len && memcmp(again, text, len) == 0;
}

size_t record_print(const struct record *r, char out[RECORD_MAX])
{
    int len = snprintf(out, RECORD_MAX,
                       "cmpgate-sequence 1\nfrom %s\nnumber %llu\nfile %s\nsize %llu\nsha256 %s\nprevious %s\n", r->from,
                       (unsigned long long)r->number, r->file, (unsigned long long)r->size, r->sha256, r->previous);

    return (size_t)len;
}

void record_name(const char *sender, uint64_t number, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s-%010llu.seq", sender, (unsigned long long)number);
}

bool record_number(const char *sender, const char *name, uint64_t *number)
{
    size_t len = strlen(sender);
    char again[NAME_SIZE];

    if (strncmp(name, sender, len) != 0 || name[len] != '-' || name[len + 1] < '0' || name[len + 1] > '9') {
        return false;
    }
    *number = strtoull(name + len + 1, NULL, 10);
    if (*number < 1 || *number > RECORD_LAST) {
        return false;
    }
    record_name(sender, *number, again);
    return strcmp(name, again) == 0;
}
