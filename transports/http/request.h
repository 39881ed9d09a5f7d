/* One request as its header fields describe it, and whether it may be read at all. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H
#include <stdbool.h>
#include <stdint.h>
#include <microhttpd.h>

#include "media.h"
#include "path.h"

/* Why a request is not served.  status 0: it is. */
struct refusal {
    unsigned status;
    bool now;               /* nothing more of the connection can be understood or is wanted */
    char text[200];         /* for people; one line */
};

struct request {
    char line[96];          /* method and target, cut short: for the log */
    struct path path;
    enum media media;       /* of the content, and of the answer */
    bool guess;             /* the type says nothing: taken if the content begins like DER */
    const char *allow;      /* for 405 */
    bool content;           /* octets follow the header */
    uint64_t length;        /* of the content; unknown when chunked: 0 */
    bool chunked;
    struct refusal refusal;
};

/* Fills in the request.  `max_body`: octets of content that are taken; `quirks`: those tolerated. */
void request_read(struct request *, struct MHD_Connection *, const char *target, const char *method,
                  const char *version, const struct path_map *, uint64_t max_body, unsigned quirks);
/* With a type that says nothing: whether the content will do. */
void request_check_content(struct request *, const unsigned char *content, size_t len);

/* Refuses; the first refusal stands. */
void request_refuse(struct request *, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes text from elsewhere fit for a log line or a text answer, in place. */
void request_clean(char *text);

#endif
