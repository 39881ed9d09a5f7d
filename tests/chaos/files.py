"""Clients by files: each message is dropped once, and exactly one file must come for it, whatever is killed."""
import itertools
import os
import time

import message as cmp
from clients import PATIENCE, PATH, Patience
from gateway import Trouble

PAUSE = 0.005               # seconds between two looks


class Drop:
    """The directories, as their users see them."""

    def __init__(self, gateway):
        base = gateway.directory / "demo" / "drop"
        self.inbox, self.out, self.work, self.failed = base / "in", base / "out", base / "work", base / "failed"
        # Renamed into place; what fails is tried again at once.
        conf = gateway.directory / "demo" / "cmpgate.conf"
        conf.write_text(conf.read_text().replace('directory = "drop"', 'directory = "drop"\n    whole = "renamed"\n'
                                                 '    rescan = "1s"\n    retry-after = "1s"'))

    def put(self, name, der):
        aside = self.inbox / ("." + name)
        aside.write_bytes(der)
        os.rename(aside, self.inbox / name)

    def take(self, name):
        """The answer, which is then gone; None: it is not there yet."""
        path = self.out / name
        try:
            answer = path.read_bytes()
        except FileNotFoundError:
            return None
        path.unlink()
        return answer

    def leftovers(self):
        """Whatever lies where nothing should."""
        found = [p for d in (self.inbox, self.out, self.work, self.failed) for p in d.rglob("*")]
        return [str(p) for p in found if p.is_file() and p.name != ".lock"]

    def check_empty(self, what, patience=10):
        until = time.monotonic() + patience
        while self.leftovers() and time.monotonic() < until:
            time.sleep(0.05)
        if self.leftovers():
            raise Trouble("%s there is still %s" % (what, ", ".join(sorted(self.leftovers())[:5])))


class FilePatience(Patience):
    """As Patience; but a message is never sent again: its file is there."""

    def __init__(self, gateway, recorder):
        super().__init__(gateway, recorder)
        self.drop, self.names = Drop(gateway), itertools.count(1)

    def once(self, client, der, path=PATH):
        name = "%s-%d.pki" % (client.replace(" ", "-"), next(self.names))
        self.drop.put(name, der)
        until = time.monotonic() + PATIENCE
        while (answer := self.drop.take(name)) is None:
            if self.gateway.revive():
                self.lost += 1
            if time.monotonic() > until:
                raise Trouble("no answer to %s, a %s, in %d s" % (name, cmp.Message(der).kind, PATIENCE))
            time.sleep(PAUSE)
        self.recorder.note(client, der, path, 200, answer, self.point, endpoint="drop")
        return 200, answer, None
