/* A store that cannot be read, and rows in it that cannot: what is not known is not answered, and nothing is guessed. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_forge.h"

static struct draft *about(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

/* ---- no answer ---------------------------------------------------------------------------------- */

/* "Not now", so that the client tries again; without a word that it could take for the truth. */
static void expect_unavailable(struct draft *d, bool proven)
{
    EXPECT_REFUSED_AS(d, systemUnavail, "the store cannot be read", proven);
    EXPECT(d->f->no.unavailable);
}

CASE(a_secret_that_cannot_be_looked_up_is_no_wrong_MAC)
{
    forge_store(f, "ALTER TABLE secrets RENAME TO gone");
    expect_unavailable(draft_new(f, PKIBody_ir), false);
}

CASE(a_signer_that_cannot_be_looked_up_is_no_stranger)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    forge_store(f, "ALTER TABLE certificates RENAME TO gone");
    expect_unavailable(d, false);
}

CASE(a_signer_that_is_expected_and_cannot_be_looked_up_is_not_missing)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *rr = about(f, &h, PKIBody_rr), *kur = about(f, &h, PKIBody_kur);
    struct draft *cr = draft_new(f, PKIBody_cr);
    draft_sign(cr, &h);
    draft_committed(cr, PHASE_WAITING, NULL);
    struct draft *poll = draft_follow(cr, PKIBody_pollReq);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    forge_store(f, "ALTER TABLE certificates RENAME TO gone");
    rr->message->extraCerts = kur->message->extraCerts = poll->message->extraCerts = (struct asn1_list){ .count = 0 };
    expect_unavailable(rr, false);
    expect_unavailable(kur, false);
    expect_unavailable(poll, false);
}

static struct draft *by_secret(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    fixture_tolerate(f, arm == PKIBody_kur ? QUIRK_MAC_KUR : QUIRK_MAC_RR);
    draft_about(d, h);
    return d;
}

CASE(a_certificate_that_cannot_be_looked_up_is_neither_updated_nor_revoked)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_BY_SECRET);
    forge_store(f, "ALTER TABLE certificates RENAME TO gone");
    expect_unavailable(by_secret(f, &h, PKIBody_kur), true);
    expect_unavailable(by_secret(f, &h, PKIBody_rr), true);
}

CASE(a_key_that_cannot_be_looked_up_is_not_a_new_one)
{
    f->profiles[0].known_keys = KNOWN_KEYS_NONE;
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    forge_store(f, "ALTER TABLE certificates RENAME TO gone");
    expect_unavailable(draft_new(f, PKIBody_ir), true);
}

/* Whose it was cannot be told: then it is nobody's own. */
CASE(a_key_whose_holder_cannot_be_read_is_not_ones_own)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_ir);
    struct asn1_error err;
    f->profiles[0].known_keys = KNOWN_KEYS_OWN;
    d->key = h.key;
    d->template->publicKey = SubjectPublicKeyInfo_decode(crypto_key_spki(h.key), f->arena, &err);
    EXPECT_ACCEPTED(d);
    forge_store(f, "UPDATE certificates SET subject = x'0500'");
    EXPECT_REFUSED(d, badCertTemplate, "under another name");
}

static struct draft *asks(struct fixture *f, enum oid what)
{
    struct draft *d = draft_new(f, PKIBody_genm);
    struct InfoTypeAndValue *info = InfoTypeAndValue_new(f->arena);

    info->infoType = oid_contents(what);
    EXPECT(asn1_list_add(f->arena, &d->body->genm, info));
    return d;
}

CASE(a_CRL_that_cannot_be_looked_up_is_not_none)
{
    EXPECT_ACCEPTED(asks(f, OID_id_it_currentCRL));
    forge_store(f, "ALTER TABLE crls RENAME TO gone");
    expect_unavailable(asks(f, OID_id_it_currentCRL), true);
}

CASE(a_CRL_that_is_asked_for_among_others_and_cannot_be_looked_up_is_not_none)
{
    fixture_tolerate(f, QUIRK_SEVERAL_QUESTIONS);
    struct draft *all = draft_new(f, PKIBody_genm), *two = asks(f, OID_id_it_caCerts);
    REQUIRE(asn1_list_add(f->arena, &two->body->genm, asks(f, OID_id_it_currentCRL)->body->genm.item[0]));
    EXPECT_ACCEPTED(all);
    EXPECT_ACCEPTED(two);
    forge_store(f, "ALTER TABLE crls RENAME TO gone");
    expect_unavailable(all, true);
    expect_unavailable(two, true);
}

static struct draft *asks_for_crl(struct fixture *f)
{
    struct draft *d = asks(f, OID_id_it_crlStatusList);
    struct InfoTypeAndValue *info = d->body->genm.item[0];
    struct asn1_list *list = arena_zalloc(f->arena, sizeof *list);
    struct CRLStatus *status = CRLStatus_new(f->arena);

