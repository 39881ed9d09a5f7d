#!/usr/bin/python3 -B
"""Writes bad/: messages a strict DER decoder of CMP refuses, each wrong in one way, with the reason
in NAME.why. Re-running gives the same bytes; --check only compares."""
import base64
import pathlib
import sys

import cms
import textbook
from cmp import *
from der import *
from make import NEW, NEW_CERT, SUBJECT
from x509 import *

BAD = pathlib.Path(__file__).parent / "bad"
CHECK = sys.argv[1:] == ["--check"]
made = set()


def bad(name, why, message):
    for path, text in ((BAD / (name + ".der"), message),
                       (BAD / (name + ".why"), (why + "\n").encode())):
        if CHECK:
            assert path.read_bytes() == text, f"{path.name} is not what make_bad.py makes"
        else:
            path.write_bytes(text)
        made.add(path.name)


# --- the good message that gets broken ----------------------------------------------------------

PVNO = integer(2)
SENDER = directory_name(DEVICE.name)
RECIPIENT = directory_name(CA.name)
TIME = exp(0, gen_time("20250102030405Z"))
KID = exp(2, octets(b"device-1"))
TID = exp(4, octets(textbook.fill("transaction bad", 16)))
NONCE = exp(5, octets(textbook.fill("senderNonce bad", 16)))
HEADER = [PVNO, SENDER, RECIPIENT, TIME, KID, TID, NONCE]
CONFIRM = exp(19, NULL)
BITS = exp(0, bits(bytes(20)))
CERTS = exp(1, seq(CA.cert))


def whole(arm, content, header=HEADER):
    return seq(seq(*header), exp(ARMS.index(arm), content))


def confirm(*header):
    return seq(seq(*header), CONFIRM)


def with_field(old, new):
    """A pkiconf with one header field replaced."""
    return confirm(*(new if field is old else field for field in HEADER))


def with_info(*infos):
    return confirm(*HEADER, exp(8, seq(*infos)))


def with_alg(parameters_of_pbmac1):
    return confirm(PVNO, SENDER, RECIPIENT, TIME, exp(1, algorithm("1.2.840.113549.1.5.14", parameters_of_pbmac1)),
                   KID, TID, NONCE)


def ir(*parts):
    return whole("ir", seq(seq(*parts)))


def ir_template(*fields):
    return ir(cert_request(seq(*fields)), RA_VERIFIED)


def long_length(element, octet_count, first=None):
    """The length in the long form, in that many octets."""
    inner = content(element)
    return element[:1] + bytes([0x80 | octet_count]) + \
    len(inner).to_bytes(octet_count, "big") + inner


GOOD = confirm(*HEADER)


# --- tags and lengths (X.690 8.1, 10.1) ---------------------------------------------------------

