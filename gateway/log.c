#include "gateway/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* PIPE_BUF: a pipe or a journal takes a line of this size whole, so lines of several threads
 * never mix. */
enum { LINE_MAX_OCTETS = 4096, FIELD_MAX_OCTETS = 256, TAIL = 8 /* `..."}` and the newline */ };

static atomic_bool log_json;
static _Atomic int log_least = CMPGATE_INFO;

struct line {
    size_t len;
    char text[LINE_MAX_OCTETS];
};

void log_setup(bool json, enum cmpgate_severity least)
{
    atomic_store(&log_json, json);
    atomic_store(&log_least, (int)least);
}

static const char *severity_name(enum cmpgate_severity severity)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };

    return names[severity <= CMPGATE_ERROR ? severity : CMPGATE_ERROR];
}

/* All of it or nothing, so that the room for the tail is never used up. */
static bool put(struct line *line, const char *text, size_t len)
{
    if (line->len + len + TAIL > sizeof line->text) {
        return false;
    }
    memcpy(line->text + line->len, text, len);
    line->len += len;
    return true;
}

static void put_tail(struct line *line, const char *text)
{
    size_t len = strlen(text);

    memcpy(line->text + line->len, text, len);
    line->len += len;
}

/* The length of the UTF-8 character at `s`, its number in *code; 0: not UTF-8 (RFC 3629). */
static size_t utf8_next(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3
               : (s[0] & 0xf8) == 0xf0 ? 4 : 0;

    if (len == 0) {
        return 0;
    }
    *code = len == 1 ? s[0] : s[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (s[i] & 0x3f);
    }
    bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return *code < least[len] || *code > 0x10ffff || surrogate ? 0 : len;
}

/* Would move a cursor, start a line, or turn text around on a reader's screen. */
static bool unprintable(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0)                  /* C0, DEL, C1 */
        || c == 0x200e || c == 0x200f || c == 0x61c             /* direction marks */
        || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* `text` as the inside of a quoted string, the same in both formats: \" \\ and \u00NN for whatever is
 * not a printable character of valid UTF-8 (an invalid octet is shown by its value). */
static void put_escaped(struct line *line, const char *text, size_t most)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t end = line->len + most;

    while (*s != '\0') {
        char hex[8];
        uint32_t code = *s;
        size_t len = utf8_next(s, &code);
        bool fits;
        if (len == 0 || unprintable(code)) {
            int n = snprintf(hex, sizeof hex, "\\u%04x", (unsigned)(len == 0 ? *s : code));
            fits = put(line, hex, (size_t)n);
        } else if (*s == '"' || *s == '\\') {
            fits = put(line, (char[]){ '\\', (char)*s }, 2);
        } else {
            fits = put(line, (const char *)s, len);
        }
        if (!fits || line->len > end) {
            put_tail(line, "...");
            return;
        }
        s += len == 0 ? 1 : len;
    }
}

/* logfmt needs no quotes around a plain word. */
static bool plain(const char *value)
{
    for (const char *c = value; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\' || *c == '=') {
            return false;
        }
    }
    return *value != '\0';
}

static void put_field(struct line *line, bool json, const char *name, const char *value, size_t most)
{
    bool quoted = json || !plain(value);
    char head[32];
    int n = snprintf(head, sizeof head, json ? "%s\"%s\":" : "%s%s=",
                     line->len == 0 ? (json ? "{" : "") : json ? "," : " ", name);

    /* What may follow a value that was cut is counted in TAIL. */
    if (line->len + (size_t)n + 2 * TAIL > sizeof line->text) {
        return;
    }
    put(line, head, (size_t)n);
    if (quoted) {
        put(line, "\"", 1);
    }
    put_escaped(line, value, most);
    if (quoted) {
        put_tail(line, "\"");
    }
}

static void put_time(struct line *line, bool json)
{
    struct timespec now;
    struct tm utc;
    char text[40];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + n, sizeof text - n, ".%03ldZ", now.tv_nsec / 1000000);
    put_field(line, json, "time", text, FIELD_MAX_OCTETS);
}

static void write_line(const struct line *line)
{
    /* One attempt: a log that cannot be written must not hold up the gateway. */
    while (write(STDERR_FILENO, line->text, line->len) < 0 && errno == EINTR) {
    }
}

static void log_message(enum cmpgate_severity severity, const struct log_subject *subject, const char *message)
{
    static const struct log_subject nobody;
    const struct log_subject *about = subject != NULL ? subject : &nobody;
    bool json = atomic_load(&log_json);
    struct line line = { 0 };

    put_time(&line, json);
    put_field(&line, json, "level", severity_name(severity), FIELD_MAX_OCTETS);
    if (about->id != NULL) {
        put_field(&line, json, "id", about->id, FIELD_MAX_OCTETS);
    }
    if (about->endpoint != NULL) {
        put_field(&line, json, "endpoint", about->endpoint, FIELD_MAX_OCTETS);
    }
    if (about->peer != NULL) {
        put_field(&line, json, "peer", about->peer, FIELD_MAX_OCTETS);
    }
    put_field(&line, json, "msg", message, sizeof line.text);
    put_tail(&line, json ? "}\n" : "\n");
    write_line(&line);
}

void log_line(enum cmpgate_severity severity, const struct log_subject *subject, const char *format, ...)
{
    char message[LINE_MAX_OCTETS];
    va_list ap;

    if ((int)severity < atomic_load(&log_least)) {
        return;
    }
    va_start(ap, format);
    vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    log_message(severity, subject, message);
}

/* ---- lines that may be many ------------------------------------------------------------------- */

static int64_t monotonic_second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1;              /* 0 is none */
}

/* Whoever meets a new second first begins to count again.  Threads that meet there may say one line more or less. */
static bool is_within(struct log_limit *l, unsigned *left_out)
{
    int64_t now = monotonic_second(), second = atomic_load(&l->second);

    *left_out = 0;
    if (second != now && atomic_compare_exchange_strong(&l->second, &second, now)) {
        atomic_store(&l->said, 0);
        *left_out = atomic_exchange(&l->left_out, 0);
    }
    if (atomic_fetch_add(&l->said, 1) < LOG_LIMIT) {
        return true;
    }
    atomic_fetch_add(&l->left_out, 1);
    return false;
}

void log_limited(struct log_limit *limit, enum cmpgate_severity severity, const struct log_subject *subject,
                 const char *format, ...)
{
    char message[LINE_MAX_OCTETS];
    unsigned left_out;
    va_list ap;

    bool within = is_within(limit, &left_out);
    if ((int)(within ? severity : CMPGATE_DEBUG) < atomic_load(&log_least)) {
        return;
    }
    va_start(ap, format);
    vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    if (left_out > 0) {
        log_line(severity, NULL, "%u lines like the next were left out", left_out);
    }
    log_message(within ? severity : CMPGATE_DEBUG, subject, message);
}
