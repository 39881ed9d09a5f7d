#!/usr/bin/python3
"""The judge is judged: a right answer has no fault, and with one thing wrong in it, that is what is found."""
import hashlib
import hmac
import sys

import answer
from answer import cmp

SECRET = b"a secret of the test's"
W, NULL = cmp.write, b"\x05\x00"
CN = lambda text: W(0xa4, W(0x30, W(0x31, W(0x30, W(0x06, b"\x55\x04\x03"), W(0x0c, text)))))       # noqa: E731
NUMBER = lambda n: W(0x02, n.to_bytes(1, "big", signed=True))                                        # noqa: E731
OID = lambda octets: W(0x06, octets)                                                                 # noqa: E731
SHA256, HMAC = bytes.fromhex("608648016503040201"), bytes.fromhex("2a864886f70d0209")


def pbm(salt=b"sixteen octets.."):
    return W(0x30, OID(answer.PBM), W(0x30, W(0x04, salt), W(0x30, OID(SHA256)), W(0x02, b"\x02\x00"), W(0x30, OID(HMAC))))


def info(infoType, *value):
    return W(0x30, OID(infoType), *value)


UNTIL = info(answer.CONFIRM_WAIT_TIME, W(0x18, b"20300101000500Z"))
CERTIFICATE = W(0x30, W(0x30, NUMBER(1), W(0x30), W(0x30), W(0x30), W(0x30, b"\x31\x00"), W(0x30)), W(0x30), W(0x03, b"\0"))
ROOT = W(0x30, W(0x30, NUMBER(1), W(0x30), W(0x30), W(0x30), W(0x30), W(0x30)), W(0x30), W(0x03, b"\0"))
REFUSAL = W(0x30, NUMBER(2), W(0x30, W(0x0c, b"no")), W(0x03, b"\x05\x20"))


def header(arm, **change):
    """Of an answer; arm of the request: of that."""
    asks = arm in (cmp.IR, cmp.POLLREQ)
    fields = {
        "pvno": NUMBER(2), "sender": CN(b"pump" if asks else b"server"), "recipient": CN(b"server" if asks else b"pump"),
        "messageTime": W(0x18, b"20300101000000Z"), "protectionAlg": pbm(), "senderKID": W(0x04, b"pump-7"),
        "transactionID": W(0x04, b"t" * 16), "senderNonce": W(0x04, (b"q" if asks else b"a") * 16),
        "recipNonce": None if asks else W(0x04, b"q" * 16), "generalInfo": W(0x30, UNTIL) if arm == cmp.IP else None,
    }
    fields.update(change)
    tags = {"messageTime": 0, "protectionAlg": 1, "senderKID": 2, "transactionID": 4, "senderNonce": 5, "recipNonce": 6,
            "generalInfo": 8}
    return W(0x30, *(W(0xa0 | tags[name], der) if name in tags else der for name, der in fields.items() if der))


def message(arm, body, extra=(), secret=SECRET, protected=True, **change):
    part = header(arm, **change), W(0xa0 | arm, body)
    key = secret + b"sixteen octets.."
    for _ in range(512):
        key = hashlib.sha256(key).digest()
    bits = W(0xa0, W(0x03, b"\0" + hmac.new(key, W(0x30, *part), "sha256").digest())) if protected else b""
    return W(0x30, *part, bits, W(0xa1, W(0x30, *extra)) if extra else b"")


def responded(status=W(0x30, NUMBER(0)), pair=W(0x30, W(0xa0, CERTIFICATE)), number=0, capubs=b""):
    return W(0x30, capubs, W(0x30, W(0x30, NUMBER(number), status, pair)))


IR = message(cmp.IR, W(0x30, W(0x30, W(0x30, NUMBER(0), W(0x30, W(0xa6, b""))))))
POLL = message(cmp.POLLREQ, W(0x30, W(0x30, NUMBER(0))), recipNonce=W(0x04, b"x" * 16))


def ip(body=responded(), **change):
    return IR, message(cmp.IP, body, **change)


def other(arm, body, request=IR, **change):
    return request, message(arm, body, **change)


RIGHT = (ip(), ip(responded(capubs=W(0xa1, W(0x30, ROOT)))), other(cmp.ERROR, W(0x30, REFUSAL)),
         ip(responded(REFUSAL, b""), generalInfo=None), other(cmp.POLLREP, W(0x30, W(0x30, NUMBER(0), NUMBER(9))), POLL))
