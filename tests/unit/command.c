/* What the commands share: PEM, finding out what a file holds, a message in one line. */
#include "tests/unit/test.h"

#include "codec/cmp.h"
#include "gateway/command/document.h"
#include "gateway/command/pem.h"
#include "gateway/command/summary.h"
#include "gateway/file.h"

/* ---- PEM -------------------------------------------------------------------------------------------- */

struct reading {
    struct arena *arena;
    struct span text;
    struct pem pem;
    char why[PEM_WHY];
};

static struct reading reading_of(const char *text)
{
    return (struct reading){ .arena = arena_new(), .text = span_str(text) };
}

static bool next(struct reading *r)
{
    return pem_next(&r->text, &r->pem, r->arena, r->why);
}

/* Whether the text is refused with these words. */
static bool refused(const char *text, const char *words)
{
    struct reading r = reading_of(text);
    bool is = !next(&r) && strstr(r.why, words) != NULL;

    arena_free(r.arena);
    return is;
}

TEST(a_block_is_found_in_the_text_around_it)
{
    struct reading r = reading_of("Dear all,\n-----BEGIN CMP-----\nMAMC\n AQE=\n-----END CMP-----\nbye\n");

    REQUIRE(next(&r));
    EXPECT_STR(r.pem.label, "CMP");
    EXPECT(span_eq(r.pem.der, span_of("\x30\x03\x02\x01\x01")));
    EXPECT(!next(&r));
    EXPECT_STR(r.why, "");
    arena_free(r.arena);
}

TEST(blocks_come_one_after_the_other_and_lines_may_end_like_on_windows)
{
    struct reading r = reading_of("-----BEGIN A-----\r\nQQ==\r\n-----END A-----\r\n-----BEGIN B-----\r\nQkI=\r\n-----END B-----\r\n");

    REQUIRE(next(&r));
    EXPECT(span_eq(r.pem.der, span_of("A")));
    REQUIRE(next(&r));
    EXPECT_STR(r.pem.label, "B");
    EXPECT(span_eq(r.pem.der, span_of("BB")));
    EXPECT(!next(&r));
    arena_free(r.arena);
}

TEST(broken_blocks_are_refused_with_a_reason)
{
    EXPECT(refused("-----BEGIN X-----\nQUJD\n", "last line"));
    EXPECT(refused("-----BEGIN X\nQUJD", "first line"));
    EXPECT(refused("-----BEGIN \x1b[31m-----\nQUJD\n-----END X-----\n", "first line"));
    EXPECT(refused("-----BEGIN 0123456789012345678901234567890123456789012345678901234567890123-----\nQUJD\n-----END X-----\n",
                   "first line"));
    EXPECT(refused("-----BEGIN X-----\nQUJ\n-----END X-----\n", "not base64"));
    EXPECT(refused("-----BEGIN X-----\nQU!D\n-----END X-----\n", "not base64"));
    EXPECT(refused("-----BEGIN X-----\nQ===\n-----END X-----\n", "not base64"));
    EXPECT(refused("-----BEGIN X-----\nQQ==QUJD\n-----END X-----\n", "not base64"));
    EXPECT(refused("-----BEGIN X-----\n-----END X-----\n", "not base64"));
    EXPECT(refused("-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nQUJD\n-----END X-----\n", "not base64"));
}

TEST(text_without_a_block_is_just_the_end)
{
    EXPECT(refused("", ""));
    EXPECT(refused("nothing here", ""));
    EXPECT(!pem_found(span_of("-----BEGI")));
}

/* ---- messages in one line -------------------------------------------------------------------------------- */

struct vector {
    struct arena *arena;
    struct PKIMessage *message;
};

static struct vector vector(const char *name)
{
    char path[512], why[256];
    struct asn1_error err;
    struct vector v = { .arena = arena_new() };

    snprintf(path, sizeof path, "%s/tests/vectors/%s.der", SOURCE_DIR, name);
    struct span der = file_read(path, 1 << 20, v.arena, why, sizeof why);
    v.message = der.ptr != NULL ? PKIMessage_decode(der, v.arena, &err) : NULL;
    return v;
}

TEST(a_message_is_told_in_one_line)
{
    static const struct { const char *vector, *line; } told[] = {
        { "ir_ossl-mac", "ir: O=cmpgate tests, CN=Device 1 [id-PasswordBasedMac, device-1]" },
        { "ir_implicitConfirm", "ir: O=cmpgate tests, CN=New device, implicitConfirm [id-PasswordBasedMac, device-1]" },
        { "ir_mac-pbmac1", "ir: O=cmpgate tests, CN=New device [id-PBMAC1, device-1]" },
        { "ir_template-null-subject", "ir: no subject [id-PasswordBasedMac, device-1]" },
        { "ip_ossl-sig-p256", "ip: accepted, O=cmpgate tests, CN=p256 serial 04a610df23af136081cd63625900d20f75bd77eb "
                              "[ecdsa-with-SHA256]" },
        { "ip_encryptedCert-value", "ip: accepted, an encrypted certificate [id-PasswordBasedMac, device-1]" },
        { "ip_ossl-popo-raverified-refused", "ip: rejection (badPOP): popo raverified not accepted "
                                             "[id-PasswordBasedMac, server-1]" },
        { "p10cr_ossl-p256", "p10cr: O=cmpgate tests, CN=p256 [id-PasswordBasedMac, device-1]" },
        { "rr_ossl-reason-0", "rr: serial 581ab9275bcd15fc5139dff63a6520af9d9f71e2 [id-PasswordBasedMac, device-1]" },
        { "rp_every-status", "rp: accepted; grantedWithMods; rejection; waiting [id-PasswordBasedMac, device-1]" },
        { "certConf_rejected", "certConf: rejection (incorrectData): wrong name [id-PasswordBasedMac, device-1]" },
        { "certConf_empty", "certConf: rejection [id-PasswordBasedMac, device-1]" },
        { "pollRep_ossl-poll", "pollRep: ask again in 1 s [id-PasswordBasedMac, server-1]" },
        { "error_kem-wanted", "error: rejection (wrongIntegrity) [not protected]" },
        { "pkiconf_ossl-mac", "pkiconf: [id-PasswordBasedMac, server-1]" },
        { "genm_caKeyUpdateInfo", "genm: id-it-caKeyUpdateInfo [id-PasswordBasedMac, device-1]" },
        { "nested_one", "nested: 1 message [ecdsa-with-SHA256]" },
    };
    char text[SUMMARY_TEXT];

    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        struct vector v = vector(told[i].vector);
        REQUIRE(v.message != NULL);
        EXPECT_STR(summary_text(v.message, text), told[i].line);
        arena_free(v.arena);
    }
}

