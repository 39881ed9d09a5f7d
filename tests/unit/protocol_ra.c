/* Registration authorities: who is one, and what it may ask for others (RFC 9483 5.1.1; RFC 9810 5.2.8.1). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

static void admit(struct fixture *f, uint32_t credentials)
{
    f->profiles[0].credentials = credentials;
}

/* An ir for somebody else, signed by this holder, whose proof of possession was verified elsewhere. */
static struct draft *for_another(struct fixture *f, const struct holder *signer)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    draft_sign(d, signer);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    d->keep_popo = true;
    d->request->popo = ProofOfPossession_new(f->arena);
    d->request->popo->arm = ProofOfPossession_raVerified;
    d->request->popo->raVerified = asn1_null();
    return d;
}

CASE(an_ra_of_this_ca_asks_for_others)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    admit(f, BY_RA);
    EXPECT_ACCEPTED(for_another(f, &ra));
    EXPECT(span_eq(f->request.order->subject, fixture_name(f, "pump 8")));
}

CASE(a_ca_that_acts_as_an_ra_is_one)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_CMC_CA);
    admit(f, BY_RA);
    EXPECT_ACCEPTED(for_another(f, &ra));
}

CASE(without_the_purpose_it_is_no_ra)
{
    struct holder plain = fixture_holder(f, "The RA", "ecdsa-p256", 0);
    admit(f, BY_RA | BY_CERTIFICATE);
    EXPECT_REFUSED(for_another(f, &plain), notAuthorized, "raVerified is for registration authorities");
    struct holder client = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_CLIENT);
    EXPECT_REFUSED(for_another(f, &client), notAuthorized, "raVerified is for registration authorities");
    admit(f, BY_RA);
    EXPECT_REFUSED(for_another(f, &client), notAuthorized, "does not admit certificates of this CA");
}

CASE(a_profile_that_admits_no_ra_has_none)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    admit(f, BY_CERTIFICATE | BY_SECRET);
    EXPECT_REFUSED(for_another(f, &ra), notAuthorized, "raVerified is for registration authorities");
}

CASE(without_raVerified_the_proof_is_checked_as_ever)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    admit(f, BY_RA);
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &ra);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_ACCEPTED(d);
    d = draft_new(f, PKIBody_ir);
    draft_sign(d, &ra);
    d->damage_pop = true;
    EXPECT_REFUSED(d, badPOP, "the signature is wrong");
}

/* RFC 9483 5.2.3: the protection by the certificate that is updated is what a kur is about. */
CASE(an_ra_updates_its_own_certificate_only)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    admit(f, BY_RA);
    struct draft *d = draft_new(f, PKIBody_kur);
    draft_about(d, &h);
    draft_sign(d, &ra);
    EXPECT_REFUSED(d, badCertId, "does not name the certificate that protects the kur");
}

CASE(a_bound_subject_binds_no_ra)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    admit(f, BY_RA | BY_CERTIFICATE);
    f->profiles[0].subject = SUBJECT_BOUND;
    EXPECT_ACCEPTED(for_another(f, &ra));
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &h);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_REFUSED(d, notAuthorized, "is not the one that this credential is bound to");
}

/* ---- under an anchor -------------------------------------------------------------------------- */

CASE(an_ra_under_the_anchors_of_the_profile_asks_for_others)
{
    struct holder ra = fixture_holder(f, "Their RA", "ecdsa-p256", HOLDER_STRANGER | HOLDER_RA);
    fixture_anchor(f, &f->ca);
    admit(f, BY_RA);
    EXPECT_ACCEPTED(for_another(f, &ra));
    struct holder other = fixture_holder(f, "Their client", "ecdsa-p256", HOLDER_STRANGER | HOLDER_CLIENT);
    EXPECT_REFUSED(for_another(f, &other), notAuthorized, "does not admit certificates of other CAs");
}

CASE(an_ra_under_no_anchor_is_a_stranger)
{
    struct holder ra = fixture_holder(f, "Their RA", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_RA);
    fixture_anchor(f, &f->ca);
    admit(f, BY_RA);
    EXPECT_DISTRUSTED(for_another(f, &ra), signerNotTrusted, "the protection certificate");
}

/* ---- rr --------------------------------------------------------------------------------------- */

static struct draft *revocation_by(struct fixture *f, const struct holder *target, const struct holder *signer)
{
    struct draft *d = draft_new(f, PKIBody_rr);

    draft_about(d, target);
    draft_sign(d, signer);
    return d;
}

CASE(an_ra_revokes_for_others)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    admit(f, BY_RA);
    EXPECT_ACCEPTED(revocation_by(f, &h, &ra));
    EXPECT(span_eq(f->request.order->certificate, h.certificate));
    admit(f, BY_CERTIFICATE);
    EXPECT_REFUSED(revocation_by(f, &h, &ra), notAuthorized, "want a signature by this very certificate");
}

CASE(who_is_no_ra_revokes_nobody_else)
{
    struct holder other = fixture_holder(f, "pump 9", "ecdsa-p256", HOLDER_CLIENT);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    admit(f, BY_RA | BY_CERTIFICATE);
    EXPECT_REFUSED(revocation_by(f, &h, &other), notAuthorized, "want a signature by this very certificate");
}

/* Anchors are those of one profile: what was issued under another is none of their RA's business. */
CASE(a_foreign_ra_revokes_under_its_own_profile_only)
{
    struct holder ra = fixture_holder(f, "Their RA", "ecdsa-p256", HOLDER_STRANGER | HOLDER_RA);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_anchor(f, &f->ca);
    f->profiles[1].anchors = f->profiles[0].anchors;
    f->profiles[0].credentials = f->profiles[1].credentials = BY_RA;
    EXPECT_ACCEPTED(revocation_by(f, &h, &ra));
    f->endpoint.profile = &f->profiles[1];
    EXPECT_REFUSED(revocation_by(f, &h, &ra), notAuthorized, "want a signature by this very certificate");
}

CASE(an_ra_releases_what_is_on_hold)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    admit(f, BY_RA);
    fixture_revoke(f, &h, CRLReason_certificateHold);
    struct draft *d = revocation_by(f, &h, &ra);
    struct span value = asn1_put_int(f->arena, CRLReason_removeFromCRL);
    draft_extension(d, OID_id_ce_cRLReasons, false, &CRLReason_type, value_of(f, value));
    EXPECT_ACCEPTED(d);
}
