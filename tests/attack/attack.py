#!/usr/bin/env python3
"""A steady client, and what others may do to it: its enrolments alone, under an attack, and afterwards.

Fails when an enrolment of the steady client fails, when the gateway's memory grows beyond the bound of the attack or does not come back, or
when it does not end well.  Times are shown and not judged.
"""
import argparse
import contextlib
import multiprocessing
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))

from clients import Openssl, Patience, Quick        # noqa: E402
from gateway import Gateway, Trouble                # noqa: E402
from loads import LOADS                             # noqa: E402
from steady import Steady                           # noqa: E402

RATE = 20                   # enrolments a second of the steady client
ALONE, AFTER = 3, 1         # seconds
READY = 30                  # seconds for the attackers to be there
RETURN = 30                 # seconds for memory to come back …
RETAINED = 24               # … to so many MiB above what it was
MIB = 1024 * 1024


class Gate:
    """The gateway as attackers see it, and genuine messages for it."""

    def __init__(self, options, directory):
        self.gateway = Gateway(options.cmpgate, directory / "gateway")
        self.directory = directory
        self.openssl = None

    target = property(lambda self: (self.gateway.address, self.gateway.port))

    def configure(self, load):
        conf = self.gateway.directory / "demo" / "cmpgate.conf"
        lines = "".join("    %s = %s\n" % (name.replace("_", "-"), value) for name, value in load.options.items())
        text = conf.read_text().replace('http "http" {\n', 'http "http" {\n' + lines)
        conf.write_text(text.replace("gateway {\n", 'gateway {\n    log-level = "warn"\n', 1))
        if load.slow:
            self.gateway.add_slow("pure", 3600)

    def prepare(self):
        self.openssl = Openssl(Patience(self.gateway, None), self.directory, "device")
        self.quick = Quick(None, self.openssl.template(), "quick")

    def ir(self):
        return self.quick.make_ir()

    def signed_by_us(self):
        self.openssl.patience.recorder = Forgetful()
        self.openssl.ir("device")
        return self.openssl.catch("-cmd", "kur", "-cert", self.openssl.file("first.pem"), "-key",
                                  self.openssl.file("first.key"), "-newkey", self.openssl.file("next.key"))

    def signed_by_stranger(self):
        key, certificate = self.openssl.file("stranger.key"), self.openssl.file("stranger.pem")
        subprocess.run(["openssl", "req", "-x509", "-new", "-config", "/dev/null", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj", "/CN=stranger", "-out", certificate,
                        "-addext", "subjectKeyIdentifier=hash", "-addext", "keyUsage=digitalSignature"],
                       check=True, capture_output=True)
        return self.openssl.catch("-cmd", "ir", "-cert", certificate, "-key", key, "-newkey", self.openssl.file("next.key"),
                                  "-subject", "/CN=stranger")

    def memory(self, name):
        """VmRSS, or VmHWM: the most there was since forget_peak().  MiB."""
        for line in pathlib.Path("/proc/%d/status" % self.gateway.process.pid).read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
        raise Trouble("the gateway has died:\n" + self.gateway.last_words())

    def forget_peak(self):
        pathlib.Path("/proc/%d/clear_refs" % self.gateway.process.pid).write_text("5")


class Forgetful:
    """A recorder that keeps nothing."""

    def note(self, *_):
        pass


# ---- the attackers: a process of their own ---------------------------------------------------------------------------


def attack(crowds, ready, over, results):
    deadline = time.monotonic() + 3600
    began = time.monotonic()
    while not over.is_set() and time.monotonic() < deadline:
        for crowd in crowds:
            crowd.turn()
        is_there = all(c.begun >= c.size and c.connecting == 0 for c in crowds) or time.monotonic() - began > READY
        if is_there and not ready.is_set():
            ready.set()
    total = {}
    for crowd in crowds:
        crowd.done["open"] = crowd.open_count()
        for name, count in crowd.done.items():
            total[name] = total.get(name, 0) + count
        total["begun"] = total.get("begun", 0) + crowd.begun
        crowd.close()
    results.put(total)


