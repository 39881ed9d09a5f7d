/* The example backends of contrib/, which answer "waiting" and keep nothing. */
#include "test.h"

#include <stdlib.h>

#include "ca_desk.h"

#define KEY "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
#define REQUEST "-subj '/CN=device 7' -addext keyUsage=critical,digitalSignature -addext subjectAltName=DNS:d7.example"

static struct cmpgate_instance *example_ready(const char *promise, const char *delay)
{
    char module[256];
    struct cmpgate_instance *d = desk_new(&ed25519, 365, NULL);

    snprintf(module, sizeof module, "%s/example_%s.so", MODULE_DIRECTORY, promise);
    if (d == NULL || !desk_load(d, module)) {
        desk_free(d);
        return NULL;
    }
    desk_set(d, "delay", delay, NULL);
    if (!desk_open(d)) {
        desk_free(d);
        return NULL;
    }
    return d;
}

static bool openssl_accepts(struct cmpgate_instance *d)
{
    int status = 1;

    if (d->outcome.result != CMPGATE_DONE || !desk_write(d, "ee.der", d->outcome.certificate)) {
        return false;
    }
    desk_run(d, &status, "openssl x509 -inform DER -in ee.der -out ee.pem && "
             "openssl verify -x509_strict -CAfile ca.pem ee.pem");
    return status == 0;
}

TEST(the_examples_differ_in_their_promise_and_name)
{
    static const struct { const char *promise, *name; uint32_t can; } want[] = {
        { "pure", "example", CMPGATE_PURE }, { "idempotent", "example-idempotent", CMPGATE_IDEMPOTENT },
        { "checks", "example-checks", CMPGATE_CHECKS }, { "none", "example-none", 0 },
    };

    for (size_t i = 0; i < 4; i++) {
        struct cmpgate_instance *d = example_ready(want[i].promise, "0");
        REQUIRE(d != NULL);
        EXPECT_STR(d->module->name, want[i].name);
        EXPECT_EQ(d->module->can, want[i].can);
        struct cmpgate_order order = desk_order(d, KEY, REQUEST);
        EXPECT(desk_submit(d, &order) && openssl_accepts(d));
        desk_free(d);
    }
}

TEST(the_example_waits_until_the_time_in_its_token)
{
    struct cmpgate_instance *d = example_ready("checks", "100");
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, KEY, REQUEST);

    REQUIRE(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_WAITING);
    EXPECT_EQ(d->outcome.check_after, 100);
    uint8_t token[64];
    REQUIRE(d->outcome.token.len > 0 && d->outcome.token.len <= sizeof token);
    memcpy(token, d->outcome.token.ptr, d->outcome.token.len);
    order.token = (struct cmpgate_bytes){ token, d->outcome.token.len };

    /* Another process, which knows nothing but the order. */
    d->module->close(d->self);
    d->self = d->module->open(&d->desk, d, d->options);
    REQUIRE(d->self != NULL);
    order.now += 99;
    REQUIRE(desk_check(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_WAITING);
    EXPECT_EQ(d->outcome.check_after, 1);
    order.now += 1;
    EXPECT(desk_check(d, &order) && openssl_accepts(d));
    d->module->forget(d->self, &order);
    desk_free(d);
}

TEST(the_same_order_twice_is_the_same_certificate)
{
    struct cmpgate_instance *d = example_ready("idempotent", "0");
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, KEY, REQUEST);

    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    struct span first = arena_copy(d->arena, d->outcome.certificate.ptr, d->outcome.certificate.len);
    order.attempt = 2;
    order.now += 1000;
    REQUIRE(desk_submit(d, &order));
    EXPECT(span_eq(first, (struct span){ d->outcome.certificate.ptr, d->outcome.certificate.len }));
    desk_free(d);
}

TEST(an_order_of_which_no_certificate_can_be_made_is_refused)
{
    struct cmpgate_instance *d = example_ready("pure", "0");
    REQUIRE(d != NULL);
    const struct cmpgate_order good = desk_order(d, KEY, REQUEST);

    for (unsigned part = 0; part < 3; part++) {
        struct cmpgate_order order = good;
        (part == 0 ? &order.subject : part == 1 ? &order.public_key : &order.extensions)->len--;
        EXPECT(desk_submit(d, &order));
        EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    }
    desk_free(d);
}
