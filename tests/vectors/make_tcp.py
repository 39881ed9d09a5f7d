#!/usr/bin/env python3
"""Writes tcp/: TCP messages of both framings (RFC 2510, section 5.2, and version 10), good and bad.

    make_tcp.py             writes them
    make_tcp.py --check     compares them with what is there

NAME.tcp holds the octets, NAME.txt what they say:

    from client|server      who sends them
    TYPE                    its name in this framing, or:  fault KIND
    framing 2510|10         of a fault: the one to answer in
    close                   when the flag is set
    reference, check-back, error, body, extra
    answer                  to a fault, in octets; the text of an errorMsgRep stands for itself

Heads are written out in hexadecimal, so that they can be compared with the documents by eye.
"""
import sys
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE / "tcp"
made = {}

IR = (HERE / "ir_ossl-mac.der").read_bytes()
IP = (HERE / "ip_ossl-mac.der").read_bytes()


def vector(name, head, *lines, value=b""):
    """`head` in hexadecimal; "*" stands for the four octets of the right length."""
    rest = bytes.fromhex(head.replace("*", "")) + value
    octets = len(rest).to_bytes(4, "big") + rest if head.startswith("*") else rest
    made[name + ".tcp"] = octets
    made[name + ".txt"] = ("\n".join(lines) + "\n").encode()


def good():
    text = "try again".encode()
    for name, octet, head in (("rfc2510", "2510", "*"), ("v10", "10", "* 0A 00")):
        old = octet == "2510"
        framing = f"framing {octet}"
        vector(f"{name}_request", f"{head} 00", "from client", "pkiMsg" if old else "pkiReq", framing,
               "body ir_ossl-mac.der", value=IR)
        vector(f"{name}_pollReq", f"{head} 02 89ABCDEF", "from client", "pollReq", framing, "reference 89abcdef")
        vector(f"{name}_pollRep", f"{head} 01 89ABCDEF 3B9ACA00", "from server", "pollRep", framing,
               "reference 89abcdef", "check-back 1000000000")
        vector(f"{name}_nothing", f"{head} 03 00", "from server", "negPollRep" if old else "finRep", framing)
        vector(f"{name}_response", f"{head} 05", "from server", "finalMsgRep" if old else "pkiRep", framing,
               "body ip_ossl-mac.der", value=IP)
    vector("rfc2510_partial", "* 04 00000001 FFFFFFFF", "from server", "partialMsgRep", "framing 2510",
           "reference 00000001", "check-back 4294967295", "body ip_ossl-mac.der", value=IP)
    vector("rfc2510_error", "* 06", "from server", "errorMsgRep", "framing 2510", f"body {text.hex()}", value=text)
    vector("rfc2510_error-silent", "00000001 06", "from server", "errorMsgRep", "framing 2510")
    for name, code in (("version", "0101"), ("client", "0200"), ("type", "0201"), ("poll", "0202"), ("server", "0300")):
        vector(f"v10_error-{name}", f"* 0A 00 06 {code} 0009", "from server", "errorMsgRep", "framing 10",
               f"error {code}", f"body {text.hex()}", value=text)
    # The fixed answers of a client in the field, close flag set.
    vector("v10_error-smallest", "00000007 0A 01 06 0200 0000", "from server", "errorMsgRep", "framing 10", "close", "error 0200")
    vector("v10_nothing-close", "00000004 0A 01 03 00", "from server", "finRep", "framing 10", "close")
    # Drafts before -06: data of the type's own, then text.
    vector("v10_error-old-layout", "* 0A 00 06 0101 0001 0A", "from server", "errorMsgRep", "framing 10", "error 0101",
           "body 0a", f"extra {text.hex()}", value=text)
    vector("v10_request-close", "* 0A 01 00", "from client", "pkiReq", "framing 10", "close", "body ir_ossl-mac.der", value=IR)
    vector("v10_response-close", "* 0A 01 05", "from server", "pkiRep", "framing 10", "close", "body ip_ossl-mac.der", value=IP)
    # All bits but the lowest are to be ignored.
    vector("v10_request-flags", "* 0A FE 00", "from client", "pkiReq", "framing 10", "flags", "body ir_ossl-mac.der", value=IR)


