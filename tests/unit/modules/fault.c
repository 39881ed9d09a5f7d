/* Modules with one thing wrong each: FAULT says which. */
#include <cmpgate/backend.h>
#include <cmpgate/transport.h>

/* In the order of module.cmake; macros, since #if looks at them. */
#define WRONG_ABI 1
#define NO_VERB 2
#define BAD_TABLE 3
#define NOTHING 4
#define BOTH 5
#define RESERVED 6
#define SAME_NAME 7
#define CLASH 8
#define UNRESOLVED 9

struct fault_options {
    int64_t number;
};

static const struct cmpgate_option options[] = {
    { FAULT == CLASH ? "in-flight" : "number", CMPGATE_INTEGER, FAULT == BAD_TABLE ? 4 : 0, "1", false, 0, 0, "" },
    { .name = NULL },
};

static void *fault_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *o)
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

#if FAULT == UNRESOLVED
void nobody_has_this(void *self);
#define CLOSE nobody_has_this
#else
#define CLOSE nothing
#endif

#if FAULT == NOTHING
#define EXPORTED nobody_looks_for_this
#else
#define EXPORTED cmpgate_transport
#endif
const struct cmpgate_transport EXPORTED = {
    .abi = FAULT == WRONG_ABI ? CMPGATE_ABI + 1 : CMPGATE_ABI, .size = sizeof EXPORTED,
    .name = FAULT == RESERVED ? "gateway" : FAULT == SAME_NAME ? "door" : FAULT == CLASH ? "clash" : "fault",
    .can = CMPGATE_SERVES, .options = options, .options_size = sizeof(struct fault_options),
    .open = fault_open, .serve = nothing, .reply = FAULT == NO_VERB ? NULL : no_reply, .stop = nothing, .close = CLOSE,
};

#if FAULT == BOTH
const struct cmpgate_backend cmpgate_backend = { .abi = CMPGATE_ABI, .size = sizeof cmpgate_backend, .name = "both" };
#endif
