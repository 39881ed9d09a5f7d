#!/usr/bin/python3
"""The disk is full, or broken, for a while: clear refusals, and service again by itself.

    disk.py CMPGATE CRASHPOINT.SO --fault ENOSPC|EIO

crashpoint.so makes writes (and, in a round of their own, fsyncs) of the store fail.  While they do,
  - a new message gets HTTP 503 with Retry-After and a reason, and nothing of it is done;
  - a message that was answered before gets its answer again;
and once they do not, the same message is answered, by the same process, within seconds.  So for each message of an
enrolment by openssl cmp; then under load, with a fault that comes and goes; then with a kill -9 in the middle of it; then
with a start under it.  Short writes must not be noticed at all.  In the end the checker has the word.
"""
import threading
import time

import message as cmp
from gateway import Trouble
from kills import Load
from stage import options_of, run, stage

REFUSALS = 3                # of each message, before the fault is over
RECOVERS = 3                # seconds; the machine may be busy
ROUNDS = {"ENOSPC": (("write", "ENOSPC"), ("sync", "ENOSPC")), "EIO": (("write", "EIO"), ("sync", "EIO"))}


class Spell:
    """A fault that begins before each message, and is over when it has been refused often enough."""

    def __init__(self, it):
        self.it, self.refusals, self.slowest, self.over = it, 0, 0, None
        self.seen = []
        it.patience.before, it.patience.refused = self.begin, self.refuse

    def begin(self, der):
        self.end_of_last()
        self.here = 0
        self.seen.append(der)
        self.it.gateway.arm()

    def refuse(self, der, retry_after, text):
        if retry_after is None or not int(retry_after) > 0 or b"store cannot be" not in text:
            raise Trouble("an unclear refusal of a %s: Retry-After %s, %r" % (cmp.Message(der).kind, retry_after, text))
        self.refusals += 1
        self.here += 1
        if len(self.seen) > 1 and self.here == 1:
            self.repeat(self.seen[-2])
        if self.here == REFUSALS:
            self.over = time.monotonic()
            self.it.gateway.disarm()

    def repeat(self, der):
        status, response, _ = self.it.patience.once("repeat", der)
        if status != 200:
            raise Trouble("a %s that was answered before gets HTTP %s: %r" % (cmp.Message(der).kind, status, response))

    def end_of_last(self):
        """How long the last message had to wait when the fault was over."""
        if self.seen and self.here < REFUSALS:
            raise Trouble("a %s was answered while the store could not be written" % cmp.Message(self.seen[-1]).kind)
        if self.over is not None:
            self.slowest = max(self.slowest, time.monotonic() - self.over)

    def end(self):
        self.end_of_last()
        self.it.patience.before = self.it.patience.refused = None
        self.it.gateway.disarm()


def start_with(it, kind, fault, path):
    it.gateway.kill()
    it.gateway.disarm()
    it.gateway.plan = {"CRASHPOINT_KIND": kind, "CRASHPOINT_DO": fault, "CRASHPOINT_PATH": str(path)}
    it.gateway.start(settle=True)


def each_message(it, openssl, subject):
    spell = Spell(it)
    openssl.enrol(subject)
    spell.end()
    if spell.slowest > RECOVERS:
        raise Trouble("no answer for %.1f s after the fault was over" % spell.slowest)
    print("  each of %d messages refused %d times, answered within %.2f s of the fault's end" %
          (len(spell.seen), REFUSALS, spell.slowest))


def under_load(it, clients, seconds=3):
    before, load = it.patience.put_off, Load(clients)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        it.gateway.arm()
        time.sleep(0.1)
        it.gateway.disarm()
        time.sleep(0.15)
    load.stop()
    if it.patience.put_off == before:
        raise Trouble("the fault has met no load")
    print("  under load: %d enrolments, %d messages put off" % (load.enrolled, it.patience.put_off - before))


def killed_in_between(it, client):
    """Refused, because the commit failed; then kill -9.  Whatever is found in the WAL, the message counts once."""
    gateway, ders = it.gateway, [client.make_ir() for _ in range(8)]
    gateway.arm()
    for der in ders:
        status, text, _ = it.patience.once(client.name, der)
        if status != 503:
            raise Trouble("HTTP %s while the store cannot be written: %r" % (status, text))
    gateway.kill()
    gateway.disarm()
    gateway.start(settle=True)
    for der in ders:
        ip = cmp.Message(it.patience.deliver(client.name, der))
        it.patience.deliver(client.name, client.make_certConf(ip))
    print("  killed after %d refusals: all answered by the next process" % len(ders))


def started_under_it(it, client):
    """It either serves once the fault is over, or ends and says why."""
    gateway = it.gateway
    gateway.kill()
    gateway.arm()
    try:
        gateway.start()
    except Trouble as trouble:
        if "not started" not in str(trouble):
            raise
        gateway.disarm()
        why = [line for line in gateway.last_words().splitlines() if "not started" in line][-1]
        print("  a start under it ends: " + why.split("msg=")[1])
        return gateway.start(settle=True)
    ending = threading.Timer(0.5, gateway.disarm)
    ending.start()
    client.enrol()
    ending.join()
    print("  started under it: serves when it is over")


def short_writes(it, clients):
    start_with(it, "write", "short", it.gateway.store)
    before = it.patience.put_off
    it.gateway.arm()
    for client in clients:
        client.enrol("short")
    it.gateway.disarm()
    short = it.gateway.points()["done"]
    if it.patience.put_off != before or short == 0:
        raise Trouble("%d writes cut short, %d messages put off" % (short, it.patience.put_off - before))
    print("short writes: %d, none noticed" % short)


def crl_file(it, openssl, fault):
    """The file of the CRL cannot be written, the store can: revocations go on, and the file follows."""
    start_with(it, "write", fault, it.gateway.crl)
    it.gateway.arm()
    openssl.enrol("crl")
    time.sleep(1.2)
    done = it.gateway.points()["done"]
    it.gateway.disarm()
    if done == 0:
        raise Trouble("nobody has written a CRL")
    began = time.monotonic()
    if not it.wait_for_crl():
        raise Trouble("the CRL in %s stays the old one after the fault is over" % it.gateway.crl.name)
    print("the file of the CRL: failed %d times, there %.1f s after the fault's end" % (done, time.monotonic() - began))


def main():
    options = options_of("Makes the disk full, or broken, for a while.",
                         fault={"choices": sorted(ROUNDS), "required": True, "help": "what system calls say"})
    with stage(options, "disk") as it:
        it.gateway.start(settle=True)
        openssl = it.openssl("openssl")
        template = openssl.template()
        quick = [it.quick(template, "quick-%d" % n) for n in (1, 2, 3)]
        for kind, fault in ROUNDS[options.fault]:
            print("%s of the store: %s" % (kind, fault))
            start_with(it, kind, fault, it.gateway.store)
            process = it.gateway.process
            each_message(it, openssl, "each-" + kind)
            under_load(it, quick)
            if it.gateway.process is not process or not it.gateway.alive():
                raise Trouble("it is not the same process any more")
            killed_in_between(it, quick[0])
            started_under_it(it, quick[0])
        if options.fault == "ENOSPC":
            short_writes(it, quick + [openssl])
        crl_file(it, openssl, options.fault)
        for der in sorted(it.recorder.requests):
            it.repeat(der)
        it.judge()


if __name__ == "__main__":
    run(main)
