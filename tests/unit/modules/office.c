/* A backend with nothing to set, for the tests of the configuration. */
#include <cmpgate/backend.h>

static void *office_open(const struct cmpgate_desk *desk, struct cmpgate_instance *instance, const void *options)
{
    (void)desk;
    (void)instance;
    return (void *)(uintptr_t)options;
}

static void office_submit(void *self, const struct cmpgate_order *order)
{
    (void)self;
    (void)order;
}

static void office_close(void *self)
{
    (void)self;
}

const struct cmpgate_backend cmpgate_backend = {
    .abi = CMPGATE_ABI, .size = sizeof cmpgate_backend, .name = "office", .can = CMPGATE_PURE,
    .kinds = CMPGATE_SERVES_KIND(CMPGATE_CERTIFY), .open = office_open, .submit = office_submit,
    .close = office_close,
};
