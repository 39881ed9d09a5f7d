#!/usr/bin/python3 -B
"""Writes the hand-made CMP vectors: those openssl cannot make. Re-running gives the same bytes;
--check only compares.

Every vector is put(name, clause, body content, …). Its name begins with its PKIBody arm; the clause
goes into the table in README.md, which is written here too. der.py has the encoding rules, x509.py
the names, keys and certificates, cms.py the envelopes, cmp.py the parts of CMP messages."""
import hashlib
import pathlib
import sys

import cms
import textbook
from cmp import *
from der import (NULL, bits, boolean, exp, gen_time, imp, integer, named_bits, octets, oid,
                 printable, seq, set_of, utc_time, utf8)
from x509 import *

HERE = pathlib.Path(__file__).parent
CHECK = sys.argv[1:] == ["--check"]
NOTES = {}

SUBJECT = person("New device")
NEW = ec_key("new")
NEW_CERT = Holder("New device", NEW, CA, [key_usage(DIGITAL_SIGNATURE)])
NEW_RSA_CERT = Holder("New RSA device", RSA_DEVICE.key, CA, [key_usage(KEY_ENCIPHERMENT)])
PLAIN = signed_request(NEW, SUBJECT)
ML_KEM = opaque_key("2.16.840.1.101.3.4.4.2", 1184)
LONG_OID = "2.25.340282366920938463463374607431768211455.16383.16384.2097151.2097152.0.127.128"


def write(path, contents):
    if not CHECK:
        path.write_bytes(contents)
    elif path.read_bytes() != contents:
        sys.exit(f"{path.name} is not what make.py makes")


def put(name, clause, content, **options):
    assert name not in NOTES, name
    write(HERE / (name + ".der"), message(name, name.split("_")[0], content, **options))
    NOTES[name] = "`make.py`, " + clause


# --- ir: header ---------------------------------------------------------------------------------

def ir_header():
    for kind, general_name in GENERAL_NAMES.items():
        put(f"ir_sender-{kind}", "RFC 5280 4.2.1.6, as sender and recipient", seq(PLAIN),
            sender=general_name, recipient=general_name)
    put("ir_null-dn", "RFC 9810 5.1.1: NULL-DN as sender and recipient", seq(PLAIN),
        sender=directory_name(NULL_DN), recipient=directory_name(NULL_DN))
    put("ir_strange-name", "RFC 5280 A.1: every DirectoryString, a multi-valued RDN", seq(PLAIN),
        sender=directory_name(STRANGE_NAME))
    put("ir_bare-header", "RFC 9810 5.1.1: only the mandatory header fields", seq(PLAIN),
        protection=UNPROTECTED, time="", transaction_id=None, sender_nonce=None)
    put("ir_full-header", "RFC 9810 5.1.1: every header field", seq(PLAIN), recip_kid=CA.key.id,
        recip_nonce=textbook.fill("recipNonce", 16), text=["for people", "für Menschen"],
        infos=[IMPLICIT_CONFIRM])
    put("ir_free-text", "RFC 9810 5.1.1: PKIFreeText of several strings, one of them empty",
        seq(PLAIN), text=["en: hello", "ja: こんにちは", "", "😀" * 40])
    put("ir_pvno1", "RFC 9810 5.1.1: pvno cmp1999", seq(PLAIN), pvno=1)
    put("ir_pvno3", "RFC 9810 5.1.1: pvno cmp2021", seq(PLAIN), pvno=3)
    put("ir_pvno-huge", "RFC 9810 7: a version nobody has", seq(PLAIN), pvno=2**64)
    put("ir_time-fraction", "X.690 11.7: GeneralizedTime with fractions of a second", seq(PLAIN),
        time="20250102030405.678Z")
    put("ir_long-nonces", "RFC 9810 5.1.1: nonces and transactionID of 64 octets", seq(PLAIN),
        transaction_id=textbook.fill("tid", 64), sender_nonce=textbook.fill("nonce", 64))
    put("ir_empty-octets", "RFC 9810 5.1.1: OCTET STRINGs of no octets", seq(PLAIN),
        protection=Protection(kid=b""), transaction_id=b"", sender_nonce=b"")


def ir_general_info():
    original = message("original", "cr", seq(PLAIN))
    put("ir_implicitConfirm", "RFC 9810 5.1.1.1, id-it 13", seq(PLAIN), infos=[IMPLICIT_CONFIRM])
    put("ir_confirmWaitTime", "RFC 9810 5.1.1.2, id-it 14", seq(PLAIN),
        infos=[info(14, gen_time("20250103030405Z"))])
    put("ir_origPKIMessage", "RFC 9810 5.1.1.3, id-it 15",
        seq(PLAIN), infos=[info(15, seq(original))])
    put("ir_certProfile", "RFC 9810 5.1.1.4, id-it 21", seq(PLAIN),
        infos=[info(21, seq(utf8("tls-client"), utf8("zweites Profil")))])
    put("ir_kemCiphertextInfo", "RFC 9810 5.1.1.5, id-it 24", seq(PLAIN), pvno=3,
        infos=[info(24, kem_ciphertext(RSA_DEVICE, "header"))])
    put("ir_unknown-info", "RFC 9810 5.1.1: unknown infoTypes with and without a value", seq(PLAIN),
        infos=[type_and_value(LONG_OID, b""), type_and_value("1.3.6.1.4.1.55555.6", seq(boolean(False))),
               info(99, printable("unknown id-it"))])


# --- ir: protection -----------------------------------------------------------------------------

