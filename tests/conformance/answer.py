#!/usr/bin/python3
"""Judges what we send: each answer beside its request, by RFC 9483, 3.1 to 3.3, 3.6.4 and what 4 says of its body.

    answer.py [--secret SECRET]… DIRECTORY…      pairs NAME.req-N.der, NAME.rsp-N.der as openssl cmp has kept them

It shares no code with the gateway: message.py reads the DER, hashlib computes MACs, openssl verifies signatures.
exit status: 0 all as it should be, 1 faults, 2 there was nothing to judge.

holds 9483-3.1-01 9483-3.1-02 9483-3.1-04 9483-3.1-05 9483-3.1-07 9483-3.1-08 9483-3.1-09 9483-3.1-10
holds 9483-3.1-11 9483-3.1-12 9483-3.1-13 9483-3.1-14 9483-3.1-15 9483-3.1-16 9483-3.1-17 9483-3.2-01
holds 9483-3.2-02 9483-3.2-03 9483-3.2-04 9483-3.3-01 9483-3.3-03 9483-3.6.2-01 9483-3.6.4-01 9483-3.6.4-04
holds 9483-3.6.4-13 9483-4.1.1-20 9483-4.1.1-21 9483-4.1.1-22 9483-4.1.1-23 9483-4.1.1-24 9483-4.1.1-25
holds 9483-4.1.1-27 9483-4.1.1-29 9483-4.1.1-31 9483-4.1.1-49 9483-4.1.2-20 9483-4.1.3-20 9483-4.1.4-20
holds 9483-4.2-05 9483-4.2-07 9483-4.4-03 9483-4.4-06 9483-5.1-03 9810-5.1.1-02 9810-5.1.1-04 9810-5.1.3-01
holds 9810-5.2.9-01 9810-7-01
"""
import argparse
import hashlib
import hmac
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
import message as cmp  # noqa: E402

GENM, GENP, NESTED = 21, 22, 20
IMPLICIT_CONFIRM, CONFIRM_WAIT_TIME = bytes.fromhex("2b0601050507040d"), bytes.fromhex("2b0601050507040e")
PBM, PBMAC1 = bytes.fromhex("2a864886f67d07420d"), bytes.fromhex("2a864886f70d01050e")
SUBJECT_KEY_IDENTIFIER = bytes.fromhex("551d0e")
DIGESTS = {"2b0e03021a": "sha1", "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512",
           "608648016503040204": "sha224",
           "2b06010505080102": "sha1", "2a864886f70d0207": "sha1", "2a864886f70d0208": "sha224", "2a864886f70d0209": "sha256",
           "2a864886f70d020a": "sha384", "2a864886f70d020b": "sha512"}
HMACS = ("2b06010505080102", "2a864886f70d0207", "2a864886f70d0208", "2a864886f70d0209", "2a864886f70d020a", "2a864886f70d020b")
SIGNATURES = {"2a864886f70d01010b": "sha256", "2a864886f70d01010c": "sha384", "2a864886f70d01010d": "sha512",
              "2a8648ce3d040302": "sha256", "2a8648ce3d040303": "sha384", "2a8648ce3d040304": "sha512",
              "2b6570": None, "2b6571": None}


class Fault(Exception):
    pass


def want(condition, text):
    if not condition:
        raise Fault(text)


# ---- what message.py does not read ---------------------------------------------------------------------------------

class Whole(cmp.Message):
    """A message with its protection, its certificates and the rest of its header."""

    def __init__(self, der):
        super().__init__(der)
        parts = cmp.read(der).children()
        self.protected_part = cmp.write(cmp.SEQUENCE, parts[0].der, parts[1].der)
        protection, extra = cmp.tagged(parts[2:], 0), cmp.tagged(parts[2:], 1)
        self.protection = protection.only().content[1:] if protection else None
        self.extraCerts = [c.der for c in extra.only().children()] if extra else []
        self.pvno, self.sender, self.recipient = self.header[0].integer(), self.header[1], self.header[2]
        algorithm, time, info = (cmp.tagged(self.header[3:], n) for n in (1, 0, 8))
        self.protectionAlg = algorithm.only() if algorithm else None
        self.messageTime = time.only() if time else None
        self.generalInfo = [i.children() for i in info.only().children()] if info else []

    @property
    def algorithm(self):
        return self.protectionAlg.children()[0].content if self.protectionAlg else b""

    @property
    def by_mac(self):
        return self.algorithm in (PBM, PBMAC1) or self.algorithm.hex() in HMACS

    @property
    def senderKID(self):
        return self.header_octets(2)

    def info(self, infoType):
        return [i for i in self.generalInfo if i[0].content == infoType]

    def infos(self):
        """PKIStatusInfo of each thing that is answered: (status, number of texts, failInfo or None)."""
        if self.arm in cmp.CERTIFIED:
            nodes = [r.children()[1] for r in self.body.children()[-1].children()]
        else:
            nodes = {cmp.RP: lambda: self.body.children()[0].children(), cmp.ERROR: lambda: self.body.children()[:1]}.get(
                self.arm, list)()
        return [info_of(node.children()) for node in nodes]


