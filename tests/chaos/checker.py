#!/usr/bin/python3
"""Proves from what clients sent and got, and from what is in the store, that nothing was lost and nothing done twice.

    checker.py --store FILE [--crl FILE] LOG…

It shares no code with the gateway: its own reading of CMP (message.py), its own SQL, and the table of legal moves
written again by hand below.  LOG: one JSON object a line for each time a request was sent:

    {"time": 1.5, "client": "openssl-1", "endpoint": "http", "body": "ir", "transactionID": "9e80…", "digest": "a852…",
     "request": "MIIC…" (base64), "status": 200, "response": "MIIE…"}       status and response are null: no answer

Where the transport's framing polls: "come_back": N, it was told to come back with this reference; "poll": N, not the request
but its reference was sent; "unknown": true, there is nothing under that.

What is checked, and the word a finding begins with:

    unanswered   every request got an answer in the end
    unfit        every answer has the header, the protection and the form that RFC 9483 wants (conformance/answer.py)
    altered      every answer to the same bytes is the same answer; what was granted is never refused, nor the reverse
    lost         every answer that promises something is in the store, at a step of its transaction
    twice        no request, and no transaction, led to two certificates
    missing      every certificate a client was given is in the store, as it was given
    unasked      every certificate, transaction, step, order and revocation in the store has a request that accounts for it
    illegal      each transaction went from step to step by legal moves, with the replies that belong to them
    unrevoked    what was declined, given up, not confirmed in time, or revoked by an rr, is revoked (and on the CRL)
    forgotten    what waits for a time to come is on the timer's list, and nothing else is
    corrupt      SQLite's own check of the database

The gateway must be dead or idle: the database is copied with its WAL, and the copy is read.
exit status: 0 clean, 1 findings, 2 wrong usage.
"""
import argparse
import base64
import collections
import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

import message as cmp

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import answer as form  # noqa: E402

# ---- the table of legal moves ------------------------------------------------------------------------------------

NONE, ORDERED, WAITING, READY, ISSUED, CLOSED, SWEPT, CONFIRMING, CONFIRM_WAITING = range(9)
PHASES = ("none", "ordered", "waiting", "ready", "issued", "closed", "swept", "confirming", "confirm-waiting")
OPEN, CONFIRMED, IMPLICIT, REFUSED, DECLINED, UNCONFIRMED, ABANDONED, REJECTED = range(8)
ENDINGS = ("open", "confirmed", "implicit", "refused", "declined", "unconfirmed", "abandoned", "rejected")

Move = collections.namedtuple("Move", "cause says")
# cause: the message that leads to the step; None: no message does (an outcome, the time).
# says: answer (the body that answers the request), waiting, pkiconf; come back: a reference of the transport's framing, and no
# message; None: nothing is sent.  A step to which a polled reference leads names the request that it stands for.
#
# A backend that has done nothing before its outcome is committed makes two moves in one step; so a first step may
# also be what an outcome makes of ORDERED.
MOVES = {
    (NONE, ORDERED, OPEN): (Move("request", None),),
    (NONE, WAITING, OPEN): (Move("request", "waiting"), Move("request", "come back")),
    (NONE, ISSUED, OPEN): (Move("request", "answer"),),
    (NONE, CLOSED, IMPLICIT): (Move("request", "answer"),),
    (ORDERED, WAITING, OPEN): (Move("request", "waiting"), Move("request", "come back")),
    (ORDERED, ISSUED, OPEN): (Move("request", "answer"),),
    (ORDERED, CLOSED, IMPLICIT): (Move("request", "answer"),),
    (ORDERED, CLOSED, REFUSED): (Move("request", "refusal"),),
    (ORDERED, CLOSED, ABANDONED): (Move("error", "pkiconf"),),
    (WAITING, READY, OPEN): (Move(None, None),),
    (WAITING, CLOSED, ABANDONED): (Move("error", "pkiconf"),),
    (READY, ISSUED, OPEN): (Move("pollReq", "answer"), Move("request", "answer")),
    (READY, CLOSED, IMPLICIT): (Move("pollReq", "answer"), Move("request", "answer"), Move(None, None)),   # None: never fetched
    (READY, CLOSED, REFUSED): (Move("pollReq", "refusal"), Move("request", "refusal"), Move(None, None)),
    (READY, CLOSED, ABANDONED): (Move("error", "pkiconf"),),
    (READY, CLOSED, UNCONFIRMED): (Move(None, None),),
    (ISSUED, CLOSED, CONFIRMED): (Move("certConf", "pkiconf"), Move("pkiconf", None)),     # the latter: RFC 2510
    (ISSUED, CLOSED, DECLINED): (Move("certConf", "pkiconf"),),
    (ISSUED, CLOSED, UNCONFIRMED): (Move(None, None),),
    (ISSUED, CLOSED, ABANDONED): (Move("error", "pkiconf"),),
    (ISSUED, CONFIRMING, OPEN): (Move("certConf", None),),
    (ISSUED, CONFIRM_WAITING, OPEN): (Move("pkiconf", None),),      # RFC 2510
    (CONFIRMING, CONFIRM_WAITING, OPEN): (Move("certConf", "waiting"), Move("certConf", "come back")),
    (CONFIRMING, CLOSED, CONFIRMED): (Move("certConf", "pkiconf"),),
    (CONFIRMING, CLOSED, REJECTED): (Move("certConf", "refusal"),),
    (CONFIRMING, CLOSED, ABANDONED): (Move("error", "pkiconf"),),
    (CONFIRM_WAITING, CLOSED, CONFIRMED): (Move(None, "pkiconf"), Move("certConf", "pkiconf"), Move("pkiconf", None)),
    (CONFIRM_WAITING, CLOSED, REJECTED): (Move(None, "refusal"), Move("certConf", "refusal"), Move("pkiconf", None)),
    (CONFIRM_WAITING, CLOSED, ABANDONED): (Move("error", "pkiconf"),),
}