def ir_protection():
    put("ir_mac-pbm-sha1", "RFC 9810 5.1.3.1: PBM with the owf of RFC 4210 D.2", seq(PLAIN),
        protection=pbm("ir_mac-pbm-sha1", SHA1, "sha1"))
    put("ir_mac-pbm-10000", "RFC 9045 4.3: 10000 iterations", seq(PLAIN),
        protection=pbm("ir_mac-pbm-10000", iterations=10000))
    put("ir_mac-pbmac1", "RFC 9810 5.1.3.1, RFC 8018 7.1: PBMAC1",
        seq(PLAIN), protection=pbmac1("pbmac1"))
    put("ir_mac-pbmac1-default-prf", "RFC 8018 A.2: prf DEFAULT hmacWithSHA1, no keyLength", seq(PLAIN),
        protection=pbmac1("default prf", b"", "sha1", None))
    put("ir_mac-dh", "RFC 9810 5.1.3.2: DHBasedMac over a P-256 agreement", seq(PLAIN),
        protection=dh_mac(DEVICE, CA))
    put("ir_mac-kem", "RFC 9810 5.1.3.4: KemBasedMac", seq(PLAIN), pvno=3, transaction="kem",
        protection=kem_mac(RSA_DEVICE, "kem"))
    put("ir_mac-kem-context", "RFC 9810 5.1.3.4: KemBasedMac with kemContext", seq(PLAIN), pvno=3,
        transaction="kem", protection=kem_mac(RSA_DEVICE, "kem", b"context"))
    for name, holder in dict(ecdsa=DEVICE, ed25519=ED_DEVICE,
                             rsa=RSA_DEVICE, pss=PSS_DEVICE).items():
        put(f"ir_signature-{name}", "RFC 9810 5.1.3.3, RFC 9481 3", seq(PLAIN),
            sender=directory_name(holder.name), protection=signature(holder, CA.cert))
    put("ir_protection-without-alg", "RFC 9810 5.1.3: protection bits but no protectionAlg", seq(PLAIN),
        protection=Protection(make=lambda part: hashlib.sha256(part).digest()))
    put("ir_protection-unused-bits", "RFC 9810 5.1.3: an unknown algorithm, 13 bits long", seq(PLAIN),
        protection=Protection(algorithm(LONG_OID, seq(NULL)), b"kid", lambda part: b"\xa5\xa8", unused=3))
    put("ir_extra-certs", "RFC 9810 5.1: a chain with its root in extraCerts", seq(PLAIN),
        protection=signature(DEVICE, CA.cert, ROOT.cert))


# --- ir: CRMF -----------------------------------------------------------------------------------

def ir_templates():
    every = template(2, 2**159 - 1, ECDSA_SHA256, CA.name,
                     validity(utc_time("250101000000Z"), gen_time("20991231235959Z")), SUBJECT,
                     NEW.spki, bits(b"\xa5"), bits(b"\xa5\xa0", 4), EXTENSIONS)
    request = cert_request(every)
    put("ir_template-every-field", "RFC 4211 5",
        seq(cert_req_msg(request, signature_popo(NEW, request))))
    put("ir_template-empty", "RFC 4211 5: nothing asked for",
        seq(cert_req_msg(cert_request(template()))))
    put("ir_template-no-key", "RFC 9483 4.1.6: the CA shall make the key", pvno=3,
        content=seq(cert_req_msg(cert_request(template(
            subject=SUBJECT, public_key=seq(EC_P256, bits(b"")))))))
    put("ir_template-null-subject", "RFC 4211 5: NULL-DN and a critical subjectAltName",
        seq(signed_request(NEW, NULL_DN,
                           extensions=[subject_alt_name(*GENERAL_NAMES.values(), critical=True)])))
    for name, times in {"notBefore": (utc_time("250101000000Z"),), "notAfter": (b"", gen_time("20500101000000Z")),
                        "forever": (utc_time("500101000000Z"), gen_time("99991231235959Z"))}.items():
        put(f"ir_validity-{name}", "RFC 4211 5: OptionalValidity",
            seq(signed_request(NEW, SUBJECT, validity=validity(*times))))
    put("ir_three-requests", "RFC 4211 3: several CertReqMsg", seq(*(
        signed_request(ec_key(f"new {id}"), person(f"Device {id}"), id=id) for id in range(3))))
    for name, id in {"negative": -1, "32-bits": 2**32 - 1, "huge": -2**127}.items():
        put(f"ir_certReqId-{name}", "RFC 4211 5: an unusual certReqId",
            seq(signed_request(NEW, SUBJECT, id=id)))
    for name, key in {"x25519": opaque_key("1.3.101.110", 32), "ed448": opaque_key("1.3.101.113", 57),
                      "ml-dsa-44": opaque_key("2.16.840.1.101.3.4.3.17", 1312), "ml-kem-768": ML_KEM}.items():
        put(f"ir_key-{name}", "RFC 8410, RFC 9881, RFC 9935: a key of the right size",
            seq(cert_req_msg(cert_request(template(subject=SUBJECT, public_key=key.spki)), RA_VERIFIED)))
    put("ir_strange-subject", "RFC 5280 A.1: every DirectoryString in the subject",
        seq(signed_request(NEW, STRANGE_NAME, issuer=STRANGE_NAME)))