def info_of(fields):
    texts = [f for f in fields[1:] if f.tag == cmp.SEQUENCE]
    bits = [f for f in fields[1:] if f.tag == 0x03]
    return fields[0].integer(), len(texts[0].children()) if texts else 0, bits[0].content if bits else None


def tbs_of(certificate):
    fields = cmp.read(certificate).children()[0].children()
    return fields[1:] if fields[0].tag == 0xa0 else fields


def issuer_of(certificate):
    return tbs_of(certificate)[2].der


def subject_of(certificate):
    return tbs_of(certificate)[4].der


def key_identifier_of(certificate):
    extensions = cmp.tagged(tbs_of(certificate)[6:], 3)
    for extension in extensions.only().children() if extensions else []:
        fields = extension.children()
        if fields[0].content == SUBJECT_KEY_IDENTIFIER:
            return cmp.read(fields[-1].content).content
    return None


# ---- protection ----------------------------------------------------------------------------------------------------

def digest_named(node):
    name = DIGESTS.get(node.children()[0].content.hex())
    want(name, "a digest that nobody should use: %s" % node.der.hex())
    return name


def mac_of(message, secret):
    if message.algorithm.hex() in HMACS:
        return hmac.new(secret, message.protected_part, digest_named(message.protectionAlg)).digest()
    parameters = message.protectionAlg.children()[1].children()
    if message.algorithm == PBM:
        salt, owf, count, mac = parameters
        key, name = secret + salt.content, digest_named(owf)
        for _ in range(count.integer()):
            key = hashlib.new(name, key).digest()
        return hmac.new(key, message.protected_part, digest_named(mac)).digest()
    derivation, scheme = parameters
    fields = derivation.children()[1].children()
    prf = [f for f in fields[2:] if f.tag == cmp.SEQUENCE]
    length = [f for f in fields[2:] if f.tag == cmp.INTEGER]
    name = digest_named(scheme)
    key = hashlib.pbkdf2_hmac(digest_named(prf[0]) if prf else "sha1", secret, fields[0].content, fields[1].integer(),
                              length[0].integer() if length else hashlib.new(name).digest_size)
    return hmac.new(key, message.protected_part, name).digest()


def mac_holds(message, secret):
    return message.by_mac and message.protection is not None and hmac.compare_digest(mac_of(message, secret), message.protection)


