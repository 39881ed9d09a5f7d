#include "gateway/option.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What each type is called, and what it looks like in a module's struct. */
static const struct type {
    const char *name;
    size_t size, align;
} types[] = {
    [CMPGATE_STRING] = { "string", sizeof(const char *), _Alignof(const char *) },
    [CMPGATE_PATH] = { "path", sizeof(const char *), _Alignof(const char *) },
    [CMPGATE_ADDRESS] = { "address", sizeof(const char *), _Alignof(const char *) },
    [CMPGATE_KEY] = { "key", sizeof(const char *), _Alignof(const char *) },
    [CMPGATE_BOOL] = { "yes or no", sizeof(bool), _Alignof(bool) },
    [CMPGATE_INTEGER] = { "number", sizeof(int64_t), _Alignof(int64_t) },
    [CMPGATE_SECONDS] = { "seconds", sizeof(int64_t), _Alignof(int64_t) },
    [CMPGATE_OCTETS] = { "octets", sizeof(int64_t), _Alignof(int64_t) },
    [CMPGATE_LIST] = { "list", sizeof(const char *const *), _Alignof(const char *const *) },
};
enum { TYPES = sizeof types / sizeof types[0] };

const char *option_type_name(enum cmpgate_option_type type)
{
    return (size_t)type < TYPES ? types[type].name : "?";
}

const struct cmpgate_option *option_find(const struct cmpgate_option *table, const char *name)
{
    for (const struct cmpgate_option *o = table; o->name != NULL; o++) {
        if (strcmp(o->name, name) == 0) {
            return o;
        }
    }
    return NULL;
}

/* ---- values --------------------------------------------------------------------------------------- */

bool option_bool(const char *text, bool *out)
{
    static const char *const yes[] = { "yes", "true", "on" }, *const no[] = { "no", "false", "off" };

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

/* Decimal digits and one letter that multiplies; units is "s1 m60 …" as pairs. */
struct unit {
    char letter;
    int64_t factor;
};

static bool number_with_unit(const char *text, const struct unit *units, int64_t *out)
{
    char *end;

    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    errno = 0;
    int64_t number = strtoll(text, &end, 10), factor = 1;
    if (errno != 0) {
        return false;
    }
    if (*end != '\0') {
        while (units->letter != '\0' && units->letter != tolower((unsigned char)*end)) {
            units++;
        }
        if (units->letter == '\0' || end[1] != '\0') {
            return false;
        }
        factor = units->factor;
    }
    return !__builtin_mul_overflow(number, factor, out);
}

bool option_integer(const char *text, int64_t *out)
{
    bool negative = text[0] == '-';
    static const struct unit none[] = { { '\0', 0 } };

    if (!number_with_unit(text + negative, none, out)) {
        return false;
    }
    *out = negative ? -*out : *out;
    return true;
}

bool option_seconds(const char *text, int64_t *out)
{
    static const struct unit units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { '\0', 0 } };

    return number_with_unit(text, units, out);
}

bool option_octets(const char *text, int64_t *out)
{
    static const struct unit units[] = { { 'k', 1 << 10 }, { 'm', 1 << 20 }, { 'g', 1 << 30 }, { '\0', 0 } };

    return number_with_unit(text, units, out);
}

static bool address_and_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    struct addrinfo *found = NULL, hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
    char host[64] = "";
    int64_t port;

    if (colon == NULL || colon - text >= (int)sizeof host || !option_integer(colon + 1, &port) ||
        port < 0 || port > 65535) {
        return false;
    }
    size_t len = (size_t)(colon - text);
    bool bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    memcpy(host, bracketed ? text + 1 : text, bracketed ? len - 2 : len);
    if (strcmp(host, "*") == 0) {
        return true;
    }
    hints.ai_family = bracketed ? AF_INET6 : AF_INET;
    bool numeric = getaddrinfo(host, NULL, &hints, &found) == 0;
    if (numeric) {
        freeaddrinfo(found);
    }
    return numeric;
}

bool option_address(const char *text)
{
    if (strncmp(text, "unix:", 5) == 0) {
        return text[5] != '\0';
    }
    if (strncmp(text, "systemd:", 8) == 0) {
        return text[8] != '\0';
    }
    return address_and_port(text);
}

/* ---- explaining ------------------------------------------------------------------------------------ */