def ir_pop():
    request = cert_request(template(subject=SUBJECT, public_key=NEW.spki))
    rsa_request = cert_request(template(subject=SUBJECT, public_key=RSA_DEVICE.key.spki))
    nameless = cert_request(template(public_key=NEW.spki, extensions=EXTENSIONS))
    sender = seq(exp(0, directory_name(DEVICE.name)), NEW.spki)
    mac = seq(pk_mac(NEW.spki, "poposkInput"), NEW.spki)
    key = seq(cms.private_key_info(NEW), utf8("Device 1"))
    escrow = cms.enveloped(cms.kari(CA), content=key, content_type=cms.ID_ENC_KEY_WITH_ID)
    put("ir_popo-raVerified", "RFC 4211 4", seq(cert_req_msg(request, RA_VERIFIED)))
    put("ir_popo-signature", "RFC 4211 4.1: over the CertRequest", seq(PLAIN))
    put("ir_popo-signature-ed25519", "RFC 4211 4.1", seq(signed_request(ED_DEVICE.key, SUBJECT)))
    put("ir_popo-signature-sender", "RFC 4211 4.1: poposkInput with sender",
        seq(cert_req_msg(nameless, signature_popo(NEW, nameless, sender))))
    put("ir_popo-signature-publicKeyMAC", "RFC 4211 4.1, 4.4: poposkInput with a PKMACValue",
        seq(cert_req_msg(nameless, signature_popo(NEW, nameless, mac))))
    put("ir_popo-keyEncipherment-thisMessage", "RFC 4211 4.2 (deprecated)",
        seq(cert_req_msg(rsa_request, key_encipherment(imp(0, bits(textbook.fill("key", 96)))))))
    put("ir_popo-keyEncipherment-encrCert", "RFC 9810 5.2.8.3.2: indirect method",
        seq(cert_req_msg(rsa_request, key_encipherment(imp(1, integer(0))))))
    put("ir_popo-keyEncipherment-challengeResp", "RFC 9810 5.2.8.3.3: direct method",
        seq(cert_req_msg(rsa_request, key_encipherment(imp(1, integer(1))))))
    put("ir_popo-keyEncipherment-encryptedKey", "RFC 4211 4.2: EncKeyWithID for an escrow agent",
        seq(cert_req_msg(request, key_encipherment(imp(4, escrow)))), pvno=3)
    put("ir_popo-keyAgreement-dhMAC", "RFC 4211 4.2 (deprecated)",
        seq(cert_req_msg(request, key_agreement(imp(2, bits(textbook.fill("dhMAC", 20)))))))
    put("ir_popo-keyAgreement-agreeMAC", "RFC 4211 4.3", pvno=3,
        content=seq(cert_req_msg(request, key_agreement(imp(3, pk_mac(request, "agreeMAC"))))))
    put("ir_popo-keyAgreement-encrCert", "RFC 4211 4.3",
        seq(cert_req_msg(request, key_agreement(imp(1, integer(0))))))


def ir_controls():
    def with_controls(name, clause, *controls, **options):
        put("ir_control-" + name, clause, seq(signed_request(NEW, SUBJECT, *controls)), **options)
    everywhere = publication_info(
        1, seq(integer(0)), seq(integer(1), directory_name(CA.name)),
        seq(integer(2), uri("https://example.org/")), seq(integer(3), uri("ldap://example.org/")))
    with_controls("regToken", "RFC 4211 6.1", reg_ctrl(1, utf8("one-time token ✓")))
    with_controls("authenticator", "RFC 4211 6.2", reg_ctrl(2, utf8("mother's maiden name")))
    with_controls("pkiPublicationInfo", "RFC 4211 6.3", reg_ctrl(3, everywhere))
    with_controls("dontPublish", "RFC 4211 6.3", reg_ctrl(3, publication_info(0)))
    with_controls("archive-encryptedValue", "RFC 4211 6.4 (deprecated choice)",
                  reg_ctrl(4, exp(0, encrypted_value(textbook.fill("private key", 64), full=True))))
    with_controls("archive-envelopedData", "RFC 4211 6.4, envelope for the CA's key", reg_ctrl(4, exp(0, in_envelope(
        cms.enveloped(cms.kari(CA), content=cms.private_key_info(NEW))))), pvno=3)
    with_controls("archive-keyGenParameters", "RFC 4211 6.4", reg_ctrl(4, imp(1, octets(b"seed"))))
    with_controls("archive-remGenPrivKey", "RFC 4211 6.4", reg_ctrl(4, imp(2, boolean(True))))
    with_controls("archive-remGenPrivKey-false", "RFC 4211 6.4",
                  reg_ctrl(4, imp(2, boolean(False))))
    with_controls("oldCertID", "RFC 4211 6.5", reg_ctrl(5, cert_id(CA.name, DEVICE.serial)))
    with_controls("protocolEncrKey", "RFC 4211 6.6", reg_ctrl(6, NEW.spki))
    with_controls("altCertTemplate", "RFC 9810 5.3.19.16, id-regCtrl 7",
                  reg_ctrl(7, type_and_value("1.3.6.1.4.1.55555.7", seq(utf8("card-verifiable"), integer(1)))))
    with_controls("algId", "RFC 9810 5.3.19.16, id-regCtrl 11", reg_ctrl(11, EC_P256))
    with_controls("rsaKeyLen", "RFC 9810 5.3.19.16, id-regCtrl 12", reg_ctrl(12, integer(2048)))
    with_controls("unknown", "RFC 4211 6: an unknown control",
                  type_and_value(LONG_OID, set_of(integer(1), integer(2))))
    with_controls("several", "RFC 4211 6", reg_ctrl(1, utf8("token")), reg_ctrl(2, utf8("authenticator")),
                  reg_ctrl(3, publication_info(1)), reg_ctrl(6, ML_KEM.spki))
    request = cert_request(template(subject=SUBJECT, public_key=NEW.spki))
    put("ir_regInfo-utf8Pairs", "RFC 4211 7.1", seq(cert_req_msg(
        request, RA_VERIFIED, reg_info(1, utf8("version?1%corp_company?Größe%25 GmbH%")))))
    put("ir_regInfo-certReq", "RFC 4211 7.2",
        seq(cert_req_msg(request, RA_VERIFIED, reg_info(2, request))))
    put("ir_regInfo-both", "RFC 4211 7: two and an unknown one", seq(cert_req_msg(
        request, RA_VERIFIED, reg_info(1, utf8("a?b%")), reg_info(2, request),
        type_and_value("1.3.6.1.4.1.55555.8", NULL))))


