/* The embedded CA's certificates, judged by openssl. */
#include "test.h"

#include <stdlib.h>

#include "ca_desk.h"
#include "codec/cmp.h"

#define DEVICE "-subj '/O=Example/CN=device 7'"
#define DEVICE_KEY "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
#define SAN "-addext subjectAltName=DNS:d7.example,IP:192.0.2.7"
#define USAGE "-addext keyUsage=critical,digitalSignature"

/* A CA for 365 days with this kind of key, open and without URLs. */
static struct cmpgate_instance *ca_ready(const struct key_kind *kind)
{
    struct cmpgate_instance *d = desk_new(kind, 365, NULL);

    if (d != NULL && !(desk_load(d, CA_MODULE) && desk_open(d))) {
        desk_free(d);
        return NULL;
    }
    return d;
}

/* Writes the outcome to ee.pem; whether openssl finds a path under x509_strict. */
static bool openssl_accepts(struct cmpgate_instance *d)
{
    int status = 1;

    if (d->outcome.result != CMPGATE_DONE || !desk_write(d, "ee.der", d->outcome.certificate)) {
        return false;
    }
    const char *said = desk_run(d, &status, "openssl x509 -inform DER -in ee.der -out ee.pem && "
                                "openssl verify -x509_strict -check_ss_sig -CAfile ca.pem ee.pem");
    return status == 0 && strstr(said, "ee.pem: OK") != NULL;
}

/* The names of the extensions in their order. */
static const char *extension_names(struct cmpgate_instance *d)
{
    const struct Certificate *certificate = desk_certificate(d);
    char *names = arena_zalloc(d->arena, 1024);

    for (size_t i = 0; certificate != NULL && i < certificate->tbsCertificate->extensions.count; i++) {
        const struct Extension *extension = certificate->tbsCertificate->extensions.item[i];
        const char *name = oid_name(oid_find(extension->extnID));
        strcat(names, i > 0 ? " " : "");
        strcat(names, strrchr(name, '-') != NULL ? strrchr(name, '-') + 1 : name);
    }
    return names;
}

static void expect_every_key_of_a_device(const struct key_kind *ca)
{
    static const struct key_kind *const devices[] = { &p256, &p384, &rsa2048, &ed25519 };
    struct cmpgate_instance *d = ca_ready(ca);

    REQUIRE(d != NULL);
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        struct cmpgate_order order = desk_order(d, devices[i]->genpkey, DEVICE " " SAN " " USAGE);
        REQUIRE(desk_submit(d, &order));
        EXPECT_EQ(d->outcome.result, CMPGATE_DONE);
        EXPECT(openssl_accepts(d));
    }
    desk_free(d);
}

TEST(a_p256_ca_certifies_every_kind_of_key) { expect_every_key_of_a_device(&p256); }
TEST(a_p384_ca_certifies_every_kind_of_key) { expect_every_key_of_a_device(&p384); }
TEST(an_rsa_ca_certifies_every_kind_of_key) { expect_every_key_of_a_device(&rsa2048); }
TEST(an_ed25519_ca_certifies_every_kind_of_key) { expect_every_key_of_a_device(&ed25519); }

TEST(openssl_reads_what_was_ordered)
{
    struct cmpgate_instance *d = desk_new(&p256, 365, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE));
    desk_set(d, "crl-url", "http://pki.example/a.crl", "http://backup.example/a.crl", NULL);
    desk_set(d, "aia-url", "http://pki.example/ca.cer", NULL);
    desk_set(d, "ocsp-url", "http://ocsp.example", NULL);
    REQUIRE(desk_open(d));

    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE " " SAN " " USAGE);
    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    int status;
    const char *text = desk_run(d, &status, "openssl x509 -in ee.pem -noout -text -nameopt RFC2253");
    EXPECT_HAS(text, "Version: 3 (0x2)");
    EXPECT_HAS(text, "Issuer: CN=Root of P-256,O=Example");
    EXPECT_HAS(text, "Subject: CN=device 7,O=Example");
    EXPECT_HAS(text, "DNS:d7.example, IP Address:192.0.2.7");
    EXPECT_HAS(text, "Key Usage: critical");
    EXPECT_HAS(text, "URI:http://pki.example/a.crl");
    EXPECT_HAS(text, "URI:http://backup.example/a.crl");
    EXPECT_HAS(text, "OCSP - URI:http://ocsp.example");
    EXPECT_HAS(text, "CA Issuers - URI:http://pki.example/ca.cer");
    text = desk_run(d, &status, "openssl pkey -in ee.key -pubout >want && openssl x509 -in ee.pem -noout -pubkey >have "
                    "&& cmp want have");
    EXPECT_EQ(status, 0);
    EXPECT_STR(text, "");
    EXPECT_EQ(d->outcome.chain_count, 1);
    EXPECT(span_eq((struct span){ d->outcome.chain[0].ptr, d->outcome.chain[0].len },
                   (struct span){ d->info.certificate.ptr, d->info.certificate.len }));
    desk_free(d);
}

