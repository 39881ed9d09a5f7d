"""A client that enrols at a steady rate, whatever happens to the gateway, and writes down how long each took."""
import http.client
import threading
import time

import message as cmp
from gateway import PATH

PATIENCE = 60               # seconds for one exchange
HANDS = 4                   # enrolments under way at a time


class Phase:
    """What came of the enrolments of one part of the run."""

    def __init__(self, name):
        self.name, self.milliseconds, self.failures = name, [], []

    def percentile(self, percent):
        ranked = sorted(self.milliseconds)
        return ranked[(len(ranked) * percent + 99) // 100 - 1] if ranked else float("nan")


class Steady:
    def __init__(self, gateway, quick, address, rate):
        self.gateway, self.quick, self.address, self.rate = gateway, quick, address, rate
        self.lock = threading.Lock()

    def _post(self, connection, der):
        connection.request("POST", PATH, der, {"Content-Type": "application/pkixcmp"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise OSError("HTTP %d: %s" % (answer.status, content.decode("latin-1").strip()))
        return cmp.Message(content)

    def enrol(self):
        """ir and certConf over a new connection; nothing is tried twice."""
        connection = http.client.HTTPConnection(self.gateway.address, self.gateway.port, timeout=PATIENCE,
                                                source_address=(self.address, 0))
        try:
            ip = self._post(connection, self.quick.make_ir())
            pkiconf = self._post(connection, self.quick.make_certConf(ip))
        finally:
            connection.close()
        if pkiconf.arm != cmp.PKICONF:
            raise OSError("%s to a certConf" % pkiconf.kind)

    def _hand(self, phase, began, numbers):
        for number in numbers:
            due = began + number / self.rate
            time.sleep(max(0, due - time.monotonic()))
            try:
                self.enrol()
                failure = None
            except (OSError, http.client.HTTPException, cmp.Malformed, RuntimeError) as trouble:
                failure = "%s: %s" % (type(trouble).__name__, trouble)
            # From when it was due: one that had to wait for the one before it has waited as well.
            took = (time.monotonic() - due) * 1e3
            with self.lock:
                if failure is None:
                    phase.milliseconds.append(took)
                else:
                    phase.failures.append(failure)

    def run(self, name, seconds):
        phase, began, count = Phase(name), time.monotonic(), round(seconds * self.rate)
        hands = [threading.Thread(target=self._hand, args=(phase, began, range(first, count, HANDS)))
                 for first in range(HANDS)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        return phase
