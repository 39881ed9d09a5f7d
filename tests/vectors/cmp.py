"""CRMF (RFC 4211, IMPLICIT TAGS) and CMP (RFC 9810, EXPLICIT TAGS): the parts messages are made of."""
import hashlib
import hmac

import cms
import textbook
from der import (NULL, bits, exp, gen_time, imp, integer, named_bits, octets, oid, seq, utf8)
from x509 import (CA, DEVICE, HMAC_SHA256, SHA256, algorithm, directory_name, person)

SECRET = b"cmpgate"
REFERENCE = b"device-1"

# PKIBody, in the order of the CHOICE: the index is the tag.
ARMS = ("ir ip cr cp p10cr popdecc popdecr kur kup krr krp rr rp ccr ccp ckuann cann rann crlann "
        "pkiconf nested genm genp error certConf pollReq pollRep").split()


# --- CRMF ---------------------------------------------------------------------------------------

def template(version=None, serial=None, signing_alg=None, issuer=None, validity=None, subject=None,
             public_key=None, issuer_uid=None, subject_uid=None, extensions=None):
    fields = [
        version is not None and imp(0, integer(version)),
        serial is not None and imp(1, integer(serial)),
        signing_alg and imp(2, signing_alg),
        issuer and exp(3, issuer),                     # Name is a CHOICE: explicit
        validity and imp(4, validity),
        subject and exp(5, subject),
        public_key and imp(6, public_key),
        issuer_uid and imp(7, issuer_uid),
        subject_uid and imp(8, subject_uid),
        extensions and imp(9, seq(*extensions)),
    ]
    return seq(*(field for field in fields if field))


def validity(not_before=b"", not_after=b""):
    """OptionalValidity; Time is a CHOICE, so its tags are explicit."""
    return seq(not_before and exp(0, not_before), not_after and exp(1, not_after))


def cert_request(cert_template, *controls, id=0):
    return seq(integer(id), cert_template, seq(*controls) if controls else b"")


def cert_req_msg(request, popo=b"", *reg_info):
    return seq(request, popo, seq(*reg_info) if reg_info else b"")


RA_VERIFIED = imp(0, NULL)


def signature_popo(key, request, key_input=b""):
    """POPOSigningKey: signs poposkInput when there is one, else the CertRequest."""
    shown = imp(0, key_input) if key_input else b""
    return imp(1, seq(shown, key.algorithm, bits(key.sign(key_input or request))))


def key_encipherment(choice):
    return exp(2, choice)                              # POPOPrivKey is a CHOICE: explicit


def key_agreement(choice):
    return exp(3, choice)


def signed_request(key, subject, *controls, id=0, **fields):
    request = cert_request(
    template(
        subject=subject,
        public_key=key.spki,
        **fields),
        *controls,
         id=id)
    return cert_req_msg(request, signature_popo(key, request))


def type_and_value(dotted, value):
    return seq(oid(dotted), value)


def reg_ctrl(number, value):
    return type_and_value(f"1.3.6.1.5.5.7.5.1.{number}", value)


def reg_info(number, value):
    return type_and_value(f"1.3.6.1.5.5.7.5.2.{number}", value)


def publication_info(action, *infos):
    return seq(integer(action), seq(*infos) if infos else b"")


def cert_id(issuer, serial):
    return seq(directory_name(issuer), integer(serial))


def pbm_parameter(label, owf=SHA256, iterations=1000, mac=HMAC_SHA256):
    salt = textbook.fill("salt " + label, 16)
    return algorithm("1.2.840.113533.7.66.13", seq(
        octets(salt), owf, integer(iterations), mac)), salt


def pk_mac(content, label):
    parameter, salt = pbm_parameter("PKMAC " + label)
    key = textbook.pbm_key(SECRET, salt, 1000)
    return seq(parameter, bits(hmac.digest(key, content, "sha256")))


# EncryptedKey ::= CHOICE { encryptedValue EncryptedValue, envelopedData [0] EnvelopedData }

def encrypted_value(value, *, full=False):
    """EncryptedValue as RFC 2511 clients send it; `full` has every optional field."""
    cbc = algorithm("2.16.840.1.101.3.4.1.2", octets(textbook.fill("iv", 16)))
    return seq(
        imp(0, algorithm("1.2.840.10045.2.1")) if full else b"",
        imp(1, cbc),
        imp(2, bits(textbook.fill("encSymmKey", 64))),
        imp(3, algorithm("1.2.840.113549.1.1.1", NULL)) if full else b"",
        imp(4, octets(b"hint")) if full else b"",
        bits(value))


def in_envelope(enveloped_data):
    return imp(0, enveloped_data)


# --- CMP parts ----------------------------------------------------------------------------------

def free_text(*texts):
    return seq(*map(utf8, texts))


def status_info(status, *texts, fail=None):
    return seq(integer(status), free_text(*texts) if texts else b"",
               named_bits(*fail) if fail is not None else b"")


def cert_response(status, key_pair=b"", rsp_info=b"", id=0):
    return seq(integer(id), status, key_pair, octets(rsp_info) if rsp_info else b"")


def cert_rep(*responses, ca_pubs=()):
    return seq(exp(1, seq(*ca_pubs)) if ca_pubs else b"", seq(*responses))


def key_pair(cert_or_enc_cert, private_key=b"", publication=b""):
    return seq(cert_or_enc_cert, private_key and exp(0, private_key),
               publication and exp(1, publication))