TEST(identifiers_are_those_that_openssl_computes)
{
    int status;
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);
    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));

    const char *ours = desk_run(d, &status, "openssl x509 -in ee.pem -noout -ext subjectKeyIdentifier | tail -1");
    /* The same key, certified by openssl, which uses the same method. */
    const char *theirs = desk_run(d, &status, "openssl req -x509 -key ee.key -subj /CN=x | "
                                  "openssl x509 -noout -ext subjectKeyIdentifier | tail -1");
    EXPECT_STR(ours, theirs);
    const char *authority = desk_run(d, &status, "openssl x509 -in ee.pem -noout -ext authorityKeyIdentifier | tail -1");
    const char *ca = desk_run(d, &status, "openssl x509 -in ca.pem -noout -ext subjectKeyIdentifier | tail -1");
    EXPECT_STR(authority, ca);
    desk_free(d);
}

/* ---- the order of extensions ---------------------------------------------------------------- */

static const char *extensions_for(const char *granted, bool urls)
{
    static char names[1024];
    struct cmpgate_instance *d = desk_new(&p256, 365, NULL);

    names[0] = '\0';
    if (d == NULL || !desk_load(d, CA_MODULE)) {
        return NULL;
    }
    if (urls) {
        desk_set(d, "crl-url", "http://pki.example/a.crl", NULL);
        desk_set(d, "ocsp-url", "http://ocsp.example", NULL);
    }
    char arguments[512];
    snprintf(arguments, sizeof arguments, DEVICE " %s", granted);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, arguments);
    if (desk_open(d) && desk_submit(d, &order) && openssl_accepts(d)) {
        snprintf(names, sizeof names, "%s", extension_names(d));
    }
    desk_free(d);
    return names;
}

TEST(what_was_granted_comes_first_in_the_order_granted)
{
    EXPECT_STR(extensions_for("", false), "subjectKeyIdentifier authorityKeyIdentifier");
    EXPECT_STR(extensions_for(SAN " " USAGE, false),
               "subjectAltName keyUsage subjectKeyIdentifier authorityKeyIdentifier");
    EXPECT_STR(extensions_for(USAGE " " SAN, false),
               "keyUsage subjectAltName subjectKeyIdentifier authorityKeyIdentifier");
    EXPECT_STR(extensions_for(USAGE, true), "keyUsage subjectKeyIdentifier authorityKeyIdentifier "
                                            "cRLDistributionPoints authorityInfoAccess");
}

TEST(what_was_granted_is_not_added_again)
{
    EXPECT_STR(extensions_for("-addext authorityInfoAccess=OCSP\\;URI:http://other.example "
                              "-addext crlDistributionPoints=URI:http://other.example/crl", true),
               "authorityInfoAccess cRLDistributionPoints subjectKeyIdentifier authorityKeyIdentifier");
    EXPECT_STR(extensions_for("-addext subjectKeyIdentifier=0102030405 " USAGE, true),
               "subjectKeyIdentifier keyUsage authorityKeyIdentifier cRLDistributionPoints authorityInfoAccess");
}

TEST(an_extension_nobody_knows_is_taken_over_verbatim)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE " -addext 1.2.3.4.5=DER:0401ff");
    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    const struct asn1_list *have = &desk_certificate(d)->tbsCertificate->extensions;
    struct asn1_error ignored;
    const struct asn1_list *want = Extensions_decode((struct span){ order.extensions.ptr, order.extensions.len },
                                                     d->arena, &ignored);
    EXPECT(span_eq(((struct Extension *)have->item[0])->der, ((struct Extension *)want->item[0])->der));
    desk_free(d);
}

/* ---- validity and serial numbers ------------------------------------------------------------- */

TEST(nothing_outlives_the_ca)
{
    int64_t ca_end = 0, end = 0;
    struct cmpgate_instance *d = desk_new(&p256, 10, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE) && desk_open(d));
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);
    struct asn1_error ignored;
    struct span der = { d->info.certificate.ptr, d->info.certificate.len };
    Time_to_unix(Certificate_decode(der, d->arena, &ignored)->tbsCertificate->validity->notAfter, &ca_end);

    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    Time_to_unix(desk_certificate(d)->tbsCertificate->validity->notAfter, &end);
    EXPECT_EQ(end, ca_end);
    order.not_after = d->now + 5 * 86400;
    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    Time_to_unix(desk_certificate(d)->tbsCertificate->validity->notAfter, &end);
    EXPECT_EQ(end, order.not_after);
    desk_free(d);
}