/* A number as the user would write it. */
static void number_text(enum cmpgate_option_type type, int64_t n, char *out, size_t size)
{
    static const struct unit seconds[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
    static const struct unit octets[] = { { 'g', 1 << 30 }, { 'm', 1 << 20 }, { 'k', 1 << 10 } };
    const struct unit *units = type == CMPGATE_SECONDS ? seconds : octets;
    size_t count = type == CMPGATE_SECONDS ? 4 : type == CMPGATE_OCTETS ? 3 : 0;

    for (size_t i = 0; i < count; i++) {
        if (n != 0 && n % units[i].factor == 0) {
            snprintf(out, size, "%" PRId64 "%c", n / units[i].factor, units[i].letter);
            return;
        }
    }
    snprintf(out, size, "%" PRId64, n);
}

static bool is_number(enum cmpgate_option_type type)
{
    return type == CMPGATE_INTEGER || type == CMPGATE_SECONDS || type == CMPGATE_OCTETS;
}

static void range_of(const struct cmpgate_option *o, int64_t *minimum, int64_t *maximum)
{
    bool any = o->minimum == 0 && o->maximum == 0;

    *minimum = any ? 0 : o->minimum;
    *maximum = any ? INT64_MAX : o->maximum;
}

void option_describe(const struct cmpgate_option *o, char *out, size_t size)
{
    int64_t minimum, maximum;
    char least[32], most[32];

    range_of(o, &minimum, &maximum);
    number_text(o->type, minimum, least, sizeof least);
    number_text(o->type, maximum, most, sizeof most);
    if (is_number(o->type) && maximum != INT64_MAX) {
        snprintf(out, size, "%s, %s to %s", option_type_name(o->type), least, most);
    } else {
        snprintf(out, size, "%s", option_type_name(o->type));
    }
}

void option_print(FILE *out, const struct cmpgate_option *table)
{
    for (const struct cmpgate_option *o = table; o->name != NULL; o++) {
        char type[96];
        option_describe(o, type, sizeof type);
        fprintf(out, "  %-24s %s", o->name, type);
        if (o->fallback != NULL) {
            fprintf(out, ", default %s", o->fallback);
        } else if (o->required) {
            fprintf(out, ", required");
        }
        fprintf(out, "\n  %-24s %s\n", "", o->help != NULL ? o->help : "");
    }
}

/* Levenshtein's distance; words longer than MOST are far from everything. */
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 32 };
    size_t la = strlen(a), lb = strlen(b), row[MOST + 1];

    if (la > MOST || lb > MOST) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= lb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replace < shorter ? replace : shorter;
        }
    }
    return row[lb];
}

const char *option_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t best = strlen(word) / 3 + 2;         /* nearer than this, or it is no typing error */
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);
        if (d < best) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

/* ---- reading one ------------------------------------------------------------------------------------ */

static const char *text_copy(const char *text, struct arena *a)
{
    return (const char *)arena_copy(a, text, strlen(text) + 1).ptr;
}

const char *option_path(const char *directory, const char *path, struct arena *a)
{
    if (path[0] == '/' || directory == NULL) {
        return text_copy(path, a);
    }
    size_t size = strlen(directory) + strlen(path) + 2;
    char *whole = arena_alloc(a, size);
    if (whole != NULL) {
        snprintf(whole, size, "%s/%s", directory, path);
    }
    return whole;
}

static const char *absolute_address(const char *directory, const char *address, struct arena *a)
{
    if (strncmp(address, "unix:", 5) != 0 || address[5] == '/') {
        return text_copy(address, a);
    }
    const char *path = option_path(directory, address + 5, a);
    size_t size = path != NULL ? strlen(path) + 6 : 0;
    char *whole = path != NULL ? arena_alloc(a, size) : NULL;
    if (whole != NULL) {
        snprintf(whole, size, "unix:%s", path);
    }
    return whole;
}

static bool store_text(void *member, const char *text, char why[OPTION_WHY])
{
    *(const char **)member = text;
    if (text == NULL) {
        snprintf(why, OPTION_WHY, "out of memory");
    }
    return text != NULL;
}

static bool store_number(const struct cmpgate_option *o, const char *word, void *member, char why[OPTION_WHY])
{
    int64_t n, minimum, maximum;
    bool read = o->type == CMPGATE_SECONDS ? option_seconds(word, &n)
              : o->type == CMPGATE_OCTETS ? option_octets(word, &n) : option_integer(word, &n);
    char wanted[96];

    range_of(o, &minimum, &maximum);
    if (!read || n < minimum || n > maximum) {
        option_describe(o, wanted, sizeof wanted);
        snprintf(why, OPTION_WHY, "'%s' is \"%s\", wanted: %s", o->name, word, wanted);
        return false;
    }
    *(int64_t *)member = n;
    return true;
}

static bool store_bool(const struct cmpgate_option *o, const char *word, void *member, char why[OPTION_WHY])
{
    if (!option_bool(word, member)) {
        snprintf(why, OPTION_WHY, "'%s' is \"%s\", wanted: yes or no", o->name, word);
        return false;
    }
    return true;
}

