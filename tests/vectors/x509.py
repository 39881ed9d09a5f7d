"""Names, keys, certificates and CRLs (RFC 5280) for the hand-made vectors."""
import hashlib

import textbook
from der import (NULL, application, bits, bmp, boolean, content, enumerated, exp, gen_time, ia5, imp, integer,
                 named_bits, numeric, octets, oid, printable, seq, set_of, teletex, universal,
                 utc_time, utf8)


def algorithm(dotted, parameters=b""):
    return seq(oid(dotted), parameters)


# --- algorithms (RFC 9481) ----------------------------------------------------------------------

SHA1 = algorithm("1.3.14.3.2.26")
SHA256 = algorithm("2.16.840.1.101.3.4.2.1")
SHA512 = algorithm("2.16.840.1.101.3.4.2.3")
SHAKE256 = algorithm("2.16.840.1.101.3.4.2.12")
HMAC_SHA1 = algorithm("1.3.6.1.5.5.8.1.2")
HMAC_SHA256 = algorithm("1.2.840.113549.2.9", NULL)
ECDSA_SHA256 = algorithm("1.2.840.10045.4.3.2")
ED25519 = algorithm("1.3.101.112")
RSA_SHA256 = algorithm("1.2.840.113549.1.1.11", NULL)
RSA = algorithm("1.2.840.113549.1.1.1", NULL)
MGF1_SHA256 = algorithm("1.2.840.113549.1.1.8", algorithm("2.16.840.1.101.3.4.2.1", NULL))
RSA_PSS = algorithm("1.2.840.113549.1.1.10", seq(
    exp(0, algorithm("2.16.840.1.101.3.4.2.1", NULL)), exp(1, MGF1_SHA256), exp(2, integer(32))))
RSA_OAEP = algorithm("1.2.840.113549.1.1.7", seq(
    exp(0, algorithm("2.16.840.1.101.3.4.2.1", NULL)), exp(1, MGF1_SHA256)))
EC_P256 = algorithm("1.2.840.10045.2.1", oid("1.2.840.10045.3.1.7"))
AES128_CBC = "2.16.840.1.101.3.4.1.2"
AES128_WRAP = algorithm("2.16.840.1.101.3.4.1.5")


# --- keys: .spki, .id, .algorithm, .sign() --------------------------------------------------------

class Key:
    def __init__(self, key_algorithm, public, signature_algorithm, sign=None):
        self.public, self.key_algorithm = public, key_algorithm
        self.spki = seq(key_algorithm, bits(public))
        self.id = hashlib.sha1(public).digest()
        self.algorithm, self.sign = signature_algorithm, sign


def ec_key(label):
    scalar = textbook.number("P-256 " + label, textbook.N)
    point = textbook.p256_mul(scalar)
    key = Key(EC_P256, textbook.p256_point(point), ECDSA_SHA256,
              lambda message: textbook.ecdsa_sha256(scalar, message))
    key.scalar, key.point = scalar, point
    key.private = seq(integer(1), octets(scalar.to_bytes(32, "big")), exp(1, bits(key.public)))
    return key


def ed25519_key(label):
    seed = textbook.fill("Ed25519 " + label, 32)
    return Key(ED25519, textbook.ed25519_public(seed), ED25519,
               lambda message: textbook.ed25519_sign(seed, message))


def rsa_key(label, pss=False):
    rsa = textbook.rsa_key("RSA " + label)
    sign = textbook.rsa_pss_sha256 if pss else textbook.rsa_pkcs1_sha256
    key = Key(RSA, seq(integer(rsa[0]), integer(rsa[1])), RSA_PSS if pss else RSA_SHA256,
              lambda message: sign(rsa, message))
    key.rsa = rsa
    return key


def opaque_key(dotted, size, parameters=b""):
    """A public key of an algorithm this directory cannot compute: the right size, no more."""
    return Key(algorithm(dotted, parameters), textbook.fill("key " + dotted, size), None)


# --- names --------------------------------------------------------------------------------------

ATTRIBUTES = {"CN": "2.5.4.3", "serialNumber": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7",
              "O": "2.5.4.10", "OU": "2.5.4.11", "title": "2.5.4.12",
              "DC": "0.9.2342.19200300.100.1.25", "emailAddress": "1.2.840.113549.1.9.1"}
STRINGS = {"C": printable, "serialNumber": printable, "DC": ia5, "emailAddress": ia5}


def attribute(kind, text, string=None):
    return seq(oid(ATTRIBUTES.get(kind, kind)), (string or STRINGS.get(kind, utf8))(text))


def name(*pairs):
    """name(("O", "x"), ("CN", "y")): one attribute an RDN."""
    return seq(*(set_of(attribute(*pair)) for pair in pairs))


def person(common_name):
    return name(("O", "cmpgate tests"), ("CN", common_name))


NULL_DN = seq()
STRANGE_NAME = seq(
    set_of(attribute("C", "DE")),
    set_of(attribute("DC", "example")),
    set_of(attribute("O", "Über Größe", teletex)),
    set_of(attribute("OU", "Ünïcødé", bmp), attribute("OU", "二", universal),
           attribute("serialNumber", "4711")),
    set_of(attribute("1.3.6.1.4.1.55555.1", "0123", numeric)),
    set_of(attribute("emailAddress", "device@example.org")),
    set_of(attribute("CN", "zwölf Boxkämpfer jagen Viktor")))

OR_ADDRESS = seq(seq(application(1, printable("DE")), application(2, printable("ADMD")),
                     imp(3, printable("Org"))))


def directory_name(dn):
    return exp(4, dn)


def rfc822_name(text):
    return imp(1, ia5(text))


