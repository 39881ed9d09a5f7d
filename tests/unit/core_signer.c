/* Whoever has shown its certificate once need not show it again (RFC 9483 3.3), whoever has issued it. */
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

static const struct core_setting plain = { .hold = 1 };

static struct draft *without_extraCerts(struct draft *d)
{
    d->message->extraCerts = (struct asn1_list){ .count = 0 };
    draft_finish(d);
    return d;
}

/* A device whose certificate is by a vendor's CA, which is under the anchor of the profile. */
static struct holder device_of_vendor(struct fixture *f, struct holder *ca)
{
    struct holder root = fixture_holder(f, "A vendor", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_CA);
    struct holder h = { .key = fixture_key(f, "ecdsa-p256"), .subject = fixture_name(f, "pump 7") };

    fixture_anchor(f, &root);
    *ca = (struct holder){ .key = fixture_key(f, "ecdsa-p256"), .subject = fixture_name(f, "Of a vendor") };
    ca->certificate = fixture_certify(f, ca->subject, ca->key, root.subject, root.key, HOLDER_CA);
    h.certificate = fixture_certify(f, h.subject, h.key, ca->subject, ca->key, 0);
    return h;
}

static struct draft *request_by(struct fixture *f, const struct holder *h, const struct holder *ca)
{
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct CMPCertificate *c = CMPCertificate_new(f->arena);

    draft_sign(ir, h);
    c->der = ca->certificate;
    EXPECT(asn1_list_add(f->arena, &ir->message->extraCerts, c));
    draft_finish(ir);
    return ir;
}

/* holds 9483-3.3-06 */
CASE(a_vendors_certificate_and_its_chain_are_remembered_through_a_restart)
{
    struct holder ca, h = device_of_vendor(f, &ca);
    struct core *c = core_start(f, &plain);
    struct draft *ir = request_by(f, &h, &ca);
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    struct draft *poll = without_extraCerts(core_next(ir, PKIBody_pollReq, heard.message));
    heard = core_send(c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_pollRep);
    struct span certificate = fixture_issue(f, ir);
    core_complete(c, CMPGATE_DONE, certificate);
    core_wait_for_phase(c, ir, PHASE_READY);
    core_stop(c);

    c = core_start(f, &plain);
    poll = without_extraCerts(core_next(ir, PKIBody_pollReq, heard.message));
    heard = core_send(c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_ip);
    core_stop(c);

    c = core_start(f, &plain);
    struct draft *certConf = core_next(ir, PKIBody_certConf, heard.message);
    draft_confirms(certConf, &(struct holder){ .certificate = certificate });
    heard = core_send(c, without_extraCerts(certConf)->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    core_stop(c);
}

CASE(another_under_the_same_anchor_does_not_go_on_without_extraCerts)
{
    struct holder ca, h = device_of_vendor(f, &ca);
    struct holder other = { .key = fixture_key(f, "ecdsa-p256"), .subject = h.subject };
    other.certificate = fixture_certify(f, other.subject, other.key, ca.subject, ca.key, 0);
    struct core *c = core_start(f, &plain);
    struct draft *ir = request_by(f, &h, &ca);
    struct heard heard = core_send(c, ir->der);
    struct draft *poll = core_next(ir, PKIBody_pollReq, heard.message);

    draft_sign(poll, &other);
    poll->header->senderKID = (struct span){ NULL, 0 };
    heard = core_send(c, without_extraCerts(poll)->der);
    EXPECT_BODY(heard, poll, PKIBody_error);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    core_stop(c);
}
