"""What is done to the gateway: one function an attack, each of which makes the crowds that carry it out."""
import os
import random

import message as cmp
from crowd import ANSWER, FOR_EVER, RESET, Crowd
from gateway import PATH, SLOW

MIB = 1024 * 1024
VARIANTS = 256              # of a message, made beforehand
DEPTH = 8                   # requests sent before the first answer is waited for


def addresses(count):
    """Loopback addresses of the attackers; the gateway and the steady client have others."""
    return ["127.200.%d.%d" % (i // 250, 1 + i % 250) for i in range(count)]


def head(length, path=PATH):
    return (b"POST %s HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/pkixcmp\r\nContent-Length: %d\r\n\r\n"
            % (path.encode(), length))


def post(der, path=PATH):
    return head(len(der), path) + der


def get(name):
    return b"GET /pki/%s HTTP/1.1\r\nHost: gateway\r\n\r\n" % name.encode()


# ---- messages --------------------------------------------------------------------------------------------------


def with_header(message, **changed):
    """The same message with other octets in tagged fields of its header; its protection is wrong from then on."""
    fields = {f.tag & 0x1f: f.der for f in message.header[3:]}
    for name, der in changed.items():
        tag = {"protectionAlg": 1, "transactionID": 4, "senderNonce": 5}[name]
        fields[tag] = cmp.write(0xa0 | tag, der)
    header = cmp.write(cmp.SEQUENCE, *[f.der for f in message.header[:3]], *[fields[t] for t in sorted(fields)])
    rest = message.der[len(message.der) - sum(len(p.der) for p in cmp.read(message.der).children()[2:]):]
    return cmp.write(cmp.SEQUENCE, header, message.protected_body.der, rest)


def renamed(der, **changed):
    octets = cmp.write(cmp.OCTET_STRING, os.urandom(16))
    return with_header(cmp.Message(der), transactionID=octets, senderNonce=octets, **changed)


def many_iterations(der, iterations):
    """With this iterationCount in its PBMParameter."""
    oid, parameters = cmp.tagged(cmp.Message(der).header[3:], 1).only().children()
    salt, owf, _, mac = parameters.children()
    count = cmp.write(cmp.INTEGER, iterations.to_bytes(4, "big").lstrip(b"\0"))
    return renamed(der, protectionAlg=cmp.write(
        cmp.SEQUENCE, oid.der, cmp.write(cmp.SEQUENCE, salt.der, owf.der, count, mac.der)))


def flood(requests):
    """A script that sends these in any order for ever, some at a time."""
    def script():
        while True:
            yield b"".join(random.choices(requests, k=DEPTH))
            for _ in range(DEPTH):
                yield ANSWER
    return script


def flooded(gate, messages, connections=960, sources=16):
    return [Crowd(gate.target, addresses(sources), connections, flood([post(m) for m in messages]), again=True)]


# ---- connections that do little ---------------------------------------------------------------------------------


def silent():
    yield FOR_EVER


def idle(gate):
    """10,000 connections from which nothing comes."""
    return [Crowd(gate.target, addresses(40), 10000, silent)]


def crowded(gate):
    """More silent connections than there are places, and whoever is cut off comes again."""
    return [Crowd(gate.target, addresses(16), 3000, silent, again=True)]


def slow(gate):
    """Header and content one octet a second, and readers that do not read."""
    def trickle(octets, at_once):
        def script():
            yield octets[:at_once]
            for octet in octets[at_once:]:
                yield bytes((octet,))
                yield 1.0
        return script

    def deaf():
        while True:
            yield get("demo.crl") * 64

    request = post(os.urandom(2000))
    return [Crowd(gate.target, addresses(4), 300, trickle(request, 0), again=True),
            Crowd(gate.target, addresses(4), 300, trickle(request, 300), again=True),
            Crowd(gate.target, addresses(4), 300, deaf, again=True, deaf=True)]


def half(gate):
    """Requests that stop in the middle: of the header, and near the end of the most content there may be."""
    def header():
        yield head(2000)[:60]
        yield FOR_EVER

    def content():
        yield head(MIB) + b"\x30\x83\x0f\xff\xfb" + bytes(MIB - 1000)
        yield FOR_EVER

    return [Crowd(gate.target, addresses(2), 400, header, again=True),
            Crowd(gate.target, addresses(4), 400, content, again=True)]


def churn(gate):
    """Connections that end at once: politely, without waiting for the answer, or broken off."""
    request = post(gate.ir()[:-1] + b"\0")

    def script():
        kind = random.randrange(4)
        if kind >= 2:
            yield request
        if kind == 3:
            yield ANSWER
        if kind == 1 or kind == 2:
            yield RESET

    return [Crowd(gate.target, addresses(16), 200, script, again=True)]


# ---- content that is none ----------------------------------------------------------------------------------------


def garbage(gate):
    """Content that is no message: noise, a message cut short, a length beyond its end, very deep nesting."""
    ir = gate.ir()
    deep = b""
    while len(deep) < 60000:
        deep = cmp.write(cmp.SEQUENCE, deep)
    return flooded(gate, [os.urandom(700), ir[:-1], ir[:200], b"\x30\x83\xff\xff\xff" + ir, b"\x30" * 3000, deep,
                          bytes(10000), ir + b"\0", b"\x30\x80" + ir[4:] + b"\0\0"])


def malformed(gate):
    """What is not HTTP, or not quite: each connection says one thing, reads what comes and ends."""
    body = b"Content-Type: application/pkixcmp\r\n"
    said = [
        os.urandom(3000), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST " + PATH.encode() + b"\r\n\r\n", b"\r\n" * 2000,
        b"GET " + b"/a" * 50000 + b" HTTP/1.1\r\nHost: gateway\r\n\r\n",
        b"POST %s HTTP/1.1\r\nHost: gateway\r\n" % PATH.encode() + b"X: y\r\n" * 20000 + b"\r\n",
        b"POST %s HTTP/1.1\r\nHost: gateway\r\n%sContent-Length: 5\r\nContent-Length: 6\r\n\r\n012345" % (PATH.encode(), body),
        b"POST %s HTTP/1.1\r\nHost: gateway\r\n%sContent-Length: -1\r\n\r\n" % (PATH.encode(), body),
        b"POST %s HTTP/1.1\r\nHost: gateway\r\n%sContent-Length: 99999999999999999999999\r\n\r\n" % (PATH.encode(), body),
        b"POST %s HTTP/1.1\r\nHost: gateway\r\n%sTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n" % (PATH.encode(), body),
        b"POST %s HTTP/1.1\r\nHost: gateway\r\n%sTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n" % (PATH.encode(), body),
        b"POST /.well-known/cmp/p/%00%2f.. HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\n\r\n",
    ]

    def script():
        yield random.choice(said)
        yield 0.05

    return [Crowd(gate.target, addresses(16), 300, script, again=True)]


def huge(gate):
    """Content of more octets than are taken: announced, in chunks, and in chunks of one octet."""
    start = b"POST %s HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/pkixcmp\r\nTransfer-Encoding: chunked\r\n\r\n" % PATH.encode()

    def announced():
        yield head(10 ** 9) + bytes(MIB)
        yield 0.1

    def chunks():
        yield start
        for _ in range(8):
            yield b"40000\r\n" + bytes(0x40000) + b"\r\n"
        yield b"0\r\n\r\n"
        yield ANSWER

    def octets():
        yield start
        while True:
            yield b"1\r\n0\r\n" * 5000
            yield 0.1

    return [Crowd(gate.target, addresses(2), 60, announced, again=True),
            Crowd(gate.target, addresses(2), 20, chunks, again=True),
            Crowd(gate.target, addresses(2), 100, octets, again=True)]


# ---- messages that cost something --------------------------------------------------------------------------------


def wrong_mac(gate):
    """Genuine requests whose MAC does not fit."""
    return flooded(gate, [renamed(gate.ir()) for _ in range(VARIANTS)])


def iterations(gate):
    """MACs that want 262,144 iterations, and do not fit either."""
    return flooded(gate, [many_iterations(gate.ir(), 262144) for _ in range(VARIANTS)])


def wrong_signature(gate):
    """Signed requests for an update of a certificate from here; the signature is of another message."""
    kur = gate.signed_by_us()
    return flooded(gate, [renamed(kur) for _ in range(VARIANTS)])


def stranger(gate):
    """Rightly signed requests under a certificate that nobody here knows."""
    return flooded(gate, [gate.signed_by_stranger()])


def waiting(gate):
    """One client that knows a secret asks for more and more certificates that take their time."""
    requests = [post(gate.ir(), SLOW) for _ in range(20 * VARIANTS)]

    def script():
        while True:
            yield requests.pop() if requests else post(gate.ir(), SLOW)
            yield ANSWER

    return [Crowd(gate.target, addresses(1), 200, script, again=True)]


class Load:
    """An attack, what it needs of the configuration, and what it must have come to."""

    def __init__(self, make, memory, count, least, slow=False, **options):
        self.make, self.name = make, make.__name__
        self.memory = memory        # MiB that the gateway may grow by
        self.count, self.least = count, least       # of these there must be so many
        self.slow = slow            # needs the backend that takes its time
        self.options = options      # of the endpoint


LOADS = {load.name: load for load in (
    Load(idle, 64, "open", 10000, connections=12000),
    Load(crowded, 64, "open", 1000),
    Load(slow, 64, "open", 800),
    Load(half, 64 + 64, "octets", 100 * MIB),
    Load(churn, 64, "HTTP 200", 100),
    Load(garbage, 64, "HTTP 400", 1000),
    Load(malformed, 64, "HTTP 400", 100),
    Load(huge, 64 + 64, "HTTP 413", 10),
    Load(wrong_mac, 64, "HTTP 200", 100),
    Load(iterations, 64, "HTTP 200", 10),
    Load(wrong_signature, 64, "HTTP 200", 100),
    Load(stranger, 64, "HTTP 200", 100),
    Load(waiting, 64, "HTTP 200", 50, slow=True),
)}