TEST(times_from_2050_on_are_generalized)
{
    struct cmpgate_instance *d = desk_new(&p256, 20000, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE) && desk_open(d));
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    order.not_after = 2524607999;       /* 2049-12-31 23:59:59 */
    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    EXPECT_EQ(desk_certificate(d)->tbsCertificate->validity->notAfter->arm, Time_utcTime);
    order.not_after = 2524608000;
    REQUIRE(desk_submit(d, &order) && openssl_accepts(d));
    EXPECT_EQ(desk_certificate(d)->tbsCertificate->validity->notAfter->arm, Time_generalTime);
    desk_free(d);
}

TEST(an_expired_ca_refuses)
{
    struct cmpgate_instance *d = desk_new(&p256, 10, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE) && desk_open(d));
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    order.now = d->now + 11 * 86400;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    EXPECT_EQ(d->outcome.fail_info, PKIFailureInfo_systemFailure);
    EXPECT_STR(d->outcome.text, "the CA certificate is not valid at this time");
    order.kind = CMPGATE_CRL;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    EXPECT_EQ(d->outcome.value.len, 0);
    desk_free(d);
}

TEST(a_validity_that_is_empty_is_refused)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    order.not_after = order.not_before;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    order.not_before = d->now + 400 * 86400;    /* begins after the CA has ended */
    order.not_after = d->now + 500 * 86400;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.fail_info, PKIFailureInfo_badCertTemplate);
    desk_free(d);
}

TEST(serial_numbers_are_time_and_chance)
{
    static uint8_t seen[200][16];
    struct cmpgate_instance *d = ca_ready(&ed25519);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    for (size_t i = 0; i < 200; i++) {
        REQUIRE(desk_submit(d, &order) && d->outcome.result == CMPGATE_DONE);
        struct span serial = desk_certificate(d)->tbsCertificate->serialNumber;
        REQUIRE(serial.len == 16 && serial.ptr[0] < 0x80);
        EXPECT_EQ(serial.ptr[0] << 24 | serial.ptr[1] << 16 | serial.ptr[2] << 8 | serial.ptr[3], order.now);
        memcpy(seen[i], serial.ptr, 16);
        for (size_t j = 0; j < i; j++) {
            EXPECT(memcmp(seen[i] + 4, seen[j] + 4, 12) != 0);
        }
    }
    desk_free(d);
}

TEST(a_serial_number_stays_positive_when_the_time_has_its_top_bit_set)
{
    struct cmpgate_instance *d = desk_new(&p256, 9000, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE) && desk_open(d));
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    order.now = order.not_before = 2147483648;  /* 2038-01-19 */
    order.not_after = order.now + 86400;
    REQUIRE(desk_submit(d, &order) && d->outcome.result == CMPGATE_DONE);
    struct span serial = desk_certificate(d)->tbsCertificate->serialNumber;
    EXPECT_EQ(serial.len, 17);
    EXPECT_EQ(serial.ptr[0], 0);
    EXPECT_EQ(serial.ptr[1], 0x80);
    desk_free(d);
}

/* ---- what is refused -------------------------------------------------------------------------- */

static void expect_refused(const char *req_arguments, uint32_t fail_info)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, req_arguments);

    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    EXPECT_EQ(d->outcome.fail_info, fail_info);
    EXPECT(d->outcome.text != NULL && d->outcome.certificate.ptr == NULL);
    desk_free(d);
}

TEST(a_holder_without_a_name_is_refused)
{
    expect_refused("-subj /", PKIFailureInfo_badCertTemplate);
    expect_refused("-subj / " SAN, PKIFailureInfo_badCertTemplate);
}

TEST(a_critical_subject_alt_name_is_a_name)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, "-subj / -addext subjectAltName=critical,DNS:d7.example");
    EXPECT(desk_submit(d, &order));
    EXPECT(openssl_accepts(d));
    desk_free(d);
}

TEST(extensions_that_are_malformed_or_ours_are_refused)
{
    expect_refused(DEVICE " -addext keyUsage=DER:0401ff", PKIFailureInfo_unacceptedExtension);
    expect_refused(DEVICE " -addext 2.5.29.35=DER:30038001aa", PKIFailureInfo_unacceptedExtension);
}

TEST(an_extension_given_twice_is_refused)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE " " USAGE);
    struct asn1_error ignored;
    struct span granted = { order.extensions.ptr, order.extensions.len };
    struct asn1_list *one = Extensions_decode(granted, d->arena, &ignored), two = { .count = 0 };
    REQUIRE(one != NULL && one->count == 1);
    asn1_list_add(d->arena, &two, one->item[0]);
    asn1_list_add(d->arena, &two, one->item[0]);
    struct span der = Extensions_encode(&two, d->arena);

    order.extensions = (struct cmpgate_bytes){ der.ptr, der.len };
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    EXPECT_EQ(d->outcome.fail_info, PKIFailureInfo_unacceptedExtension);
    desk_free(d);
}

