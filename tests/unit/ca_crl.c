/* The embedded CA's CRLs, judged by openssl. */
#include "test.h"

#include <stdlib.h>
#include <time.h>

#include "ca_desk.h"
#include "codec/cmp.h"

static struct cmpgate_instance *ca_ready(const struct key_kind *kind, const char *req_arguments)
{
    struct cmpgate_instance *d = desk_new(kind, 365, req_arguments);

    if (d != NULL && !(desk_load(d, CA_MODULE) && desk_open(d))) {
        desk_free(d);
        return NULL;
    }
    return d;
}

static bool sign_crl(struct cmpgate_instance *d, size_t revoked, uint64_t number)
{
    static const uint8_t id[16];
    struct cmpgate_order order = { .size = sizeof order, .kind = CMPGATE_CRL, .id = { id, sizeof id },
                                   .now = d->now, .number = number };

    d->revoked = revoked;
    return desk_submit(d, &order) && d->outcome.result == CMPGATE_DONE && desk_write(d, "ca.crl", d->outcome.value);
}

static bool openssl_accepts(struct cmpgate_instance *d)
{
    int status;
    const char *said = desk_run(d, &status, "openssl crl -inform DER -in ca.crl -out crl.pem -CAfile ca.pem -verify");

    return status == 0 && strstr(said, "verify OK") != NULL;
}

static void expect_crl_of(const struct key_kind *kind)
{
    struct cmpgate_instance *d = ca_ready(kind, NULL);

    REQUIRE(d != NULL);
    EXPECT(sign_crl(d, 0, 1) && openssl_accepts(d));
    EXPECT(sign_crl(d, 30, 2) && openssl_accepts(d));
    desk_free(d);
}

TEST(a_p256_crl_verifies) { expect_crl_of(&p256); }
TEST(a_p384_crl_verifies) { expect_crl_of(&p384); }
TEST(an_rsa_crl_verifies) { expect_crl_of(&rsa2048); }
TEST(an_ed25519_crl_verifies) { expect_crl_of(&ed25519); }

TEST(an_empty_crl_has_no_list)
{
    int status;
    struct asn1_error ignored;
    struct cmpgate_instance *d = ca_ready(&p256, NULL);
    REQUIRE(d != NULL && sign_crl(d, 0, 7));
    struct span der = { d->outcome.value.ptr, d->outcome.value.len };
    struct CertificateList *crl = CertificateList_decode(der, d->arena, &ignored);
    REQUIRE(crl != NULL);
    EXPECT(crl->tbsCertList->revokedCertificates.der.ptr == NULL);
    EXPECT_HAS(desk_run(d, &status, "openssl crl -inform DER -in ca.crl -noout -text"), "No Revoked Certificates.");
    desk_free(d);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        n++;
    }
    return n;
}

TEST(reasons_are_said_unless_unspecified_or_of_delta_crls)
{
    int status;
    struct cmpgate_instance *d = ca_ready(&p256, NULL);
    REQUIRE(d != NULL && sign_crl(d, 11, 1) && openssl_accepts(d));
    const char *text = desk_run(d, &status, "openssl crl -in crl.pem -noout -text");

    EXPECT_EQ(count_of(text, "Serial Number:"), 11);
    EXPECT_EQ(count_of(text, "X509v3 CRL Reason Code"), 8);     /* 0 to 10 without 0, 7, 8 */
    EXPECT_HAS(text, "Key Compromise");
    EXPECT_HAS(text, "CA Compromise");
    EXPECT_HAS(text, "Affiliation Changed");
    EXPECT_HAS(text, "Superseded");
    EXPECT_HAS(text, "Cessation Of Operation");
    EXPECT_HAS(text, "Certificate Hold");
    EXPECT_HAS(text, "Privilege Withdrawn");
    EXPECT_HAS(text, "AA Compromise");
    EXPECT(strstr(text, "Remove From CRL") == NULL);
    EXPECT(strstr(text, "Unspecified") == NULL);
    EXPECT_HAS(text, "Serial Number: 0100000000EE00000000000000000000");
    desk_free(d);
}

