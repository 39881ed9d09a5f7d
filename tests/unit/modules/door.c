/* A transport with an option of every type, for the tests of the configuration. */
#include <cmpgate/transport.h>

struct door_options {
    const char *listen, *root, *banner, *key;
    const char *const *hosts;
    bool polite;
    int64_t depth, idle, body;
};

static const struct cmpgate_option options[] = {
    { "listen", CMPGATE_ADDRESS, offsetof(struct door_options, listen), NULL, true, 0, 0, "where to listen" },
    { "root", CMPGATE_PATH, offsetof(struct door_options, root), "www", false, 0, 0, "a directory" },
    { "banner", CMPGATE_STRING, offsetof(struct door_options, banner), NULL, false, 0, 0, "a text" },
    { "tls-key", CMPGATE_KEY, offsetof(struct door_options, key), NULL, false, 0, 0, "a key" },
    { "hosts", CMPGATE_LIST, offsetof(struct door_options, hosts), "a b", false, 0, 0, "names" },
    { "polite", CMPGATE_BOOL, offsetof(struct door_options, polite), "yes", false, 0, 0, "says thank you" },
    { "depth", CMPGATE_INTEGER, offsetof(struct door_options, depth), "5", false, 1, 10, "how deep" },
    { "idle", CMPGATE_SECONDS, offsetof(struct door_options, idle), "2m", false, 1, 3600, "how long" },
    { "max-body", CMPGATE_OCTETS, offsetof(struct door_options, body), "64k", false, 1, 1 << 20, "how much" },
    { .name = NULL },
};

static const struct cmpgate_quirk quirks[] = {
    { "slams", true, "shuts the door", NULL },
    { "knocks", false, "asks twice", NULL },
    { .name = NULL },
};

static void *door_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *o)
{
    (void)gate;
    (void)endpoint;
    return (void *)(uintptr_t)o;
}

static void nothing(void *self)
{
    (void)self;
}

static void no_reply(void *self, uint64_t ticket, const struct cmpgate_reply *reply)
{
    (void)self;
    (void)ticket;
    (void)reply;
}

static void no_send(void *self, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    (void)self;
    (void)ticket;
    (void)message;
    (void)deadline;
}

const struct cmpgate_transport cmpgate_transport = {
    .abi = CMPGATE_ABI, .size = sizeof cmpgate_transport, .name = "door", .schemes = "door doors",
    .can = CMPGATE_SERVES | CMPGATE_SENDS | CMPGATE_STORES, .options = options,
    .options_size = sizeof(struct door_options), .open = door_open, .serve = nothing, .reply = no_reply,
    .send = no_send, .stop = nothing, .close = nothing, .quirks = quirks,
};