TEST(what_an_answer_comes_to_is_the_worst_of_its_parts)
{
    static const struct { const char *vector; enum summary_tone tone; } heard[] = {
        { "ip_ossl-mac", SUMMARY_GOOD },        { "ip_waiting", SUMMARY_WAITING },
        { "ip_several", SUMMARY_REFUSED },      { "kup_waiting", SUMMARY_WAITING },
        { "rp_accepted", SUMMARY_GOOD },        { "rp_every-status", SUMMARY_REFUSED },
        { "pollRep_plain", SUMMARY_WAITING },   { "pkiconf_plain", SUMMARY_GOOD },
        { "error_plain", SUMMARY_REFUSED },     { "error_waiting", SUMMARY_WAITING },
        { "genp_empty", SUMMARY_GOOD },         { "cp_ossl-refused", SUMMARY_REFUSED },
    };

    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) {
        struct vector v = vector(heard[i].vector);
        REQUIRE(v.message != NULL);
        EXPECT_EQ(summary_tone(v.message), heard[i].tone);
        arena_free(v.arena);
    }
}

TEST(a_peer_cannot_drive_the_terminal_with_its_texts)
{
    struct arena *a = arena_new();
    struct span text = span_of("red\x1b[31m\nnext \xc3\xbc");
    struct PKIStatusInfo status = { .status = asn1_put_int(a, PKIStatus_rejection) };
    struct ErrorMsgContent error = { .pKIStatusInfo = &status };
    struct PKIBody body = { .arm = PKIBody_error, .error = &error };
    struct PKIHeader header = { .pvno = asn1_put_int(a, 2) };
    struct PKIMessage message = { .header = &header, .body = &body };
    char line[SUMMARY_TEXT];

    REQUIRE(asn1_list_add_span(a, &status.statusString, text));
    EXPECT_STR(summary_text(&message, line), "error: rejection: red?[31m?next ?? [not protected]");
    arena_free(a);
}

TEST(a_line_that_is_too_long_is_cut)
{
    struct arena *a = arena_new();
    uint8_t many[4096];
    struct PKIStatusInfo status = { .status = asn1_put_int(a, PKIStatus_rejection) };
    struct ErrorMsgContent error = { .pKIStatusInfo = &status };
    struct PKIBody body = { .arm = PKIBody_error, .error = &error };
    struct PKIHeader header = { .pvno = asn1_put_int(a, 2) };
    struct PKIMessage message = { .header = &header, .body = &body };
    char line[SUMMARY_TEXT];

    memset(many, 'x', sizeof many);
    for (int i = 0; i < 8; i++) {
        REQUIRE(asn1_list_add_span(a, &status.statusString, (struct span){ many, sizeof many }));
    }
    summary_text(&message, line);
    EXPECT_EQ(strlen(line), SUMMARY_TEXT - 1);
    arena_free(a);
}

/* ---- what a file holds --------------------------------------------------------------------------------------- */

TEST(the_type_of_der_is_found_out)
{
    struct vector v = vector("ip_ossl-mac");
    struct document d;
    char why[DOCUMENT_WHY];

    REQUIRE(v.message != NULL);
    const struct CMPCertificate *extra =
        ((const struct CertResponse *)v.message->body->ip->response.item[0])->certifiedKeyPair->certOrEncCert->certificate;
    EXPECT(document_decode(v.message->der, NULL, &d, v.arena, why) && d.type == &PKIMessage_type);
    EXPECT(document_decode(extra->der, NULL, &d, v.arena, why) && d.type == &Certificate_type);
    EXPECT(document_decode(extra->der, "CERTIFICATE", &d, v.arena, why) && d.type == &Certificate_type);
    EXPECT(document_decode(extra->der, "something else", &d, v.arena, why) && d.type == &Certificate_type);
    EXPECT(!document_decode(extra->der, "X509 CRL", &d, v.arena, why));
    EXPECT_HAS(why, "TBSCertList");
    arena_free(v.arena);
}

TEST(what_does_not_decode_is_explained_as_what_it_nearly_is)
{
    struct vector v = vector("ip_ossl-mac");
    struct document d;
    char why[DOCUMENT_WHY];

    REQUIRE(v.message != NULL);
    struct span copy = arena_copy(v.arena, v.message->der.ptr, v.message->der.len);
    REQUIRE(copy.ptr != NULL);
    ((uint8_t *)(uintptr_t)copy.ptr)[v.message->protection.ptr - v.message->der.ptr] = 9;  /* unused bits */
    EXPECT(!document_decode(copy, NULL, &d, v.arena, why));
    EXPECT_HAS(why, "PKIMessage.protection at ");
    arena_free(v.arena);
}
