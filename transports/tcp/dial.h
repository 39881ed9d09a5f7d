/* Where to send, and one connection to there. */
#ifndef TCP_DIAL_H
#define TCP_DIAL_H
#include "../framing/reader.h"
#include "../stream/stream.h"

struct place {
    char host[256], port[8];
    bool secure;                    /* tcps */
    enum framing framing;           /* to begin with; RFC 2510: and to stay with */
};
/* tcp[s][+rfc2510]://HOST[:PORT][/]; [HOST] for IPv6.  NULL, or why it cannot be used. */
const char *place_read(struct place *, const char *url);

/* Belongs to one thread. */
struct link {
    const struct place *place;
    const struct stream_tls *tls;
    int quit;                       /* an eventfd: when it can be read, nothing waits any more */
    int64_t connect_time;           /* milliseconds */
    bool open, used;
    struct stream stream;
    char peer[80];
    struct frame_budget budget;
    struct frame_reader reader;
    char why[256];                  /* of the last thing that failed */
};

/* `until`: milliseconds of tcp_now().  An open connection that the peer has ended meanwhile is not used. */
bool link_open(struct link *, int64_t until);
bool link_write(struct link *, const void *, size_t, int64_t until);
/* One message; valid until the next call.  *heard: an octet of it was read. */
bool link_read(struct link *, struct frame *, size_t most, bool *heard, int64_t until);
void link_close(struct link *);     /* a closed one is fine */

#endif