# Where time matters: until the answer is fetched, until it is confirmed.
DUE = (READY, ISSUED)

# Where it is clear that the certificate is not wanted.
UNWANTED = (DECLINED, UNCONFIRMED, ABANDONED, REJECTED)

# Where a certConf was taken that accepts.
ACCEPTED = (CONFIRMING, CONFIRM_WAITING)

# orders.state, orders.kind
ORDER_OPEN, ORDER_DONE, ORDER_REJECTED, ORDER_UNSURE, ORDER_DROPPED = range(5)
CERTIFY, REVOKE, RECOVER, CONFIRM, DISCARD = range(5)


# ---- what clients know ---------------------------------------------------------------------------------------------


class Request:
    """All the times that the same bytes were sent."""

    def __init__(self, der, endpoint, client):
        self.message, self.endpoint, self.client = cmp.Message(der), endpoint, client
        self.sent = self.refusals = self.unheard = self.silences = 0
        self.answers = {}               # response bytes: Message, in the order in which they first came
        self.references, self.unknown = set(), set()    # given out for it; polled, and nothing was under it

    def label(self):
        return "%s %s (%s, digest %s)" % (self.message.transactionID.hex(), self.message.kind, self.client,
                                          self.message.digest.hex()[:16])

    def promises(self):
        return [m for m in self.answers.values() if m.promises()]


class Log:
    def __init__(self, files):
        self.requests = {}              # (endpoint, digest): Request
        self.sent = 0
        for name in files:
            with open(name, encoding="ascii") as lines:
                for number, line in enumerate(lines, 1):
                    self._take(json.loads(line), "%s:%d" % (name, number))

    def _take(self, entry, where):
        der, endpoint = base64.b64decode(entry["request"]), entry.get("endpoint", "http")
        request = Request(der, endpoint, entry.get("client", "?"))
        if request.message.digest.hex() != entry["digest"]:
            raise ValueError("%s: the digest is not that of the request" % where)
        request = self.requests.setdefault((endpoint, request.message.digest), request)
        request.sent += 1
        self.sent += 1
        if entry.get("come_back") is not None:
            request.references.add(entry["come_back"])
        elif entry.get("unknown"):
            request.unknown.add(entry["poll"])
        elif entry.get("response") == "" and entry["status"] == 200:
            request.silences += 1
        elif entry.get("response") is None:
            request.unheard += 1
        elif entry["status"] != 200:
            request.refusals += 1
        else:
            response = base64.b64decode(entry["response"])
            request.answers.setdefault(response, cmp.Message(response))

    def of_transaction(self):
        found = collections.defaultdict(list)
        for request in self.requests.values():
            found[request.message.transactionID].append(request)
        return found