    status->source = CRLSource_new(f->arena);
    status->source->arm = CRLSource_issuer;
    struct GeneralName *issuer = GeneralName_new(f->arena);
    issuer->arm = GeneralName_directoryName;
    issuer->directoryName = fixture_decoded_name(f, f->ca_name);
    EXPECT(asn1_list_add(f->arena, &status->source->issuer, issuer) && asn1_list_add(f->arena, list, status));
    info->infoValue = asn1_open_value(&SEQUENCE_OF_CRLStatus_type, list);
    return d;
}

CASE(a_newer_CRL_that_cannot_be_looked_up_is_not_none)
{
    EXPECT_ACCEPTED(asks_for_crl(f));
    forge_store(f, "ALTER TABLE crls RENAME TO gone");
    expect_unavailable(asks_for_crl(f), true);
}

/* ---- octets that cannot be read ----------------------------------------------------------------- */

static const uint8_t nothing[] = { 0x30, 0x00 };

CASE(a_secret_that_cannot_be_unsealed_is_systemFailure)
{
    forge_store(f, "UPDATE secrets SET sealed = zeroblob(length(sealed))");
    EXPECT_DISTRUSTED(draft_new(f, PKIBody_ir), systemFailure, "cannot be unsealed");
}

/* Each is sealed for its own reference. */
CASE(a_secret_in_the_row_of_another_is_systemFailure)
{
    fixture_secret(f, "pump-8", "known to another", NULL);
    forge_store(f, "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE reference = CAST('pump-8' AS BLOB))");
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_mac(d, REFERENCE, "known to another", 1000);
    EXPECT_DISTRUSTED(d, systemFailure, "cannot be unsealed");
}

CASE(a_certificate_that_cannot_be_read_is_not_updated)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    forge_row(f, &h, (struct span){ nothing, sizeof nothing });
    EXPECT_REFUSED(about(f, &h, PKIBody_kur), systemFailure, "the certificate to be updated cannot be read");
}

CASE(a_certificate_that_cannot_be_read_is_not_revoked)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    forge_row(f, &h, (struct span){ nothing, sizeof nothing });
    EXPECT_REFUSED(about(f, &h, PKIBody_rr), systemFailure, "the certificate to be revoked cannot be read");
}

/* ---- certConf for a certificate as no CA of ours makes it ---------------------------------------- */

static struct draft *confirmation(struct fixture *f, struct holder *issued)
{
    struct draft *opening = draft_new(f, PKIBody_ir);

    opening->header->pvno = asn1_put_int(f->arena, 3);
    *issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_committed(opening, PHASE_ISSUED, issued);
    return draft_follow(opening, PKIBody_certConf);
}

CASE(a_certificate_that_cannot_be_read_is_not_confirmed)
{
    struct holder h;
    struct draft *d = confirmation(f, &h);
    draft_confirms(d, &h);
    forge_row(f, &h, (struct span){ nothing, sizeof nothing });
    EXPECT_REFUSED(d, systemFailure, "the issued certificate cannot be read");
}

static struct span with_algorithm(struct fixture *f, const struct holder *h, struct AlgorithmIdentifier *a)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(h->certificate, f->arena, &err);

    c->der = (struct span){ NULL, 0 };
    c->signatureAlgorithm = a;
    return Certificate_encode(c, f->arena);
}

CASE(where_the_signature_has_no_digest_hashAlg_is_wanted)
{
    struct holder h;
    struct draft *d = confirmation(f, &h);
    h.certificate = with_algorithm(f, &h, put_algorithm(f, OID_id_aes128_CBC));
    forge_row(f, &h, h.certificate);
    draft_confirms(d, &h);
    EXPECT_REFUSED(d, badRequest, "want hashAlg");
    d->status->hashAlg = put_algorithm(f, OID_sha256);
    d->der.ptr = NULL;
    EXPECT_ACCEPTED(d);
}

CASE(a_signature_with_a_digest_that_is_not_supported_is_badAlg)
{
    struct holder h;
    struct draft *d = confirmation(f, &h);
    struct RSASSA_PSS_params *pss = RSASSA_PSS_params_new(f->arena);
    struct AlgorithmIdentifier *a = put_algorithm(f, OID_id_RSASSA_PSS);
    pss->hashAlgorithm = put_algorithm(f, OID_md5);
    a->parameters = asn1_open_value(&RSASSA_PSS_params_type, pss);
    h.certificate = with_algorithm(f, &h, a);
    forge_row(f, &h, h.certificate);
    draft_confirms(d, &h);
    EXPECT_REFUSED(d, badAlg, "certConf: ");
}
