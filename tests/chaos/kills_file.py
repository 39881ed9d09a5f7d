#!/usr/bin/python3
"""Requests in files, and a gateway that is killed while it takes them.

    kills_file.py CMPGATE CRASHPOINT.SO [--requests N] [--kills N] [--seed SEED]

N requests are dropped, half of them ir and half certConf to what came, while the gateway is killed -9 at random moments.
There must be N answers, each under the name of its request, none of them twice, although each is taken away as soon as it
is seen; and then, after one more start, nothing is left anywhere.  The checker has the word about the store.
"""
import random
import threading
import time

import message as cmp
from files import PATIENCE, FilePatience
from gateway import Trouble
from stage import options_of, run, stage

AHEAD = 200                 # requests that wait at a time, at most


class Collector:
    """Drops requests, takes answers, drops the certConf to each ip."""

    def __init__(self, it, quick, enrolments):
        self.it, self.quick, self.enrolments = it, quick, enrolments
        self.drop, self.waiting, self.answered = it.patience.drop, {}, set()
        self.begun = self.done = 0
        self.share = 0                  # of the enrolments that may have begun: as many as kills have been done

    def begin(self):
        while self.begun < self.enrolments * self.share and len(self.waiting) < AHEAD:
            self.begun += 1
            self.put("ir-%d.pki" % self.begun, self.quick.make_ir())

    def put(self, name, der):
        self.waiting[name] = der
        self.drop.put(name, der)

    def collect(self):
        """False: there was nothing."""
        names = sorted(p.name for p in self.drop.out.iterdir() if not p.name.startswith("."))
        for name in names:
            if name not in self.waiting:
                raise Trouble("%s: %s" % (name, "a second answer" if name in self.answered else "nobody has asked"))
            self.answered.add(name)
            self.note(name, self.waiting.pop(name), self.drop.take(name))
        return bool(names)

    def note(self, name, der, answer):
        self.it.recorder.note(self.quick.name, der, None, 200, answer, None, endpoint="drop")
        message = cmp.Message(answer)
        if name.startswith("ir-"):
            self.put(name.replace("ir-", "certConf-"), self.quick.make_certConf(message))
        elif message.arm != cmp.PKICONF:
            raise Trouble("%s got %s" % (name, message.kind))
        else:
            self.done += 1

    def run(self, stopped):
        last = time.monotonic()
        while self.done < self.enrolments and not stopped.is_set():
            self.begin()
            if self.collect():
                last = time.monotonic()
            elif time.monotonic() - last > PATIENCE:
                raise Trouble("no answer for %d s; %d requests wait, such as %s" %
                              (PATIENCE, len(self.waiting), next(iter(self.waiting))))
            else:
                time.sleep(0.01)


class Killer(threading.Thread):
    """Kills, and lets more be begun with each: so there is always something to kill."""

    def __init__(self, it, source, kills, collector):
        super().__init__(daemon=True)
        self.it, self.source, self.kills, self.collector = it, source, kills, collector
        self.count, self.trouble, self.stopped = 0, None, threading.Event()

    def run(self):
        try:
            while self.count < self.kills and not self.stopped.is_set():
                self.count += 1
                self.collector.share = self.count / self.kills
                # What waits is taken at once when it starts, so that is when there is something to kill.
                time.sleep(self.source.uniform(0, 0.06))
                self.it.gateway.kill()
                self.it.gateway.start()
        except Exception as trouble:
            self.trouble = trouble
            self.stopped.set()


def main():
    options = options_of("Kills the gateway while it takes requests in files.",
                         requests={"type": int, "default": 500, "help": "how many (default: 500)"},
                         kills={"type": int, "default": 20, "help": "how often (default: 20)"},
                         seed={"type": int, "default": None, "help": "of the moments (default: another each time)"})
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print("seed %d" % seed, flush=True)
    with stage(options, "kills-file", FilePatience) as it:
        it.gateway.shim = None          # nothing but SIGKILL here
        it.gateway.revive = lambda: False
        template = it.openssl("template").template()
        it.gateway.start()
        collector = Collector(it, it.quick(template, "quick"), options.requests // 2)
        killer = Killer(it, random.Random(seed), options.kills, collector)
        began = time.monotonic()
        killer.start()
        collector.run(killer.stopped)
        killer.join()
        if killer.trouble is not None:
            raise killer.trouble
        took = time.monotonic() - began
        it.patience.drop.check_empty("after all answers")
        it.gateway.kill()
        it.gateway.start(settle=True)
        time.sleep(0.5)
        it.patience.drop.check_empty("after another start", patience=1)
        it.judge()
        print("%d requests, %d answers, none twice; %d kills in %.1f s; %d delivered once more after one" %
              (2 * collector.done, len(collector.answered), killer.count, took, it.gateway.said("repeated: the stored reply")))
        if it.gateway.said("repeated: the stored reply") < options.kills // 10:
            raise Trouble("the kills have met no load")


if __name__ == "__main__":
    run(main)