# ---- what the store knows -------------------------------------------------------------------------------------------


class Store:
    """A copy of the database, read whole."""

    TABLES = {
        "steps": "SELECT * FROM steps ORDER BY transactionID, number",
        "certificates": "SELECT c.*, i.name AS issuer_name FROM certificates c LEFT JOIN issuers i ON i.id = c.issuer",
        "revocations": "SELECT r.*, c.fingerprint FROM revocations r LEFT JOIN certificates c ON c.id = r.certificate",
        "orders": "SELECT * FROM orders",
        "awaited": "SELECT * FROM awaited",
        "tombstones": "SELECT * FROM tombstones",
    }

    def __init__(self, path):
        with tempfile.TemporaryDirectory(prefix="checker-") as directory:
            copy = pathlib.Path(directory, "store.db")
            shutil.copyfile(path, copy)
            wal = pathlib.Path(str(path) + "-wal")
            if wal.exists():
                shutil.copyfile(wal, str(copy) + "-wal")
            db = sqlite3.connect(copy)
            db.row_factory = sqlite3.Row
            self.faults = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            self.faults += ["a row of %s has no parent" % row[0] for row in db.execute("PRAGMA foreign_key_check")]
            for table, query in self.TABLES.items():
                setattr(self, table, db.execute(query).fetchall())
            db.close()
        self.transactions = collections.defaultdict(list)
        for step in self.steps:
            self.transactions[step["transactionID"]].append(step)
        self.certificate = {row["fingerprint"]: row for row in self.certificates}
        self.revoked = {row["fingerprint"] for row in self.revocations}
        self.order = {row["id"]: row for row in self.orders}
        self.tombstone = {row["transactionID"]: row for row in self.tombstones}


# ---- the checks --------------------------------------------------------------------------------------------------------


