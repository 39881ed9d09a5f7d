"""CMS (RFC 5652, IMPLICIT TAGS): EnvelopedData with each RecipientInfo, SignedData around a private
key. All of it can be decrypted and verified with the keys in x509.py and the secret in cmp.py."""
import hashlib

import textbook
from der import NULL, bits, exp, gen_time, imp, integer, octets, oid, seq, set_of
from x509 import AES128_CBC, AES128_WRAP, HMAC_SHA256, RSA_OAEP, SHA256, algorithm

ID_DATA = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA = "1.2.840.113549.1.7.2"
ID_ENC_KEY_WITH_ID = "1.2.840.113549.1.9.16.1.21"
ID_A_KEY_PACKAGE = "2.16.840.1.101.2.1.2.78.5"
HKDF_SHA256 = algorithm("1.2.840.113549.1.9.16.3.28")
RSA_KEM = algorithm("1.0.18033.2.2.4", seq(
    algorithm("1.3.133.16.840.9.44.1.2", SHA256), integer(32)))

CEK = textbook.fill("content encryption key", 16)
KEK = textbook.fill("key encryption key", 16)


# --- RecipientInfo, in the order of the CHOICE --------------------------------------------------

def ktri(recipient):
    return seq(integer(2), imp(0, octets(recipient.key.id)), RSA_OAEP,
               octets(textbook.rsa_oaep_sha256(recipient.key.rsa, CEK)))


def ktri_by_issuer(recipient):
    return seq(integer(0), seq(recipient.issuer, integer(recipient.serial)), RSA_OAEP,
               octets(textbook.rsa_oaep_sha256(recipient.key.rsa, CEK)))


def kari(recipient):
    ephemeral = textbook.number("ephemeral " + recipient.key.id.hex(), textbook.N)
    shared = textbook.p256_mul(ephemeral, recipient.key.point)[0].to_bytes(32, "big")
    ukm = textbook.fill("ukm", 16)
    info = seq(AES128_WRAP, exp(0, octets(ukm)), exp(2, octets((128).to_bytes(4, "big"))))
    kek = textbook.x963_kdf(shared, info, 16)
    point = textbook.p256_point(textbook.p256_mul(ephemeral))
    return imp(1, seq(
        integer(3),
        exp(0, imp(1, seq(algorithm("1.2.840.10045.2.1"), bits(point)))),
        exp(1, octets(ukm)),
        algorithm("1.3.132.1.11.1", AES128_WRAP),
        seq(seq(imp(0, seq(octets(recipient.key.id))), octets(textbook.aes_wrap(kek, CEK))))))


def kari_by_names(originator, recipient):
    """Static keys: originator and recipient named by issuer and serial number; two recipients."""
    shared = textbook.p256_mul(originator.key.scalar, recipient.key.point)[0].to_bytes(32, "big")
    info = seq(AES128_WRAP, exp(2, octets((128).to_bytes(4, "big"))))
    wrapped = octets(textbook.aes_wrap(textbook.x963_kdf(shared, info, 16), CEK))
    other = seq(octets(recipient.key.id), gen_time("20250101000000Z"),
                seq(oid("1.3.6.1.4.1.55555.4"), octets(b"other attribute")))
    return imp(1, seq(
        integer(3), exp(0, seq(originator.issuer, integer(originator.serial))),
        algorithm("1.3.132.1.11.1", AES128_WRAP),
        seq(seq(seq(recipient.issuer, integer(recipient.serial)), wrapped),
            seq(imp(0, other), wrapped))))


def kekri():
    kekid = seq(octets(b"kek-1"), gen_time("20250101000000Z"))
    return imp(2, seq(integer(4), kekid, AES128_WRAP, octets(textbook.aes_wrap(KEK, CEK))))


def pwri(secret):
    salt = textbook.fill("pwri salt", 16)
    kek = hashlib.pbkdf2_hmac("sha256", secret, salt, 1000, 16)
    return imp(3, seq(
        integer(0), imp(0, pbkdf2(salt, 1000, HMAC_SHA256)), AES128_WRAP,
        octets(textbook.aes_wrap(kek, CEK))))


def ori_kem(recipient):
    """KEMRecipientInfo (RFC 9629) with RSA-KEM."""
    shared, ciphertext = rsa_kem(recipient.key.rsa, "ori")
    ukm = exp(0, octets(b"ukm for KEM"))
    info = seq(AES128_WRAP, integer(16), ukm)
    kek = textbook.hkdf_sha256(shared, info, 16)
    return imp(4, seq(oid("1.2.840.113549.1.9.16.13.3"), seq(
        integer(0), imp(0, octets(recipient.key.id)), RSA_KEM, octets(ciphertext), HKDF_SHA256,
        integer(16), ukm, AES128_WRAP, octets(textbook.aes_wrap(kek, CEK)))))


def ori_unknown():
    return imp(4, seq(oid("1.3.6.1.4.1.55555.5"), seq(integer(1), octets(b"whatever"))))


def rsa_kem(rsa, label):
    secret = b"\x00" + textbook.fill("RSA-KEM " + label, 255)
    return textbook.kdf3_sha256(secret, 32), textbook.rsa_raise(secret, rsa[1], rsa[0])


def pbkdf2(salt, iterations, prf=b"", key_length=None):
    size = integer(key_length) if key_length else b""
    return algorithm("1.2.840.113549.1.5.12", seq(octets(salt), integer(iterations), size, prf))


# --- EnvelopedData ------------------------------------------------------------------------------

def enveloped(*recipients, content=b"content", content_type=ID_DATA, version=2, attributes=(),
              originator=b""):
    """version: RFC 5652 6.1 (3 with pwri or ori, 0 when all ktri are of version 0, else 2)."""
    iv = textbook.fill("iv", 16)
    return seq(
        integer(version), originator, set_of(*recipients),
        seq(oid(content_type), algorithm(AES128_CBC, octets(iv)),
            imp(0, octets(textbook.aes_cbc(CEK, iv, content)))),
        imp(1, set_of(*attributes)) if attributes else b"")


# --- SignedData around an AsymmetricKeyPackage (RFC 9483 4.1.6) ----------------------------------

def asymmetric_key(key):
    return seq(integer(1), key.key_algorithm, octets(key.private), imp(1, bits(key.public)))


def private_key_info(key):
    return seq(integer(0), key.key_algorithm, octets(key.private))


def attribute(dotted, value):
    return seq(oid(dotted), set_of(value))


def signed_key_package(key, signer):
    package = seq(asymmetric_key(key))
    attributes = set_of(
        attribute("1.2.840.113549.1.9.3", oid(ID_A_KEY_PACKAGE)),
        attribute("1.2.840.113549.1.9.4", octets(hashlib.sha256(package).digest())))
    info = seq(integer(3), imp(0, octets(signer.key.id)), SHA256, imp(0, attributes),
               signer.key.algorithm, octets(signer.key.sign(attributes)))
    return seq(integer(3), set_of(SHA256), seq(oid(ID_A_KEY_PACKAGE), exp(0, octets(package))),
               imp(0, set_of(signer.cert)), set_of(info))


def key_delivery(key, signer, recipient_info, version=2):
    return enveloped(recipient_info, content=signed_key_package(key, signer),
                     content_type=ID_SIGNED_DATA, version=version)
