#!/usr/bin/env python3
"""What a CA has on the web, and what it should not have there: files, and ways to answer badly.

    status_server.py PORT       in the directory that it serves

/crl/FILE and /ocsp/FILE are that file, whatever is asked; /slow/SECONDS/… the same after that time; /redirect/… sends to the same
without /redirect; /big/OCTETS is that long; /headers never comes to the end of its fields; /broken/STATUS is that status with a
body.  /live is what `openssl ocsp` answers to the request, as the responder of the CA in ../factory: the command itself would listen
on every address.  Every request is a line in `hits`.
"""
import http.server
import os
import subprocess
import sys
import tempfile
import time


def openssl_ocsp(request):
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/req", "wb") as file:
            file.write(request)
        subprocess.run(["openssl", "ocsp", "-index", "../factory/index.txt", "-CA", "../factory/ca.pem",
                        "-rsigner", "../responder.pem", "-rkey", "../responder.key", "-ndays", "1",
                        "-reqin", f"{work}/req", "-respout", f"{work}/rsp"], check=True, stdout=subprocess.DEVNULL)
        with open(f"{work}/rsp", "rb") as file:
            return file.read()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body, status=200, fields=()):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self, path):
        word, _, rest = path.lstrip("/").partition("/")
        if word == "slow":
            seconds, _, rest = rest.partition("/")
            time.sleep(float(seconds))
            self.serve("/" + rest)
        elif word == "redirect":
            self.answer(b"", 302, [("Location", f"http://{self.headers['Host']}/{rest}")])
        elif word == "big":
            self.answer(b"0" * int(rest))
        elif word == "headers":
            self.send_response(200)
            self.flush_headers()
            while True:
                self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        elif word == "live":
            self.answer(openssl_ocsp(self.body))
        elif word == "broken":
            with open("good.rsp", "rb") as file:
                self.answer(file.read(), int(rest))
        else:
            with open(os.path.basename(path), "rb") as file:
                self.answer(file.read())

    def do_any(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open("hits", "a", encoding="ascii") as hits:
            hits.write(f"{self.command} {self.path} {len(self.body)}\n")
        try:
            self.serve(self.path)
        except FileNotFoundError:
            self.answer(b"", 404)
        except ConnectionError:
            self.close_connection = True

    do_GET = do_POST = do_any

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Whoever has heard enough goes away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
