/* Building: fresh structs become DER, parts of others are carried over, mistakes are named. */
#include "codec_help.h"

static struct GeneralName *directory_name(struct arena *a, const char *cn)
{
    struct GeneralName *general = GeneralName_new(a);
    struct Name *name = Name_new(a);
    struct asn1_list *rdn = arena_zalloc(a, sizeof *rdn);
    struct AttributeTypeAndValue *attribute = AttributeTypeAndValue_new(a);
    struct DirectoryString *value = DirectoryString_new(a);

    value->arm = DirectoryString_utf8String;
    value->utf8String = span_str(cn);
    attribute->type = oid_contents(OID_id_at_commonName);
    attribute->value = asn1_open_value(&DirectoryString_type, value);
    asn1_list_add(a, rdn, attribute);
    asn1_list_add(a, &name->rdnSequence, rdn);
    general->arm = GeneralName_directoryName;
    general->directoryName = name;
    return general;
}

TEST(a_fresh_message_decodes_to_what_was_put_in)
{
    struct arena *a = test_arena();
    struct PKIMessage *m = PKIMessage_new(a);
    struct asn1_error err;

    m->header = PKIHeader_new(a);
    m->header->pvno = asn1_put_int(a, PKIHeader_cmp2000);
    m->header->sender = directory_name(a, "CA");
    m->header->recipient = directory_name(a, "device");
    m->header->transactionID = hex("00112233445566778899aabbccddeeff");
    m->body = PKIBody_new(a);
    m->body->arm = PKIBody_pkiconf;
    m->body->pkiconf = asn1_null();

    struct span der = PKIMessage_encode(m, a);
    EXPECT_SAME(der, hex("3043 303d 020102"
                         " a40f 300d 310b 3009 0603550403 0c024341"
                         " a413 3011 310f 300d 0603550403 0c06646576696365"
                         " a412 0410 00112233445566778899aabbccddeeff b302 0500"));
    struct PKIMessage *back = PKIMessage_decode(der, a, &err);
    REQUIRE(back != NULL);
    EXPECT_EQ(back->body->arm, PKIBody_pkiconf);
    EXPECT_SAME(back->header->transactionID, m->header->transactionID);
    char text[64];
    EXPECT_STR(GeneralName_text(back->header->sender, text, sizeof text), "CN=CA");
    EXPECT_SAME(PKIMessage_encode(back, a), der);
}

TEST(a_small_struct_has_exactly_these_octets)
{
    struct arena *a = test_arena();
    struct CertStatus *status = CertStatus_new(a);

    status->certHash = hex("abcd");
    status->certReqId = asn1_put_int(a, 0);
    status->statusInfo = PKIStatusInfo_new(a);
    status->statusInfo->status = asn1_put_int(a, PKIStatus_rejection);
    status->statusInfo->failInfo = asn1_put_named_bits(a, PKIFailureInfo_badPOP);
    EXPECT_SAME(CertStatus_encode(status, a), hex("3011 0402abcd 020100 3008 020102 0303060040"));
}

TEST(a_default_is_left_out_when_it_is_set)
{
    struct arena *a = test_arena();
    struct Extension *e = Extension_new(a);

    e->extnID = oid_contents(OID_id_ce_keyUsage);
    e->extnValue = asn1_open_der(hex("03020780"));
    struct span plain = Extension_encode(e, a);
    e->critical = asn1_put_bool(false);
    EXPECT_SAME(Extension_encode(e, a), plain);
    e->critical = asn1_put_bool(true);
    EXPECT_SAME(Extension_encode(e, a), hex("300e 0603551d0f 0101ff 0404 03020780"));
}

TEST(a_default_of_several_octets_is_left_out)
{
    struct arena *a = test_arena();
    struct RSASSA_PSS_params *p = RSASSA_PSS_params_new(a);
    struct span null = hex("0500");

    p->hashAlgorithm = AlgorithmIdentifier_new(a);
    p->hashAlgorithm->algorithm = oid_contents(OID_sha1);
    p->hashAlgorithm->parameters = asn1_open_der(null);
    p->saltLength = asn1_put_int(a, 32);
    EXPECT_SAME(RSASSA_PSS_params_encode(p, a), hex("3005 a203 020120"));
    p->hashAlgorithm->algorithm = oid_contents(OID_sha256);
    EXPECT_SAME(RSASSA_PSS_params_encode(p, a),
                hex("3016 a00f 300d 0609608648016503040201 0500 a203 020120"));
}

