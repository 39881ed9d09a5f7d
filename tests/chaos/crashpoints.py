#!/usr/bin/python3
"""One enrolment over HTTP (ir, certConf, kur, certConf, rr), with the gateway killed at every point of it.

    crashpoints.py CMPGATE CRASHPOINT.SO [--lanes N] [--kinds KIND,…] [--backend PROMISE | --approval | --files]

For each n: the gateway is killed before, after, or in the middle of the n-th fsync, rename, write or send of an
enrolment by openssl cmp; a proxy between the two sends the same bytes again once the gateway is back.  Then all messages
are sent once more, and the checker has the word.

How many pages a commit writes depends on where its keys come to lie, so writes are counted from one fsync to the next.
All points that three enrolments had in common must be reached, and then more are tried until an enrolment twice ended
without reaching the next one; where one is not reached, the library's count must show that it was not passed.

With --backend it is an enrolment through the example backend with that promise (pure, idempotent, checks, none), which
lets clients wait for a second: ir, pollReq, certConf.  An order whose fate a kill has made unclear is looked at after
half a minute, so this takes some minutes.  Of a backend that promises nothing such orders stay unsure; they must be found so.
With --backend confirms it is the client's certConf that waits: ir, certConf, pollReq.

With --files the proxy drops each message as a file, once: the gateway finds it when it is back.  One answer must come, and
nothing may be left in the drop.

With --approval an operator, who is never tired, must approve each request: ir, pollReq, certConf.
All points take some minutes; what is written between two calls of fsync is lost or there as a whole, so that
--kinds sync,send are those that differ most.
"""
import collections
import concurrent.futures
import re
import threading
import time

import checker
from files import FilePatience
from gateway import MANUAL, SLOW, Trouble
from stage import options_of, run, stage

ACTS = {"sync": ("before", "after"), "rename": ("before", "after"), "write": ("before", "torn", "after"),
        "send": ("before", "torn", "after")}
COUNTED = 3             # enrolments whose points are counted
TRIES, PROBES = 8, 2    # until a point is given up: one that has been seen, one beyond the last that was


class Point(collections.namedtuple("Point", "kind act span number")):
    """span: number is that of the point after so many syncs; None: of all."""

    series = property(lambda self: (self.kind, self.span))

    def __str__(self):
        return "%s-%s-%s%d" % (self.act, self.kind, "" if self.span is None else "%d-" % self.span, self.number)

    def plan(self):
        plan = {"CRASHPOINT_KIND": self.kind, "CRASHPOINT_DO": self.act, "CRASHPOINT_AT": str(self.number)}
        return plan if self.span is None else {**plan, "CRASHPOINT_SPAN": str(self.span)}


def passed(gateway):
    """{(kind, span): how many points of it the gateway has passed}."""
    points, spans = gateway.points(), gateway.points_in_spans()
    found = {("write", span): counts["write"] for span, counts in enumerate(spans)}
    found.update({(kind, None): points[kind] for kind in ACTS if kind != "write"})
    return {series: n for series, n in found.items() if n > 0}


def enrol(it, openssl, subject):
    """One enrolment and the CRL that comes of it."""
    gateway = it.gateway
    openssl.ir(subject)
    openssl.kur()
    published = gateway.crl.stat().st_mtime_ns if gateway.crl.exists() else 0
    openssl.rr()
    until = time.monotonic() + 5
    while gateway.alive() and time.monotonic() < until:
        if gateway.crl.exists() and gateway.crl.stat().st_mtime_ns != published:
            break
        time.sleep(0.002)
    gateway.come_to_rest()
    gateway.revive()


def enrol_slowly(it, openssl, subject):
    """One enrolment that waits.  False: its order is unsure now, for an operator to look at."""
    done = openssl.cmp("-cmd", "ir", *openssl.by_secret, "-newkey", openssl.file("first.key"), "-subject", "/CN=" + subject,
                       "-certout", openssl.file("first.pem"), "-total_timeout", "75")
    it.gateway.come_to_rest()
    it.gateway.revive()
    if done.returncode == 0:
        return True
    orders = checker.Store(it.gateway.store).orders
    if not orders or orders[-1]["state"] != checker.ORDER_UNSURE:
        raise Trouble("%s has no certificate, and its order is not unsure:\n%s" % (subject, done.stdout))
    return False


