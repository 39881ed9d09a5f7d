/* What every cmpgate module shares: byte ranges, options, severities, peers.
 *
 * A module is a shared object that exports one const struct, `cmpgate_transport`
 * (transport.h) or `cmpgate_backend` (backend.h).  It resolves no symbol of the
 * gateway: all that it may call is in the host table that open() receives, so a
 * test can hand it a fake.  Only bytes and numbers cross the line.  Whatever is
 * passed in stays valid until the call returns, and nobody frees what the other
 * side allocated.
 *
 * Growth: every struct that crosses the line begins with `size`.  Members are only
 * ever appended; CMPGATE_HAS tells whether the other side knows a member.  `abi`
 * changes when that is not enough, and the loader refuses a module of another abi.
 */
#ifndef CMPGATE_MODULE_H
#define CMPGATE_MODULE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CMPGATE_ABI 1u

/* True when `object` is large enough to hold `member` and has set it. */
#define CMPGATE_HAS(object, member)                                                       \
    ((object)->size >= offsetof(__typeof__(*(object)), member) + sizeof (object)->member  \
     && (object)->member)

/* Borrowed bytes; ptr == NULL means absent. */
struct cmpgate_bytes {
    const uint8_t *ptr;
    size_t len;
};

/* What a log line means: look at it (warn); this request, endpoint or order cannot
 * go on (error); the rest explains. */
enum cmpgate_severity { CMPGATE_DEBUG, CMPGATE_INFO, CMPGATE_WARN, CMPGATE_ERROR };

/* ---- options ---------------------------------------------------------------
 * A module brings a table of its options.  The gateway parses the section of the
 * configuration, checks types and ranges, fills in defaults, complains with file
 * and line, and hands open() a struct of `options_size` octets filled at `offset`.
 * It lives as long as the instance.  `cmpgate check --options` prints the table.
 */
enum cmpgate_option_type {
    CMPGATE_STRING,     /* const char *           NULL when absent without default  */
    CMPGATE_PATH,       /* const char *           made absolute from the config's directory */
    CMPGATE_ADDRESS,    /* const char *           "ADDR:PORT", "[ADDR]:PORT" or "unix:PATH", checked */
    CMPGATE_KEY,        /* const char *           name of a `key` section, checked to exist */
    CMPGATE_BOOL,       /* bool                                                     */
    CMPGATE_INTEGER,    /* int64_t                minimum..maximum                  */
    CMPGATE_SECONDS,    /* int64_t                "90", "90s", "15m", "2h", "7d"    */
    CMPGATE_OCTETS,     /* int64_t                "4096", "64k", "1m"               */
    CMPGATE_LIST        /* const char *const *    NULL-terminated; never NULL       */
};

struct cmpgate_option {
    const char *name;                   /* as written in the configuration: "max-body" */
    enum cmpgate_option_type type;
    size_t offset;                      /* into the module's option struct */
    const char *fallback;               /* as the user would write it; NULL: none */
    bool required;                      /* refused when absent */
    int64_t minimum, maximum;           /* numbers only; both 0: any non-negative */
    const char *help;                   /* one line, for documentation and errors */
};                                      /* a table ends with name == NULL */

/* ---- peers ----------------------------------------------------------------- */
struct cmpgate_peer {
    uint32_t size;
    const char *text;                       /* for logs and limits: "192.0.2.7:40112" */
    const char *user;                       /* SSH user, mail address, file owner; or NULL */
    bool user_proven;                       /* SSH: proven.  From:, file owner: only claimed */
    struct cmpgate_bytes tls_certificate;   /* DER leaf whose chain the transport verified */
};

#endif
