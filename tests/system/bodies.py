#!/usr/bin/python3
"""A client that says everything there is to say: the bodies of tests/vectors in messages of its own, by a MAC or signed.

    bodies.py URL VECTORS secret REFERENCE SECRET ROUND
    bodies.py URL VECTORS certificate KEY CERTIFICATE ROUND

ROUND is `refused` (what nobody serves, what is broken, versions that there are not: nothing of it may change anything) or
`served` (the rest).  It shares no code with the gateway.  exit status 0: each answer was what RFC 9483 wants.
"""
import collections
import datetime
import hashlib
import hmac
import pathlib
import secrets
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import answer  # noqa: E402
from answer import cmp  # noqa: E402

ARMS = ("ir ip cr cp p10cr popdecc popdecr kur kup krr krp rr rp ccr ccp ckuann cann rann crlann pkiconf nested genm genp "
        "error certConf pollReq pollRep").split()
SERVED = {"ir": "ip", "cr": "cp", "p10cr": "cp", "kur": "kup", "rr": "rp", "genm": "genp"}
BITS = {0: "badAlg", 1: "badMessageCheck", 2: "badRequest", 5: "badDataFormat", 12: "wrongIntegrity", 22: "unsupportedVersion",
        23: "notAuthorized"}
NULL_DN = b"\x30\x00"
OF_ONE_KIND = 20        # vectors of one body that are asked for


def octets(value):
    return cmp.write(cmp.OCTET_STRING, value)


def oid(contents):
    return cmp.write(0x06, bytes.fromhex(contents))


class BySecret:
    SALT, COUNT = b"eight of", 500

    def __init__(self, reference, secret):
        self.name, self.identifier, self.secret, self.extraCerts = NULL_DN, reference.encode(), secret.encode(), []
        parameters = cmp.write(cmp.SEQUENCE, octets(self.SALT), cmp.write(cmp.SEQUENCE, oid("608648016503040201")),
                               cmp.write(cmp.INTEGER, self.COUNT.to_bytes(2, "big")),
                               cmp.write(cmp.SEQUENCE, oid("2a864886f70d0209")))
        self.algorithm = cmp.write(cmp.SEQUENCE, oid("2a864886f67d07420d"), parameters)

    def protect(self, part):
        key = self.secret + self.SALT
        for _ in range(self.COUNT):
            key = hashlib.sha256(key).digest()
        return hmac.new(key, part, "sha256").digest()


class ByCertificate:
    def __init__(self, key, certificate):
        self.key, self.secret = key, None
        self.extraCerts = [subprocess.run(["openssl", "x509", "-in", certificate, "-outform", "DER"], stdout=subprocess.PIPE,
                                          check=True).stdout]
        self.name, self.identifier = answer.subject_of(self.extraCerts[0]), answer.key_identifier_of(self.extraCerts[0])
        self.algorithm = cmp.write(cmp.SEQUENCE, oid("2a8648ce3d040302"))

    def protect(self, part):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=part, stdout=subprocess.PIPE, check=True).stdout