def lengths():
    bad("length-two-octets-for-one",
        f"length {len(content(GOOD))} in two octets: not minimal", long_length(GOOD, 2))
    bad("length-four-octets", "length with leading zero octets", long_length(GOOD, 4))
    bad("length-long-form-short", "transactionID: length 16 in the long form",
        with_field(TID, exp(4, long_length(octets(bytes(16)), 1))))
    bad("length-indefinite", "indefinite length of PKIMessage",
        b"\x30\x80" + content(GOOD) + b"\x00\x00")
    bad("length-indefinite-body", "indefinite length of the body tag",
        seq(seq(*HEADER), b"\xb3\x80" + NULL + b"\x00\x00"))
    bad("length-reserved", "length octet ff is reserved", b"\x30\xff" + content(GOOD))
    bad("length-nine-octets", "length of nine octets", long_length(GOOD, 9))
    bad("length-4-gigabytes", "length ffffffff beyond the end",
        b"\x30\x84\xff\xff\xff\xff" + content(GOOD))
    bad("length-2-to-the-64", "length 2^64 - 1: overflows when anything is added to it",
        b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff" + content(GOOD))
    bad("length-beyond-end", "PKIMessage is one octet shorter than its length", GOOD[:-1])
    bad("length-beyond-parent", "sender is longer than the header it is in",
        seq(seq(PVNO, b"\xa4\x7f" + SENDER[2:10]), CONFIRM))
    bad("length-short", "PKIMessage's length leaves out its last octet",
        GOOD[:1] + length(len(content(GOOD)) - 1) + content(GOOD))
    for size in (0, 1, 2, 3, 40):
        bad(f"truncated-{size}", f"only the first {size} octets", GOOD[:size])
    bad("trailing-octet", "an octet after PKIMessage", GOOD + b"\x00")
    bad("trailing-message", "a second PKIMessage after the first", GOOD + GOOD)
    bad("end-of-contents", "end-of-contents octets in a definite length",
        seq(seq(*HEADER), CONFIRM, b"\x00\x00"))


def tags():
    bad("tag-high-for-low", "tag number 19 in the high form",
        seq(seq(*HEADER), b"\xbf\x13\x02" + NULL))
    bad("tag-31", "tag number 31", seq(seq(*HEADER), b"\xbf\x1f\x02" + NULL))
    bad("tag-endless", "a tag number that never ends", seq(seq(*HEADER), b"\xbf" + b"\xff" * 20))
    bad("tag-primitive-sequence", "SEQUENCE with the primitive bit", b"\x10" + GOOD[1:])
    bad("tag-primitive-explicit", "explicit body tag with the primitive bit",
        seq(seq(*HEADER), b"\x93\x02" + NULL))
    bad("tag-constructed-octets", "transactionID: constructed OCTET STRING",
        with_field(TID, exp(4, tlv(0x24, octets(bytes(8)), octets(bytes(8))))))
    bad("tag-constructed-bits", "protection: constructed BIT STRING",
        seq(seq(*HEADER), CONFIRM, exp(0, tlv(0x23, bits(bytes(10)), bits(bytes(10))))))
    bad("tag-constructed-utf8", "freeText: constructed UTF8String",
        confirm(*HEADER, exp(7, seq(tlv(0x2c, utf8("a"), utf8("b"))))))
    bad("tag-constructed-integer", "pvno: constructed INTEGER", with_field(PVNO, tlv(0x22, integer(2))))
    bad("tag-set-for-sequence", "PKIHeader is a SET", seq(b"\x31" + seq(*HEADER)[1:], CONFIRM))
    bad("tag-octets-for-integer", "pvno is an OCTET STRING", with_field(PVNO, octets(b"\x02")))
    bad("tag-enumerated-status", "PKIStatus is ENUMERATED", whole("error", seq(seq(enumerated(2)))))
    bad("tag-ia5-free-text", "freeText: IA5String for UTF8String",
        confirm(*HEADER, exp(7, seq(ia5("a")))))
    bad("tag-application-body", "body tag of class APPLICATION",
        seq(seq(*HEADER), application(19, NULL)))


# --- values -------------------------------------------------------------------------------------

def numbers():
    bad("integer-leading-00", "pvno: INTEGER 00 02 is not minimal", with_field(PVNO, tlv(2, b"\x00\x02")))
    bad("integer-leading-ff", "certReqId: INTEGER ff ff is not minimal",
        whole("pollReq", seq(seq(tlv(2, b"\xff\xff")))))
    bad("integer-empty", "pvno: INTEGER without octets", with_field(PVNO, tlv(2)))
    for name, value in {"01": b"\x01", "two-octets": b"\xff\xff", "empty": b""}.items():
        critical = seq(oid("2.5.29.15"), tlv(1, value), octets(named_bits(0)))
        bad("boolean-" + name, f"Extension.critical: BOOLEAN of octets [{value.hex()}]",
            ir_template(imp(9, seq(critical))))
    bad("null-with-content", "pkiconf: NULL with an octet", whole("pkiconf", tlv(5, b"\x00")))
    bad("default-critical", "Extension.critical: DEFAULT FALSE encoded", ir_template(
        imp(9, seq(seq(oid("2.5.29.15"), boolean(False), octets(named_bits(0)))))))
    v1 = seq(exp(0, integer(0)), integer(1), ECDSA_SHA256, CA.name, VALIDITY, CA.name, NEW.spki)
    bad("default-version", "TBSCertificate.version: DEFAULT v1 encoded",
        seq(seq(*HEADER), CONFIRM, exp(1, seq(signed(NEW, v1)))))
    bad("default-prf", "PBKDF2-params.prf: DEFAULT algid-hmacWithSHA1 encoded", with_alg(seq(
        cms.pbkdf2(bytes(16), 1000, algorithm("1.2.840.113549.2.7", NULL)), HMAC_SHA256)))


def strings():
    def protection(value):
        return seq(seq(*HEADER), CONFIRM, exp(0, value))
    bad("bits-eight-unused", "protection: 8 unused bits", protection(bits(b"\x00", 8)))
    bad("bits-padding", "protection: an unused bit is set", protection(bits(b"\xff", 3)))
    bad("bits-no-count", "protection: BIT STRING without octets", protection(tlv(3)))
    bad("bits-unused-of-none", "protection: unused bits of no octet", protection(bits(b"", 3)))
    bad("bits-named-trailing-zeros", "failInfo: trailing zero bits of a named bit list",
        whole("error", seq(seq(integer(2), bits(b"\x80\x00", 0)))))
    bad("bits-named-zero", "failInfo: a named bit list of nothing but zero bits",
        whole("error", seq(seq(integer(2), bits(b"\x00", 7)))))
    for name, octets_ in {"overlong": b"\xc0\xaf", "surrogate": b"\xed\xa0\x80", "beyond-unicode": b"\xf4\x90\x80\x80",
                          "continuation": b"a\x80", "cut": b"a\xe2\x82", "latin-1": b"f\xfcr"}.items():
        bad("utf8-" + name, f"freeText: {octets_.hex(' ')} is not UTF-8",
            confirm(*HEADER, exp(7, seq(tlv(0x0c, octets_)))))
    for name, octets_ in {"empty": b"", "leading-80": b"\x2a\x80\x01", "cut": b"\x2a\x86"}.items():
        bad("oid-" + name,
            f"infoType: OBJECT IDENTIFIER of octets [{octets_.hex(' ')}]",
            with_info(seq(tlv(6,
                      octets_))))


def times():
    for name, text in {
            "no-zone": "20250102030405", "offset": "20250102030405+0100", "no-seconds": "202501020304Z",
            "comma": "20250102030405,5Z", "trailing-zero": "20250102030405.50Z", "bare-point": "20250102030405.Z",
            "month-13": "20251302030405Z", "february-30": "20250230030405Z", "february-29": "20250229030405Z",
            "hour-24": "20250102240000Z", "minute-60": "20250102036000Z", "letters": "2025O1O2030405Z",
            "lower-z": "20250102030405z", "empty": "", "day-0": "20250100030405Z"}.items():
        bad("time-" + name,
            f"messageTime: GeneralizedTime {text!r}",
            with_field(TIME,
                       exp(0,
                           gen_time(text))))
    for name, text in {"no-seconds": "2501020304Z", "offset": "250102030405+0100", "no-zone": "250102030405",
                       "month-0": "250002030405Z", "four-digit-year": "20250102030405Z"}.items():
        bad("utctime-" + name, f"OptionalValidity.notBefore: UTCTime {text!r}",
            ir_template(imp(4, validity(utc_time(text)))))


def sets():
    def unsorted(*elements):
        return tlv(0x31, *sorted(elements, reverse=True))
    rdn = unsorted(attribute("CN", "a"), attribute("O", "b"))
    bad("set-of-rdn", "sender: RelativeDistinguishedName not sorted",
        with_field(SENDER, directory_name(seq(rdn))))
    attributes = unsorted(
    cms.attribute(
        "1.2.840.113549.1.9.7",
        utf8("secret")),
        cms.attribute(
            "1.3.6.1.4.1.55555.9",
             NULL))
    bad("set-of-attributes", "CertificationRequestInfo.attributes not sorted", whole(
        "p10cr", signed(NEW, seq(integer(0), SUBJECT, NEW.spki, imp(0, attributes)))))
    envelope = cms.enveloped(cms.kari(DEVICE), cms.kekri())
    mixed = seq(integer(2), unsorted(cms.kari(DEVICE), cms.kekri()), content(envelope)[
        len(integer(2)) + len(set_of(cms.kari(DEVICE), cms.kekri())):])
    bad("set-of-recipients", "EnvelopedData.recipientInfos not sorted", whole("ip", cert_rep(cert_response(
        status_info(0), key_pair(plain_cert(NEW_CERT.cert), in_envelope(mixed))))))
    bad("set-empty-rdn", "sender: RelativeDistinguishedName of no attribute",
        with_field(SENDER, directory_name(seq(set_of()))))


# --- structure ----------------------------------------------------------------------------------

def header_fields():
    bad("header-no-pvno", "PKIHeader.pvno missing", confirm(*HEADER[1:]))
    bad("header-no-recipient", "PKIHeader.recipient missing", confirm(PVNO, SENDER, *HEADER[3:]))
    bad("header-pvno-only", "PKIHeader.sender missing", confirm(PVNO))
    bad("header-empty", "PKIHeader without fields", confirm())
    bad("header-order", "PKIHeader: senderNonce before transactionID",
        confirm(*HEADER[:-2], NONCE, TID))
    bad("header-time-last", "PKIHeader: messageTime after senderNonce",
        confirm(PVNO, SENDER, RECIPIENT, KID, TID, NONCE, TIME))
    bad("header-transactionID-twice", "PKIHeader.transactionID twice",
        confirm(*HEADER[:-1], TID, NONCE))
    bad("header-pvno-twice", "PKIHeader.pvno twice", confirm(PVNO, *HEADER))
    bad("header-field-9", "PKIHeader: unknown field [9]", confirm(*HEADER, exp(9, NULL)))
    bad("header-transactionID-implicit", "PKIHeader.transactionID [4] is EXPLICIT",
        with_field(TID, imp(4, octets(bytes(16)))))
    bad("header-two-octet-strings", "PKIHeader.transactionID [4] with two elements",
        with_field(TID, exp(4, octets(bytes(16)), octets(b""))))
    bad("header-transactionID-empty-tag",
        "PKIHeader.transactionID [4] with nothing in it", with_field(TID, exp(4)))
    bad("header-free-text-empty", "PKIFreeText SIZE (1..MAX)", confirm(*HEADER, exp(7, seq())))
    bad("header-general-info-empty", "generalInfo SIZE (1..MAX)", confirm(*HEADER, exp(8, seq())))
    bad("header-info-without-type", "InfoTypeAndValue.infoType missing", with_info(seq()))
    bad("header-info-two-values", "InfoTypeAndValue with two values",
        with_info(seq(oid("1.3.6.1.5.5.7.4.13"), NULL, NULL)))
    bad("header-implicitConfirm-integer", "ImplicitConfirmValue is NULL", with_info(info(13, integer(1))))
    bad("header-confirmWaitTime-utc", "ConfirmWaitTimeValue is GeneralizedTime",
        with_info(info(14, utc_time("250102030405Z"))))
    bad("header-certProfile-empty", "CertProfileValue SIZE (1..MAX)", with_info(info(21, seq())))
    bad("header-protectionAlg-no-oid", "AlgorithmIdentifier.algorithm missing", confirm(
        PVNO, SENDER, RECIPIENT, TIME, exp(1, seq(NULL)), KID, TID, NONCE))
    salt_only = algorithm("1.2.840.113533.7.66.13", seq(octets(bytes(16))))
    bad("header-pbm-parameter-cut", "PBMParameter.owf missing", confirm(
        PVNO, SENDER, RECIPIENT, TIME, exp(1, salt_only), KID, TID, NONCE))


def general_names():
    bad("name-arm-9", "GeneralName: no choice [9]", with_field(SENDER, exp(9, DEVICE.name)))
    bad("name-universal", "sender is a Name, not a GeneralName", with_field(SENDER, DEVICE.name))
    bad("name-directoryName-implicit", "GeneralName.directoryName [4] is explicit, Name being a CHOICE",
        with_field(SENDER, exp(4, content(DEVICE.name))))
    bad("name-dns-explicit",
        "GeneralName.dNSName [2] is IMPLICIT",
        with_field(SENDER,
                   exp(2,
                       ia5("device.example"))))
    bad("name-ip-empty-oid", "GeneralName.registeredID: OBJECT IDENTIFIER without octets",
        with_field(SENDER, tlv(0x88)))
    bad("name-attribute-no-value", "AttributeTypeAndValue.value missing",
        with_field(SENDER, directory_name(seq(set_of(seq(oid("2.5.4.3")))))))


def message_fields():
    header = seq(*HEADER)
    bad("message-empty", "PKIMessage without fields", seq())
    bad("message-no-body", "PKIMessage.body missing", seq(header))
    bad("message-body-first", "PKIMessage.body before header", seq(CONFIRM, header))
    bad("message-two-bodies", "PKIMessage with two bodies", seq(header, CONFIRM, CONFIRM))
    bad("message-certs-first", "PKIMessage.extraCerts before protection", seq(header, CONFIRM, CERTS, BITS))
    bad("message-protection-twice", "PKIMessage.protection twice", seq(header, CONFIRM, BITS, BITS))
    bad("message-field-2", "PKIMessage: unknown field [2]", seq(header, CONFIRM, exp(2, NULL)))
    bad("message-certs-empty", "extraCerts SIZE (1..MAX)", seq(header, CONFIRM, exp(1, seq())))
    bad("message-protection-implicit",
        "protection [0] is EXPLICIT", seq(header, CONFIRM, imp(0, bits(bytes(20)))))
    bad("message-cert-is-octets", "extraCerts: an OCTET STRING for a Certificate",
        seq(header, CONFIRM, exp(1, seq(octets(CA.cert)))))
    bad("message-protected-part", "a PKIMessage in one SEQUENCE too many", seq(GOOD))
    bad("body-arm-27", "PKIBody: no choice [27]", seq(header, exp(27, NULL)))
    bad("body-arm-30", "PKIBody: no choice [30]", seq(header, exp(30, NULL)))
    bad("body-two-elements", "PKIBody: two elements in the explicit tag", seq(header, exp(19, NULL, NULL)))
    bad("body-empty-tag", "PKIBody: nothing in the explicit tag", seq(header, exp(19)))
    bad("body-implicit", "PKIBody tags are EXPLICIT", seq(header, imp(19, NULL)))
    bad("body-universal", "PKIBody without its tag", seq(header, NULL))
    bad("body-ip-in-ir", "ir holding a CertRepMessage",
        seq(header, exp(0, cert_rep(cert_response(status_info(3))))))


def requests():
    request = cert_request(template(subject=SUBJECT, public_key=NEW.spki))
    bad("ir-empty", "CertReqMessages SIZE (1..MAX)", whole("ir", seq()))
    bad("rr-revocationReason-zeros", "revocationReason: trailing zero bits of a named bit list",
        whole("rr", seq(seq(template(issuer=CA.name, serial=DEVICE.serial), bits(b"\x08\x00")))))
    bad("ir-no-request", "CertReqMsg.certReq missing", ir())
    bad("ir-popo-arm-4", "ProofOfPossession: no choice [4]", ir(request, imp(4, NULL)))
    bad("ir-popo-signature-explicit", "ProofOfPossession.signature [1] is IMPLICIT",
        ir(request, exp(1, b"\x30" + signature_popo(NEW, request)[1:])))
    bad("ir-raVerified-explicit",
        "ProofOfPossession.raVerified [0] is IMPLICIT", ir(request, exp(0, NULL)))
    bad("ir-raVerified-octets", "raVerified as an OCTET STRING", ir(request, octets(b"")))
    bad("ir-raVerified-content", "raVerified: NULL with an octet", ir(request, imp(0, octets(b"\x00"))))
    bad("ir-keyEncipherment-implicit", "keyEncipherment [2] is explicit, POPOPrivKey being a CHOICE",
        ir(request, tlv(0xa2, integer(0))))
    bad("ir-popoPrivKey-arm-5",
        "POPOPrivKey: no choice [5]", ir(request, key_encipherment(imp(5, NULL))))
    bad("ir-no-certReqId", "CertRequest.certReqId missing", ir(seq(template())))
    bad("ir-no-template", "CertRequest.certTemplate missing", ir(seq(integer(0))))
    bad("ir-controls-empty", "Controls SIZE (1..MAX)", ir(seq(integer(0), template(), seq())))
    bad("ir-regInfo-empty", "regInfo SIZE (1..MAX)", ir(request, RA_VERIFIED, seq()))
    bad("ir-extensions-empty", "Extensions SIZE (1..MAX)", ir_template(imp(9, seq())))
    bad("ir-template-order", "CertTemplate: publicKey before subject",
        ir_template(imp(6, NEW.spki), exp(5, SUBJECT)))
    bad("ir-template-field-10", "CertTemplate: unknown field [10]", ir_template(exp(10, NULL)))
    bad("ir-subject-implicit", "CertTemplate.subject [5] is explicit, Name being a CHOICE",
        ir_template(exp(5, content(SUBJECT))))
    bad("ir-publicKey-explicit",
        "CertTemplate.publicKey [6] is IMPLICIT", ir_template(exp(6, NEW.spki)))
    bad("ir-notBefore-implicit", "OptionalValidity.notBefore [0] is explicit, Time being a CHOICE",
        ir_template(imp(4, seq(imp(0, utc_time("250101000000Z"))))))
    bad("ir-signature-no-alg", "POPOSigningKey.algorithmIdentifier missing",
        ir(request, imp(1, seq(bits(bytes(64))))))
    for name, control in {
            "regToken-ia5": (1, ia5("token")), "oldCertID-no-serial": (5, seq(directory_name(CA.name))),
            "archive-arm-3": (4, imp(3, NULL)), "archive-boolean-01": (4, imp(2, tlv(1, b"\x01"))),
            "publication-empty": (3, seq(integer(1), seq())), "rsaKeyLen-octets": (12, octets(b"\x08\x00"))}.items():
        bad("ir-control-" + name, "a control whose value is not of the type of id-regCtrl " + str(control[0]),
            ir(cert_request(template(), reg_ctrl(*control))))
    bad("ir-control-no-value", "AttributeTypeAndValue.value missing",
        ir(cert_request(template(), seq(oid("1.3.6.1.5.5.7.5.1.1")))))
    bad("p10cr-no-attributes", "CertificationRequestInfo.attributes missing",
        whole("p10cr", signed(NEW, seq(integer(0), SUBJECT, NEW.spki))))
    bad("p10cr-list", "p10cr is one CertificationRequest, not a list",
        whole("p10cr", seq(signed(NEW, seq(integer(0), SUBJECT, NEW.spki, imp(0, set_of()))))))


def responses():
    bad("ip-no-response-list", "CertRepMessage.response missing", whole("ip", seq()))
    bad("ip-caPubs-empty", "caPubs SIZE (1..MAX)", whole("ip", seq(exp(1, seq()), seq())))
    bad("ip-no-status", "CertResponse.status missing", whole("ip", seq(seq(seq(integer(0))))))
    bad("ip-status-text-empty", "PKIStatusInfo.statusString SIZE (1..MAX)",
        whole("ip", cert_rep(seq(integer(0), seq(integer(2), seq())))))
    bad("ip-certOrEncCert-arm-2", "CertOrEncCert: no choice [2]",
        whole("ip", cert_rep(cert_response(status_info(0), key_pair(exp(2, NEW_CERT.cert))))))
    bad("ip-certificate-implicit", "CertOrEncCert.certificate [0] is EXPLICIT",
        whole("ip", cert_rep(cert_response(status_info(0), key_pair(imp(0, NEW_CERT.cert))))))
    bad("ip-envelopedData-explicit", "EncryptedKey.envelopedData [0] is IMPLICIT", whole("ip", cert_rep(cert_response(
        status_info(0), key_pair(plain_cert(NEW_CERT.cert), exp(0, cms.enveloped(cms.kekri())))))))
    bad("ip-no-recipients", "RecipientInfos SIZE (1..MAX)", whole("ip", cert_rep(cert_response(
        status_info(0), key_pair(plain_cert(NEW_CERT.cert), in_envelope(cms.enveloped()))))))
    bad("ip-recipient-arm-5", "RecipientInfo: no choice [5]", whole("ip", cert_rep(cert_response(
        status_info(0), key_pair(plain_cert(NEW_CERT.cert), in_envelope(cms.enveloped(exp(5, NULL))))))))
    bad("rp-status-empty", "RevRepContent.status SIZE (1..MAX)", whole("rp", seq(seq())))
    bad("rp-revCerts-empty", "RevRepContent.revCerts SIZE (1..MAX)",
        whole("rp", seq(seq(status_info(0)), exp(0, seq()))))
    bad("krp-caCerts-empty", "KeyRecRepContent.caCerts SIZE (1..MAX)",
        whole("krp", seq(status_info(0), exp(1, seq()))))
    bad("error-no-status", "ErrorMsgContent.pKIStatusInfo missing", whole("error", seq(integer(1))))
    bad("error-status-info-empty", "PKIStatusInfo.status missing", whole("error", seq(seq())))
    bad("error-details-empty", "errorDetails SIZE (1..MAX)",
        whole("error", seq(status_info(2), seq())))
    bad("error-details-before-code", "errorDetails before errorCode",
        whole("error", seq(status_info(2), free_text("a"), integer(1))))


def other_bodies():
    bad("pollReq-flat", "PollReqContent: INTEGER where a SEQUENCE belongs",
        whole("pollReq", seq(integer(0))))
    bad("pollRep-no-checkAfter", "PollRepContent.checkAfter missing",
        whole("pollRep", seq(seq(integer(0)))))
    bad("certConf-no-certReqId", "CertStatus.certReqId missing",
        whole("certConf", seq(seq(octets(bytes(32))))))
    bad("certConf-hashAlg-implicit", "CertStatus.hashAlg [0] is EXPLICIT",
        whole("certConf", seq(seq(octets(bytes(32)), integer(0), imp(0, SHA256)))))
    bad("certConf-not-a-list", "CertConfirmContent is a list",
        whole("certConf", seq(octets(bytes(32)), integer(0))))
    bad("rann-no-badSince", "RevAnnContent.badSinceDate missing", whole("rann", seq(
        integer(4), cert_id(CA.name, 1), gen_time("20250201000000Z"))))
    bad("ckuann-two", "CAKeyUpdAnnContent.newWithNew missing", whole("ckuann", seq(CA.cert, CA.cert)))
    bad("ckuann-arm-1", "CAKeyUpdContent: no choice [1]", whole("ckuann", exp(1, seq(CA.cert))))
    bad("genm-signKeyPairTypes-empty", "SignKeyPairTypesValue SIZE (1..MAX)",
        whole("genm", seq(info(2, seq()))))
    bad("genm-crlStatus-arm-2", "CRLSource: no choice [2]",
        whole("genm", seq(info(22, seq(seq(exp(2, NULL)))))))
    bad("genm-crlSource-implicit", "CRLSource.dpn [0] is EXPLICIT",
        whole("genm", seq(info(22, seq(seq(exp(0, uri("http://example.org/"))))))))
    bad("genp-kem-no-ct", "KemCiphertextInfo.ct missing",
        whole("genp", seq(info(24, seq(cms.RSA_KEM)))))
    bad("nested-empty", "PKIMessages SIZE (1..MAX)", whole("nested", seq()))
    bad("nested-without-list", "NestedMessageContent is a list", whole("nested", GOOD))
    bad("nested-inner-trailing", "a field too many in the inner message",
        whole("nested", seq(seq(seq(*HEADER), CONFIRM, NULL))))
    deep = GOOD
    for _ in range(40):
        deep = whole("nested", seq(deep), [PVNO, directory_name(NULL_DN), directory_name(NULL_DN)])
    bad("nested-40-deep", "messages nested 40 deep: over any sensible limit", deep)
    bad("origPKIMessage-40-deep",
        "messages in origPKIMessage 40 deep: over any sensible limit",
        deep_original())


def deep_original():
    deep = GOOD
    for _ in range(40):
        deep = confirm(PVNO, directory_name(NULL_DN), directory_name(
            NULL_DN), exp(8, seq(info(15, seq(deep)))))
    return deep


# --- not DER at all -----------------------------------------------------------------------------

def not_der():
    bad("not-pem", "PEM", b"-----BEGIN CMP-----\n" + \
        base64.encodebytes(GOOD) + b"-----END CMP-----\n")
    bad("not-base64", "base64", base64.encodebytes(GOOD))
    bad("not-unframed", "a TCP-Message header before PKIMessage",
        (len(GOOD) + 3).to_bytes(4, "big") + b"\x0a\x00\x00" + GOOD)
    bad("not-text", "an HTTP error page",
        b"<html><head><title>503 Service Unavailable</title></head></html>\n")
    bad("not-zeros", "nothing but zero octets", bytes(64))
    bad("not-ff", "nothing but ff", b"\xff" * 64)
    bad("not-certificate", "a certificate", CA.cert)
    bad("not-csr", "a PKCS #10 request without its PKIMessage",
        signed(NEW, seq(integer(0), SUBJECT, NEW.spki, imp(0, set_of()))))


def main():
    BAD.mkdir(exist_ok=True)
    for section in (lengths, tags, numbers, strings, times, sets, header_fields, general_names, message_fields,
                    requests, responses, other_bodies, not_der):
        section()
    stray = {path.name for path in BAD.iterdir()} - made
    assert not stray, f"files nobody makes: {stray}"


if __name__ == "__main__":
    main()
