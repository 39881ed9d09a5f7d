/* Whom a profile is for, and which certificate a kur or an rr is about: what the name in the message leaves open. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_forge.h"

static struct draft *about(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

static struct draft *signed_by(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    draft_sign(d, h);
    return d;
}

/* ---- the name of a profile ---------------------------------------------------------------------- */

CASE(a_profile_may_have_a_name_of_one_letter)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    f->profiles[1].name = "o";
    draft_certProfile(d, "o", NULL);
    EXPECT_ACCEPTED(d);
    EXPECT_STR(f->request.order->profile, "o");
}

CASE(a_certProfile_may_say_what_the_path_says_or_nothing)
{
    f->in.profile_name = "other";
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "other", NULL);
    EXPECT_ACCEPTED(d);
    d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "", NULL);
    EXPECT_ACCEPTED(d);
    EXPECT_STR(f->request.order->profile, "other");
}

CASE(a_long_certProfile_is_quoted_as_far_as_64_octets)
{
    static const char name[] = "1234567890123456789012345678901234567890123456789012345678901234567890";
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, name, NULL);
    EXPECT_REFUSED(d, badRequest, "there is no profile \"1234567890123456789012345678901234567890123456789012345678901234\"");
    f->in.profile_name = "default";
    d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, name, NULL);
    EXPECT_REFUSED(d, badRequest, "\"1234567890123456789012345678901234567890123456789012345678901234\" is not the profile");
}

/* ---- for whom ----------------------------------------------------------------------------------- */

static void bind_to_other(struct secret *s) { s->profile = "other"; }

/* The endpoint has the say; the secret is good for its own profile all the same. */
CASE(a_secret_does_not_bring_its_profile_to_a_fixed_endpoint)
{
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_other);
    f->endpoint.profile_fixed = true;
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), notAuthorized, "this shared secret is for profile \"other\"");
    f->endpoint.profile = &f->profiles[1];
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
}

CASE(an_ra_is_one_under_every_profile_that_admits_it)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    f->endpoint.profile = &f->profiles[1];
    EXPECT_REFUSED(signed_by(f, &ra, PKIBody_cr), notAuthorized, "was issued under profile \"default\", not \"other\"");
    f->profiles[1].credentials |= BY_RA;
    EXPECT_ACCEPTED(signed_by(f, &ra, PKIBody_cr));
    EXPECT_STR(f->request.order->profile, "other");
    EXPECT_REFUSED(signed_by(f, &h, PKIBody_cr), notAuthorized, "was issued under profile \"default\", not \"other\"");
}

/* The inventory can say that it does not know. */
CASE(a_certificate_of_no_profile_is_of_every_one)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    forge_store(f, "UPDATE certificates SET profile = NULL");
    f->endpoint.profile = &f->profiles[1];
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
    EXPECT_ACCEPTED(about(f, &h, PKIBody_kur));
    EXPECT_ACCEPTED(about(f, &h, PKIBody_rr));
    EXPECT_STR(f->request.order->backend, "far");
}

CASE(a_certificate_is_revoked_where_its_profile_is_served)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    EXPECT_ACCEPTED(about(f, &h, PKIBody_rr));
    EXPECT_STR(f->request.order->backend, "demo");
    EXPECT_EQ(f->request.order->certReqId, -1);
    EXPECT(span_eq(f->request.order->subject, h.subject));
    forge_store(f, "UPDATE certificates SET profile = 'other'");
    EXPECT_ACCEPTED(about(f, &h, PKIBody_rr));
    EXPECT_STR(f->request.order->profile, "default");
    EXPECT_STR(f->request.order->backend, "far");
}

/* holds 9483-4.1.3-01 9483-3.5-12 */
CASE(a_MAC_where_only_a_signature_will_do_is_told_why)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_BY_SECRET);
    struct draft *d = draft_new(f, PKIBody_kur);
    draft_about(d, &h);
    EXPECT_REFUSED(d, wrongIntegrity, "RFC 9483 4.1.3: kur wants a signature");
    d = draft_new(f, PKIBody_rr);
    draft_about(d, &h);
    EXPECT_REFUSED(d, wrongIntegrity, "RFC 9483 4.2: rr wants a signature");
}

/* RFC 2510 has no implicitConfirm: who sends it with that version confirms all the same. */
CASE(implicitConfirm_is_not_granted_in_RFC_2510)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    f->endpoint.cmp1999 = true;
    draft_info(d, OID_id_it_implicitConfirm, &NULL__type, value_of(f, asn1_null()));
    EXPECT_ACCEPTED(d);
    EXPECT(f->request.implicit_confirm);
    d->header->pvno = asn1_put_int(f->arena, 1);
    d->der.ptr = NULL;
    EXPECT_ACCEPTED(d);
    EXPECT(!f->request.implicit_confirm && !f->request.order->implicit_confirm);
}

/* ---- kur ---------------------------------------------------------------------------------------- */

CASE(an_oldCertID_whose_issuer_is_no_directoryName_is_badCertId)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = about(f, &h, PKIBody_kur);
    struct SingleAttribute *control = d->request->certReq->controls.item[0];
    ((struct CertId *)control->value.value)->issuer = put_names(f, GeneralName_dNSName, "ca.example")->item[0];
    EXPECT_REFUSED(d, badCertId, "oldCertID.issuer: want a directoryName");
}

CASE(an_ra_does_not_verify_the_proof_of_its_own_kur)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    struct draft *d = about(f, &ra, PKIBody_kur);
    f->profiles[0].credentials |= BY_RA;
    EXPECT_ACCEPTED(d);
    d = about(f, &ra, PKIBody_kur);
    d->keep_popo = true;
    d->request->popo = ProofOfPossession_new(f->arena);
    d->request->popo->arm = ProofOfPossession_raVerified;
    d->request->popo->raVerified = asn1_null();
    EXPECT_REFUSED(d, notAuthorized, "raVerified is for registration authorities");
}

