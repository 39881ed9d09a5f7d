#!/usr/bin/python3
"""One enrolment over HTTP (ir, certConf, kur, certConf, rr), with the gateway killed at every point of it.

    crashpoints.py CMPGATE CRASHPOINT.SO [--lanes N] [--kinds KIND,…] [--backend PROMISE | --approval | --files]

For each n: the gateway is killed before, after, or in the middle of the n-th fsync, rename, write or send of an
enrolment by openssl cmp; a proxy between the two sends the same bytes again once the gateway is back.  Points are tried
until the enrolment ends without reaching one.  Then all messages are sent once more, and the checker has the word.

With --backend it is an enrolment through the example backend with that promise (pure, idempotent, checks, none), which
lets clients wait for a second: ir, pollReq, certConf.  An order whose fate a kill has made unclear is looked at after
half a minute, so this takes some minutes.  Of a backend that promises nothing such orders stay unsure; they must be found so.

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
MARGIN = 2              # points tried beyond those of the enrolment that was counted: no two are quite alike

Point = collections.namedtuple("Point", "kind act number")


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
    time.sleep(0.05)            # the rename is not the last call, and dying takes its time on a busy machine
    gateway.revive()


def enrol_slowly(it, openssl, subject):
    """One enrolment that waits.  False: its order is unsure now, for an operator to look at."""
    done = openssl.cmp("-cmd", "ir", *openssl.by_secret, "-newkey", openssl.file("first.key"), "-subject", "/CN=" + subject,
                       "-certout", openssl.file("first.pem"), "-total_timeout", "75")
    it.gateway.revive()
    if done.returncode == 0:
        return True
    orders = checker.Store(it.gateway.store).orders
    if not orders or orders[-1]["state"] != checker.ORDER_UNSURE:
        raise Trouble("%s has no certificate, and its order is not unsure:\n%s" % (subject, done.stdout))
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
    it.gateway.revive()


def count_points(options):
    with stage(options, "points", **carried(options)) as it:
        openssl, go = set_out(it, options)
        it.gateway.start(settle=True)
        go(it, openssl, "warm-up")
        it.gateway.arm()
        go(it, openssl, "counted")
        return it.gateway.points()


def plan_of(point):
    return {"CRASHPOINT_KIND": point.kind, "CRASHPOINT_DO": point.act, "CRASHPOINT_AT": str(point.number)}


class Lane:
    """Some of the points, one after the other, on one gateway and one store."""

    def __init__(self, options, points):
        self.options, self.points = options, points
        self.reached, self.where, self.lost, self.messages = set(), collections.Counter(), 0, 0
        self.unsure = 0

    def run(self):
        with stage(self.options, "crashpoints", **carried(self.options)) as it:
            openssl, self.go = set_out(it, self.options)
            for at, point in enumerate(self.points):
                self._try(it, openssl, point, self.points[at + 1] if at + 1 < len(self.points) else point)
            if self.options.files:
                it.patience.drop.check_empty("after all points")
            it.judge()
            self.lost, self.messages = it.patience.lost, len(it.recorder.requests)
            for path in re.findall(r"^crashpoint: killed .*: (.*)$", it.gateway.log.read_text(), re.M):
                self.where[re.sub(r".*/|:.*|\.\d+(?=\.new)|-\d+(-\d+)?(?=\.pki|$)", "", path)] += 1
        return self

    def _try(self, it, openssl, point, following):
        gateway = it.gateway
        if not gateway.alive() or not self._is_fresh:
            gateway.kill()
            gateway.plan = plan_of(point)
            gateway.start(settle=True)
        # The gateway that comes after the kill waits for the next point already.
        gateway.plan = plan_of(following)
        starts, known = gateway.starts, set(it.recorder.requests)
        it.patience.point = "%s %s %d" % (point.act, point.kind, point.number)
        gateway.arm()
        if self.go(it, openssl, "%s-%s-%d" % point) is False:
            self.unsure += 1
        gateway.disarm()
        self._is_fresh = gateway.starts > starts
        if self._is_fresh:
            self.reached.add(point)
        for der in it.recorder.requests.keys() - known:
            it.repeat(der)

    _is_fresh = False


def run_lanes(options, points):
    lanes = [Lane(options, points[i::options.lanes]) for i in range(options.lanes)]
    with concurrent.futures.ThreadPoolExecutor(options.lanes) as pool:
        return [future.result() for future in [pool.submit(lane.run) for lane in lanes if lane.points]]


def series(options):
    return [(kind, act) for kind in options.kinds.split(",") for act in ACTS[kind]]


def main():
    options = options_of("Kills the gateway at every point of one enrolment.",
                         lanes={"type": int, "help": "gateways at a time (default: 3; with --backend, 48; with --approval, 12)"},
                         backend={"choices": ("pure", "idempotent", "checks", "none"), "help": "the example's promise"},
                         approval={"action": "store_true", "help": "requests wait for an operator"},
                         files={"action": "store_true", "help": "messages in files, not over HTTP"},
                         kinds={"default": ",".join(ACTS), "help": "of calls to kill at (default: %(default)s)"})
    options.lanes = options.lanes or (48 if options.backend else 12 if options.approval else 3)
    counted = count_points(options)
    print("one enrolment has %d points: %s" % (counted["any"], ", ".join("%d %s" % (counted[k], k) for k in ACTS)))
    ends = {(kind, act): counted[kind] + MARGIN for kind, act in series(options)}
    points = [Point(kind, act, n) for kind, act in series(options) for n in range(1, ends[kind, act] + 1)]
    lanes, reached = [], set()
    while points:
        more = run_lanes(options, points)
        lanes += more
        reached |= {point for lane in more for point in lane.reached}
        # All of a series has been seen when its last point is not reached any more.
        longer = [s for s in series(options) if Point(*s, ends[s]) in reached]
        points = [Point(*s, ends[s] + n) for s in longer for n in range(1, MARGIN + 1)]
        ends.update({s: ends[s] + MARGIN for s in longer})
    report(options, lanes, reached, counted)


def report(options, lanes, reached, counted):
    for kind, act in series(options):
        numbers = {p.number for p in reached if (p.kind, p.act) == (kind, act)}
        print("killed %-6s %-6s %3d times" % (act, kind, len(numbers)))
        # One enrolment writes some pages more than another, or polls once more: the last points come and go.
        missed = set(range(1, counted[kind] * 4 // 5 + 1)) - numbers
        if missed or (counted[kind] > 0 and not numbers):
            raise Trouble("points that were never reached: %s %s %s" % (act, kind, sorted(missed)))
    where = sum((lane.where for lane in lanes), collections.Counter())
    print("where: " + ", ".join("%s %d" % (name, n) for name, n in where.most_common()))
    print("%d kills, %d messages, %d connections lost: all answered, all clean; %d orders left unsure" %
          (len(reached), sum(lane.messages for lane in lanes), sum(lane.lost for lane in lanes),
           sum(lane.unsure for lane in lanes)))


if __name__ == "__main__":
    run(main)