def plain_cert(certificate):
    return exp(0, certificate)


def encrypted_cert(encrypted_key):
    return exp(1, encrypted_key)


def info(number, value=b""):
    """InfoTypeAndValue of the arc id-it."""
    return type_and_value(f"1.3.6.1.5.5.7.4.{number}", value)


IMPLICIT_CONFIRM = info(13, NULL)


# --- protection ---------------------------------------------------------------------------------

class Protection:
    def __init__(self, alg=None, kid=None, make=None, certs=(), unused=0):
        self.alg, self.kid, self.make, self.certs, self.unused = alg, kid, make, certs, unused

    def protect(self, part):
        return exp(0, bits(self.make(part), self.unused)) if self.make else b""


UNPROTECTED = Protection()


def pbm(label, owf=SHA256, owf_name="sha256", iterations=1000):
    parameter, salt = pbm_parameter(label, owf, iterations)
    key = textbook.pbm_key(SECRET, salt, iterations, owf_name)
    return Protection(parameter, REFERENCE, lambda part: hmac.digest(key, part, "sha256"))


def pbmac1(label, prf=HMAC_SHA256, prf_name="sha256", key_length=32):
    """RFC 8018 7.1. Without keyLength the key is as long as the MAC's digest."""
    salt = textbook.fill("salt " + label, 16)
    derive = cms.pbkdf2(salt, 1000, prf, key_length)
    key = hashlib.pbkdf2_hmac(prf_name, SECRET, salt, 1000, key_length or 32)
    return Protection(algorithm("1.2.840.113549.1.5.14", seq(derive, HMAC_SHA256)), REFERENCE,
                      lambda part: hmac.digest(key, part, "sha256"))


def dh_mac(ours, theirs):
    """RFC 9810 5.1.3.2: the key is OWF(shared secret), here of a P-256 agreement."""
    shared = textbook.p256_mul(ours.key.scalar, theirs.key.point)[0].to_bytes(32, "big")
    key = hashlib.sha256(shared).digest()
    return Protection(algorithm("1.2.840.113533.7.66.30", seq(SHA256, HMAC_SHA256)), ours.key.id,
                      lambda part: hmac.digest(key, part, "sha256"), (ours.cert,))


def kem_mac(owner, transaction, context=b""):
    """RFC 9810 5.1.3.4 with RSA-KEM and HKDF; the ciphertext is in genp_kemCiphertextInfo.der."""
    shared, _ = cms.rsa_kem(owner.key.rsa, "mac")
    context = context and exp(0, octets(context))
    other = seq(
    free_text("CMP-KEM"),
    octets(
        textbook.fill(
            "transaction " +
            transaction,
            16)),
             context)
    key = textbook.hkdf_sha256(shared, other, 32)
    parameter = seq(cms.HKDF_SHA256, context, integer(32), HMAC_SHA256)
    return Protection(algorithm("1.2.840.113533.7.66.16", parameter), owner.key.id,
                      lambda part: hmac.digest(key, part, "sha256"), (owner.cert,))


def signature(holder, *chain):
    return Protection(holder.key.algorithm, holder.key.id, holder.key.sign, (holder.cert, *chain))


# --- PKIMessage ---------------------------------------------------------------------------------

def header(pvno=2, sender=b"", recipient=b"", time="20250102030405Z", protection_alg=None,
           sender_kid=None, recip_kid=None, transaction_id=None, sender_nonce=None,
           recip_nonce=None, text=(), infos=()):
    """None is absent; b"" is an OCTET STRING without octets."""
    def optional(number, value):
        return b"" if value is None else exp(number, octets(value))
    return seq(
        integer(pvno), sender, recipient,
        exp(0, gen_time(time)) if time else b"",
        exp(1, protection_alg) if protection_alg else b"",
        optional(2, sender_kid),
        optional(3, recip_kid),
        optional(4, transaction_id),
        optional(5, sender_nonce),
        optional(6, recip_nonce),
        exp(7, free_text(*text)) if text else b"",
        exp(8, seq(*infos)) if infos else b"")


TO_CA = dict(sender=directory_name(person("Device 1")), recipient=directory_name(CA.name))
FROM_CA = dict(sender=directory_name(CA.name), recipient=directory_name(DEVICE.name))
FROM_SERVER = set("ip cp popdecc kup krp rp ccp ckuann cann rann crlann pkiconf genp error "
                  "pollRep".split())


def message(label, arm, content, protection=None, transaction=None, certs=None, **fields):
    """A PKIMessage. `label` seeds its nonces, salt and, unless `transaction` is given, its
    transactionID. Without `protection` it gets a password-based MAC."""
    protection = protection or pbm(label)
    parties = FROM_CA if arm in FROM_SERVER else TO_CA
    reply = {} if arm in "ir cr p10cr kur krr ccr rr genm nested".split() else \
        dict(recip_nonce=textbook.fill("recipNonce " + label, 16))
    values = dict(protection_alg=protection.alg, sender_kid=protection.kid,
                  transaction_id=textbook.fill("transaction " + (transaction or label), 16),
                  sender_nonce=textbook.fill("senderNonce " + label, 16))
    head = header(**{**parties, **values, **reply, **fields})
    body = exp(ARMS.index(arm), content)
    certs = protection.certs if certs is None else certs
    return seq(head, body, protection.protect(seq(head, body)),
               exp(1, seq(*certs)) if certs else b"")
