/* OCSP responses that `openssl ocsp` has made, each right but for one thing; and CRLs of `openssl ca`. */
#include "crypto_fixture.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>

#include "gateway/crypto/crl.h"
#include "gateway/crypto/ocsp.h"

static int64_t now;

static struct span der(const char *name)
{
    char file[64];

    snprintf(file, sizeof file, "%s.der", name);
    return scratch_read(file);
}

/* NAME.key, NAME.pem, NAME.der: a certificate of `issuer`, in whose index.txt it stands as V, or as `state` says. */
static bool issued(const char *issuer, const char *name, const char *serial, const char *state, const char *extensions)
{
    return run("printf '%s' > ext && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out %s.key && "
               "openssl req -new -subj /CN=%s -key %s.key -out csr && "
               "openssl x509 -req -in csr -CA %s.pem -CAkey %s.key -set_serial 0x%s -days 30 -extfile ext -out %s.pem && "
               "openssl x509 -in %s.pem -outform DER -out %s.der && "
               "printf '%s\\t400101000000Z\\t%s\\t%s\\tunknown\\t/CN=%s\\n' >> %s.txt",
               extensions, name, name, name, issuer, issuer, serial, name, name, name, state,
               state[0] == 'R' ? "250101000000Z,keyCompromise" : "", serial, name, issuer);
}

static bool ca(const char *name)
{
    return run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -subj '/CN=OCSP CA' -days 100 "
               "-out %s.pem && openssl x509 -in %s.pem -outform DER -out %s.der && : > %s.txt", name, name, name, name, name);
}

static void made(void)
{
    static bool done;

    if (!done) {
        done = ca("ca") && ca("twin") && issued("ca", "good", "1001", "V", "") && issued("ca", "bad", "1002", "R", "") &&
               issued("ca", "responder", "1003", "V", "extendedKeyUsage=OCSPSigning") && issued("ca", "device", "1004", "V", "") &&
               issued("twin", "other", "1001", "V", "extendedKeyUsage=OCSPSigning");
        now = time(NULL);
    }
    if (!done) {
        fprintf(stderr, "openssl does not make certificates\n");
        exit(1);
    }
}

/* What `signer` says in the name of `issuer` about a certificate; to our request, so that the nonce is ours. */
static struct span answer(const char *issuer, const char *signer, const char *certificate, struct span nonce, const char *options)
{
    scratch_write("request", ocsp_request(der(certificate), der("ca"), nonce, arena()));
    if (!run("openssl ocsp -index %s.txt -CA %s.pem -rsigner %s.pem -rkey %s.key -reqin request -respout response %s", issuer,
             issuer, signer, signer, options)) {
        return (struct span){ NULL, 0 };
    }
    return scratch_read("response");
}

static const struct span no_nonce = { NULL, 0 };

static const char *fault_of(struct span response, const char *certificate, struct ocsp_answer *out)
{
    return ocsp_judge(response, der(certificate), der("ca"), no_nonce, false, now, out);
}

TEST(an_answer_of_the_issuer_or_of_its_responder_counts)
{
    struct ocsp_answer a;

    made();
    EXPECT(fault_of(answer("ca", "ca", "good", no_nonce, "-ndays 1"), "good", &a) == NULL);
    EXPECT_EQ(a.status, CRYPTO_OK);
    EXPECT(a.this_update <= now + 5 && a.next_update > now + 80000);
    EXPECT(fault_of(answer("ca", "responder", "good", no_nonce, "-ndays 1"), "good", &a) == NULL);
    EXPECT_EQ(a.status, CRYPTO_OK);
    EXPECT(fault_of(answer("ca", "ca", "bad", no_nonce, ""), "bad", &a) == NULL);
    EXPECT_EQ(a.status, CRYPTO_REVOKED);
    EXPECT_EQ(a.next_update, 0);
    EXPECT(run(": > empty.txt"));
    EXPECT(run("cp ca.pem empty.pem && cp ca.key empty.key"));
    EXPECT(fault_of(answer("empty", "ca", "good", no_nonce, ""), "good", &a) == NULL);
    EXPECT_EQ(a.status, CRYPTO_STATUS_UNKNOWN);
}

TEST(an_answer_of_somebody_else_does_not)
{
    static const char who[] = "it is not signed by the issuer, nor by a responder of the issuer's";
    struct ocsp_answer a;

    made();
    EXPECT_STR(fault_of(answer("ca", "device", "good", no_nonce, ""), "good", &a), who);    /* no id-kp-OCSPSigning */
    EXPECT_STR(fault_of(answer("ca", "other", "good", no_nonce, ""), "good", &a), who);     /* of a CA of the same name */
    EXPECT_STR(fault_of(answer("ca", "twin", "good", no_nonce, ""), "good", &a), who);
}