# --- the other requests -------------------------------------------------------------------------

def requests():
    put("cr_plain", "RFC 9810 5.3.3", seq(signed_request(NEW, SUBJECT, extensions=EXTENSIONS)),
        protection=signature(DEVICE, CA.cert))
    put("kur_oldCertID", "RFC 9810 5.3.5", protection=signature(DEVICE, CA.cert),
        content=seq(signed_request(NEW, DEVICE.name, reg_ctrl(5, cert_id(CA.name, DEVICE.serial)))))
    put("kur_no-oldCertID", "RFC 9810 5.3.5: the control left out",
        seq(signed_request(NEW, DEVICE.name)), protection=signature(DEVICE, CA.cert))
    put("krr_plain", "RFC 9810 5.3.7: the old signing key is lost too", seq(PLAIN))
    put("krr_protocolEncrKey", "RFC 9810 5.3.7", seq(cert_req_msg(cert_request(
        template(subject=DEVICE.name), reg_ctrl(6, RSA_DEVICE.key.spki)))))
    cross = cert_request(template(2, 77, ECDSA_SHA256, ROOT.name, validity(
        utc_time("250101000000Z"), utc_time("300101000000Z")), NEW_ROOT.name, NEW_ROOT.key.spki,
        extensions=[basic_constraints(True), key_usage(KEY_CERT_SIGN)]))
    put("ccr_plain", "RFC 9810 5.3.11, D.6", seq(cert_req_msg(cross, signature_popo(NEW_ROOT.key, cross))),
        sender=directory_name(NEW_ROOT.name), protection=signature(NEW_ROOT))
    for name, attributes in {
            "no-attributes": (), "challengePassword": (cms.attribute("1.2.840.113549.1.9.7", utf8("secret")),),
            "extensionRequest": (cms.attribute("1.2.840.113549.1.9.14", seq(*EXTENSIONS)),
                                 cms.attribute("1.3.6.1.4.1.55555.9", integer(1)))}.items():
        put(f"p10cr_{name}", "RFC 2986 4", signed(NEW, seq(
            integer(0), SUBJECT, NEW.spki, imp(0, set_of(*attributes)))))


def revocation():
    def details(*extensions, **fields):
        return seq(template(issuer=CA.name, serial=DEVICE.serial, **fields),
                   seq(*extensions) if extensions else b"")
    put("rr_reason", "RFC 9810 5.3.9", seq(details(reason_code(4))),
        protection=signature(DEVICE, CA.cert))
    put("rr_no-details", "RFC 9810 5.3.9: no crlEntryDetails", seq(details()))
    put("rr_removeFromCRL", "RFC 9483 4.2: revive a certificate on hold", seq(details(reason_code(8))))
    put("rr_invalidityDate", "RFC 5280 5.3.2", seq(details(
        reason_code(1), extension("2.5.29.24", gen_time("20241224000000Z")),
        extension("2.5.29.29", seq(directory_name(CA.name)), critical=True))))
    put("rr_revocationReason", "RFC 2510 3.3.9: the reason as ReasonFlags, and badSinceDate", seq(seq(
        template(issuer=CA.name, serial=DEVICE.serial), named_bits(4), gen_time("20241224000000Z"))))
    put("rr_several", "RFC 9810 5.3.9: three RevDetails, one by subject and key only", seq(
        details(reason_code(0)), details(version=2, subject=DEVICE.name),
        seq(template(subject=DEVICE.name, public_key=DEVICE.key.spki))))
    for octet_count in (20, 21, 64):
        put(f"rr_serial-{octet_count}-octets", "RFC 5280 4.1.2.2 and beyond", seq(seq(template(
            serial=(1 << 8 * octet_count - 1) - 1, issuer=CA.name))))
    put("rr_serial-negative", "RFC 5280 4.1.2.2: a serial number of a careless CA",
        seq(seq(template(serial=-2**63, issuer=CA.name))))
    put("rr_empty", "RFC 9810 5.3.9: a SEQUENCE OF may be empty", seq())
    put("rp_accepted", "RFC 9810 5.3.10", seq(seq(status_info(0))), protection=signature(RA, CA.cert))
    put("rp_full", "RFC 9810 5.3.10: revCerts and crls", seq(
        seq(status_info(0), status_info(2, "already revoked", fail=[10])),
        exp(0, seq(cert_id(CA.name, DEVICE.serial), cert_id(CA.name, 2**159 - 1))),
        exp(1, seq(crl(CA, 7, [(DEVICE.serial, 4)])))))
    put("rp_every-status", "RFC 9810 5.2.3: PKIStatus 0 to 6",
        seq(seq(*(status_info(status) for status in range(7)))))
    put("rp_every-failInfo", "RFC 9810 5.2.3: each PKIFailureInfo bit by itself, 0 to 26",
        seq(seq(*(status_info(2, fail=[bit]) for bit in range(27)))))


# --- responses ----------------------------------------------------------------------------------