def dns_name(text):
    return imp(2, ia5(text))


def uri(text):
    return imp(6, ia5(text))


def ip_address(address):
    return imp(7, octets(address))


GENERAL_NAMES = {                                       # RFC 5280 4.2.1.6, one of each arm
    "otherName": exp(0, oid("1.3.6.1.5.5.7.8.4"), exp(0, seq(oid("1.3.6.1.4.1.55555.2"),
                                                             octets(b"hardware 1")))),
    "rfc822Name": rfc822_name("device@example.org"),
    "dNSName": dns_name("device.example"),
    "x400Address": exp(3, content(OR_ADDRESS)),
    "directoryName": directory_name(person("Device 1")),
    "ediPartyName": exp(5, exp(0, utf8("assigner")), exp(1, printable("party"))),
    "uniformResourceIdentifier": uri("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    "iPAddress": ip_address(bytes.fromhex("20010db8000000000000000000000001")),
    "registeredID": imp(8, oid("1.3.6.1.4.1.55555.3")),
}


# --- extensions ---------------------------------------------------------------------------------

def extension(dotted, value, critical=False):
    return seq(oid(dotted), boolean(True) if critical else b"", octets(value))


def key_usage(*numbers):
    return extension("2.5.29.15", named_bits(*numbers), critical=True)


def extended_key_usage(*purposes):
    return extension("2.5.29.37", seq(*map(oid, purposes)))


def subject_alt_name(*names, critical=False):
    return extension("2.5.29.17", seq(*names), critical)


def basic_constraints(ca):
    return extension("2.5.29.19", seq(boolean(True) if ca else b""), critical=True)


def subject_key_id(key):
    return extension("2.5.29.14", octets(key.id))


def authority_key_id(key):
    return extension("2.5.29.35", seq(imp(0, octets(key.id))))


def reason_code(number):
    return extension("2.5.29.21", enumerated(number))


DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 2, 4, 5, 6
CMC_CA, CMC_RA, CM_KGA = ("1.3.6.1.5.5.7.3." + last for last in ("27", "28", "32"))


# --- certificates and CRLs ----------------------------------------------------------------------

VALIDITY = seq(utc_time("240101000000Z"), utc_time("491231235959Z"))
FOREVER = seq(utc_time("240101000000Z"), gen_time("99991231235959Z"))


class Holder:
    """A key with its certificate."""

    def __init__(self, common_name, key, issuer=None,
                 extensions=(), validity=VALIDITY, serial=None):
        self.name, self.key, issuer = person(common_name), key, issuer or self
        self.issuer = issuer.name
        self.serial = serial or int.from_bytes(
            textbook.fill("serial " + common_name, 16), "big") >> 1
        signer = issuer.key
        self.cert = signed(signer, seq(
            exp(0, integer(2)), integer(self.serial), signer.algorithm, self.issuer, validity,
            self.name, key.spki, exp(3, seq(subject_key_id(key), authority_key_id(signer), *extensions))))


def signed(key, to_be_signed):
    return seq(to_be_signed, key.algorithm, bits(key.sign(to_be_signed)))


def crl(issuer, number, revoked=(), v1=False, delta=None):
    entries = seq(*(seq(integer(serial), utc_time("250101000000Z"), seq(reason_code(reason)))
                    for serial, reason in revoked)) if revoked else b""
    if v1:
        return signed(issuer.key, seq(issuer.key.algorithm, issuer.name, utc_time("250102030405Z"),
                                      entries))
    extensions = extension("2.5.29.20", integer(number))
    if delta is not None:
        extensions += extension("2.5.29.27", integer(delta), critical=True)
    return signed(issuer.key, seq(integer(1), issuer.key.algorithm, issuer.name,
                                  utc_time("250102030405Z"), utc_time("491231235959Z"), entries,
                                  exp(0, seq(extensions))))


# --- the cast -----------------------------------------------------------------------------------

ROOT = Holder("Root", ec_key("root"), validity=FOREVER,
              extensions=[basic_constraints(True), key_usage(KEY_CERT_SIGN, CRL_SIGN)])
CA = Holder("CA", ec_key("ca"), ROOT,
            [basic_constraints(True), key_usage(KEY_CERT_SIGN, CRL_SIGN)])
RA = Holder("RA", ec_key("ra"), CA, [key_usage(DIGITAL_SIGNATURE), extended_key_usage(CMC_RA)])
KGA = Holder("KGA", ec_key("kga"), CA, [key_usage(DIGITAL_SIGNATURE), extended_key_usage(CM_KGA)])
DEVICE = Holder("Device 1", ec_key("device"), CA, [key_usage(DIGITAL_SIGNATURE, KEY_AGREEMENT)])
RSA_DEVICE = Holder("RSA device", rsa_key("device"), CA,
                    [key_usage(DIGITAL_SIGNATURE, KEY_ENCIPHERMENT)])
PSS_DEVICE = Holder("PSS device", rsa_key("device", pss=True), CA, [key_usage(DIGITAL_SIGNATURE)])
ED_DEVICE = Holder("Ed25519 device", ed25519_key("device"), CA, [key_usage(DIGITAL_SIGNATURE)])
NEW_ROOT = Holder("Root", ec_key("new root"), validity=FOREVER, serial=2,
                  extensions=[basic_constraints(True), key_usage(KEY_CERT_SIGN, CRL_SIGN)])
NEW_WITH_OLD = Holder("Root", NEW_ROOT.key, ROOT, [basic_constraints(True)], serial=3)
OLD_WITH_NEW = Holder("Root", ROOT.key, NEW_ROOT, [basic_constraints(True)], serial=4)
