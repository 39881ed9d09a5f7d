"""A proxy that mixes: clients connect to it one by one, and what they say goes on over one connection.

connections.py UPSTREAM_PORT CLIENTS: prints its port, then serves until its standard input ends.

Each round waits for a message of every client and carries them, one after the other, over the one connection, so the
transactions of all are mixed on it.  A client that has had its last answer is no more waited for.
"""

import http.client
import http.server
import sys
import threading

TYPE = {"Content-Type": "application/pkixcmp"}


class Mixer:
    def __init__(self, port, clients):
        self.upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.upstream.connect()
        self.socket = self.upstream.sock
        self.barrier = threading.Barrier(clients, timeout=30)
        self.lock = threading.Lock()

    def carry(self, path, message):
        self.barrier.wait()
        with self.lock:
            self.upstream.request("POST", path, message, TYPE)
            response = self.upstream.getresponse()
            content = response.read()
            if self.upstream.sock is not self.socket:
                sys.exit("the gateway has closed the connection")
            return response.status, content


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = self.rfile.read(int(self.headers["Content-Length"]))
        status, content = self.server.mixer.carry(self.path, message)
        self.send_response(status)
        self.send_header("Content-Type", "application/pkixcmp")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.mixer = Mixer(int(sys.argv[1]), int(sys.argv[2]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
