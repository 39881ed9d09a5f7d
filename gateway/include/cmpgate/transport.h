/* The transport side of the gateway's plugin interface.
 *
 * A transport owns bytes and peers and never sees ASN.1.  As a server it *delivers*
 * one PKIMessage as received under a ticket and is told the answer by reply().  As a
 * client it *sends* one PKIMessage once and delivers what came back.
 *
 *      open ──► serve ┬─ deliver(ticket) ─► TAKEN ─► reply(ticket) ─► settled(ticket)
 *                     │                 └─► FULL: refuse in the protocol's own language
 *                     ├─ retire() ─► no new connections; serve returns when the last has gone
 *                     └─ stop() ─► serve returns, replies still work ─► close
 *
 *      open ──► send(ticket) ─► deliver(answers = ticket) ─► settled(ticket) ─► close
 *
 * All retries, timers and durable state belong to the gateway: reply and send are
 * single attempts with a stated result.
 */
#ifndef CMPGATE_TRANSPORT_H
#define CMPGATE_TRANSPORT_H
#include <cmpgate/module.h>

/* What a transport can do; `can` is a set of these. */
enum {
    CMPGATE_SERVES     = 1 << 0,    /* takes messages from peers: serve, reply */
    CMPGATE_SENDS      = 1 << 1,    /* carries messages to a peer: send */
    CMPGATE_CORRELATES = 1 << 2,    /* a response comes on the exchange that sent the request */
    CMPGATE_POLLS      = 1 << 3,    /* its framing can say "come back later" */
    CMPGATE_STORES     = 1 << 4,    /* holds a request until settled, delivers it again after a restart */
    CMPGATE_BLOCKS     = 1 << 5     /* reply and send may block: called on lane threads of this endpoint */
};

/* Something that old or odd peers do against the rules of the protocol.  It is refused, unless `tolerate` of the
 * endpoint names it; what harms nobody is no quirk, and is taken from everyone. */
struct cmpgate_quirk {
    const char *name;               /* as written in `tolerate`: "no-content-type"; of a-z, 0-9 and '-' */
    bool weakens;                   /* security: the gateway warns when it starts with it */
    const char *help;               /* one line: what it lets through */
    const char *test;               /* the test that shows it refused and served; for people, may be NULL */
};                                  /* a table ends with name == NULL, and has at most 32 rows */

/* The gateway's name for one configured instance of a transport; opaque. */
struct cmpgate_endpoint;

/* One message from a peer, or (answers != 0) what came back to a send(). */
struct cmpgate_delivery {
    uint32_t size;
    uint64_t ticket;                /* the transport's own number, below 2^63, never 0, never reused, never a
                                     * pointer; it must be in the transport's table before deliver() */
    uint64_t answers;               /* ticket of the send() this responds to; 0: none or unknown */
    uint32_t reference;             /* framing-level poll: the reference of a COME_BACK, and no
                                     * message.  Answered like any other delivery; 0 means absent */
    struct cmpgate_bytes message;   /* one DER PKIMessage exactly as received */
    struct cmpgate_peer peer;
    const char *profile;            /* named by the path (/p/<name>) or NULL */
    const char *operation;          /* named by the path (RFC 9483, 6.1) or NULL */
    int64_t arrived;                /* Unix seconds at ingress; clock windows are measured against it */
    /* ---- since here a module may be too old to have them: CMPGATE_HAS ---- */
    bool polls;                     /* it came in a framing that can say "come back later", though not all do
                                     * that come to this transport: its reply may be COME_BACK */
};

enum cmpgate_taken {
    CMPGATE_TAKEN,                  /* reply() will be called once for this ticket */
    CMPGATE_FULL,                   /* no room: refuse now; room() is called when there is some */
    CMPGATE_REFUSED                 /* shutting down, or larger than the gateway takes */
};

enum cmpgate_reply_kind {
    CMPGATE_ANSWER,                 /* hand `message` to the peer */
    CMPGATE_NOTHING,                /* let go of the request, say nothing */
    CMPGATE_ACCEPTED,               /* an announcement was taken: empty positive answer (HTTP 201) */
    CMPGATE_COME_BACK,              /* framing-level "ask again": reference, check_after (POLLS, or a delivery that
                                     * `polls`; to another copy of such a message as well) */
    CMPGATE_UNREADABLE,             /* not a PKIMessage at all (HTTP 400) */
    CMPGATE_UNAVAILABLE,            /* not now, retry after check_after seconds (HTTP 503) */
    CMPGATE_UNKNOWN_REFERENCE       /* nothing is under the reference that was polled (TCP: InvalidPollID) */
};