WRONG = (
    (ip(pvno=NUMBER(3)), "pvno 3"),
    (ip(sender=W(0x82, b"server")), "no directoryName"),
    (ip(recipient=CN(b"somebody")), "recipient"),
    (ip(messageTime=None), "messageTime"),
    (ip(messageTime=W(0x18, b"20300101000000.5Z")), "messageTime"),
    (ip(protectionAlg=pbm(b"another")), "other parameters"),
    (ip(senderKID=W(0x04, b"pump-8")), "senderKID"),
    (ip(transactionID=W(0x04, b"u" * 16)), "transactionID"),
    (ip(senderNonce=W(0x04, b"short")), "senderNonce"),
    (ip(recipNonce=W(0x04, b"r" * 16)), "recipNonce"),
    (ip(recipNonce=None), "recipNonce"),
    (ip(generalInfo=None), "implicitConfirm or confirmWaitTime"),
    (ip(generalInfo=W(0x30, info(answer.IMPLICIT_CONFIRM, NULL))), "not asked for"),
    (ip(generalInfo=W(0x30, info(answer.IMPLICIT_CONFIRM))), "not NULL"),
    (ip(generalInfo=W(0x30, UNTIL, info(answer.IMPLICIT_CONFIRM, NULL))), "nowhere else"),
    (ip(generalInfo=W(0x30, UNTIL, info(b"\x2b\x01"))), "more than it should"),
    (ip(generalInfo=W(0x30, info(answer.CONFIRM_WAIT_TIME, W(0x17, b"300101000500Z")))), "no GeneralizedTime"),
    (ip(generalInfo=W(0x30, info(answer.CONFIRM_WAIT_TIME, W(0x18, b"20290101000500Z")))), "over already"),
    (ip(protected=False), "not protected"),
    (ip(secret=b"another"), "its MAC is wrong"),
    (ip(extra=(ROOT,)), "self-signed"),
    (ip(extra=(CERTIFICATE, CERTIFICATE)), "twice"),
    (ip(responded(number=1)), "certReqId 1"),
    (ip(responded(pair=b""), generalInfo=None), "a certificate and no grant"),
    (ip(responded(REFUSAL), generalInfo=W(0x30, UNTIL)), "a certificate and no grant"),
    (ip(responded(pair=W(0x30, W(0xa0, CERTIFICATE), W(0xa0, NULL)))), "privateKey"),
    (ip(responded(W(0x30, NUMBER(0), W(0x03, b"\x05\x20")))), "no rejection"),
    (ip(responded(capubs=W(0xa1, W(0x30, CERTIFICATE)))), "no root"),
    (ip(responded(REFUSAL, b"", capubs=W(0xa1, W(0x30, ROOT))), generalInfo=None), "caPubs"),
    (other(cmp.CP, responded(), generalInfo=W(0x30, UNTIL)), "no answer to ir"),
    (other(cmp.ERROR, W(0x30, W(0x30, NUMBER(0)))), "grants something"),
    (other(cmp.ERROR, W(0x30, W(0x30, NUMBER(2), W(0x03, b"\x05\x20")))), "without a word"),
    (other(cmp.ERROR, W(0x30, W(0x30, NUMBER(2), W(0x30, W(0x0c, b"no")), W(0x03, b"\x05\x60")))), "exactly one failInfo"),
    (other(cmp.ERROR, W(0x30, REFUSAL), generalInfo=W(0x30, UNTIL)), "nowhere else"),
    (other(cmp.POLLREP, W(0x30, W(0x30, NUMBER(1), NUMBER(9))), POLL), "another certReqId"),
    (other(cmp.POLLREP, W(0x30, W(0x30, NUMBER(0), NUMBER(0))), POLL), "checkAfter 0"),
)


def main():
    red = 0
    for request, reply in RIGHT:
        why = answer.fault(request, reply, (SECRET,))
        if why is not None:
            red += 1
            print("a right %s: %s" % (cmp.Message(reply).kind, why))
    for (request, reply), words in WRONG:
        why = answer.fault(request, reply, (SECRET,))
        if why is None or words not in why:
            red += 1
            print("want '%s', have: %s" % (words, why))
    print("%d cases, %d red" % (len(RIGHT) + len(WRONG), red))
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