def answer(framing, code, text):
    """What a server says, in octets."""
    text = text.encode()
    rest = bytes([6]) + text if framing == "2510" else \
        bytes([10, 1, 6]) + bytes.fromhex(code) + len(text).to_bytes(2, "big") + text
    return "answer " + (len(rest).to_bytes(4, "big") + rest).hex()


FAULTS = {
    "version": ("0101", "version 10 is the highest understood here"),
    "type": ("0201", "no message of this type is taken here"),
    "length": ("0200", "the length does not fit the message type"),
    "large": ("0200", "the message is larger than what is taken here"),
    "value": ("0200", "the value does not fit the message type"),
}


def fault(name, side, framing, kind, head, value=b""):
    vector(f"bad_{name}", head, f"from {side}", f"fault {kind}", f"framing {framing}", answer(framing, *FAULTS[kind]),
           value=value)


def bad():
    fault("version-11", "client", "10", "version", "00000004 0B 00 00 30")
    fault("version-255", "client", "10", "version", "00000004 FF 00 00 30")
    fault("http", "client", "10", "version", b"GET / HTTP/1.0\r\n\r\n".hex())
    for framing, head in (("2510", "*"), ("10", "* 0A 00")):
        name = "rfc2510" if framing == "2510" else "v10"
        fault(f"{name}-type-7", "client", framing, "type", f"{head} 07 00")
        fault(f"{name}-response-from-client", "client", framing, "type", f"{head} 05 3000")
        fault(f"{name}-request-from-server", "server", framing, "type", f"{head} 00 3000")
        fault(f"{name}-request-empty", "client", framing, "length", f"{head} 00")
        fault(f"{name}-response-empty", "server", framing, "length", f"{head} 05")
        fault(f"{name}-pollReq-short", "client", framing, "length", f"{head} 02 010203")
        fault(f"{name}-pollReq-long", "client", framing, "length", f"{head} 02 0102030405")
        fault(f"{name}-pollRep-short", "server", framing, "length", f"{head} 01 01020304 010203")
        fault(f"{name}-pollRep-long", "server", framing, "length", f"{head} 01 01020304 01020304 05")
        fault(f"{name}-nothing-short", "server", framing, "length", f"{head} 03")
        fault(f"{name}-nothing-long", "server", framing, "length", f"{head} 03 0000")
        fault(f"{name}-nothing-not-zero", "server", framing, "value", f"{head} 03 01")
    fault("rfc2510-length-0", "client", "2510", "length", "00000000 00")
    fault("rfc2510-large", "client", "2510", "large", "00100002 00")
    fault("v10-type-4", "server", "10", "type", "* 0A 00 04 00000001 00000001 30")
    fault("v10-type-128", "client", "10", "type", "* 0A 00 80 00")
    fault("v10-length-2", "client", "10", "length", "00000002 0A 00 00")
    fault("v10-large", "client", "10", "large", "00100004 0A 00 00")
    fault("v10-huge", "client", "10", "large", "FFFFFFFF 0A 00 00")
    fault("rfc2510-partial-empty", "server", "2510", "length", "* 04 00000001 00000001")
    fault("v10-error-short", "server", "10", "length", "* 0A 00 06 020000")
    fault("v10-error-data", "server", "10", "value", "* 0A 00 06 0200 0002 41")


def main():
    good()
    bad()
    if sys.argv[1:] == ["--check"]:
        there = {path.name: path.read_bytes() for path in OUT.iterdir()}
        wrong = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
        sys.exit(f"not as made: {' '.join(wrong)}" if wrong else 0)
    OUT.mkdir(exist_ok=True)
    for name, octets in made.items():
        (OUT / name).write_bytes(octets)


if __name__ == "__main__":
    main()