struct cmpgate_reply {
    uint32_t size;
    enum cmpgate_reply_kind kind;
    struct cmpgate_bytes message;   /* ANSWER: DER PKIMessage */
    uint32_t reference;             /* COME_BACK: never 0 */
    uint32_t check_after;           /* seconds: COME_BACK, UNAVAILABLE */
    bool last;                      /* the transaction is over, the connection may close */
    int64_t committed;              /* Unix seconds, identical on every repeat of this answer: dates
                                     * and names that the transport makes are derived from it */
    const char *reason;             /* UNREADABLE, UNAVAILABLE: a line for people; may be NULL */
};

/* How an answer or a sending ended.  Anything unclear is AGAIN. */
enum cmpgate_settled {
    CMPGATE_HANDED_OVER,            /* the peer's side has it, as surely as this transport can know */
    CMPGATE_AGAIN,                  /* not, or perhaps not: may be tried again */
    CMPGATE_GONE                    /* never: the peer went away or refused for good */
};

/* The host table. */
struct cmpgate_gate {
    uint32_t size;

    /* Hands over one message.  Any thread; never blocks.  Everything is copied. */
    enum cmpgate_taken (*deliver)(struct cmpgate_endpoint *, const struct cmpgate_delivery *);

    /* Ends a reply() or send(): exactly once each.  `why` is one line or NULL.  Any thread. */
    void (*settled)(struct cmpgate_endpoint *, uint64_t ticket, enum cmpgate_settled, const char *why);

    /* A listening stream socket (non-blocking, close-on-exec) for an ADDRESS option, owned by the
     * gateway (it may come from systemd, and outlives a reload): never close it.  -1 with a log line
     * when it cannot be had.  Only inside open(). */
    int (*listener)(struct cmpgate_endpoint *, const char *address);

    /* A lease on a name across gateways, for sources without an atomic claim; false: another has it. */
    bool (*claim)(struct cmpgate_endpoint *, const char *name, unsigned seconds);

    /* Public documents that a transport may serve beside messages.  `name` is what follows the
     * transport's own root ("crl", "ca.pem").  Calls `give` with the bytes and their media type before
     * it returns and says true; false: there is no such document.  Any thread; may read the store. */
    bool (*document)(struct cmpgate_endpoint *, const char *name,
                     void (*give)(void *context, struct cmpgate_bytes, const char *media_type),
                     void *context);

    /* ticket 0: about the endpoint as a whole.  printf-like; one line.  Any thread. */
    void (*log)(struct cmpgate_endpoint *, enum cmpgate_severity, uint64_t ticket,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

    /* Whether `tolerate` of this endpoint names this quirk of the transport's table.  In open() and ever
     * after; any thread; the same answer for as long as the instance lives. */
    bool (*tolerates)(struct cmpgate_endpoint *, const char *quirk);
};

/* What a transport module exports as `const struct cmpgate_transport cmpgate_transport`. */
struct cmpgate_transport {
    uint32_t abi, size;             /* CMPGATE_ABI, sizeof (struct cmpgate_transport) */
    const char *name;               /* section keyword in the configuration: "http" */
    const char *schemes;            /* URL schemes that send() takes, space-separated: "http https" */
    uint32_t can;
    const struct cmpgate_option *options;
    size_t options_size;

    /* Everything that can fail; starts no thread.  NULL on failure, after a log line.  `options` live
     * until close().  For sending, the gateway sets the option named "url". */
    void *(*open)(const struct cmpgate_gate *, struct cmpgate_endpoint *, const void *options);

    /* Runs until stop(), on a thread of its own. */
    void (*serve)(void *self);

    /* deliver() would be taken again.  Any thread: set a flag or an eventfd, nothing more. */
    void (*room)(void *self);

    /* The answer to a taken delivery, once each; an unknown ticket is ignored.  Then one settled().
     * Any thread, must not block unless the transport BLOCKS. */
    void (*reply)(void *self, uint64_t ticket, const struct cmpgate_reply *);

    /* One attempt to carry `message` by `deadline` (Unix seconds).  Then one settled(), after the
     * deliver() of the response where the transport CORRELATES. */
    void (*send)(void *self, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline);

    /* Take no more messages and let serve() return; reply() still works until close().  Any thread. */
    void (*stop)(void *self);

    /* After serve() returned and the last settled(): frees everything. */
    void (*close)(void *self);

    /* ---- since here a module may be too old to have them: CMPGATE_HAS ---- */

    /* What it can put up with when asked to; NULL: nothing. */
    const struct cmpgate_quirk *quirks;

    /* A reload: another instance takes over, or none.  Take no new connections, go on serving those there
     * are, ask them to end when their protocol has words for it.  serve() returns by itself when the last has
     * gone, and on stop() as ever.  Sockets from listener() may be closed as soon as this has returned, so
     * they are not touched any more.  Any thread; must not block.  Absent: stop() is called instead. */
    void (*retire)(void *self);
};

/* The module defines it; visible even when the module is compiled with -fvisibility=hidden. */
extern __attribute__((visibility("default"))) const struct cmpgate_transport cmpgate_transport;

#endif
