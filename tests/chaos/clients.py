"""Clients that do not give up: the same bytes again until there is an answer, and all of it written down."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time

import message as cmp
from gateway import PATH, SECRET, Trouble

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "system"))
import tcp_peer

PATIENCE = 60               # seconds until a message must have its answer
PAUSE = 0.01                # seconds between two tries


class Recorder:
    """What was sent and what came back, for the checker."""

    def __init__(self, path):
        self.file, self.lock, self.requests = open(path, "a", encoding="ascii"), threading.Lock(), {}
        self.path = path

    def note(self, client, der, path, status, response, point, endpoint="http"):
        message = cmp.Message(der)
        line = json.dumps({
            "time": round(time.time(), 6), "client": client, "endpoint": endpoint, "body": message.kind, "point": point,
            "transactionID": message.transactionID.hex(), "digest": message.digest.hex(),
            "request": base64.b64encode(der).decode(), "status": status,
            "response": base64.b64encode(response).decode() if response is not None else None})
        with self.lock:
            self.file.write(line + "\n")
            self.requests.setdefault(der, (client, path))

    def close(self):
        self.file.close()


class Patience:
    """Carries messages to a gateway that may die, or refuse for a while, at any moment."""

    def __init__(self, gateway, recorder):
        self.gateway, self.recorder = gateway, recorder
        self.point = None               # what is being tried, for the log
        self.lost = self.put_off = self.twins = 0
        self.hurry = 0                  # how often (0 to 1) a message is sent on two connections at the same moment
        self.before = None              # called with each message before it is sent first
        self.refused = None             # called with each HTTP 503: message, Retry-After, text

    def once(self, client, der, path=PATH):
        """(status, content, Retry-After); None: the answer did not come whole."""
        by = self._by_http if self.gateway.way == "http" else self._by_tcp
        status, response, retry_after = by(der, path)
        endpoint = "http" if self.gateway.way == "http" else "tcp"
        self.recorder.note(client, der, path, status, response, self.point, endpoint)
        return status, response, retry_after

    def _by_tcp(self, der, _):
        """A PKIMessage or nothing is like 200, an errorMsgRep like 503."""
        framing = self.gateway.way
        try:
            with socket.create_connection((self.gateway.address, self.gateway.tcp_port), PATIENCE) as s:
                s.sendall(tcp_peer.frame(framing, 0, der))
                kind, value = tcp_peer.read_frame(s.recv, framing)
        except (OSError, SystemExit):           # tcp_peer's word for half an answer
            return None, None, None
        if kind in (3, 5):
            return 200, b"" if kind == 3 else value, None
        return 503, value, "1"

    def _by_http(self, der, path):
        connection = http.client.HTTPConnection(self.gateway.address, self.gateway.port, timeout=PATIENCE)
        status = response = retry_after = None
        try:
            connection.request("POST", path, der, {"Content-Type": "application/pkixcmp", "Connection": "close"})
            answer = connection.getresponse()
            status, response = answer.status, answer.read()
            retry_after = answer.headers.get("Retry-After")
        except (OSError, http.client.HTTPException):
            status = response = None
        finally:
            connection.close()
        return status, response, retry_after

    def deliver(self, client, der, path=PATH):
        """The answer, whatever it takes."""
        if self.before is not None:
            self.before(der)
        twin = self._twin(client, der, path)
        try:
            return self._deliver(client, der, path)
        finally:
            if twin is not None:
                twin.join()

    def _twin(self, client, der, path):
        if random.random() >= self.hurry:
            return None
        self.twins += 1
        twin = threading.Thread(target=self.once, args=(client + " twin", der, path), daemon=True)
        twin.start()
        return twin

    def _deliver(self, client, der, path):
        until = time.monotonic() + PATIENCE
        while True:
            status, response, retry_after = self.once(client, der, path)
            if status == 200:
                return response
            if status is None:
                self.lost += 1
                self.gateway.revive()
            elif status == 503:
                self.put_off += 1
                if self.refused is not None:
                    self.refused(der, retry_after, response)
            else:
                raise Trouble("HTTP %d for a %s of %s: %r" % (status, cmp.Message(der).kind, client, response))
            if time.monotonic() > until:
                raise Trouble("no answer to a %s of %s in %d s" % (cmp.Message(der).kind, client, PATIENCE))
            time.sleep(PAUSE)


# ---- openssl cmp ---------------------------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        der = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.stray is not None:
            self.server.stray = der
            self.send_error(503)
            return
        try:
            answer = self.server.patience.deliver(self.server.client, der, self.path)
        except Exception as trouble:            # a thread of the server: the test hears of it later
            self.server.trouble = trouble
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/pkixcmp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Openssl:
    """openssl cmp, which has little patience, behind a proxy that has much."""

    def __init__(self, patience, directory, name, path=PATH):
        self.patience, self.directory, self.name, self.path = patience, directory, name, path
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.patience, self.server.client = patience, name
        self.server.trouble = self.server.stray = None
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.by_secret = ["-ref", "device", "-secret", "pass:" + SECRET.decode()]
        for key in ("first", "next"):
            subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.file(key + ".key")],
                           check=True, capture_output=True)

    def file(self, name):
        return os.path.join(self.directory, "%s-%s" % (self.name, name))

    def cmp(self, *arguments):
        done = subprocess.run(
            ["openssl", "cmp", "-config", "/dev/null", "-server", "127.0.0.1:%d" % self.server.server_port,
             "-path", self.path.lstrip("/"), "-trusted", str(self.patience.gateway.anchor), "-recipient",
             "/CN=cmpgate demo CA", "-msg_timeout", str(PATIENCE), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if self.server.trouble is not None:
            raise self.server.trouble
        return done

    def must(self, *arguments):
        done = self.cmp(*arguments)
        if done.returncode != 0:
            raise Trouble("openssl cmp %s:\n%s" % (" ".join(arguments), done.stdout))

    def ir(self, subject):
        self.must("-cmd", "ir", *self.by_secret, "-newkey", self.file("first.key"), "-subject", "/CN=" + subject,
                  "-certout", self.file("first.pem"))

    def kur(self):
        self.must("-cmd", "kur", "-cert", self.file("first.pem"), "-key", self.file("first.key"),
                  "-newkey", self.file("next.key"), "-certout", self.file("next.pem"))

    def rr(self):
        self.must("-cmd", "rr", "-cert", self.file("first.pem"), "-key", self.file("first.key"),
                  "-oldcert", self.file("first.pem"), "-revreason", "4")

    def enrol(self, subject):
        """ir, certConf, kur, certConf, rr: five messages."""
        self.ir(subject)
        self.kur()
        self.rr()

    def catch(self, *arguments):
        """The first message of this, which does not reach the gateway."""
        self.server.stray = b""
        self.cmp(*arguments, "-certout", self.file("none.pem"))
        message, self.server.stray = self.server.stray, None
        return message

    def template(self):
        return self.catch("-cmd", "ir", *self.by_secret, "-newkey", self.file("first.key"), "-subject", "/CN=quick")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# ---- a quick one ---------------------------------------------------------------------------------------------------


def status_info(status):
    return cmp.write(cmp.SEQUENCE, cmp.write(cmp.INTEGER, bytes((status,))))


class Quick:
    """ir and certConf as fast as the gateway can: openssl's own ir with other IDs and a new MAC each time.

    The proof of possession is over the CertRequest alone, which stays as it is.
    """

    def __init__(self, patience, template, name, path=PATH):
        self.patience, self.name, self.path = patience, name, path
        self.ir = cmp.Message(template)
        algorithm = cmp.tagged(self.ir.header[3:], 1).only().children()
        salt, owf, iterations, _ = algorithm[1].children()
        if owf.children()[0].der != bytes.fromhex("0609608648016503040201"):
            raise Trouble("the template's MAC is not made with SHA-256")
        self.key = SECRET + salt.content
        for _ in range(iterations.integer()):
            self.key = hashlib.sha256(self.key).digest()

    def _message(self, changed, body):
        """The template's header with other values in its tagged fields; hMAC-SHA1."""
        fields = {f.tag & 0x1f: f.der for f in self.ir.header[3:]}
        fields[0] = cmp.write(0xa0, cmp.write(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime()).encode()))
        for tag, octets in changed.items():
            fields[tag] = cmp.write(0xa0 | tag, cmp.write(cmp.OCTET_STRING, octets))
        header = cmp.write(cmp.SEQUENCE, *[f.der for f in self.ir.header[:3]], *[fields[t] for t in sorted(fields)])
        mac = hmac.new(self.key, cmp.write(cmp.SEQUENCE, header, body), hashlib.sha1).digest()
        return cmp.write(cmp.SEQUENCE, header, body, cmp.write(0xa0, cmp.write(0x03, b"\0", mac)))

    def make_ir(self):
        return self._message({4: os.urandom(16), 5: os.urandom(16)}, self.ir.protected_body.der)

    def make_certConf(self, ip, status=cmp.ACCEPTED):
        certificates = ip.certificates()
        if len(certificates) != 1:
            raise Trouble("%s got no certificate: %s" % (self.name, ip.der.hex()))
        certHash = cmp.write(cmp.OCTET_STRING, hashlib.sha256(certificates[0]).digest())
        return self.follow(ip, cmp.CERTCONF, cmp.write(cmp.SEQUENCE, certHash, b"\x02\x01\x00", status_info(status)))

    def make_error(self, ip):
        return self.follow(ip, cmp.ERROR, status_info(cmp.REJECTION))

    def follow(self, last, arm, *content):
        body = cmp.write(0xa0 | arm, cmp.write(cmp.SEQUENCE, *content))
        return self._message({4: last.transactionID, 5: os.urandom(16), 6: last.senderNonce}, body)

    def ask(self, der, certReqId):
        """The answer, polled for as long as there are others; None: there is none within PATIENCE."""
        answer, until = cmp.Message(self.patience.deliver(self.name, der, self.path)), time.monotonic() + PATIENCE
        while answer.waits() or answer.arm == cmp.POLLREP:
            if time.monotonic() > until:
                return None
            if answer.arm == cmp.POLLREP:
                time.sleep(answer.body.only().children()[1].integer())
            poll = self.follow(answer, cmp.POLLREQ, cmp.write(cmp.SEQUENCE, cmp.write(cmp.INTEGER, bytes((certReqId & 0xff,)))))
            answer = cmp.Message(self.patience.deliver(self.name, poll, self.path))
        return answer

    def enrol(self, _=None):
        """False: there was no answer to the ir, or to the certConf."""
        ip = self.ask(self.make_ir(), 0)
        pkiconf = ip and self.ask(self.make_certConf(ip), -1)
        if pkiconf is None:
            return False
        if pkiconf.arm != cmp.PKICONF:
            raise Trouble("%s got %s to its certConf" % (self.name, pkiconf.kind))