TEST(an_answer_about_another_certificate_does_not)
{
    struct ocsp_answer a;

    made();
    struct span about_device = answer("ca", "ca", "device", no_nonce, "");
    EXPECT_STR(fault_of(about_device, "good", &a), "it is not about this certificate");
    /* The same name and serial number, and another key: the CertID has its hash. */
    EXPECT_STR(ocsp_judge(answer("ca", "ca", "good", no_nonce, ""), der("other"), der("twin"), no_nonce, false, now, &a),
               "it is not signed by the issuer, nor by a responder of the issuer's");
}

TEST(an_answer_has_its_time)
{
    struct ocsp_answer a;

    made();
    struct span r = answer("ca", "ca", "good", no_nonce, "-nmin 60");
    int64_t at = now;
    now = at + 3500;
    EXPECT(fault_of(r, "good", &a) == NULL);
    now = at + 3700;
    EXPECT_STR(fault_of(r, "good", &a), "it has expired: nextUpdate has passed");
    now = at - 200;
    EXPECT(fault_of(r, "good", &a) == NULL);
    now = at - 400;
    EXPECT_STR(fault_of(r, "good", &a), "its thisUpdate is in the future");
    now = at;
}

TEST(a_nonce_is_ours_or_none)
{
    struct span ours = { (const uint8_t *)"0123456789abcdef", 16 }, another = { (const uint8_t *)"0123456789abcdeF", 16 };
    struct ocsp_answer a;

    made();
    struct span with = answer("ca", "ca", "good", ours, "");
    struct span good = der("good"), issuer = der("ca");
    EXPECT(ocsp_judge(with, good, issuer, ours, true, now, &a) == NULL);
    EXPECT_STR(ocsp_judge(with, good, issuer, another, true, now, &a), "its nonce is not that of the request");
    EXPECT_STR(ocsp_judge(with, good, issuer, another, false, now, &a), "its nonce is not that of the request");
    EXPECT(ocsp_judge(with, good, issuer, no_nonce, false, now, &a) == NULL);
    EXPECT(run("openssl ocsp -index ca.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -issuer ca.pem -cert good.pem -no_nonce -respout plain"));
    EXPECT(ocsp_judge(scratch_read("plain"), good, issuer, ours, false, now, &a) == NULL);
    EXPECT_STR(ocsp_judge(scratch_read("plain"), good, issuer, ours, true, now, &a), "it has no nonce");
}

/* Whatever octet is changed, what was good is not: nothing that is read is outside of the signature. */
TEST(no_octet_can_be_changed_so_that_it_says_something_else)
{
    struct ocsp_answer a;

    made();
    struct span r = answer("ca", "responder", "bad", no_nonce, "-ndays 1");
    REQUIRE(r.len > 0);
    for (size_t i = 0; i < r.len; i++) {
        bool good = fault_of(flipped(r, (long)i), "bad", &a) == NULL;
        EXPECT(!good || a.status == CRYPTO_REVOKED);
    }
    for (size_t len = 0; len < r.len; len += 7) {
        EXPECT(fault_of((struct span){ r.ptr, len }, "bad", &a) != NULL);
    }
}

TEST(what_is_no_success_is_no_answer)
{
    struct ocsp_answer a;

    made();
    EXPECT_STR(fault_of(hex("30030a0103"), "good", &a), "the responder says: try later");
    EXPECT_STR(fault_of(hex("30030a0106"), "good", &a), "the responder says: unauthorized");
    EXPECT_STR(fault_of(hex("30030a0109"), "good", &a), "it has an unknown responseStatus");
    EXPECT_STR(fault_of(hex("30030a0100"), "good", &a), "it is no OCSP response");
    EXPECT_STR(fault_of(hex("0500"), "good", &a), "it is no OCSP response");
}

/* ---- CRLs ------------------------------------------------------------------------------------------------ */

/* Of the CA "ca", with these extensions. */
static struct span crl(const char *extensions)
{
    bool good = run("printf '[ca]\\ndefault_ca=it\\n[it]\\ndatabase=ca.txt\\ncrlnumber=crlnumber\\ndefault_md=sha256\\n[ext]\\n"
                    "authorityKeyIdentifier=keyid\\n%s' > crl.cnf && echo 01 > crlnumber && "
                    "openssl ca -config crl.cnf -gencrl -cert ca.pem -keyfile ca.key -crldays 1 -crlexts ext -out crl.pem && "
                    "openssl crl -in crl.pem -outform DER -out crl.der", extensions);