def certificate_responses():
    pair = key_pair(plain_cert(NEW_CERT.cert))
    for arm, clause in dict(ip="5.3.2", cp="5.3.4", kup="5.3.6", ccp="5.3.12").items():
        put(f"{arm}_plain", "RFC 9810 " + clause, cert_rep(cert_response(status_info(0), pair)),
            protection=signature(RA, CA.cert))
        put(f"{arm}_waiting", f"RFC 9810 {clause}, 5.3.22", cert_rep(cert_response(status_info(3))),
            protection=signature(RA, CA.cert))
    put("ip_caPubs", "RFC 9810 5.3.4", cert_rep(cert_response(
        status_info(0), pair), ca_pubs=[ROOT.cert, CA.cert]))
    put("ip_several", "RFC 9810 5.3.4: one granted, one refused, one waiting", cert_rep(
        cert_response(status_info(1, "with changes"), pair),
        cert_response(status_info(2, "no", "nein", fail=[2, 19]), id=1),
        cert_response(status_info(3), rsp_info=b"rspInfo%", id=2)))
    put("ip_rspInfo", "RFC 9810 5.3.4", cert_rep(cert_response(
        status_info(0), key_pair(plain_cert(NEW_CERT.cert), publication=publication_info(1)), b"key?value%")))
    put("ip_no-response", "RFC 9810 5.3.4: a SEQUENCE OF may be empty", cert_rep())
    put("ip_granted-implicitConfirm", "RFC 9810 5.1.1.1", cert_rep(cert_response(status_info(0), pair)),
        infos=[IMPLICIT_CONFIRM])
    put("ip_confirmWaitTime", "RFC 9810 5.1.1.2", cert_rep(cert_response(status_info(0), pair)),
        infos=[info(14, gen_time("20250102040405Z"))])
    put("cp_for-p10cr", "RFC 9810 5.3.4: certReqId -1",
        cert_rep(cert_response(status_info(0), pair, id=-1)))
    put("cp_for-p10cr-waiting", "RFC 9810 5.3.22: certReqId -1",
        cert_rep(cert_response(status_info(3), id=-1)))
    put("ip_mac-kem", "RFC 9810 5.1.3.4", cert_rep(cert_response(status_info(0), pair)), pvno=3,
        transaction="kem", protection=kem_mac(RSA_DEVICE, "kem"))
    put("ip_encryptedCert-envelope", "RFC 9810 5.2.8.3.2", pvno=3, content=cert_rep(cert_response(
        status_info(0), key_pair(encrypted_cert(in_envelope(cms.enveloped(
            cms.ktri(RSA_DEVICE), content=NEW_RSA_CERT.cert)))))))
    put("ip_encryptedCert-value", "RFC 4210 5.2.2: EncryptedValue", cert_rep(cert_response(
        status_info(0), key_pair(encrypted_cert(encrypted_value(textbook.fill("certificate", 256)))))))
    put("ip_privateKey-value", "RFC 4210 5.2.2: EncryptedValue with every field", cert_rep(cert_response(
        status_info(0), key_pair(plain_cert(NEW_CERT.cert),
                                 encrypted_value(textbook.fill("private key", 96), full=True)))))


def key_delivery():
    """Central key generation; all of these open to the same SignedData(AsymmetricKeyPackage)."""
    delivered = {
        "ktri": ("RFC 9483 4.1.6.1: key transport", cms.ktri(RSA_DEVICE), 2),
        "ktri-issuer": ("RFC 5652 6.2.1: recipient by issuer and serial number", cms.ktri_by_issuer(RSA_DEVICE), 0),
        "kari": ("RFC 9483 4.1.6.2: key agreement", cms.kari(DEVICE), 2),
        "kari-names": ("RFC 5652 6.2.2: static keys, two recipients", cms.kari_by_names(RA, DEVICE), 2),
        "kekri": ("RFC 5652 6.2.3: key encryption key", cms.kekri(), 2),
        "pwri": ("RFC 9483 4.1.6.3, erratum 7833: password", cms.pwri(SECRET), 3),
        "kemri": ("RFC 9629 3: KEMRecipientInfo in ori", cms.ori_kem(RSA_DEVICE), 3),
        "ori-unknown": ("RFC 5652 6.2.5: unknown oriType", cms.ori_unknown(), 3),
    }
    for name, (clause, recipient, version) in delivered.items():
        envelope = cms.key_delivery(NEW, KGA, recipient, version)
        put(f"ip_keygen-{name}", clause, pvno=3, content=cert_rep(cert_response(
            status_info(0), key_pair(plain_cert(NEW_CERT.cert), in_envelope(envelope)))))
    many = cms.enveloped(
        cms.ktri(RSA_DEVICE), cms.kari(DEVICE), cms.kekri(
        ), cms.pwri(SECRET), cms.ori_kem(RSA_DEVICE),
        content=cms.signed_key_package(NEW, KGA), content_type=cms.ID_SIGNED_DATA, version=3,
        originator=exp(0, exp(0, CA.cert), exp(1, crl(CA, 1))),
        attributes=[cms.attribute("1.3.6.1.4.1.55555.10", utf8("unprotected"))])
    put("kup_keygen-every-recipient", "RFC 5652 6.1: all five kinds, originatorInfo, unprotectedAttrs", pvno=3,
        content=cert_rep(cert_response(status_info(0), key_pair(plain_cert(NEW_CERT.cert), in_envelope(many)))))
    put("cp_keygen-signedData", "RFC 9483 4.1.6, Figure 3: the SignedData readable, under a null cipher", pvno=3,
        content=cert_rep(cert_response(status_info(0), key_pair(plain_cert(NEW_CERT.cert), in_envelope(seq(
            integer(2), set_of(cms.kekri()), seq(
                oid(cms.ID_SIGNED_DATA), algorithm("1.3.6.1.4.1.55555.11"),
                imp(0, octets(cms.signed_key_package(NEW, KGA))))))))))