class Checker:
    def __init__(self, log, store, crl=None):
        self.log, self.store, self.crl = log, store, crl
        self.requests_of = log.of_transaction()
        self.findings = []
        self.moves = 0

    def find(self, word, subject, text):
        self.findings.append((word, "%s: %s: %s" % (word, subject, text)))

    def run(self):
        for fault in self.store.faults:
            self.find("corrupt", "store", fault)
        for request in self.log.requests.values():
            self.check_answers(request)
            self.check_promises(request)
        for transactionID, requests in self.requests_of.items():
            self.check_given(transactionID, requests)
        for transactionID, steps in self.store.transactions.items():
            self.check_transaction(transactionID, steps)
        self.check_certificates()
        self.check_orders()
        self.check_revocations()
        self.check_awaited()
        self.check_tombstones()
        return self.findings

    # ---- one request

    def check_answers(self, request):
        answers, label = list(request.answers.values()), request.label()
        if not answers and not request.references and not request.silences:
            self.find("unanswered", label, "sent %d times, no answer" % request.sent)
        if len(request.references) > 1:
            self.find("altered", label, "%d references for the same bytes" % len(request.references))
        promises = request.promises()
        # A poll after the answer gets it under a nonce of its own, each time; unless it is the one that fetched it.
        if len({m.protected_body.der if request.message.arm == cmp.POLLREQ else m.der for m in promises}) > 1:
            self.find("altered", label, "%d different answers to the same bytes" % len(promises))
        # A pollReq may be answered by pollRep as often as it is sent, before the answer is there.
        others = [m for m in answers if not m.promises() and m.arm != cmp.POLLREP]
        if promises and others:
            self.find("altered", label, "once %s, once refused" % promises[0].kind)
        for answer in answers:
            # Signatures are left to the tests that have fewer of them.
            fault = form.fault(request.message.der, answer.der, signatures=False)
            if fault is not None:
                self.find("unfit", label, "%s: %s" % (answer.kind, fault))
            if answer.transactionID != request.message.transactionID:
                self.find("altered", label, "the answer is of transaction %s" % (answer.transactionID or b"").hex())
            if answer.recipNonce != request.message.senderNonce and request.message.arm != cmp.POLLREQ:
                self.find("altered", label, "the recipNonce of the answer is not the senderNonce of the request")

    def check_promises(self, request):
        """What a client was promised is in the store, at the step its request led to."""
        if request.message.transactionID in self.store.tombstone:
            return                      # answered, over, and removed: check_tombstones() has the rest
        steps = self.store.transactions.get(request.message.transactionID, [])
        led_to = [s for s in steps if s["digest"] == request.message.digest]
        over = bool(steps) and steps[-1]["phase"] == CLOSED
        for response, answer in request.answers.items():
            if not answer.promises():
                continue
            if request.message.arm == cmp.ERROR and answer.arm == cmp.PKICONF and over:
                continue                # to give up what is over already is confirmed afresh
            if request.message.arm == cmp.POLLREQ and not led_to:
                same = any(cmp.Message(s["reply"]).protected_body.der == answer.protected_body.der
                           for s in steps if s["reply"] is not None)
            else:
                same = any(s["reply"] == response for s in led_to)
            if not same:
                self.find("lost", request.label(), "its answer (%s) is not in the store, or not as its own" % answer.kind)
        self.check_references(request, steps)
        stored = {s["reply"] for s in led_to} - {None}
        if request.answers and not stored <= request.answers.keys():
            self.find("altered", request.label(), "the store has another answer than its client")

    def check_references(self, request, steps):
        stored = {s["reference"] for s in steps} - {None}
        for reference in request.references - stored:
            self.find("lost", request.label(), "its polling reference %d is not in the store" % reference)
        answered = any(s["reply"] is not None and s["digest"] == request.message.digest for s in steps)
        if request.unknown & stored and (answered or steps[-1]["phase"] != CLOSED):
            self.find("lost", request.label(), "nothing was said to be under its reference, and there is an answer")

    # ---- what clients were given

    def check_given(self, transactionID, requests):
        given = {}
        for request in requests:
            for answer in request.answers.values():
                for der in answer.certificates():
                    given[cmp.Certificate(der).fingerprint] = der
        if len(given) > 1:
            self.find("twice", transactionID.hex(), "its client was given %d certificates" % len(given))
        for fingerprint, der in given.items():
            row = self.store.certificate.get(fingerprint)
            if row is None:
                self.find("missing", transactionID.hex(), "certificate %s, which its client has, is not in the store" %
                          cmp.Certificate(der).serial.hex())
            elif row["der"] != der or row["transactionID"] != transactionID:
                self.find("missing", transactionID.hex(), "the certificate its client has is stored as another's")

    # ---- one transaction

    def check_transaction(self, transactionID, steps):
        label = transactionID.hex()
        opening = [r for r in self.requests_of.get(transactionID, []) if r.message.arm in cmp.OPENING
                   and r.message.digest == steps[0]["digest"]]
        if not opening:
            self.find("unasked", label, "nobody sent the request that its first step is about")
            return
        if [s["number"] for s in steps] != list(range(1, len(steps) + 1)):
            self.find("illegal", label, "its steps are %s" % [s["number"] for s in steps])
        if len({s["certificate"] for s in steps} - {None}) > 1:
            self.find("twice", label, "its steps name more than one certificate")
        before = None
        for step in steps:
            self.check_step(opening[0], before, step)
            before = step

    def check_step(self, opening, before, step):
        label = "%s step %d" % (step["transactionID"].hex(), step["number"])
        phase = before["phase"] if before is not None else NONE
        moves = MOVES.get((phase, step["phase"], step["ending"]), ())
        self.moves += 1
        if not moves:
            names = (PHASES[phase],) + tuple(names[value] if value < len(names) else value for names, value in
                                             ((PHASES, step["phase"]), (ENDINGS, step["ending"])))
            self.find("illegal", label, "from %s to %s (%s) is no legal move" % names)
            return
        causes = (None,) if step["digest"] is None else ("request",) if step["digest"] == opening.message.digest else \
            ("pollReq", "certConf", "error")
        told = step["reference"] is not None
        cause = self.log.requests.get((step["endpoint"], step["digest"]))
        if cause is not None and cause.message.arm == cmp.PKICONF:
            causes = ("pkiconf",)
        move = next((m for m in moves if m.cause in causes and (m.says == "come back") == told), moves[0])
        if before is not None:
            self.check_constant(label, before, step)
        self.check_cause(label, move, opening, step)
        self.check_reply(label, move, opening, step)
        self.check_certificate_of(label, opening, before, step)
        if (step["due"] != 0) != (step["phase"] in DUE):
            self.find("illegal", label, "due %d in phase %s" % (step["due"], PHASES[step["phase"]]))

    def check_constant(self, label, before, step):
        for column in ("endpoint", "profile", "operation", "certReqId", "credential_kind", "credential_name", "first_nonce",
                       "pvno"):
            if before[column] != step[column]:
                self.find("illegal", label, "%s is another than in the step before" % column)
        self.check_order_of(label, before, step)
        if step["at"] < before["at"]:
            self.find("illegal", label, "it was made before the step before it")

    def check_order_of(self, label, before, step):
        """It is that of the step before, unless a backend is to be told what became of its certificate."""
        begins = CONFIRM if step["phase"] in ACCEPTED and before["phase"] == ISSUED else \
            DISCARD if step["ending"] in (DECLINED, UNCONFIRMED, ABANDONED) and step["certificate"] is not None else None
        if before["order_id"] == step["order_id"]:
            if begins == CONFIRM:
                self.find("lost", label, "accepted, and no order tells its backend")
            return
        order, row = self.store.order.get(step["order_id"]), self.store.certificate.get(step["certificate"])
        if begins is None or order is None or order["kind"] != begins:
            self.find("illegal", label, "order_id is another than in the step before")
        elif row is None or order["certificate"] != row["der"]:
            self.find("illegal", label, "its order is about another certificate")

    def check_cause(self, label, move, opening, step):
        if move.cause is None or move.cause == "request":
            want = opening.message.digest if move.cause == "request" else None
            if step["digest"] != want:
                self.find("illegal", label, "it names a message that does not lead there")
            return
        cause = self.log.requests.get((step["endpoint"], step["digest"]))
        if cause is None:
            self.find("unasked", label, "nobody sent the message it is about")
        elif cause.message.transactionID != step["transactionID"] or cause.message.kind != move.cause:
            self.find("illegal", label, "a %s led to it, want %s of its transaction" % (cause.message.kind, move.cause))
        elif move.cause == "certConf":
            self.check_certConf(label, cause.message, step)

    def check_certConf(self, label, message, step):
        accepted, certHash = message.confirms()
        if accepted != (step["phase"] in ACCEPTED or step["ending"] in (CONFIRMED, REJECTED)):
            self.find("illegal", label, "it is %s, and the client said otherwise" % ENDINGS[step["ending"]])
        row = self.store.certificate.get(step["certificate"])
        if accepted and row is not None and certHash not in cmp.Certificate(row["der"]).hashes():
            self.find("illegal", label, "the client has confirmed another certificate")

    def check_reply(self, label, move, opening, step):
        reply = step["reply"]
        if (move.says == "come back") != (step["reference"] is not None):
            self.find("illegal", label, "a polling reference where there is none, or none where there is one")
        if move.says in (None, "come back") or reply is None:
            if move.says not in (None, "come back") or reply is not None or step["body"] != -1:
                self.find("illegal", label, "a reply where there is none, or none where there is one")
            return
        answer = cmp.Message(reply)
        certConf = move.cause == "certConf" or (step["phase"] == CLOSED and step["ending"] == REJECTED)
        want = cmp.ERROR if certConf else cmp.ANSWER_TO[opening.message.arm]
        fits = {
            "answer": answer.arm == want and answer.grants(),
            "waiting": answer.arm in (want, cmp.ERROR) and answer.waits(),
            "refusal": answer.arm in (want, cmp.ERROR) and not answer.promises(),
            "pkiconf": answer.arm == cmp.PKICONF,
        }[move.says]
        if not fits or step["body"] != answer.arm or answer.transactionID != step["transactionID"]:
            self.find("illegal", label, "its reply (%s) is not %s" % (answer.kind, move.says))

    def check_certificate_of(self, label, opening, before, step):
        certifies = opening.message.arm != cmp.RR
        had = before["certificate"] if before is not None else None
        if had is not None and step["certificate"] != had:
            self.find("illegal", label, "its certificate has changed")
        if step["phase"] == ISSUED or (step["phase"] == CLOSED and step["ending"] == IMPLICIT):
            if (step["certificate"] is not None) != certifies:
                self.find("illegal", label, "%s, and %s certificate" % (PHASES[step["phase"]],
                          "no" if certifies else "an unasked"))
            given = cmp.Message(step["reply"]).certificates() if step["reply"] is not None else []
            if certifies and [cmp.Certificate(der).fingerprint for der in given] != [step["certificate"]]:
                self.find("illegal", label, "the certificate in its reply is not the one it names")
        elif had is None and step["certificate"] is not None and step["phase"] != READY:
            self.find("illegal", label, "a certificate in phase %s" % PHASES[step["phase"]])
        if step["certificate"] is not None and step["certificate"] not in self.store.certificate:
            self.find("lost", label, "the certificate it names is not in the store")

    # ---- what nobody asked for

    def check_certificates(self):
        count = collections.Counter(row["transactionID"] for row in self.store.certificates)
        for row in self.store.certificates:
            label = "certificate %s" % row["serial"].hex()
            transactionID, certificate = row["transactionID"], cmp.Certificate(row["der"])
            if (certificate.fingerprint, certificate.serial, certificate.issuer) != \
                    (row["fingerprint"], row["serial"], row["issuer_name"]):
                self.find("corrupt", label, "its row does not describe it")
            if count[transactionID] > 1:
                self.find("twice", label, "one of %d of transaction %s" %
                          (count[transactionID], transactionID.hex() if transactionID else None))
            asked = [r for r in self.requests_of.get(transactionID, []) if r.message.arm in cmp.OPENING - {cmp.RR}]
            if not any(r.message.public_key() == certificate.public_key for r in asked):
                self.find("unasked", label, "nobody has asked for it")
            steps = self.store.transactions.get(transactionID, [])
            named = any(s["certificate"] == row["fingerprint"] for s in steps)
            late = bool(steps) and steps[-1]["ending"] == ABANDONED
            named = named or self.store.tombstone.get(transactionID, {"serial": None})["serial"] == row["serial"]
            if not named and not late:
                self.find("unasked", label, "no step of its transaction names it")
            if steps and steps[-1]["ending"] in UNWANTED and row["fingerprint"] not in self.store.revoked:
                self.find("unrevoked", label, ENDINGS[steps[-1]["ending"]])

    def check_orders(self):
        for order in self.store.orders:
            label = "order %s" % order["id"].hex()
            steps = self.store.transactions.get(order["transactionID"], [])
            if not any(s["order_id"] == order["id"] for s in steps):
                self.find("unasked", label, "no step is about it")
        for transactionID, steps in self.store.transactions.items():
            order = self.store.order.get(steps[-1]["order_id"])
            if steps[-1]["phase"] in (ORDERED, WAITING):
                if order is None or order["state"] not in (ORDER_OPEN, ORDER_UNSURE):
                    self.find("lost", transactionID.hex(), "it waits, and there is no open order")
            self.check_told(transactionID, steps)

    def check_told(self, transactionID, steps):
        """Whoever accepts waits for the outcome of one order, and gets that."""
        last, label = steps[-1], transactionID.hex()
        orders = [o for o in self.store.orders if o["transactionID"] == transactionID and o["kind"] in (CONFIRM, DISCARD)]
        for kind in {o["kind"] for o in orders}:
            if sum(o["kind"] == kind for o in orders) > 1:
                self.find("twice", label, "more than one order %ss its certificate" % ("confirm" if kind == CONFIRM else "discard"))
        if not any(s["phase"] in ACCEPTED for s in steps):
            return
        states = (ORDER_OPEN, ORDER_UNSURE) if last["phase"] in ACCEPTED else (ORDER_DONE,) if last["ending"] == CONFIRMED else \
            (ORDER_REJECTED,) if last["ending"] == REJECTED else range(5)
        if [o["state"] for o in orders if o["kind"] == CONFIRM and o["state"] in states] == []:
            self.find("lost", label, "its client has accepted, and its backend has not said that it is %s" %
                      (ENDINGS[last["ending"]] if last["phase"] == CLOSED else "waiting"))

    def check_revocations(self):
        wanted = set()
        by_serial = {(row["issuer_name"], row["serial"]): row["fingerprint"] for row in self.store.certificates}
        for transactionID, steps in self.store.transactions.items():
            if steps[-1]["ending"] in UNWANTED and steps[-1]["certificate"] is not None:
                wanted.add(steps[-1]["certificate"])
            opening = [r for r in self.requests_of.get(transactionID, []) if r.message.digest == steps[0]["digest"]]
            if not opening or opening[0].message.arm != cmp.RR or steps[-1]["ending"] != IMPLICIT:
                continue
            target = by_serial.get(opening[0].message.revokes())
            wanted.add(target)
            if target not in self.store.revoked:
                self.find("unrevoked", opening[0].label(), "accepted, and not in the store")
        for transactionID in self.store.tombstone:
            wanted |= {by_serial.get(r.message.revokes()) for r in self.requests_of.get(transactionID, [])
                       if r.message.arm == cmp.RR}
        if self.store.tombstone:
            wanted |= self.unwanted_and_swept()
        for fingerprint in self.store.revoked - wanted:
            self.find("unasked", "revocation of %s" % fingerprint.hex()[:16], "nobody has asked for it")
        for fingerprint in self.store.revoked if self.crl is not None else ():
            row = self.store.certificate.get(fingerprint)
            if row is not None and row["serial"] not in self.crl:
                self.find("unrevoked", "certificate %s" % row["serial"].hex(), "not on the CRL")

    def unwanted_and_swept(self):
        """Revoked because nobody wanted them, by transactions that were removed since."""
        return {row["fingerprint"] for row in self.store.certificates
                if row["transactionID"] in self.store.tombstone and not any(
                    r.message.arm == cmp.CERTCONF and r.message.confirms()[0]
                    for r in self.requests_of.get(row["transactionID"], []))}

    def check_awaited(self):
        want = {(steps[-1]["due"], transactionID) for transactionID, steps in self.store.transactions.items()
                if steps[-1]["due"] != 0}
        have = {(row["due"], row["transactionID"]) for row in self.store.awaited}
        for due, transactionID in want ^ have:
            self.find("forgotten", transactionID.hex(), "due at %d and not on the timer's list" % due
                      if (due, transactionID) in want else "on the timer's list for no reason")

    def check_tombstones(self):
        serials = {row["serial"] for row in self.store.certificates}
        for transactionID, row in self.store.tombstone.items():
            label = "tombstone of %s" % transactionID.hex()
            if self.store.transactions.get(transactionID):
                self.find("illegal", label, "its transaction is still there")
            opening = [r for r in self.requests_of.get(transactionID, []) if r.message.digest == row["digest"]]
            if not opening or opening[0].message.arm not in cmp.OPENING:
                self.find("unasked", label, "nobody sent its request")
            elif not opening[0].promises() and row["serial"] is not None:
                self.find("unanswered", label, "removed, and its client has never had the certificate")
            if row["serial"] is not None and row["serial"] not in serials:
                self.find("lost", label, "its certificate is not in the store")

    # ---- the end

    def verdict(self):
        requests = self.log.requests.values()
        kinds = collections.Counter(r.message.kind for r in requests)
        counts = "%d requests (%s) sent %d times, %d times unheard, %d times put off; %d transactions, %d moves, " \
                 "%d certificates, %d revocations" % (
                     len(requests), ", ".join("%d %s" % (n, kind) for kind, n in sorted(kinds.items())), self.log.sent,
                     sum(r.unheard for r in requests), sum(r.refusals for r in requests), len(self.store.transactions),
                     self.moves, len(self.store.certificates), len(self.store.revocations))
        if not self.findings:
            return "verdict: clean: nothing lost, nothing twice: " + counts
        words = collections.Counter(word for word, _ in self.findings)
        return "verdict: BROKEN: %s: %s" % (", ".join("%d %s" % (n, word) for word, n in sorted(words.items())), counts)


def check(store, logs, crl=None):
    """A Checker that has run.  crl: DER; None: not looked at."""
    checker = Checker(Log(logs), Store(store), cmp.crl_serials(crl) if crl is not None else None)
    checker.run()
    return checker


def main():
    parser = argparse.ArgumentParser(description="Proves that nothing was lost and nothing done twice.")
    parser.add_argument("--store", required=True, help="the gateway's database")
    parser.add_argument("--crl", help="the CRL as published, DER: every revocation must be on it")
    parser.add_argument("logs", nargs="+", metavar="LOG", help="what clients sent and got")
    options = parser.parse_args()
    checker = check(options.store, options.logs, pathlib.Path(options.crl).read_bytes() if options.crl else None)
    for _, text in checker.findings:
        print(text)
    print(checker.verdict())
    return 1 if checker.findings else 0


if __name__ == "__main__":
    sys.exit(main())