TEST(a_set_of_is_put_in_order)
{
    struct arena *a = test_arena();
    struct asn1_list set = { .count = 0 };
    static const char *const items[] = { "0203010000", "020103", "020101", "02020100", "020102",
                                         "0400" };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        EXPECT(asn1_list_add_span(a, &set, hex(items[i])));
    }
    struct span der = SET_OF_ANY_encode(&set, a);
    EXPECT_SAME(der, hex("3114 020101 020102 020103 02020100 0203010000 0400"));
    EXPECT_ACCEPTED(SET_OF_ANY, der);
}

TEST(large_sets_in_any_order_come_out_in_order)
{
    struct arena *a = test_arena();
    struct asn1_list set = { .count = 0 };

    for (unsigned i = 0; i < 300; i++) {
        asn1_list_add_span(a, &set, asn1_tlv(a, DER_INTEGER, asn1_put_int(a, i * 7919 % 301 * 50)));
    }
    EXPECT_ACCEPTED(SET_OF_ANY, SET_OF_ANY_encode(&set, a));
}

/* What a CA does: subject and key come from the request, under other tags. */
TEST(parts_of_a_request_move_into_a_certificate)
{
    struct arena *a = test_arena();
    struct asn1_error err;
    struct PKIMessage *m = PKIMessage_decode(vector("ir_ossl-mac.der"), a, &err);
    REQUIRE(m != NULL && m->body->arm == PKIBody_ir);
    struct CertTemplate *t = ((struct CertReqMsg *)m->body->ir.item[0])->certReq->certTemplate;
    EXPECT_EQ(t->publicKey->der.ptr[0], 0xa6);

    struct TBSCertificate *tbs = TBSCertificate_new(a);
    tbs->version = asn1_put_int(a, 2);
    tbs->serialNumber = asn1_put_int(a, 77);
    tbs->signature = m->header->protectionAlg;
    tbs->issuer = m->header->recipient->directoryName;
    tbs->subject = t->subject;
    tbs->subjectPublicKeyInfo = t->publicKey;
    tbs->validity = Validity_new(a);
    tbs->validity->notBefore = Time_from_unix(a, 1700000000);
    tbs->validity->notAfter = Time_from_unix(a, 2700000000);

    struct TBSCertificate *back = TBSCertificate_decode(TBSCertificate_encode(tbs, a), a, &err);
    REQUIRE(back != NULL);
    EXPECT_EQ(back->subjectPublicKeyInfo->der.ptr[0], DER_SEQUENCE);
    EXPECT_SAME(back->subjectPublicKeyInfo->subjectPublicKey, t->publicKey->subjectPublicKey);
    EXPECT_SAME(back->subject->der, t->subject->der);
    EXPECT_EQ(back->validity->notAfter->arm, Time_generalTime);
}

TEST(protection_is_over_header_and_body_as_received)
{
    struct arena *a = test_arena();
    struct asn1_error err;
    struct PKIMessage *m = PKIMessage_decode(vector("ir_ossl-mac.der"), a, &err);

    REQUIRE(m != NULL);
    struct span part = PKIMessage_protected_part(m, a);
    struct span parts[] = { m->header->der, m->body->der };
    EXPECT_SAME(part, asn1_sequence_of_parts(a, parts, 2));
    uint8_t h[6];
    size_t n = asn1_header(h, DER_SEQUENCE, m->header->der.len + m->body->der.len);
    EXPECT(memcmp(part.ptr, h, n) == 0);
    EXPECT_EQ(m->header->der.ptr + m->header->der.len == m->body->der.ptr, 1);
}

static const char *why(const struct asn1_type *t, const void *value)
{
    static char text[200];
    struct asn1_error err;

    if (asn1_encode_why(t, value, test_arena(), &err).ptr != NULL) {
        return "encoded";
    }
    return asn1_error_text(&err, text, sizeof text);
}