/* ---- rr ----------------------------------------------------------------------------------------- */

static void give_UIDs(struct fixture *f, struct TBSCertificate *c)
{
    c->issuerUniqueID = asn1_put_bits(f->arena, put_text(f, "issuer"));
    c->subjectUniqueID = asn1_put_bits(f->arena, put_text(f, "subject"));
}

static struct holder holder_with_UIDs(struct fixture *f)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_WITH_NAMES);

    forge_row(f, &h, forge_certificate(f, h.certificate, f->ca.key, give_UIDs));
    return h;
}

static struct draft *with_UIDs(struct fixture *f, const struct holder *h, const char *issuer, const char *subject)
{
    struct draft *d = about(f, h, PKIBody_rr);

    d->template->issuerUID = asn1_put_bits(f->arena, put_text(f, issuer));
    d->template->subjectUID = asn1_put_bits(f->arena, put_text(f, subject));
    return d;
}

/* holds 9483-4.2-03 */
CASE(UIDs_that_are_given_must_be_those_of_the_certificate)
{
    struct holder h = holder_with_UIDs(f);
    EXPECT_ACCEPTED(about(f, &h, PKIBody_rr));
    EXPECT_ACCEPTED(with_UIDs(f, &h, "issuer", "subject"));
    EXPECT_REFUSED(with_UIDs(f, &h, "other", "subject"), badCertId, "certDetails.issuerUID is not that");
    EXPECT_REFUSED(with_UIDs(f, &h, "issuer", "other"), badCertId, "certDetails.subjectUID is not that");
}

static struct draft *with_extension(struct fixture *f, const struct holder *h, const char *dns_name)
{
    struct draft *d = about(f, h, PKIBody_rr);
    struct Extension *e = Extension_new(f->arena);

    e->extnID = oid_contents(OID_id_ce_subjectAltName);
    e->extnValue = asn1_open_value(&GeneralNames_type, put_names(f, GeneralName_dNSName, dns_name));
    EXPECT(asn1_list_add(f->arena, &d->template->extensions, e));
    return d;
}

/* holds 9483-4.2-03 */
CASE(extensions_that_are_given_must_be_those_of_the_certificate)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_WITH_NAMES);
    EXPECT_ACCEPTED(with_extension(f, &h, "pump7.example"));
    EXPECT_REFUSED(with_extension(f, &h, "pump8.example"), badCertId, "certDetails.extensions is not that");
    struct draft *d = with_extension(f, &h, "pump7.example");
    ((struct Extension *)d->template->extensions.item[0])->extnID = oid_contents(OID_id_ce_issuerAltName);
    EXPECT_REFUSED(d, badCertId, "certDetails.extensions is not that");
}

static struct draft *because(struct fixture *f, const struct holder *h, struct span reason)
{
    struct draft *d = about(f, h, PKIBody_rr);

    draft_extension(d, OID_id_ce_cRLReasons, false, &CRLReason_type, value_of(f, reason));
    return d;
}

CASE(a_reason_that_is_no_number_of_one_is_refused)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    EXPECT_REFUSED(because(f, &h, asn1_put_int(f->arena, -1)), badRequest, "there is no reasonCode -1");
    EXPECT_REFUSED(because(f, &h, asn1_put_int(f->arena, 11)), badRequest, "there is no reasonCode 11");
    EXPECT_REFUSED(because(f, &h, arena_copy(f->arena, "\x01\0\0\0\0\0\0\0\0", 9)), badDataFormat, "want one reasonCode");
}

CASE(a_reasonCode_may_be_critical)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = about(f, &h, PKIBody_rr);
    draft_extension(d, OID_id_ce_cRLReasons, true, &CRLReason_type, value_of(f, asn1_put_int(f->arena, CRLReason_superseded)));
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->request.order->reason, CRLReason_superseded);
}

/* holds 9483-5.1.3-03 */
CASE(a_certificate_can_be_revoked_to_its_last_second)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    f->now = h.row->not_after;
    EXPECT_ACCEPTED(about(f, &h, PKIBody_rr));
    f->now++;
    EXPECT_REFUSED(about(f, &h, PKIBody_rr), certRevoked, "has expired");
}

/* The profile that the certificate is of has the say, not the one that the message came to. */
CASE(an_ra_of_this_ca_revokes_wherever_it_is_heard)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_rr);
    draft_about(d, &h);
    draft_sign(d, &ra);
    f->endpoint.profile = &f->profiles[1];
    f->profiles[0].credentials |= BY_RA;
    EXPECT_ACCEPTED(d);
    f->profiles[0].credentials &= ~(uint32_t)BY_RA;
    f->profiles[1].credentials |= BY_RA;
    EXPECT_REFUSED(d, notAuthorized, "want a signature by this very certificate");
}

static struct draft *by_namesake(struct fixture *f, const struct holder *h, const struct holder *namesake)
{
    struct draft *d = draft_new(f, PKIBody_rr);

    draft_about(d, h);
    draft_sign(d, namesake);
    return d;
}

CASE(a_namesake_is_one_of_the_same_issuer_while_it_is_good)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), namesake = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_RR_NAMESAKE);
    f->now = namesake.row->not_after;
    EXPECT_ACCEPTED(by_namesake(f, &h, &namesake));
    forge_issuer(f, &h, "Another CA");
    EXPECT_REFUSED(by_namesake(f, &h, &namesake), notAuthorized, "want a signature by this very certificate");
}