TEST(orders_that_cannot_be_read_are_refused)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    const struct cmpgate_order good = desk_order(d, DEVICE_KEY, DEVICE " " SAN);

    for (unsigned part = 0; part < 3; part++) {
        struct cmpgate_order order = good;
        (part == 0 ? &order.subject : part == 1 ? &order.public_key : &order.extensions)->len--;
        EXPECT(desk_submit(d, &order));
        EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
        EXPECT_EQ(d->outcome.fail_info, PKIFailureInfo_badCertTemplate);
    }
    desk_free(d);
}

TEST(a_key_that_cannot_sign_makes_the_order_wait_not_fail)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    d->cannot_sign = true;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_BUSY);
    EXPECT(d->outcome.check_after > 0 && d->outcome.certificate.ptr == NULL);
    d->cannot_sign = false;
    EXPECT(desk_submit(d, &order) && openssl_accepts(d));
    desk_free(d);
}

/* ---- the rest of the orders, and opening --------------------------------------------------------- */

/* What becomes of a certificate is in the gateway's inventory, which is the CA's database: nothing is left to be told. */
TEST(revocation_is_done_at_once_and_nothing_else_is_asked_for)
{
    struct cmpgate_instance *d = ca_ready(&p256);
    REQUIRE(d != NULL);
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    order.kind = CMPGATE_REVOKE;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_DONE);
    EXPECT_EQ(d->module->kinds, CMPGATE_SERVES_KIND(CMPGATE_CERTIFY) | CMPGATE_SERVES_KIND(CMPGATE_REVOKE) |
                                CMPGATE_SERVES_KIND(CMPGATE_CRL));
    order.kind = CMPGATE_RECOVER;
    EXPECT(desk_submit(d, &order));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    EXPECT_EQ(d->module->can, CMPGATE_PURE);
    desk_free(d);
}

TEST(a_subordinate_ca_hands_out_its_chain)
{
    int status;
    struct cmpgate_instance *d = desk_new(&p256, 365, NULL);
    REQUIRE(d != NULL && desk_make_subordinate(d) && desk_load(d, CA_MODULE) && desk_open(d));
    struct cmpgate_order order = desk_order(d, DEVICE_KEY, DEVICE);

    REQUIRE(desk_submit(d, &order) && d->outcome.result == CMPGATE_DONE);
    REQUIRE(d->outcome.chain_count == 2);
    desk_write(d, "ee.der", d->outcome.certificate);
    desk_write(d, "issuer.der", d->outcome.chain[0]);
    desk_write(d, "root.der", d->outcome.chain[1]);
    const char *said = desk_run(d, &status, "for i in ee issuer root; do openssl x509 -inform DER -in $i.der -out $i.pem; "
                                "done; openssl verify -x509_strict -CAfile root.pem -untrusted issuer.pem ee.pem");
    EXPECT_EQ(status, 0);
    EXPECT_HAS(said, "ee.pem: OK");
    desk_free(d);
}

static void expect_not_opened(const char *req_arguments, const char *reason)
{
    struct cmpgate_instance *d = desk_new(&p256, 365, req_arguments);

    REQUIRE(d != NULL && desk_load(d, CA_MODULE));
    EXPECT(!desk_open(d));
    EXPECT_HAS(d->log, reason);
    desk_free(d);
}

TEST(a_certificate_that_is_no_ca_s_does_not_open)
{
    expect_not_opened("-addext basicConstraints=critical,CA:FALSE", "does not say that it is a CA's");
    expect_not_opened("-addext keyUsage=critical,digitalSignature", "keyUsage lacks keyCertSign");
}

TEST(a_key_that_is_not_there_does_not_open)
{
    struct cmpgate_instance *d = desk_new(&p256, 365, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE));
    desk_set(d, "key", "other", NULL);
    EXPECT(!desk_open(d));
    EXPECT_HAS(d->log, "there is no key \"other\"");
    desk_free(d);
}

TEST(a_url_that_is_none_does_not_open)
{
    static const char *const bad[] = { "pki.example/crl", "http://pki.example/a b", "http://pki.ex\xc3\xa4mple/" };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct cmpgate_instance *d = desk_new(&p256, 365, NULL);
        REQUIRE(d != NULL && desk_load(d, CA_MODULE));
        desk_set(d, "crl-url", bad[i], NULL);
        EXPECT(!desk_open(d));
        EXPECT_HAS(d->log, "crl-url");
        desk_free(d);
    }
}