static bool store_list(const char *const *words, size_t count, struct arena *a, void *member, char why[OPTION_WHY])
{
    const char **list = arena_zalloc(a, (count + 1) * sizeof *list);
    bool ok = list != NULL;

    for (size_t i = 0; i < count && ok; i++) {
        list[i] = text_copy(words[i], a);
        ok = list[i] != NULL;
    }
    *(const char *const **)member = list;
    if (!ok) {
        snprintf(why, OPTION_WHY, "out of memory");
    }
    return ok;
}

bool option_set(const struct cmpgate_option *o, const char *const *words, size_t count, const char *directory,
                struct arena *a, void *options, char why[OPTION_WHY])
{
    void *member = (char *)options + o->offset;

    if (o->type == CMPGATE_LIST) {
        return store_list(words, count, a, member, why);
    }
    if (count != 1) {
        snprintf(why, OPTION_WHY, "'%s' takes one value", o->name);
        return false;
    }
    switch (o->type) {
    case CMPGATE_PATH:
        return store_text(member, option_path(directory, words[0], a), why);
    case CMPGATE_ADDRESS:
        if (!option_address(words[0])) {
            snprintf(why, OPTION_WHY, "'%s' is \"%s\", wanted: ADDR:PORT, [ADDR]:PORT, *:PORT, unix:PATH or "
                     "systemd:NAME", o->name, words[0]);
            return false;
        }
        return store_text(member, absolute_address(directory, words[0], a), why);
    case CMPGATE_BOOL:
        return store_bool(o, words[0], member, why);
    case CMPGATE_INTEGER:
    case CMPGATE_SECONDS:
    case CMPGATE_OCTETS:
        return store_number(o, words[0], member, why);
    default:
        return store_text(member, text_copy(words[0], a), why);
    }
}

bool option_set_fallback(const struct cmpgate_option *o, const char *directory, struct arena *a, void *options,
                         char why[OPTION_WHY])
{
    if (o->type == CMPGATE_LIST) {
        /* A list's fallback is its words, separated by spaces. */
        const char *words[16];
        size_t count = 0;
        char *text = o->fallback != NULL ? (char *)arena_copy(a, o->fallback, strlen(o->fallback) + 1).ptr : NULL;
        char *rest = text;
        for (char *word; rest != NULL && count < 16 && (word = strsep(&rest, " ")) != NULL;) {
            words[count] = word;
            count += word[0] != '\0';
        }
        return option_set(o, words, count, directory, a, options, why);
    }
    return o->fallback == NULL || option_set(o, &o->fallback, 1, directory, a, options, why);
}

/* ---- tables ------------------------------------------------------------------------------------------- */

static bool name_sane(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= 32 && name[len] == '\0' && name[0] >= 'a';
}

static const char *row_fault(const struct cmpgate_option *table, const struct cmpgate_option *o, size_t size)
{
    if (!name_sane(o->name)) {
        return "its name must be of a-z, 0-9 and '-', beginning with a letter, at most 32";
    }
    if (option_find(table, o->name) != o) {
        return "it is there twice";
    }
    if ((size_t)o->type >= TYPES) {
        return "its type is unknown";
    }
    if (o->offset % types[o->type].align != 0) {
        return "its offset is not aligned";
    }
    if (o->offset > size || types[o->type].size > size - o->offset) {
        return "its offset is outside the struct";
    }
    if (o->minimum > o->maximum) {
        return "its minimum is above its maximum";
    }
    return o->required && o->fallback != NULL ? "it is required and has a default" : NULL;
}

/* A default that the user could not write is a fault of the table. */
static bool fallback_sane(const struct cmpgate_option *o, void *scratch, struct arena *a, char why[OPTION_WHY])
{
    return option_set_fallback(o, "/", a, scratch, why);
}

bool option_table_sane(const struct cmpgate_option *table, size_t options_size, char why[OPTION_WHY])
{
    struct arena *a = arena_new();
    void *scratch = calloc(1, options_size > 0 ? options_size : 1);
    const char *fault = a == NULL || scratch == NULL ? "out of memory" : NULL;
    char reason[OPTION_WHY];
    const struct cmpgate_option *o = table;

    for (; fault == NULL && o->name != NULL; o++) {
        fault = row_fault(table, o, options_size);
        if (fault == NULL && !fallback_sane(o, scratch, a, reason)) {
            fault = reason;
        }
        if (fault != NULL) {
            snprintf(why, OPTION_WHY, "option '%.40s': %.180s", o->name, fault);
        }
    }
    if (fault != NULL && o == table) {
        snprintf(why, OPTION_WHY, "%s", fault);
    }
    free(scratch);
    arena_free(a);
    return fault == NULL;
}
