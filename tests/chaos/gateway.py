"""One gateway in a directory of its own: made, started (with or without crashpoint.so), killed, started again."""
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time

START_PATIENCE = 30         # seconds; the machine may be busy
REST = 0.05                 # seconds without a call that matters
KINDS = "sync", "rename", "write", "send"
SECRET = b"open sesame"
PATH = "/.well-known/cmp"
SLOW = PATH + "/p/slow"
TOLD = PATH + "/p/told"
MANUAL = PATH + "/p/manual"


class Trouble(Exception):
    """The test has failed."""


def free_address():
    """A loopback address that is nobody else's: a gateway that is down for a moment finds its port free again."""
    return "127.%d.%d.%d" % tuple(1 + octet % 254 for octet in os.urandom(3))


class Gateway:
    def __init__(self, binary, directory, shim=None, way="http"):
        self.binary, self.directory, self.shim = binary, pathlib.Path(directory), shim
        self.address, self.port, self.tcp_port, self.way = free_address(), 8080, 8290, way
        self.process = None
        self.lock = threading.RLock()       # of process, and of whoever starts it
        self.starts = 0
        self.plan = {}                      # CRASHPOINT_…: for the next start
        self.directory.mkdir(parents=True)
        (self.directory / "secret").write_bytes(SECRET)
        subprocess.run([binary, "init", "demo", "--http", "%s:%d" % (self.address, self.port), "--ref", "device",
                        "--secret-file", "secret", "--tcp", "%s:%d" % (self.address, self.tcp_port)], cwd=self.directory, check=True, stdout=subprocess.DEVNULL)

    def add_slow(self, promise, delay, name="slow"):
        """A profile, whose backend is the example: waiting, for so many seconds.  One that confirms waits then."""
        conf = self.directory / "demo" / "cmpgate.conf"
        text = conf.read_text().replace('modules = {', 'modules = { "example_%s",' % promise)
        section = "example" if promise == "pure" else "example-" + promise
        delays = "delay = 0s\n    confirm-delay" if promise == "confirms" else "delay"
        conf.write_text(text + '\n%s "%s" {\n    key   = "ca"\n    %s = %ds\n}\nprofile "%s" {\n'
                        '    backend = "%s"\n}\n' % (section, name, delays, delay, name, name))

    def add_manual(self):
        """A profile "manual", whose requests wait for an operator."""
        conf = self.directory / "demo" / "cmpgate.conf"
        text = conf.read_text().replace("gateway {", "gateway {\n    check-after = 1s", 1)
        conf.write_text(text + '\nprofile "manual" {\n    approval = manual\n}\n')

    def approve_all(self):
        """An operator says yes to whatever waits for that."""
        conf = self.directory / "demo" / "cmpgate.conf"
        listed = subprocess.run([self.binary, "pending", "-c", conf, "--json"], check=True, stdout=subprocess.PIPE)
        for order in json.loads(listed.stdout):
            subprocess.run([self.binary, "approve", "-c", conf, order["id"]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    store = property(lambda self: self.directory / "demo" / "cmpgate.db")
    crl = property(lambda self: self.directory / "demo" / "demo.crl")
    anchor = property(lambda self: self.directory / "demo" / "ca.pem")
    trigger = property(lambda self: self.directory / "trigger")
    tally = property(lambda self: self.directory / "tally")
    log = property(lambda self: self.directory / "serve.log")

    # ---- the shim

    def arm(self):
        self.trigger.touch()

    def disarm(self):
        self.trigger.unlink(missing_ok=True)

    def points(self):
        """How many points of each kind have been passed since the last start, and how often something was done."""
        try:
            numbers = struct.unpack_from("6Q", self.tally.read_bytes())
        except (FileNotFoundError, struct.error):
            return None
        return dict(zip((*KINDS, "any", "done"), numbers))

    def points_in_spans(self):
        """The same as a list: first what was passed before the first sync, then between that and the second, …."""
        spans = struct.iter_unpack("4Q", self.tally.read_bytes()[6 * 8:])
        return [dict(zip(KINDS, span)) for span in spans]

    def come_to_rest(self):
        """Waits until no more points are passed, and for the end of a gateway that has met its own."""
        points, since = self.points(), time.monotonic()
        while self.alive() and time.monotonic() - since < REST:
            time.sleep(REST / 10)
            now = self.points()
            if now != points:
                points, since = now, time.monotonic()
        if points is not None and points["done"] > 0:
            self.process.wait(START_PATIENCE)

    def _environment(self):
        environment = dict(os.environ)
        if self.shim is not None:
            self.tally.unlink(missing_ok=True)
            environment.update(self.plan, LD_PRELOAD=str(self.shim), CRASHPOINT_TALLY=str(self.tally),
                               CRASHPOINT_TRIGGER=str(self.trigger))
        return environment

    # ---- life

    def start(self, settle=False):
        """Until it takes connections; settle: until it has published its CRL as well, and is idle."""
        with self.lock:
            self.starts += 1
            if settle:
                self.crl.unlink(missing_ok=True)
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen([self.binary, "serve", "-c", "demo/cmpgate.conf"], cwd=self.directory,
                                                stderr=log, stdin=subprocess.DEVNULL, env=self._environment())
            self._wait(self._listens, "takes no connections")
            if settle:
                self._wait(self.crl.exists, "publishes no CRL")

    def _listens(self):
        for port in (self.port, self.tcp_port):
            with socket.socket() as s:
                if s.connect_ex((self.address, port)) != 0:
                    return False
        return True

    def _wait(self, is_so, what):
        until = time.monotonic() + START_PATIENCE
        while not is_so():
            if not self.alive():
                raise Trouble("the gateway ends while starting:\n" + self.last_words())
            if time.monotonic() > until:
                raise Trouble("the gateway %s after %d s:\n%s" % (what, START_PATIENCE, self.last_words()))
            time.sleep(0.004)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        with self.lock:
            if self.process is not None:
                self.process.kill()
                self.process.wait()

    def stop(self):
        """Politely; it must end with status 0."""
        with self.lock:
            self.process.send_signal(signal.SIGTERM)
            status = self.process.wait(timeout=START_PATIENCE)
        if status != 0:
            raise Trouble("the gateway stopped with status %d:\n%s" % (status, self.last_words()))

    def revive(self):
        """Called by whoever has lost a connection: starts the gateway if it has died.  True if it had."""
        with self.lock:
            if self.process is None or self.alive():
                return False
            if self.process.returncode != -signal.SIGKILL:
                raise Trouble("the gateway ended by itself, with status %d:\n%s" %
                              (self.process.returncode, self.last_words()))
            self.disarm()
            self.start(settle=True)
            return True

    def last_words(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def said(self, text):
        return len(re.findall(re.escape(text), self.log.read_text(errors="replace")))
