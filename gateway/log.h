/* Log lines as logfmt or JSON, one write(2) each, to standard error.
 *
 *   time=2026-01-31T12:00:00.123Z level=info id=7f3a09c2 endpoint=lan peer=192.0.2.7:40112 msg="ir: issued …"
 *
 * `id` is the message's (event.h) or NULL; values are escaped, so nothing from a peer can forge a line
 * or drive a terminal.  No secret and no key ever gets here.  Any thread.
 */
#ifndef LOG_H
#define LOG_H
#include <stdbool.h>

#include <cmpgate/module.h>

struct log_subject {
    const char *id, *endpoint, *peer;   /* each may be NULL */
};

void log_setup(bool json, enum cmpgate_severity least);
void log_line(enum cmpgate_severity, const struct log_subject *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