def key_recovery():
    history = [key_pair(plain_cert(DEVICE.cert), encrypted_value(textbook.fill("old key", 96))),
               key_pair(plain_cert(NEW_CERT.cert), in_envelope(cms.key_delivery(NEW, KGA, cms.pwri(SECRET), 3)))]
    put("krp_full", "RFC 9810 5.3.8", pvno=3, content=seq(
        status_info(0), exp(0, NEW_CERT.cert), exp(1, seq(CA.cert, ROOT.cert)), exp(2, seq(*history))))
    put("krp_refused", "RFC 9810 5.3.8", seq(status_info(2, "no such key", fail=[4])))


def possession():
    rand = seq(integer(textbook.number("Rand", 2**64)), directory_name(CA.name))
    witness = hashlib.sha256(rand).digest()
    put("popdecc_v2", "RFC 9810 5.2.8.3.3: challenge, with and without owf", seq(
        seq(SHA256, octets(witness), octets(textbook.rsa_oaep_sha256(RSA_DEVICE.key.rsa, rand))),
        seq(octets(witness), octets(textbook.fill("challenge", 128)))))
    put("popdecc_v3", "RFC 9810 5.2.8.3.3: empty challenge, encryptedRand", pvno=3, content=seq(
        seq(SHA256, octets(witness), octets(b""), exp(0, cms.enveloped(cms.ktri(RSA_DEVICE), content=rand)))))
    put("popdecc_empty", "RFC 9810 5.2.8.3.3: a SEQUENCE OF may be empty", seq())
    put("popdecr_plain", "RFC 9810 5.2.8.3.3", seq(integer(textbook.number("Rand", 2**64))))
    put("popdecr_integers", "X.690 8.3: INTEGER at its edges", seq(*map(integer, (
        0, 127, 128, 255, 256, -1, -128, -129, 2**63 - 1, 2**63, -2**63, 2**256))))
    put("popdecr_empty", "RFC 9810 5.2.8.3.3: a SEQUENCE OF may be empty", seq())


# --- announcements ------------------------------------------------------------------------------

def announcements():
    by_ca = dict(protection=signature(RA, CA.cert))
    put("ckuann_v2", "RFC 9810 5.3.13: cAKeyUpdAnnV2", seq(
        OLD_WITH_NEW.cert, NEW_WITH_OLD.cert, NEW_ROOT.cert), **by_ca)
    put("ckuann_v3", "RFC 9810 5.3.13: cAKeyUpdAnnV3", exp(0, root_update()), pvno=3, **by_ca)
    put("ckuann_v3-newWithNew", "RFC 9810 5.3.13: nothing optional",
        exp(0, seq(NEW_ROOT.cert)), pvno=3, **by_ca)
    put("cann_plain", "RFC 9810 5.3.14", NEW_CERT.cert, **by_ca)
    put("rann_plain", "RFC 9810 5.3.15", seq(integer(4), cert_id(CA.name, DEVICE.serial), gen_time(
        "20250201000000Z"), gen_time("20250101000000Z")), **by_ca)
    put("rann_details", "RFC 9810 5.3.15: crlDetails, an issuer that is no DN", seq(
        integer(5), seq(dns_name("ca.example"), integer(1)), gen_time("20250201000000Z"),
        gen_time("20250101000000Z"), seq(reason_code(1))), **by_ca)
    put("crlann_plain", "RFC 9810 5.3.16: v2, v1 and delta CRL", seq(
        crl(CA, 7, [(DEVICE.serial, 1), (5, 6)]), crl(CA, 0, v1=True), crl(CA, 8, [(5, 8)], delta=7)), **by_ca)
    put("crlann_empty", "RFC 9810 5.3.16: a SEQUENCE OF may be empty", seq(), **by_ca)


# --- nested, confirmation, polling, errors ------------------------------------------------------

def nested():
    by_ra = dict(sender=directory_name(RA.name), protection=signature(RA, CA.cert))
    inner = message("inner", "ir", seq(PLAIN))
    batch = [inner, message("inner cr", "cr", seq(PLAIN), protection=signature(DEVICE)),
             message("inner pollReq", "pollReq", seq(seq(integer(0))))]
    replies = [message("inner ip", "ip", cert_rep(cert_response(status_info(0), key_pair(plain_cert(NEW_CERT.cert))))),
               message("inner pollRep", "pollRep", seq(seq(integer(0), integer(60)))),
               message("inner error", "error", seq(status_info(2, fail=[24])))]
    put("nested_one", "RFC 9810 5.1.3.5, RFC 9483 5.2.2.1: an added protection", seq(inner),
        transaction="inner", **by_ra)
    put("nested_unprotected", "RFC 9483 5.2.2.1", seq(
        inner), transaction="inner", protection=UNPROTECTED)
    put("nested_batch", "RFC 9483 5.2.2.2: requests", seq(*batch), **by_ra)
    put("nested_batch-replies", "RFC 9483 5.2.2.2: responses", seq(*replies), protection=signature(RA, CA.cert),
        recip_nonce=textbook.fill("senderNonce nested_batch", 16), transaction="nested_batch")
    put("nested_twice", "RFC 9810 5.1.3.5: nested in nested", seq(
        message("first RA", "nested", seq(inner), **by_ra)), **by_ra)