TEST(a_crl_says_number_issuer_and_next_update)
{
    int status;
    struct cmpgate_instance *d = desk_new(&p256, 365, NULL);
    REQUIRE(d != NULL && desk_load(d, CA_MODULE));
    desk_set(d, "crl-lifetime", "2d", NULL);
    REQUIRE(desk_open(d) && sign_crl(d, 3, 0xfedcba9876543210) && openssl_accepts(d));
    const char *text = desk_run(d, &status, "openssl crl -in crl.pem -noout -text");
    EXPECT_HAS(text, "Version 2 (0x1)");
    EXPECT_HAS(text, "X509v3 CRL Number");
    EXPECT_HAS(text, "18364758544493064720");
    EXPECT_HAS(text, "X509v3 Authority Key Identifier");

    struct asn1_error ignored;
    struct span der = { d->outcome.value.ptr, d->outcome.value.len };
    struct TBSCertList *tbs = CertificateList_decode(der, d->arena, &ignored)->tbsCertList;
    int64_t this_update = 0, next_update = 0;
    EXPECT(Time_to_unix(tbs->thisUpdate, &this_update) && Time_to_unix(tbs->nextUpdate, &next_update));
    EXPECT_EQ(this_update, d->now);
    EXPECT_EQ(next_update, d->now + 2 * 86400);
    desk_free(d);
}

TEST(openssl_finds_a_revoked_certificate_on_the_crl)
{
    int status;
    struct cmpgate_instance *d = ca_ready(&p256, NULL);
    REQUIRE(d != NULL && sign_crl(d, 5, 1) && openssl_accepts(d));
    /* The serial number of the fourth row and one that is on no row. */
    desk_run(d, &status, "openssl genpkey %s -out ee.key && for s in 0x0100000003ee00000000000000000000 0x77; do "
             "openssl req -new -key ee.key -subj /CN=x | openssl x509 -req -CA ca.pem -CAkey ca.key -set_serial $s "
             "-out $s.pem; done", d->kind->genpkey);
    EXPECT_EQ(status, 0);
    EXPECT_HAS(desk_run(d, &status, "openssl verify -crl_check -CAfile ca.pem -CRLfile crl.pem 0x*ee*.pem"),
               "certificate revoked");
    EXPECT_HAS(desk_run(d, &status, "openssl verify -crl_check -CAfile ca.pem -CRLfile crl.pem 0x77.pem"), "OK");
    desk_free(d);
}

TEST(a_ca_that_may_not_sign_crls_does_not)
{
    struct cmpgate_instance *d = ca_ready(&p256, "-addext basicConstraints=critical,CA:TRUE "
                                          "-addext keyUsage=critical,keyCertSign");
    REQUIRE(d != NULL);
    EXPECT(!sign_crl(d, 1, 1));
    EXPECT_EQ(d->outcome.result, CMPGATE_REJECTED);
    EXPECT_HAS(d->outcome.text, "cRLSign");
    desk_free(d);
}

TEST(no_crl_comes_of_an_inventory_that_cannot_be_read_to_its_end)
{
    struct cmpgate_instance *d = ca_ready(&p256, NULL);
    REQUIRE(d != NULL);
    d->cannot_read_store = true;
    EXPECT(!sign_crl(d, 10, 1));
    EXPECT_EQ(d->outcome.result, CMPGATE_BUSY);
    EXPECT_EQ(d->outcome.value.len, 0);
    desk_free(d);
}

/* ---- time ---------------------------------------------------------------------------------------- */

/* CPU seconds of the best of three, so that a busy machine does not decide. */
static double seconds_for(struct cmpgate_instance *d, size_t revoked)
{
    double best = 1e9;

    for (int i = 0; i < 3; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        EXPECT(sign_crl(d, revoked, 1));
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        double took = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        best = took < best ? took : best;
    }
    return best;
}

TEST(ten_times_as_many_entries_take_about_ten_times_as_long)
{
    int status;
    struct cmpgate_instance *d = ca_ready(&p256, NULL);
    REQUIRE(d != NULL);
    double few = seconds_for(d, 10000), many = seconds_for(d, 100000);

    printf("CRL of 10,000: %.1f ms, of 100,000: %.1f ms\n", 1e3 * few, 1e3 * many);
    EXPECT(many < 30 * few);
    EXPECT(many < 5);                   /* under sanitizers; 0.1 s without */
    EXPECT(openssl_accepts(d));
    EXPECT_STR(desk_run(d, &status, "openssl crl -in crl.pem -noout -text | grep -c 'Serial Number:'"), "100000\n");
    desk_free(d);
}