def enrol_told(it, quick, subject):
    """One enrolment whose backend confirms.  False: its order is unsure now."""
    done = quick.enrol()
    it.gateway.come_to_rest()
    it.gateway.revive()
    if done is not False:
        return True
    orders = checker.Store(it.gateway.store).orders
    if not orders or orders[-1]["state"] != checker.ORDER_UNSURE:
        raise Trouble("%s waits, and its order is not unsure" % subject)
    return False


def carried(options):
    return {"patience": FilePatience} if options.files else {}


def set_out(it, options):
    """The client, and what it does."""
    if options.approval:
        it.gateway.add_manual()
        return it.openssl("openssl", path=MANUAL), enrol_approved
    if options.backend is None:
        return it.openssl("openssl"), enrol
    it.gateway.add_slow(options.backend, 1)
    if options.backend == "confirms":
        return it.quick(it.openssl("openssl", path=SLOW).template(), "quick", path=SLOW), enrol_told
    return it.openssl("openssl", path=SLOW), enrol_slowly


def enrol_approved(it, openssl, subject):
    """One enrolment that waits for an operator; he looks again and again, and approves whatever he finds."""
    over = threading.Event()

    def operator():
        while not over.wait(0.1):
            it.gateway.approve_all()

    thread = threading.Thread(target=operator)
    thread.start()
    try:
        openssl.ir(subject)
    finally:
        over.set()
        thread.join()
    it.gateway.come_to_rest()
    it.gateway.revive()


def warm_up(it, openssl, go):
    """The first enrolment of all makes the store's log, and is not like the others."""
    it.gateway.start(settle=True)
    go(it, openssl, "warm-up")


def start_afresh(gateway, plan):
    """What was written since the start makes a difference to what is written next."""
    gateway.kill()
    gateway.plan = plan
    gateway.start(settle=True)


def count_points(options):
    """What each enrolment has, of some."""
    counted = []
    with stage(options, "points", **carried(options)) as it:
        openssl, go = set_out(it, options)
        warm_up(it, openssl, go)
        for number in range(COUNTED):
            start_afresh(it.gateway, {})
            it.gateway.arm()
            go(it, openssl, "counted-%d" % number)
            it.gateway.disarm()
            counted.append(passed(it.gateway))
    return counted


class Search:
    """Which points are still to be tried."""

    def __init__(self, counted, kinds):
        self.least = {series: min(c.get(series, 0) for c in counted) for c in counted for series in c if series[0] in kinds}
        self.next = {series: n + 1 for series, n in self.least.items()}    # beyond the last that is known
        self.tries, self.reached = collections.Counter(), set()

    def points(self):
        found = []
        for (kind, span), next_number in self.next.items():
            known = [Point(kind, act, span, n) for n in range(1, next_number) for act in ACTS[kind]]
            found += [point for point in known if point not in self.reached and self.tries[point] < TRIES]
            probe = Point(kind, "before", span, next_number)
            found += [probe] if self.tries[probe] < PROBES else []
        return found

    def note(self, tried, reached):
        self.tries.update(tried)
        self.reached |= reached
        for (kind, span), number in self.next.items():
            if Point(kind, "before", span, number) in reached:
                self.next[kind, span] += 1

    def missed(self):
        """Points of every enrolment that no kill has hit."""
        wanted = {Point(kind, act, span, n) for (kind, span), least in self.least.items() for act in ACTS[kind]
                  for n in range(1, least + 1)}
        return wanted - self.reached

    def rare(self):
        """Points that some enrolment had, and none of those that were to end there."""
        return [point for point, tries in self.tries.items() if point not in self.reached and tries == TRIES]