class Client:
    def __init__(self, url, credential):
        self.url, self.credential, self.asked = url, credential, 0

    def header(self, pvno):
        who, now = self.credential, datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ").encode()
        return cmp.write(
            cmp.SEQUENCE, cmp.write(cmp.INTEGER, bytes([pvno])), cmp.write(0xa4, who.name), cmp.write(0xa4, NULL_DN),
            cmp.write(0xa0, cmp.write(0x18, now)), cmp.write(0xa1, who.algorithm), cmp.write(0xa2, octets(who.identifier)),
            cmp.write(0xa4, octets(secrets.token_bytes(16))), cmp.write(0xa5, octets(secrets.token_bytes(16))))

    def message(self, body, pvno=2, header=None):
        header = header or self.header(pvno)
        bits = self.credential.protect(cmp.write(cmp.SEQUENCE, header, body))
        extra = [cmp.write(0xa1, cmp.write(cmp.SEQUENCE, *self.credential.extraCerts))] if self.credential.extraCerts else []
        return cmp.write(cmp.SEQUENCE, header, body, cmp.write(0xa0, cmp.write(0x03, b"\x00", bits)), *extra)

    def post(self, der):
        request = urllib.request.Request(self.url, data=der, headers={"Content-Type": "application/pkixcmp"})
        self.asked += 1
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def answered(self, what, der):
        status, said = self.post(der)
        if status != 200:
            fail(f"{what}: HTTP {status}")
        fault = answer.fault(der, said, [self.credential.secret] if self.credential.secret else [])
        if fault:
            fail(f"{what}: {fault}")
        return answer.Whole(said)

    def refused(self, what, der, *failures):
        """An error message, protected as the request was when that could be seen to be right."""
        m = self.answered(what, der)
        bits = {BITS.get(n, n) for _, _, field in m.infos() if field for n in range(8 * len(field) - 8)
                if field[1 + n // 8] << n % 8 & 0x80}
        if m.arm != cmp.ERROR or m.statuses() != [cmp.REJECTION] or not bits <= set(failures) or len(bits) != 1:
            fail(f"{what}: want an error with {failures}, have {m.kind} {m.statuses()} {bits}")
        return m


def fail(text):
    sys.exit(f"bodies: {text}")


def vectors(directory):
    """(name, arm, PKIBody) of each vector that is a message."""
    for path in sorted(pathlib.Path(directory).glob("*.der")):
        arm = path.name.split("_")[0]
        if arm in ARMS:
            yield path.stem, ARMS.index(arm), cmp.read(path.read_bytes()).children()[1].der


# ---- rounds --------------------------------------------------------------------------------------------------------

def nobody_serves(client, directory):
    """Every body that this server does not take, and those that go on with what has not begun (RFC 9483 3.5)."""
    seen, outer = set(), ("wrongIntegrity",) if client.credential.secret else ("notAuthorized",)
    for name, arm, body in vectors(directory):
        seen.add(arm)
        if ARMS[arm] not in SERVED:
            m = client.refused(name, client.message(body), *(outer if ARMS[arm] == "nested" else ("badRequest",)))
            if client.credential.secret and not m.by_mac:
                fail(f"{name}: a MAC that was right is answered by a signature")
    if seen != set(range(len(ARMS))):
        fail(f"vectors of these bodies are missing: {sorted(set(range(len(ARMS))) - seen)}")


def broken(client):
    """Where the header can be read the refusal has its IDs, and it is signed, since no MAC has been verified."""
    for arm, name in enumerate(ARMS):
        m = client.refused(f"broken {name}", client.message(cmp.write(0xa0 + arm, b"\x01\x01\xff")), "badDataFormat")
        if m.by_mac:
            fail(f"broken {name}: answered by a MAC that was not verified")
    client.refused("nested without messages", client.message(b"\xb4\x02\x30\x00"), "badDataFormat")
    client.refused("a body that there is not", client.message(cmp.write(0xa0 + len(ARMS), b"\x05\x00")), "badDataFormat")


def headless(client):
    whole = cmp.read(client.header(2)).children()
    without_pvno = cmp.write(cmp.SEQUENCE, *(n.der for n in whole[1:]))
    number = cmp.write(cmp.SEQUENCE, *(cmp.write(0xa4, b"\x02\x01\x07") if n is whole[6] else n.der for n in whole))
    for name, der in (("a header without pvno", client.message(b"\xb3\x02\x05\x00", header=without_pvno)),
                      ("a transactionID that is a number", client.message(b"\xb3\x02\x05\x00", header=number)),
                      ("no message", b"\x30\x03\x02\x01\x02"), ("no DER", b"GET / HTTP/1.1\r\n\r\n"), ("nothing", b"")):
        status, said = client.post(der)
        if status != 400 or said[:1] == b"\x30":
            fail(f"{name}: want HTTP 400 and no message, have {status} {said[:40]!r}")


def versions(client, directory):
    one_of_each = {arm: (name, body) for name, arm, body in vectors(directory)}
    for name, body in one_of_each.values():
        for pvno in (1, 4):
            client.refused(f"{name} in pvno {pvno}", client.message(body, pvno), "unsupportedVersion")


def served(client, directory):
    """What is asked for may be refused, but not for being asked."""
    done, asked = set(), collections.Counter()
    for name, arm, body in vectors(directory):
        asked[arm] += 1
        if ARMS[arm] not in SERVED or asked[arm] > OF_ONE_KIND:
            continue
        m = client.answered(name, client.message(body))
        if ARMS[m.arm] == SERVED[ARMS[arm]]:
            done.add(ARMS[arm])
    expected = set(SERVED) - ({"kur", "rr"} if client.credential.secret else set())
    if done != expected:
        fail(f"want answers of their own for {expected}, have {done}")


def main():
    url, directory, kind, who, what, part = sys.argv[1:]
    client = Client(url, BySecret(who, what) if kind == "secret" else ByCertificate(who, what))
    if part == "served":
        served(client, directory)
    else:
        nobody_serves(client, directory)
        broken(client)
        headless(client)
        versions(client, directory)
    print(f"bodies: {client.asked} messages by {kind}, {part}: each was answered as it has to be")


if __name__ == "__main__":
    main()