def signature_holds(message):
    digest = SIGNATURES.get(message.algorithm.hex(), "unknown")
    want(digest != "unknown", "protectionAlg %s" % message.algorithm.hex())
    with tempfile.TemporaryDirectory(prefix="answer-") as directory:
        at = pathlib.Path(directory)
        (at / "data").write_bytes(message.protected_part)
        (at / "signature").write_bytes(message.protection)
        key = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-pubkey"], input=message.extraCerts[0],
                             stdout=subprocess.PIPE, check=True).stdout
        (at / "key").write_bytes(key)
        how = ["dgst", "-" + digest, "-verify", "key", "-signature", "signature", "data"] if digest else \
              ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key", "-in", "data", "-sigfile", "signature"]
        return subprocess.run(["openssl", *how], cwd=at, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0


def judge_protection(request, answer, secrets, signatures):
    proven = next((s for s in secrets if mac_holds(request, s)), None)
    want(answer.protection is not None and answer.protectionAlg is not None, "it is not protected")
    if answer.by_mac:
        want(request.protectionAlg and answer.protectionAlg.der == request.protectionAlg.der, "a MAC with other parameters than the request's")
        want(answer.senderKID == request.senderKID, "senderKID is not the request's reference")
        want(not secrets or proven is not None, "a MAC for a request whose own MAC is wrong")
        want(not secrets or mac_holds(answer, proven), "its MAC is wrong")
        return
    want(answer.extraCerts, "signed, without extraCerts")
    signer = answer.extraCerts[0]
    want(answer.sender.tag == 0xa4 and answer.sender.only().der == subject_of(signer), "sender is not the signer's subject")
    want(answer.senderKID == key_identifier_of(signer), "senderKID is not the signer's key identifier")
    want(not signatures or signature_holds(answer), "its signature is wrong")
    want(proven is None or not answer.promises(), "signed, though the request has a MAC that holds")


def judge_extraCerts(answer):
    """Self-signed ones only in front; each certifies the one before it, but where the new certificate's chain begins."""
    certificates = answer.extraCerts
    want(len(set(certificates)) == len(certificates), "extraCerts has one certificate twice")
    for certificate in certificates[0 if answer.by_mac else 1:]:
        want(issuer_of(certificate) != subject_of(certificate), "extraCerts has a self-signed certificate")
    breaks = sum(issuer_of(a) != subject_of(b) for a, b in zip(certificates, certificates[1:]))
    want(breaks <= (1 if answer.certificates() else 0), "extraCerts is no chain")


# ---- header --------------------------------------------------------------------------------------------------------

def judge_header(request, answer):
    want(answer.pvno == (request.pvno if 2 <= request.pvno <= 3 else 2 if request.pvno < 2 else 3), "pvno %d" % answer.pvno)
    want(answer.pvno == request.pvno or not answer.promises(), "another pvno than the request's, and no refusal")
    want(answer.sender.tag == 0xa4, "sender is no directoryName")
    want(answer.recipient.der == request.sender.der, "recipient is not the request's sender")
    want(answer.messageTime and answer.messageTime.tag == 0x18 and re.fullmatch(rb"\d{14}Z", answer.messageTime.content),
         "messageTime is not a time to the second, in UTC")
    want(answer.transactionID == request.transactionID, "transactionID is not the request's")
    want(answer.senderNonce is not None and len(answer.senderNonce) == 16, "senderNonce is not 16 octets")
    want(answer.recipNonce == request.senderNonce, "recipNonce is not the request's senderNonce")


def judge_generalInfo(request, answer):
    implicit, until = answer.info(IMPLICIT_CONFIRM), answer.info(CONFIRM_WAIT_TIME)
    want(len(implicit) + len(until) == len(answer.generalInfo), "generalInfo has more than it should")
    want(len(implicit) + len(until) == (1 if answer.certificates() else 0),
         "want implicitConfirm or confirmWaitTime beside a certificate, and nowhere else")
    for fields in implicit:
        want(len(fields) == 2 and fields[1].der == b"\x05\x00", "the value of implicitConfirm is not NULL")
        want(request.arm == cmp.POLLREQ or request.info(IMPLICIT_CONFIRM), "implicitConfirm was not asked for")
    for fields in until:
        want(len(fields) == 2 and fields[1].tag == 0x18 and re.fullmatch(rb"\d{14}Z", fields[1].content),
             "confirmWaitTime is no GeneralizedTime")
        want(fields[1].content > answer.messageTime.content, "confirmWaitTime is over already")


# ---- body ----------------------------------------------------------------------------------------------------------

ANSWERS = {
    cmp.IR: {cmp.IP}, cmp.CR: {cmp.CP}, cmp.P10CR: {cmp.CP}, cmp.KUR: {cmp.KUP}, cmp.RR: {cmp.RP}, cmp.CERTCONF: {cmp.PKICONF},
    cmp.ERROR: {cmp.PKICONF}, GENM: {GENP}, cmp.POLLREQ: {cmp.POLLREP, cmp.IP, cmp.CP, cmp.KUP, cmp.RP, cmp.PKICONF, GENP},
    NESTED: set(range(27)),
}


def judge_status(answer):
    infos = answer.infos()
    want(answer.arm not in (*cmp.CERTIFIED, cmp.RP, cmp.ERROR) or len(infos) == 1, "want one status, have %d" % len(infos))
    for status, texts, bits in infos:
        want(status in (cmp.ACCEPTED, cmp.GRANTED_WITH_MODS, cmp.REJECTION, cmp.WAITING), "status %d" % status)
        want(status != cmp.REJECTION or (bits is not None and bin(int.from_bytes(bits[1:], "big")).count("1") == 1),
             "a rejection without exactly one failInfo bit")
        want(status != cmp.REJECTION or texts > 0, "a rejection without a word")
        want(status == cmp.REJECTION or bits is None, "failInfo, and no rejection")
        want(answer.arm != cmp.ERROR or status in (cmp.REJECTION, cmp.WAITING), "an error that grants something")


def judge_certificate(request, answer):
    parts = answer.body.children()
    capubs, response = cmp.tagged(parts, 1), parts[-1].only().children()
    granted = answer.statuses()[0] in (cmp.ACCEPTED, cmp.GRANTED_WITH_MODS)
    want(bool(answer.certificates()) == granted, "a certificate and no grant, or the reverse")
    if granted:
        pair = [f for f in response[2:] if f.tag == cmp.SEQUENCE][0].children()
        want(request.arm in (cmp.POLLREQ, NESTED) or request.public_key() is None or cmp.tagged(pair[1:], 0) is None,
             "a privateKey for a key of the client's own")
        want(response[0].integer() == (-1 if request.arm == cmp.P10CR else response[0].integer() if request.arm == cmp.POLLREQ else 0),
             "certReqId %d" % response[0].integer())
    want(capubs is None or (answer.arm == cmp.IP and granted), "caPubs without a certificate, or not in ip")
    for certificate in capubs.only().children() if capubs else []:
        want(issuer_of(certificate.der) == subject_of(certificate.der), "caPubs has what is no root")


def judge_body(request, answer):
    if request.arm in ANSWERS:
        want(answer.arm in ANSWERS[request.arm] | {cmp.ERROR}, "%s is no answer to %s" % (answer.kind, request.kind))
    else:
        want(answer.arm == cmp.ERROR, "%s cannot be answered by %s" % (request.kind, answer.kind))
    judge_status(answer)
    if answer.arm in cmp.CERTIFIED:
        judge_certificate(request, answer)
    if answer.arm == cmp.PKICONF:
        want(answer.body.der == b"\x05\x00", "the content of pkiconf is not NULL")
    if answer.arm == cmp.POLLREP:
        asked, fields = request.body.only().children()[0].integer(), answer.body.only().children()
        want(fields[0].integer() == asked, "pollRep has another certReqId than pollReq")
        want(fields[1].integer() >= 1, "checkAfter %d" % fields[1].integer())


# ---- all of it -----------------------------------------------------------------------------------------------------

def fault(request_der, answer_der, secrets=(), signatures=True):
    """What is wrong with an answer; None: nothing.  secrets: those that MACs are made with; none: MACs are not computed."""
    try:
        request, answer = Whole(request_der), Whole(answer_der)
        judge_header(request, answer)
        judge_generalInfo(request, answer)
        judge_protection(request, answer, secrets, signatures)
        judge_extraCerts(answer)
        judge_body(request, answer)
    except (Fault, cmp.Malformed) as why:
        return str(why)
    return None


def pairs(directory):
    for request in sorted(pathlib.Path(directory).glob("*.req-*.der")):
        answer = request.with_name(request.name.replace(".req-", ".rsp-"))
        if answer.exists():
            yield request, answer


def main():
    parser = argparse.ArgumentParser(description="Judges answers beside their requests.")
    parser.add_argument("--secret", action="append", default=[], help="that a MAC may be made with")
    parser.add_argument("directories", nargs="+")
    options = parser.parse_args()
    secrets, judged, faults = [s.encode() for s in options.secret], 0, 0
    for directory in options.directories:
        for request, answer in pairs(directory):
            why = fault(request.read_bytes(), answer.read_bytes(), secrets)
            judged, faults = judged + 1, faults + (why is not None)
            if why:
                print(f"{answer}: {why}")
    print(f"{judged} answers judged, {faults} with a fault")
    return 1 if faults else 0 if judged else 2


if __name__ == "__main__":
    sys.exit(main())