class Lane:
    """Some of the points, one after the other, on one gateway and one store."""

    def __init__(self, options, points):
        self.options, self.points = options, points
        self.reached, self.where, self.lost, self.messages = set(), collections.Counter(), 0, 0
        self.unsure = 0

    def run(self):
        with stage(self.options, "crashpoints", **carried(self.options)) as it:
            openssl, self.go = set_out(it, self.options)
            warm_up(it, openssl, self.go)
            for point in self.points:
                self._try(it, openssl, point)
            if self.options.files:
                it.patience.drop.check_empty("after all points")
            it.judge()
            self.lost, self.messages = it.patience.lost, len(it.recorder.requests)
            for path in re.findall(r"^crashpoint: killed .*: (.*)$", it.gateway.log.read_text(), re.M):
                self.where[re.sub(r".*/|:.*|\.\d+(?=\.new)|-\d+(-\d+)?(?=\.pki|$)", "", path)] += 1
        return self

    def _try(self, it, openssl, point):
        gateway = it.gateway
        start_afresh(gateway, point.plan())
        starts, known = gateway.starts, set(it.recorder.requests)
        it.patience.point = str(point)
        gateway.arm()
        if self.go(it, openssl, str(point)) is False:
            self.unsure += 1
        gateway.disarm()
        if gateway.starts > starts:
            self.reached.add(point)
        elif passed(gateway).get(point.series, 0) >= point.number:
            raise Trouble("%s was passed, and nothing was killed there" % str(point))
        for der in it.recorder.requests.keys() - known:
            it.repeat(der)


def run_lanes(options, points):
    lanes = [Lane(options, points[i::options.lanes]) for i in range(options.lanes)]
    with concurrent.futures.ThreadPoolExecutor(options.lanes) as pool:
        return [future.result() for future in [pool.submit(lane.run) for lane in lanes if lane.points]]


def main():
    options = options_of("Kills the gateway at every point of one enrolment.",
                         lanes={"type": int, "help": "gateways at a time (default: 3; with --backend, 48; with --approval, 12)"},
                         approval={"action": "store_true", "help": "requests wait for an operator"},
                         kinds={"default": ",".join(ACTS), "help": "of calls to kill at (default: %(default)s)"},
                         files={"action": "store_true", "help": "messages in files, not over HTTP"},
                         backend={"choices": ("pure", "idempotent", "checks", "none", "confirms"), "help": "the example's promise"})
    options.lanes = options.lanes or (48 if options.backend else 12 if options.approval else 3)
    search, lanes = Search(count_points(options), options.kinds.split(",")), []
    print("each enrolment has %d points: %s" % (sum(search.least.values()), ", ".join(
        "%d %s" % (sum(n for (k, _), n in search.least.items() if k == kind), kind) for kind in options.kinds.split(","))))
    while points := search.points():
        more = run_lanes(options, points)
        search.note(points, {point for lane in more for point in lane.reached})
        lanes += more
    report(options, lanes, search)


def report(options, lanes, search):
    for kind in ACTS:
        for act in ACTS[kind]:
            print("killed %-6s %-6s %3d times" % (act, kind, sum((p.kind, p.act) == (kind, act) for p in search.reached)))
    missed = search.missed()
    # Where the drop and the store have their fsyncs each in a thread of its own, a write may come after one more or less.
    vague = {point for point in missed if options.files and point.kind == "write"}
    if missed - vague or len(vague) > sum(point.kind == "write" for point in search.reached) // 10:
        raise Trouble("points that were never reached: %s" % ", ".join(sorted(map(str, missed))))
    if vague:
        print("came between other fsyncs than before: " + ", ".join(sorted(map(str, vague))))
    if search.rare():
        print("came once, and not again: " + ", ".join(sorted(map(str, search.rare()))))
    where = sum((lane.where for lane in lanes), collections.Counter())
    print("where: " + ", ".join("%s %d" % (name, n) for name, n in where.most_common()))
    print("%d kills, %d messages, %d connections lost: all answered, all clean; %d orders left unsure" %
          (len(search.reached), sum(lane.messages for lane in lanes), sum(lane.lost for lane in lanes),
           sum(lane.unsure for lane in lanes)))


if __name__ == "__main__":
    run(main)