def confirmation():
    def status(**extra):
        return seq(octets(hashlib.sha256(NEW_CERT.cert).digest()), integer(0),
                   extra.get("info", b""), extra.get("alg", b""))
    put("certConf_accepted", "RFC 9810 5.3.18", seq(status()))
    put("certConf_accepted-explicit",
        "RFC 9810 5.3.18: statusInfo accepted",
        seq(status(info=status_info(0))))
    put("certConf_rejected", "RFC 9810 5.3.18", seq(
        status(info=status_info(2, "wrong name", fail=[7]))))
    put("certConf_hashAlg", "RFC 9810 5.3.18: hashAlg", pvno=3, content=seq(seq(
        octets(hashlib.shake_256(NEW_CERT.cert).digest(64)), integer(0), exp(0, SHAKE256))))
    put("certConf_everything", "RFC 9810 5.3.18: statusInfo and hashAlg", pvno=3, content=seq(
        status(info=status_info(0, "fine"), alg=exp(0, SHA256))))
    put("certConf_several", "RFC 9810 5.3.18: three CertStatus, certReqId -1 among them", seq(
        status(), seq(octets(bytes(32)), integer(1)), seq(octets(bytes(32)), integer(-1))))
    put("certConf_empty", "RFC 9810 5.3.18: rejects all", seq())
    put("pkiconf_plain", "RFC 9810 5.3.17", NULL, protection=signature(RA, CA.cert))
    put("pkiconf_bare", "RFC 9810 5.3.17: unprotected", NULL, protection=UNPROTECTED)


def polling():
    put("pollReq_plain", "RFC 9810 5.3.22", seq(seq(integer(0))))
    put("pollReq_after-error", "RFC 9810 5.3.22: certReqId -1", seq(seq(integer(-1))))
    put("pollReq_several", "RFC 9810 5.3.22", seq(*(seq(integer(id)) for id in range(3))))
    put("pollReq_empty", "RFC 9810 5.3.22: a SEQUENCE OF may be empty", seq())
    put("pollRep_plain", "RFC 9810 5.3.22", seq(seq(integer(0), integer(60))))
    put("pollRep_reason", "RFC 9810 5.3.22", seq(
        seq(integer(0), integer(0), free_text("waiting for an operator", "Handarbeit")),
        seq(integer(1), integer(2**40))))


def errors():
    put("error_plain", "RFC 9810 5.3.21", seq(status_info(
        2, fail=[2])), protection=signature(RA, CA.cert))
    put("error_everything", "RFC 9810 5.3.21: errorCode and errorDetails", seq(
        status_info(2, "no", fail=[0, 1, 25]), integer(-2**70), free_text("first detail", "second detail")))
    put("error_waiting", "RFC 9810 5.3.21: delayed delivery", seq(status_info(3)))
    put("error_all-failInfo", "RFC 9810 5.2.3: all 27 bits", seq(status_info(2, fail=range(27))))
    put("error_no-failInfo-bits", "RFC 9810 5.2.3: failInfo without a bit", seq(status_info(2, fail=[])))
    put("error_failInfo-beyond-26", "RFC 9810 5.2.3: bits not yet given a name",
        seq(status_info(2, fail=[26, 27, 40])))
    put("error_status-beyond-6", "RFC 9810 5.2.3: a PKIStatus not yet given a name", seq(status_info(7)))
    put("error_unsupportedVersion", "RFC 9810 7", seq(
        status_info(2, fail=[22])), pvno=1, protection=UNPROTECTED)
    put("error_kem-wanted", "RFC 9810 Appendix E, Figure 5: wrongIntegrity and a KEM certificate",
        seq(status_info(2, fail=[12])), pvno=3, protection=UNPROTECTED,
        certs=[Holder("KEM server", ML_KEM, CA, [key_usage(KEY_ENCIPHERMENT)]).cert])
    put("error_from-client", "RFC 9810 5.3.21: the EE ends the transaction",
        seq(status_info(2, fail=[19])), **TO_CA)


# --- general messages ---------------------------------------------------------------------------