    return good ? scratch_read("crl.der") : (struct span){ NULL, 0 };
}

static const char *crl_fault(struct span der_of_crl, struct crypto_crl *out)
{
    return crypto_crl_take(out, der_of_crl, arena());
}

TEST(a_crl_must_be_about_all_certificates_of_its_issuer)
{
    static const char partial[] = "it is not about all certificates of its issuer (a delta, indirect or partial CRL)";
    struct crypto_crl c;

    made();
    EXPECT(crl_fault(crl(""), &c) == NULL);
    EXPECT_STR(crl_fault(crl("2.5.29.27=critical,ASN1:INTEGER:1\\n"), &c), partial);
    EXPECT_STR(crl_fault(crl("2.5.29.27=ASN1:INTEGER:1\\n"), &c), partial);         /* not critical: a delta all the same */
    EXPECT_STR(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nonlyuser=TRUE\\n"), &c), partial);
    EXPECT_STR(crl_fault(crl("issuingDistributionPoint=@p\\n[p]\\nonlyuser=TRUE\\n"), &c), partial);
    EXPECT_STR(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nonlyCA=TRUE\\n"), &c), partial);
    EXPECT_STR(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nindirectCRL=TRUE\\n"), &c), partial);
    EXPECT_STR(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nonlysomereasons=keyCompromise\\n"), &c), partial);
    EXPECT_STR(crl_fault(crl("1.2.3.4=critical,ASN1:NULL\\n"), &c), partial);
}

TEST(a_crl_may_name_its_place)
{
    struct crypto_crl c;

    made();
    EXPECT(crl_fault(crl(""), &c) == NULL);
    EXPECT(crypto_crl_is_of(&c, span_of("http://a/x.crl")));
    EXPECT(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nfullname=URI:ldap://a/x,URI:http://a/x.crl\\n"), &c) == NULL);
    EXPECT(crypto_crl_is_of(&c, span_of("http://a/x.crl")));
    EXPECT(!crypto_crl_is_of(&c, span_of("http://a/y.crl")));
    EXPECT(!crypto_crl_is_of(&c, span_of("http://a/x.crl2")));
}

TEST(a_crl_of_one_place_is_about_the_certificates_that_have_it)
{
    struct crypto_crl c;

    made();
    EXPECT(issued("ca", "here", "1010", "V", "crlDistributionPoints=URI:http://b/,URI:http://a/x.crl") &&
           issued("ca", "there", "1011", "V", "crlDistributionPoints=URI:http://a/y.crl"));
    EXPECT(crl_fault(crl(""), &c) == NULL);
    EXPECT(crypto_crl_covers(&c, der("good")) && crypto_crl_covers(&c, der("here")));
    EXPECT(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nfullname=URI:ldap://a/x,URI:http://a/x.crl\\n"), &c) == NULL);
    EXPECT(crypto_crl_covers(&c, der("here")));
    EXPECT(!crypto_crl_covers(&c, der("there")));
    EXPECT(!crypto_crl_covers(&c, der("good")));
    EXPECT(crl_fault(crl("issuingDistributionPoint=critical,@p\\n[p]\\nrelativename=r\\n[r]\\nCN=x\\n"), &c) == NULL);
    EXPECT(!crypto_crl_covers(&c, der("here")));
}

TEST(what_is_kept_of_a_crl_outlives_it)
{
    struct crypto_crl c, kept;
    struct arena *work = arena_new(), *keep = arena_new();

    made();
    struct span octets = crl("");
    EXPECT(crypto_crl_take(&c, arena_copy(work, octets.ptr, octets.len), work) == NULL);
    EXPECT(crypto_crl_signed_by(&c, ((const struct Certificate *)Certificate_decode(der("ca"), arena(), &(struct asn1_error){ 0 }))
                                        ->tbsCertificate->subjectPublicKeyInfo->der));
    EXPECT(!crypto_crl_signed_by(&c, ((const struct Certificate *)Certificate_decode(der("twin"), arena(), &(struct asn1_error){ 0 }))
                                         ->tbsCertificate->subjectPublicKeyInfo->der));
    REQUIRE(crypto_crl_keep(&kept, &c, keep));
    arena_free(work);
    EXPECT(crypto_crl_has(&kept, hex("1002")));
    EXPECT(!crypto_crl_has(&kept, hex("1001")));
    EXPECT(!crypto_crl_has(&kept, hex("001002")));
    EXPECT(kept.this_update < kept.next_update && kept.list == NULL);
    arena_free(keep);
}
