#!/usr/bin/env python3
"""A peer of the tcp transport that is not ours: carries CMP messages in either framing.

    tcp_peer.py carry  ADDRESS FRAMING REQUEST RESPONSE     one message, an octet a segment; polls when told to
    tcp_peer.py ask    ADDRESS FRAMING REQUEST              the same, prints the reference when told to come back
    tcp_peer.py fetch  ADDRESS FRAMING REFERENCE RESPONSE   polls until there is an answer
    tcp_peer.py burst  ADDRESS FRAMING DIRECTORY REQUEST…   all in one segment, answers to DIRECTORY/REQUEST
    tcp_peer.py frame  FRAMING REQUEST                      the framed message to standard output
    tcp_peer.py strip  RESPONSE                             the message of a framed answer on standard input
    tcp_peer.py crowd  ADDRESS COUNT SECONDS [HEX]          COUNT connections that send HEX and wait, prints how many ended

ADDRESS is HOST:PORT, unix:PATH or, for carry, ask and fetch, http://HOST:PORT/PATH; FRAMING 2510 or 10.
"""
import http.client
import io
import os
import selectors
import socket
import struct
import sys
import time
import urllib.parse


def connect(address):
    if address.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(address[5:])
    else:
        host, port = address.rsplit(":", 1)
        s = socket.create_connection((host, int(port)))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(30)
    return s


def frame(framing, kind, value):
    head = bytes([kind]) if framing == "2510" else bytes([10, 0, kind])
    return struct.pack(">I", len(head) + len(value)) + head + value


def read_exactly(read, count):
    data = b""
    while len(data) < count:
        more = read(count - len(data))
        if not more:
            sys.exit(f"the connection ended after {len(data)} of {count} octets")
        data += more
    return data


def read_frame(read, framing):
    rest = read_exactly(read, struct.unpack(">I", read_exactly(read, 4))[0])
    if framing == "10":
        if rest[0] != 10:
            sys.exit(f"asked in version 10, answered in {rest[0]}")
        rest = rest[2:]
    return rest[0], rest[1:]


def trickle(s, octets):
    for i in range(len(octets)):
        s.sendall(octets[i:i + 1])


def wait_for(framing, value):
    reference, when = struct.unpack(">II", value)
    seconds = when - time.time() if framing == "2510" else when
    if not -2 <= seconds <= 3600:
        sys.exit(f"time-to-check-back is {when}")
    return reference, max(seconds, 0.2)


def expect_message(kind, value):
    if kind != 5:
        sys.exit(f"no message but type {kind}: {value!r}")
    return value


def post(url, octets):
    """As clients did before RFC 6712: a TCP message is the content, and so is the answer."""
    to = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(to.hostname, to.port, timeout=30)
    connection.request("POST", to.path, octets, {"Content-Type": "application/pkixcmp-poll"})
    answer = connection.getresponse().read()
    connection.close()
    return io.BytesIO(answer).read


def exchange(address, framing, octets):
    if address.startswith("http:"):
        return read_frame(post(address, octets), framing)
    s = connect(address)
    trickle(s, octets)
    answer = read_frame(s.recv, framing)
    s.close()
    return answer


def poll(address, framing, reference):
    while True:
        kind, value = exchange(address, framing, frame(framing, 2, struct.pack(">I", reference)))
        if kind != 1:
            return expect_message(kind, value)
        reference, seconds = wait_for(framing, value)
        time.sleep(seconds)


def ask(address, framing, request):
    return exchange(address, framing, frame(framing, 0, open(request, "rb").read()))


def carry(address, framing, request, response):
    kind, value = ask(address, framing, request)
    if kind == 1:
        reference, seconds = wait_for(framing, value)
        time.sleep(seconds)
        value = poll(address, framing, reference)
    elif kind == 3 and value == b"\0":
        value = b""
    else:
        expect_message(kind, value)
    # The response may be a FIFO that somebody reads by now.
    with open(response, "wb") as out:
        out.write(value)


def print_reference(address, framing, request):
    kind, value = ask(address, framing, request)
    if kind != 1:
        sys.exit(f"not told to come back but type {kind}")
    print(wait_for(framing, value)[0])


def burst(address, framing, directory, *requests):
    s = connect(address)
    s.sendall(b"".join(frame(framing, 0, open(r, "rb").read()) for r in requests))
    for r in requests:
        value = expect_message(*read_frame(s.recv, framing))
        with open(os.path.join(directory, os.path.basename(r)), "wb") as out:
            out.write(value)


def crowd(address, count, seconds, octets=""):
    peers, ended = [], 0
    watch = selectors.DefaultSelector()
    for _ in range(int(count)):
        s = connect(address)
        s.sendall(bytes.fromhex(octets))
        watch.register(s, selectors.EVENT_READ)
        peers.append(s)
    print("ready", flush=True)
    until = time.time() + float(seconds)
    while time.time() < until and ended < len(peers):
        for key, _ in watch.select(until - time.time()):
            watch.unregister(key.fileobj)
            ended += 1
    print("ended", ended, flush=True)


def main():
    command, *arguments = sys.argv[1:]
    if command == "carry":
        carry(*arguments)
    elif command == "ask":
        print_reference(*arguments)
    elif command == "fetch":
        address, framing, reference, response = arguments
        open(response, "wb").write(poll(address, framing, int(reference)))
    elif command == "burst":
        burst(*arguments)
    elif command == "frame":
        sys.stdout.buffer.write(frame(arguments[0], 0, open(arguments[1], "rb").read()))
    elif command == "strip":
        open(arguments[1], "wb").write(expect_message(*read_frame(sys.stdin.buffer.read, arguments[0])))
    elif command == "crowd":
        crowd(*arguments)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
