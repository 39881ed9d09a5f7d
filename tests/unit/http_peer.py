"""An HTTP server with odd answers, for the sending side of the http module.

The path of a request says how it is answered.  Prints its port, ends when its input ends.
"""
import http.server
import sys
import threading
import time

CMP = "application/pkixcmp"


class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self):
        Peer.connections += 1
        super().setup()

    def log_message(self, *arguments):
        pass

    def answer(self, status, media, content, *fields):
        self.send_response(status)
        if media:
            self.send_header("Content-Type", media)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        getattr(self, "on" + self.path.split("?")[0].replace("/", "_"))(content)

    def on_echo(self, content):
        self.answer(200, CMP, content)

    def on_fields(self, content):
        self.answer(200, CMP, str(self.headers).encode())

    def on_connections(self, content):
        self.answer(200, CMP, str(Peer.connections).encode())

    def on_old_type(self, content):
        self.answer(200, "Application/X-PKIXCMP; charset=utf-8", content)

    def on_html(self, content):
        self.answer(200, "text/html", b"<html>sign in to the network</html>")

    def on_untyped(self, content):
        self.answer(200, None, content)

    def on_mistyped(self, content):
        self.answer(200, "text/plain", content)

    def on_error_message(self, content):
        self.answer(400, CMP, b"a CMP error")

    def on_server_error_message(self, content):
        self.answer(500, CMP, b"a CMP error")

    def on_rate_limit(self, content):
        self.answer(503, "text/html", b"<html>slow down</html>")

    def on_busy(self, content):
        self.answer(503, "text/plain; charset=utf-8", b"busy, try again\nsecond line")

    def on_not_found(self, content):
        self.answer(404, "text/plain", b"no\x1b[31m such thing")

    def on_redirect(self, content):
        self.answer(302, CMP, b"a message all the same", ("Location", "/echo"))

    def on_created(self, content):
        self.answer(201, None, b"")

    def on_nothing(self, content):
        self.answer(200, None, b"")

    def on_chunked(self, content):
        self.send_response(200)
        self.send_header("Content-Type", CMP)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for octet in content:
            self.wfile.write(b"1\r\n%c\r\n" % octet)
        self.wfile.write(b"0\r\n\r\n")

    def on_until_close(self, content):
        self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/pkixcmp\r\n\r\n" + content)
        self.close_connection = True

    def on_short(self, content):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/pkixcmp\r\n"
                         b"Content-Length: 100\r\n\r\nhalf")
        self.close_connection = True

    def on_not_http(self, content):
        self.wfile.write(b"0\x03abc")
        self.close_connection = True

    def on_hang_up(self, content):
        self.close_connection = True

    def on_hang(self, content):
        time.sleep(30)

    def on_huge(self, content):
        self.answer(200, CMP, b"x" * 70000)

    def on_endless(self, content):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/pkixcmp\r\n\r\n")
        try:
            while True:
                self.wfile.write(b"x" * 4096)
        except OSError:
            self.close_connection = True

    def on_slow(self, content):
        time.sleep(0.3)
        self.answer(200, CMP, content)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdout.write("%d\n" % server.server_address[1])
sys.stdout.flush()
sys.stdin.read()
