/* Log lines as logfmt or JSON, one write(2) each, to standard error.
 *
 *   time=2026-01-31T12:00:00.123Z level=info id=7f3a09c2 endpoint=lan peer=192.0.2.7:40112 msg="ir: issued …"
 *
 * `id` is the message's (event.h) or NULL; values are escaped, so nothing from a peer can forge a line
 * or drive a terminal.  No secret and no key ever gets here.  Any thread.
 */
#ifndef LOG_H
#define LOG_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cmpgate/module.h>

struct log_subject {
    const char *id, *endpoint, *peer;   /* each may be NULL */
};

void log_setup(bool json, enum cmpgate_severity least);
void log_line(enum cmpgate_severity, const struct log_subject *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Of lines that may come with each message while something is wrong, so many a second are enough. */
enum { LOG_LIMIT = 20 };
struct log_limit {
    _Atomic int64_t second;
    _Atomic unsigned said, left_out;
};
/* The same; what is over the limit is a line of severity debug, and the first of a later second says how many those were. */
void log_limited(struct log_limit *, enum cmpgate_severity, const struct log_subject *, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
