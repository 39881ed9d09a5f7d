"""Carries CMP from HTTP, which openssl cmp speaks, to the Unix socket of the example transport.

    installed_relay.py PORT SOCKET          a relay on 127.0.0.1:PORT, until killed
    installed_relay.py --rubbish SOCKET     sends what is no message; status 0 when each is hung up on
"""
import http.server
import socket
import sys


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(30)
    s.connect(path)
    return s


def read_all(s):
    parts = []
    while part := s.recv(65536):
        parts.append(part)
    return b"".join(parts)


def exchange(path, message):
    with connect(path) as s:
        # In two parts: the transport must wait for the second.
        s.sendall(message[:3])
        s.sendall(message[3:])
        return read_all(s)


class Relay(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = self.rfile.read(int(self.headers["Content-Length"]))
        answer = exchange(sys.argv[2], message)
        self.send_response(200 if answer else 503)
        self.send_header("Content-Type", "application/pkixcmp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def rubbish(path):
    for octets in (b"GET / HTTP/1.0\r\n\r\n", b"\x30\x80", b"\x30\x85\x01\x00\x00\x00\x00",
                   b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x02\x01\x00trailing"):
        with connect(path) as s:
            s.sendall(octets)
            try:
                answer = read_all(s)
            except ConnectionResetError:
                answer = b""
            if answer:
                sys.exit(f"{octets!r} was answered")
    # A whole SEQUENCE that is no PKIMessage, and a peer that leaves before its message is whole.
    if exchange(path, b"\x30\x03\x02\x01\x00"):
        sys.exit("a SEQUENCE of one INTEGER was answered")
    with connect(path) as s:
        s.sendall(b"\x30\x82\x10\x00")


if sys.argv[1] == "--rubbish":
    rubbish(sys.argv[2])
else:
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Relay).serve_forever()