@contextlib.contextmanager
def attackers(crowds, done):
    """Runs them until the block is left; then `done` says what they have done."""
    fork = multiprocessing.get_context("fork")
    ready, over, results = fork.Event(), fork.Event(), fork.Queue()
    process = fork.Process(target=attack, args=(crowds, ready, over, results), daemon=True)
    process.start()
    try:
        if not ready.wait(READY + 10):
            raise Trouble("the attackers do not begin")
        yield
        over.set()
        done.update(results.get(timeout=30))
    finally:
        process.kill()
        process.join()


# ---- the run -----------------------------------------------------------------------------------------------------------


def show(phases):
    print("%-24s %10s %8s %9s %9s %9s" % ("steady client", "enrolments", "failures", "p50 ms", "p99 ms", "max ms"))
    for p in phases:
        print("%-24s %10d %8d %9.1f %9.1f %9.1f" % (p.name, len(p.milliseconds), len(p.failures), p.percentile(50),
                                                    p.percentile(99), max(p.milliseconds, default=float("nan"))))


def wait_for_return(gate, before):
    until = time.monotonic() + RETURN
    while gate.memory("VmRSS") > before + RETAINED and time.monotonic() < until:
        time.sleep(0.2)
    return gate.memory("VmRSS")


def judge(load, phases, done, memory, options):
    before, peak, after = memory
    print("attackers: " + ", ".join("%s %d" % item for item in sorted(done.items())))
    print("memory in MiB: %.1f before, at most %.1f (bound %.1f), %.1f afterwards (bound %.1f)" %
          (before, peak, before + load.memory, after, before + RETAINED))
    for p in phases:
        if p.failures:
            raise Trouble("%d enrolments failed %s, such as: %s" % (len(p.failures), p.name, p.failures[0]))
    if done.get(load.count, 0) < load.least:
        raise Trouble("no attack: %d of '%s', want %d" % (done.get(load.count, 0), load.count, load.least))
    if not options.any_memory and peak > before + load.memory:
        raise Trouble("memory has grown by %.1f MiB, and may by %d" % (peak - before, load.memory))
    if not options.any_memory and after > before + RETAINED:
        raise Trouble("memory has not come back: %.1f MiB more than before" % (after - before))


def run(load, options, directory):
    gate, done = Gate(options, directory), {}
    gate.configure(load)
    gate.gateway.start(settle=True)
    try:
        gate.prepare()
        crowds = load.make(gate)
        steady = Steady(gate.gateway, gate.quick, "127.100.100.100", RATE)
        phases = [steady.run("alone", ALONE)]
        before = gate.memory("VmRSS")
        gate.forget_peak()
        with attackers(crowds, done):
            phases.append(steady.run("under " + load.name, options.seconds))
        peak = gate.memory("VmHWM")
        phases.append(steady.run("afterwards", AFTER))
        after = before if options.any_memory else wait_for_return(gate, before)
        show(phases)
        judge(load, phases, done, (before, peak, after), options)
        gate.gateway.stop()
    finally:
        if gate.openssl is not None:
            gate.openssl.close()
        gate.gateway.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cmpgate", help="the binary")
    parser.add_argument("attack", choices=LOADS, help="what is done to it")
    parser.add_argument("--seconds", type=float, default=4, help="how long (4)")
    parser.add_argument("--any-memory", action="store_true", help="a sanitizer takes what it takes")
    parser.add_argument("--keep", action="store_true", help="keep the directory, with log and store")
    options = parser.parse_args()
    options.cmpgate = os.path.realpath(options.cmpgate)
    # The gateway inherits it, and so do the attackers.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="cmpgate-attack-"))
    try:
        run(LOADS[options.attack], options, directory)
    except Trouble as trouble:
        log = directory / "gateway" / "serve.log"
        print(log.read_text(errors="replace")[-2000:] if log.exists() else "", file=sys.stderr)
        sys.exit("FAILED: %s" % trouble)
    finally:
        if options.keep:
            print("kept: %s" % directory)
        else:
            shutil.rmtree(directory)


if __name__ == "__main__":
    main()