def general_messages():
    signing = seq(ECDSA_SHA256, RSA_SHA256, RSA_PSS, ED25519)
    encryption = seq(RSA, RSA_OAEP, algorithm("2.16.840.1.101.3.4.4.2"))
    passphrase = b"revocation passphrase"
    requested = template(subject=name(("O", ""), ("CN", "")), extensions=EXTENSIONS, validity=validity(
        not_after=utc_time("300101000000Z")))
    distribution = exp(0, imp(0, seq(uri("http://example.org/ca.crl"))))
    relative = exp(0, imp(1, set_of(attribute("CN", "CRL 1"))))
    issuer = exp(1, seq(directory_name(CA.name)))
    values = [                                          # (id-it, RFC 9810 clause, name, value in genp, in genm)
        (1, "5.3.19.1", "caProtEncCert", RSA_DEVICE.cert, b""),
        (2, "5.3.19.2", "signKeyPairTypes", signing, b""),
        (3, "5.3.19.3", "encKeyPairTypes", encryption, b""),
        (4, "5.3.19.4", "preferredSymmAlg", algorithm(AES128_CBC, octets(bytes(16))), b""),
        (5, "5.3.19.5", "caKeyUpdateInfo", seq(OLD_WITH_NEW.cert, NEW_WITH_OLD.cert, NEW_ROOT.cert), b""),
        (6, "5.3.19.6", "currentCRL", crl(CA, 7, [(DEVICE.serial, 1)]), b""),
        (7, "5.3.19.7", "unsupportedOIDs", seq(oid("1.3.6.1.5.5.7.4.8"), oid(LONG_OID)), None),
        (8, "Appendix F: number not in use", "id-it-8", utf8("unknown"), b""),
        (9, "Appendix F: number not in use", "id-it-9", None, seq(integer(9))),
        (10, "5.3.19.8", "keyPairParamReq", None, oid("1.2.840.10045.2.1")),
        (11, "5.3.19.8", "keyPairParamRep", EC_P256, None),
        (12, "5.3.19.9", "revPassphrase", None, in_envelope(
            cms.enveloped(cms.ktri(RSA_DEVICE), content=passphrase))),
        (16, "5.3.19.13", "suppLangTags", seq(utf8("de")), seq(utf8("de-AT"), utf8("en"))),
        (17, "5.3.19.14", "caCerts", seq(CA.cert, ROOT.cert), b""),
        (18, "5.3.19.15", "rootCaKeyUpdate", root_update(), b""),
        (19, "5.3.19.16", "certReqTemplate", seq(requested, seq(
            reg_ctrl(11, EC_P256), reg_ctrl(12, integer(2048)), reg_ctrl(12, integer(4096)))), b""),
        (20, "5.3.19.15", "rootCaCert", None, ROOT.cert),
        (22, "5.3.19.17", "crlStatusList", None, seq(
            seq(distribution, utc_time("250101000000Z")), seq(relative), seq(issuer, gen_time("20500101000000Z")))),
        (23, "5.3.19.17", "crls", seq(crl(CA, 7), crl(CA, 8, delta=7)), None),
    ]
    for number, clause, kind, response, request in values:
        clause = f"RFC 9810 {clause}, id-it {number}"
        if request is not None:
            put("genm_" + kind, clause, seq(info(number, request)), pvno=2)
        if response is not None:
            put("genp_" + kind, clause, seq(info(number, response)), protection=signature(RA, CA.cert))
    put("genm_revPassphrase-value", "RFC 4210 5.3.19.9, id-it 12: EncryptedValue",
        seq(info(12, encrypted_value(textbook.fill("passphrase", 32)))))
    put("genm_kemCiphertextInfo", "RFC 9810 Appendix E, Figure 3, id-it 24: asks for a ciphertext", seq(info(24)),
        pvno=3, transaction="kem", protection=UNPROTECTED, certs=[RSA_DEVICE.cert])
    put("genp_kemCiphertextInfo", "RFC 9810 5.3.19.18, id-it 24", seq(info(24, kem_ciphertext(RSA_DEVICE, "mac"))),
        pvno=3, transaction="kem", protection=UNPROTECTED)
    put("genp_kemCiphertextInfo-ml-kem", "RFC 9810 5.3.19.18, id-it 24: 1088 octets of ML-KEM-768", pvno=3,
        content=seq(info(24, seq(algorithm("2.16.840.1.101.3.4.4.2"), octets(textbook.fill("ML-KEM", 1088))))))
    put("genp_certReqTemplate-none", "RFC 9483 4.3.3: no requirements, value absent", seq(info(19)))
    put("genp_no-value", "RFC 9483 4.3.2: no update, value absent", seq(info(18)))
    put("genm_several", "RFC 9810 5.3.19", seq(info(2), info(3), info(4), info(6), info(17)),
        infos=[info(21, seq(utf8("profile")))])
    put("genm_empty", "RFC 9810 5.3.19: whatever you like to tell", seq())
    put("genp_empty", "RFC 9810 5.3.20", seq())
    put("genm_long-oid", "X.690 8.19: arcs of one to nineteen octets",
        seq(type_and_value(LONG_OID, oid(LONG_OID))))
    put("genm_value-types", "RFC 9810 5.3.19: unknown infoTypes, one value of each universal type", seq(*(
        type_and_value(f"1.3.6.1.4.1.55555.12.{value[0]}", value) for value in (
            boolean(True), integer(-1), bits(b"\x80", 7), octets(b""), NULL, oid("2.999"), utf8(""),
            seq(), set_of(boolean(False), NULL), printable(" "), gen_time("20250102030405Z"),
            imp(30, octets(b"primitive")), exp(30, NULL)))))


def kem_ciphertext(owner, label):
    return seq(cms.RSA_KEM, octets(cms.rsa_kem(owner.key.rsa, label)[1]))


def root_update():
    return seq(NEW_ROOT.cert, exp(0, NEW_WITH_OLD.cert), exp(1, OLD_WITH_NEW.cert))


EXTENSIONS = [
    key_usage(DIGITAL_SIGNATURE), extended_key_usage("1.3.6.1.5.5.7.3.2"),
    subject_alt_name(dns_name("device.example"), ip_address(bytes([192, 0, 2, 1]))),
    extension("2.5.29.32", seq(seq(oid("2.5.29.32.0")))),
    extension("1.3.6.1.4.1.55555.13", b"no DER at all"),
]


# --- README -------------------------------------------------------------------------------------

BEGIN, END = "<!-- table: written by make.py -->\n", "<!-- end of table -->\n"


def write_table():
    notes = {name + ".der": note for name, note in NOTES.items()}
    for line in (HERE / "openssl.tsv").read_text().splitlines():
        file, note = line.split("\t")
        notes[file] = note.replace("|", "\\|")
    rows = "".join(f"| {file} | {notes[file]} |\n" for file in sorted(notes))
    readme = HERE / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    table = "| file | made by |\n|---|---|\n" + rows
    write(readme, (before + BEGIN + table + END + rest.split(END)[1]).encode())
    stray = {path.name for path in HERE.glob("*.der")} - set(notes)
    assert not stray, f"files nobody makes: {stray}"


def main():
    for section in (ir_header, ir_general_info, ir_protection, ir_templates, ir_pop, ir_controls, requests,
                    revocation, certificate_responses, key_delivery, key_recovery, possession,
                    announcements, nested, confirmation, polling, errors, general_messages):
        section()
    write_table()


if __name__ == "__main__":
    main()
