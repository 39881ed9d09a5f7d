#!/usr/bin/python3
"""Random kill -9 under load over HTTP.

    kills.py CMPGATE CRASHPOINT.SO [--kills N] [--seed SEED] [--quick N] [--openssl N]

Some clients enrol as fast as they can (ir, certConf), some with openssl cmp (ir, certConf, kur, certConf, rr); each sends
the same bytes again until they are answered, and one message in four is sent twice at the same moment.  The gateway is killed at random moments, also while it starts.  In the end
all messages are sent once more, in another order, and the checker has the word.  The seed settles the moments as far
as the clocks of the machine allow.
"""
import random
import threading
import time

from gateway import Trouble
from stage import options_of, run, stage


class Load:
    """Clients that enrol until they are told to stop, each in a thread of its own."""

    def __init__(self, clients):
        self.stopping = threading.Event()
        self.enrolled, self.trouble = 0, None
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._enrol, args=(c,), daemon=True) for c in clients]
        for thread in self.threads:
            thread.start()

    def _enrol(self, client):
        try:
            number = 0
            while not self.stopping.is_set():
                number += 1
                client.enrol("%s-%d" % (client.name, number))
                with self.lock:
                    self.enrolled += 1
        except Exception as trouble:
            self.trouble = trouble

    def check(self):
        if self.trouble is not None:
            raise self.trouble

    def stop(self):
        """Each finishes what it is at."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.check()


def kill_and_start(it, random_source):
    """One kill, at a moment after the start; one start in five is killed before it is done."""
    gateway = it.gateway
    time.sleep(random_source.uniform(0.02, 0.5))
    gateway.kill()
    if random_source.random() < 0.2:
        starting = threading.Thread(target=start_in_vain, args=(gateway,))
        starting.start()
        time.sleep(random_source.uniform(0, 0.03))
        if gateway.process is not None:
            gateway.process.kill()
        starting.join()
        gateway.kill()
    gateway.start()


def start_in_vain(gateway):
    try:
        gateway.start()
    except Trouble:
        pass                        # killed: that is the point


def main():
    options = options_of("Kills the gateway at random moments, under load.",
                         kills={"type": int, "default": 20, "help": "how often (default: 20)"},
                         seed={"type": int, "default": None, "help": "of the moments (default: another each time)"},
                         quick={"type": int, "default": 3, "help": "quick clients (default: 3)"},
                         openssl={"type": int, "default": 2, "help": "clients that are openssl cmp (default: 2)"})
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print("seed %d" % seed, flush=True)
    random_source = random.Random(seed)
    with stage(options, "kills") as it:
        it.gateway.shim = None      # nothing but SIGKILL here
        # Clients wait for whoever kills to start it again.
        it.gateway.revive = lambda: False
        it.patience.hurry = 0.25
        it.gateway.start()
        clients = [it.openssl("openssl-%d" % n) for n in range(1, options.openssl + 1)]
        template = (clients or [it.openssl("template")])[0].template()
        clients += [it.quick(template, "quick-%d" % n) for n in range(1, options.quick + 1)]
        load = Load(clients)
        for _ in range(options.kills):
            kill_and_start(it, random_source)
            load.check()
        load.stop()
        it.patience.hurry = 0
        ders = sorted(it.recorder.requests)
        random_source.shuffle(ders)
        for der in ders:
            it.repeat(der)
        it.judge()
        print("%d kills, %d starts, %d enrolments, %d messages, %d of them sent twice at once and all once more at the end, "
              "%d connections lost" % (options.kills, it.gateway.starts, load.enrolled, len(ders), it.patience.twins,
                                       it.patience.lost))
        if it.patience.lost < options.kills // 4 or load.enrolled < options.kills:
            raise Trouble("the kills have met no load")


if __name__ == "__main__":
    run(main)