TEST(what_cannot_be_encoded_is_named)
{
    struct arena *a = test_arena();
    struct PollRep *poll = PollRep_new(a);

    EXPECT_STR(why(&PollRep_type, poll), "PollRep.checkAfter at 0: missing");
    poll->checkAfter = asn1_put_int(a, 5);
    EXPECT_STR(why(&PollRep_type, poll), "PollRep.certReqId at 0: missing");
    poll->certReqId = hex("0001");
    EXPECT_STR(why(&PollRep_type, poll), "INTEGER at 0: INTEGER not minimal");
    poll->certReqId = asn1_put_int(a, 0);
    EXPECT_STR(why(&PollRep_type, poll), "encoded");
    EXPECT(asn1_list_init(a, &poll->reason));
    EXPECT_STR(why(&PollRep_type, poll), "PKIFreeText at 0: empty list");
    EXPECT_STR(why(&PollRep_type, NULL), "PollRep at 0: missing");
}

TEST(a_choice_needs_an_arm_that_is_there)
{
    struct PKIBody *body = PKIBody_new(test_arena());

    EXPECT_STR(why(&PKIBody_type, body), "PKIBody.ir at 0: missing");
    body->arm = 27;
    EXPECT_STR(why(&PKIBody_type, body), "PKIBody at 0: no such alternative");
    body->arm = -1;
    EXPECT_STR(why(&PKIBody_type, body), "PKIBody at 0: no such alternative");
}

TEST(a_value_must_be_what_its_oid_defines)
{
    struct arena *a = test_arena();
    struct InfoTypeAndValue *v = InfoTypeAndValue_new(a);
    struct span *null = arena_zalloc(a, sizeof *null);

    *null = asn1_null();
    v->infoType = oid_contents(OID_id_it_implicitConfirm);
    v->infoValue = asn1_open_value(&NULL__type, null);
    EXPECT_STR(why(&InfoTypeAndValue_type, v), "encoded");
    v->infoType = oid_contents(OID_id_it_confirmWaitTime);
    EXPECT_STR(why(&InfoTypeAndValue_type, v),
               "InfoTypeAndValue.infoValue at 0: not the type its OID defines");
}

TEST(an_empty_list_can_be_present)
{
    struct arena *a = test_arena();
    struct PKIBody *body = PKIBody_new(a);

    body->arm = PKIBody_genm;
    EXPECT(asn1_list_init(a, &body->genm));
    EXPECT_SAME(PKIBody_encode(body, a), hex("b502 3000"));
}

TEST(adding_to_a_copied_list_leaves_the_decoded_one_alone)
{
    struct arena *a = test_arena();
    struct asn1_error err;
    struct asn1_list *text = PKIFreeText_decode(hex("3006 0c0161 0c0162"), a, &err);
    REQUIRE(text != NULL);
    struct asn1_list copy = *text;

    copy.der = (struct span){ NULL, 0 };
    EXPECT(asn1_list_add_span(a, &copy, span_of("c")));
    EXPECT_SAME(PKIFreeText_encode(&copy, a), hex("3009 0c0161 0c0162 0c0163"));
    EXPECT_EQ(text->count, 2);
    EXPECT_SAME(*(struct span *)text->item[1], span_of("b"));
    EXPECT(!asn1_list_add(a, &copy, NULL));
}

TEST(an_encoding_larger_than_a_block_is_whole)
{
    struct arena *a = test_arena();
    struct asn1_list list = { .count = 0 };

    for (int i = 0; i < 60000; i++) {
        asn1_list_add_span(a, &list, asn1_put_int(a, i));
    }
    struct span der = SEQUENCE_OF_INTEGER_encode(&list, a);
    EXPECT_ACCEPTED(SEQUENCE_OF_INTEGER, der);
    EXPECT(der.len > 200000);
}

TEST(memory_that_runs_out_stops_the_encoder)
{
    struct arena *small = arena_new();
    struct asn1_error err;
    struct asn1_list *list = SEQUENCE_OF_INTEGER_decode(hex("3003 020105"), test_arena(), &err);
    struct asn1_list many = { .count = 0 };

    for (int i = 0; i < 60000; i++) {
        asn1_list_add(test_arena(), &many, list->item[0]);
    }
    arena_limit(small, 20000);
    EXPECT(asn1_encode_why(&SEQUENCE_OF_INTEGER_type, &many, small, &err).ptr == NULL);
    EXPECT_STR(err.reason, "memory limit");
    arena_free(small);
}
