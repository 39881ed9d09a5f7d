"""As much of CMP (RFC 9810) as the checker and the clients need, written from the RFC and sharing no code with the
gateway: strict DER, the header, and of each body what it asks for or promises."""
import hashlib

# PKIBody
IR, IP, CR, CP, P10CR, KUR, KUP, RR, RP = 0, 1, 2, 3, 4, 7, 8, 11, 12
PKICONF, ERROR, CERTCONF, POLLREQ, POLLREP = 19, 23, 24, 25, 26
NAMES = {IR: "ir", IP: "ip", CR: "cr", CP: "cp", P10CR: "p10cr", KUR: "kur", KUP: "kup", RR: "rr", RP: "rp",
         PKICONF: "pkiconf", ERROR: "error", CERTCONF: "certConf", POLLREQ: "pollReq", POLLREP: "pollRep"}
ANSWER_TO = {IR: IP, CR: CP, P10CR: CP, KUR: KUP, RR: RP}
OPENING = frozenset(ANSWER_TO)
CERTIFIED = frozenset((IP, CP, KUP))

# PKIStatus
ACCEPTED, GRANTED_WITH_MODS, REJECTION, WAITING = 0, 1, 2, 3

SEQUENCE, INTEGER, OCTET_STRING = 0x30, 0x02, 0x04


class Malformed(Exception):
    pass


# ---- DER -----------------------------------------------------------------------------------------------------


class Node:
    """One TLV: its tag, its contents, and all of it as received."""

    __slots__ = ("tag", "content", "der")

    def __init__(self, tag, content, der):
        self.tag, self.content, self.der = tag, content, der

    def children(self):
        found, at = [], 0
        while at < len(self.content):
            node = read(self.content, at)
            found.append(node)
            at += len(node.der)
        return found

    def integer(self):
        if self.tag & 0x1f != INTEGER and self.tag & 0xc0 == 0:
            raise Malformed("want an INTEGER, have tag %#x" % self.tag)
        return int.from_bytes(self.content, "big", signed=True)

    def only(self):
        children = self.children()
        if len(children) != 1:
            raise Malformed("want one element, have %d" % len(children))
        return children[0]


def read(data, at=0):
    try:
        tag, length, start = data[at], data[at + 1], at + 2
        if length >= 0x80:
            octets = length & 0x7f
            length = int.from_bytes(data[start:start + octets], "big")
            start += octets
            if octets not in (1, 2, 3) or length < (0x80, 0x100, 0x10000)[octets - 1]:
                raise Malformed("a length that is not DER")
    except IndexError:
        raise Malformed("it ends in the middle of a header") from None
    if tag & 0x1f == 0x1f or start + length > len(data):
        raise Malformed("it ends in the middle of an element")
    return Node(tag, data[start:start + length], data[at:start + length])


def write(tag, *parts):
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(content).to_bytes(size, "big") + content


def tagged(nodes, tag):
    """The element with this context-specific tag, primitive or constructed; None: absent."""
    for node in nodes:
        if node.tag & 0xc0 == 0x80 and node.tag & 0x1f == tag:
            return node
    return None


# ---- messages ------------------------------------------------------------------------------------------------


class Message:
    def __init__(self, der):
        whole = read(der)
        if whole.tag != SEQUENCE or len(whole.der) != len(der):
            raise Malformed("not one PKIMessage")
        parts = whole.children()
        if len(parts) < 2:
            raise Malformed("a PKIMessage without a body")
        self.der, self.header, self.protected_body = der, parts[0].children(), parts[1]
        if parts[1].tag & 0xe0 != 0xa0:
            raise Malformed("the PKIBody has tag %#x" % parts[1].tag)
        self.arm = parts[1].tag & 0x1f
        self.body = parts[1].only()
        self.digest = hashlib.sha256(der).digest()

    @property
    def kind(self):
        return NAMES.get(self.arm, "body [%d]" % self.arm)

    def header_octets(self, tag):
        field = tagged(self.header[3:], tag)
        return field.only().content if field is not None else None

    @property
    def transactionID(self):
        return self.header_octets(4)

    @property
    def senderNonce(self):
        return self.header_octets(5)

    @property
    def recipNonce(self):
        return self.header_octets(6)

    # ---- answers

    def _responses(self):
        """CertResponses of ip, cp, kup: (PKIStatusInfo, certificate or None)."""
        found = []
        for response in self.body.children()[-1].children():
            fields = response.children()
            certificate = None
            for field in fields[2:]:
                first = field.children()[0] if field.tag == SEQUENCE else None
                if first is not None and first.tag == 0xa0:
                    certificate = first.only().der
            found.append((fields[1], certificate))
        return found

    def statuses(self):
        """The PKIStatus of each thing that is answered."""
        if self.arm in CERTIFIED:
            return [info.children()[0].integer() for info, _ in self._responses()]
        if self.arm == RP:
            return [info.children()[0].integer() for info in self.body.children()[0].children()]
        if self.arm == ERROR:
            return [self.body.children()[0].children()[0].integer()]
        return []

    def certificates(self):
        return [der for _, der in self._responses() if der is not None] if self.arm in CERTIFIED else []

    def grants(self):
        """Something was done for the client."""
        return self.arm == PKICONF or any(s in (ACCEPTED, GRANTED_WITH_MODS) for s in self.statuses())

    def waits(self):
        return WAITING in self.statuses()

    def promises(self):
        return self.grants() or self.waits()

    # ---- requests

    def public_key(self):
        """Contents of the SubjectPublicKeyInfo that is to be certified; None: not in the request."""
        if self.arm == P10CR:
            return self.body.children()[0].children()[2].content
        template = self.body.children()[0].children()[0].children()[1]
        key = tagged(template.children(), 6)
        return key.content if key is not None else None

    def revokes(self):
        """(issuer DER, contents of the serial number) of an rr; None for what it does not say."""
        template = self.body.children()[0].children()[0].children()
        serial, issuer = tagged(template, 1), tagged(template, 3)
        return (issuer.only().der if issuer else None, serial.content if serial else None)

    def confirms(self):
        """A certConf: (accepted, certHash)."""
        statuses = self.body.children()
        if not statuses:
            return False, None
        fields = statuses[0].children()
        info = fields[2] if len(fields) > 2 and fields[2].tag == SEQUENCE else None
        return info is None or info.children()[0].integer() == ACCEPTED, fields[0].content


class Certificate:
    def __init__(self, der):
        tbs = read(der).children()[0].children()
        tbs = tbs[1:] if tbs[0].tag == 0xa0 else tbs
        self.der, self.fingerprint = der, hashlib.sha256(der).digest()
        self.serial, self.issuer, self.public_key = tbs[0].content, tbs[2].der, tbs[5].content

    def hashes(self):
        """What a certHash of it may be."""
        return {hashlib.new(name, self.der).digest() for name in ("sha256", "sha384", "sha512")}


def crl_serials(der):
    """The serial numbers on a CRL."""
    for field in read(der).children()[0].children()[3:]:
        if field.tag == SEQUENCE and field.content:
            entries = field.children()
            if entries[0].tag == SEQUENCE and entries[0].children()[0].tag == INTEGER:
                return {entry.children()[0].content for entry in entries}
    return set()
