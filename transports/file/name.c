#include "name.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static const char marker_suffix[] = ".done", request_suffix[] = ".pki";

static bool ends_in(const char *name, const char *suffix)
{
    size_t len = strlen(name), tail = strlen(suffix);

    return len > tail && strcasecmp(name + len - tail, suffix) == 0;
}

bool name_is_request(const char *name)
{
    return name[0] != '.' && strlen(name) < NAME_SIZE && ends_in(name, request_suffix);
}

bool name_marker(const char *name, char out[NAME_SIZE])
{
    int len = snprintf(out, NAME_SIZE, "%s%s", name, marker_suffix);

    return len > 0 && len < NAME_SIZE;
}

bool name_of_marker(const char *marker, char out[NAME_SIZE])
{
    size_t len = strlen(marker);

    if (!ends_in(marker, marker_suffix) || len >= NAME_SIZE) {
        return false;
    }
    len -= sizeof marker_suffix - 1;
    memcpy(out, marker, len);
    out[len] = '\0';
    return name_is_request(out);
}

/* Not isalnum(): the locale has no say in it. */
static bool is_safe(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_'
        || c == '-';
}

void name_answer(const char *name, unsigned number, const char *suffix, char out[NAME_SIZE])
{
    char tail[32];
    int tail_len = number > 1 ? snprintf(tail, sizeof tail, "-%u%s", number, suffix)
                              : snprintf(tail, sizeof tail, "%s", suffix);
    size_t most = NAME_SIZE - 1 - (size_t)tail_len, len = strlen(name);

    len = ends_in(name, request_suffix) ? len - (sizeof request_suffix - 1) : len;
    len = len < most ? len : most;
    for (size_t i = 0; i < len; i++) {
        /* In front, '.' would hide the file and '-' make an option of it. */
        bool safe = is_safe(name[i]) && (i > 0 || (name[i] != '-' && name[i] != '.'));
        out[i] = safe ? name[i] : '_';
    }
    memcpy(out + len, tail, (size_t)tail_len + 1);
}

unsigned name_number(unsigned attempt)
{
    unsigned any = 0;

    if (attempt <= NAME_NUMBERS || getrandom(&any, sizeof any, 0) != sizeof any) {
        return attempt;
    }
    return any | 1u << 31;
}
