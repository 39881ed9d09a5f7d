#include "media.h"
#include <strings.h>
#include <string.h>

static const char *const names[] = {
    [MEDIA_OTHER] = "application/pkixcmp",
    [MEDIA_PKIXCMP] = "application/pkixcmp",
    [MEDIA_X_PKIXCMP] = "application/x-pkixcmp",
    [MEDIA_POLL] = "application/pkixcmp-poll",
    [MEDIA_X_POLL] = "application/x-pkixcmp-poll",
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

enum media media_parse(const char *value, size_t len)
{
    const char *semicolon = memchr(value, ';', len);
    size_t end = semicolon != NULL ? (size_t)(semicolon - value) : len;
    size_t start = 0;

    while (start < end && is_blank(value[start])) {
        start++;
    }
    while (end > start && is_blank(value[end - 1])) {
        end--;
    }
    for (enum media m = MEDIA_PKIXCMP; m <= MEDIA_X_POLL; m++) {
        if (end - start == strlen(names[m]) && strncasecmp(value + start, names[m], end - start) == 0) {
            return m;
        }
    }
    return MEDIA_OTHER;
}

int media_is_der(const unsigned char *content, size_t len)
{
    return len > 2 && content[0] == 0x30;
}

const char *media_name(enum media m)
{
    return names[m];
}
