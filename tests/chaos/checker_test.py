#!/usr/bin/python3
"""The checker is checked: a genuine history is clean, and with one thing wrong in it, that is found.

    checker_test.py CMPGATE CRASHPOINT.SO

Each case takes a copy of a log and a store that a gateway and its clients have made, changes one thing, and names the
word that a finding must begin with.
"""
import base64
import json
import pathlib
import shutil
import sqlite3

import checker
import message as cmp
from gateway import SLOW, TOLD, Trouble
from stage import options_of, run, stage

CASES = []


def case(word, text):
    def add(doctor):
        CASES.append((word, text, doctor))
        return doctor
    return add


class History:
    """A copy of what happened, to be doctored."""

    def __init__(self, directory, number, source):
        self.store = pathlib.Path(directory, "case-%d.db" % number)
        self.log = pathlib.Path(directory, "case-%d.jsonl" % number)
        shutil.copyfile(source["store"], self.store)
        self.lines = [json.loads(line) for line in source["log"].read_text().splitlines()]
        self.crl, self.named = source["crl"], source["named"]

    def sql(self, text, *values):
        db = sqlite3.connect(self.store)
        changed = db.execute(text, values).rowcount
        db.commit()
        db.close()
        if changed < 1:
            raise Trouble("the case changes nothing: " + text)

    def get(self, text, *values):
        db = sqlite3.connect(self.store)
        row = db.execute(text, values).fetchone()
        db.close()
        return row[0]

    def entries(self, name, body):
        """The log's lines about a message of a named transaction."""
        return [e for e in self.lines if e["transactionID"] == self.named[name].hex() and e["body"] == body]

    def findings(self):
        self.log.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return checker.check(self.store, [self.log], self.crl).findings


def of(history, name):
    return history.named[name]


# ---- the store --------------------------------------------------------------------------------------------------------


@case("lost", "the last step of a transaction is gone")
def _(h):
    h.sql("DELETE FROM steps WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("lost", "a whole transaction is gone")
def _(h):
    h.sql("DELETE FROM steps WHERE transactionID = ?", of(h, "confirmed"))


@case("illegal", "the first step of a transaction is gone")
def _(h):
    h.sql("DELETE FROM steps WHERE transactionID = ? AND number = 1", of(h, "slow"))


@case("illegal", "a step in the middle is gone")
def _(h):
    h.sql("DELETE FROM steps WHERE transactionID = ? AND phase = ?", of(h, "slow"), checker.READY)


@case("missing", "a certificate is gone")
def _(h):
    h.sql("DELETE FROM certificates WHERE transactionID = ?", of(h, "confirmed"))


@case("missing", "a certificate is stored as that of another transaction")
def _(h):
    h.sql("UPDATE certificates SET transactionID = ? WHERE transactionID = ?", of(h, "open"), of(h, "confirmed"))


@case("twice", "a transaction has led to two certificates")
def _(h):
    h.sql("UPDATE certificates SET transactionID = ? WHERE transactionID = ?", of(h, "open"), of(h, "confirmed"))


@case("twice", "the steps of a transaction name two certificates")
def _(h):
    h.sql("UPDATE steps SET certificate = (SELECT certificate FROM steps WHERE transactionID = ?) "
          "WHERE transactionID = ? AND number = 2", of(h, "open"), of(h, "confirmed"))


@case("unasked", "a certificate belongs to no transaction")
def _(h):
    h.sql("UPDATE certificates SET transactionID = NULL WHERE transactionID = ?", of(h, "confirmed"))


@case("unasked", "no step names a certificate")
def _(h):
    h.sql("UPDATE steps SET certificate = NULL WHERE transactionID = ?", of(h, "confirmed"))


@case("corrupt", "a row does not describe its certificate")
def _(h):
    h.sql("UPDATE certificates SET serial = x'0102' WHERE transactionID = ?", of(h, "confirmed"))


@case("lost", "a stored reply is another than the one that was sent")
def _(h):
    h.sql("UPDATE steps SET reply = (SELECT reply FROM steps WHERE transactionID = ? AND number = 1) "
          "WHERE transactionID = ? AND number = 1", of(h, "open"), of(h, "confirmed"))


@case("lost", "two replies of a transaction are exchanged")
def _(h):
    replies = [h.get("SELECT reply FROM steps WHERE transactionID = ? AND number = ?", of(h, "confirmed"), n) for n in (1, 2)]
    for number, reply in ((2, replies[0]), (1, replies[1])):
        h.sql("UPDATE steps SET reply = ? WHERE transactionID = ? AND number = ?", reply, of(h, "confirmed"), number)


@case("altered", "the store has granted what its client was refused")
def _(h):
    refusal = response_of(h, "confirmed", "ir")
    refusal = refusal[:-1] + bytes((refusal[-1] ^ 1,))
    h.sql("UPDATE steps SET reply = ? WHERE transactionID = ? AND number = 1", refusal, of(h, "confirmed"))


@case("illegal", "a step without its reply")
def _(h):
    h.sql("UPDATE steps SET reply = NULL, body = -1 WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("illegal", "a confirmed certificate is said to be declined")
def _(h):
    h.sql("UPDATE steps SET ending = ? WHERE transactionID = ? AND number = 2", checker.DECLINED, of(h, "confirmed"))


@case("illegal", "a declined certificate is said to be confirmed")
def _(h):
    h.sql("UPDATE steps SET ending = ? WHERE ending = ?", checker.CONFIRMED, checker.DECLINED)


@case("illegal", "an ending that only a timer can bring, with a reply")
def _(h):
    h.sql("UPDATE steps SET ending = ? WHERE transactionID = ? AND number = 2", checker.UNCONFIRMED, of(h, "confirmed"))


@case("illegal", "a phase that cannot follow")
def _(h):
    h.sql("UPDATE steps SET phase = ?, ending = 0 WHERE transactionID = ? AND number = 2", checker.WAITING,
          of(h, "confirmed"))


@case("illegal", "a phase that does not exist")
def _(h):
    h.sql("UPDATE steps SET phase = 9 WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("illegal", "a step after the end")
def _(h):
    copy_step(h, of(h, "confirmed"), 2, 3)


@case("illegal", "an answer that was given has a polling reference")
def _(h):
    h.sql("UPDATE steps SET reference = 7 WHERE transactionID = ? AND number = 1", of(h, "confirmed"))


def told_by_framing(h):
    """As if the transport had told the slow client to come back."""
    h.sql("UPDATE steps SET reply = NULL, body = -1, reference = 7 WHERE transactionID = ? AND phase = ?", of(h, "slow"),
          checker.WAITING)
    for entry in h.entries("slow", "ir"):
        entry.update(come_back=7, response=None)


@case(None, "a client is told to come back by the framing of its transport")
def _(h):
    told_by_framing(h)


@case("altered", "two references for the same bytes")
def _(h):
    told_by_framing(h)
    h.lines.append(dict(h.entries("slow", "ir")[0], come_back=8))


@case("lost", "a reference that was given out is not in the store")
def _(h):
    told_by_framing(h)
    h.sql("UPDATE steps SET reference = 8 WHERE reference = 7")


@case("lost", "nothing is said to be under a reference that waits")
def _(h):
    told_by_framing(h)
    h.sql("DELETE FROM steps WHERE transactionID = ? AND phase > ?", of(h, "slow"), checker.WAITING)
    h.lines.append(dict(h.entries("slow", "ir")[0], come_back=None, poll=7, unknown=True))


@case("illegal", "a number is left out")
def _(h):
    h.sql("UPDATE steps SET number = 3 WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("illegal", "a step is older than the one before it")
def _(h):
    h.sql("UPDATE steps SET at = at - 1000 WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("illegal", "the credential changes in the middle")
def _(h):
    h.sql("UPDATE steps SET credential_name = x'00' WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("illegal", "another message has led to a step")
def _(h):
    h.sql("UPDATE steps SET digest = (SELECT digest FROM steps WHERE transactionID = ? AND number = 1) "
          "WHERE transactionID = ? AND number = 2", of(h, "open"), of(h, "confirmed"))


@case("unasked", "a step about a message that nobody sent")
def _(h):
    h.sql("UPDATE steps SET digest = zeroblob(32) WHERE transactionID = ? AND number = 2", of(h, "confirmed"))


@case("unasked", "a transaction that nobody opened")
def _(h):
    h.sql("UPDATE steps SET transactionID = x'00112233' WHERE transactionID = ?", of(h, "confirmed"))


@case("illegal", "a confirmation that is awaited, and yet never due")
def _(h):
    h.sql("UPDATE steps SET due = 0 WHERE transactionID = ?", of(h, "open"))


@case("forgotten", "the timer does not know of a confirmation that is awaited")
def _(h):
    h.sql("DELETE FROM awaited")


@case("forgotten", "the timer waits for a transaction that is over")
def _(h):
    h.sql("INSERT INTO awaited VALUES (1, ?)", of(h, "confirmed"))


@case("unrevoked", "what was declined is not revoked")
def _(h):
    revocation_of(h, "declined")


@case("unrevoked", "what was given up is not revoked")
def _(h):
    revocation_of(h, "abandoned")


@case("unrevoked", "what an rr was about is not revoked")
def _(h):
    revocation_of(h, "revoked")


@case("unasked", "a certificate is revoked that should not be")
def _(h):
    h.sql("INSERT INTO revocations SELECT id, 1, 0 FROM certificates WHERE transactionID = ?", of(h, "confirmed"))


@case("unasked", "an order that no step is about")
def _(h):
    h.sql("UPDATE orders SET id = x'00', transactionID = x'00' WHERE kind = 3")


@case("lost", "a client waits for an order that is closed")
def _(h):
    h.sql("DELETE FROM steps WHERE transactionID = ? AND phase NOT IN (?, ?)", of(h, "slow"), checker.ORDERED,
          checker.WAITING)


@case("corrupt", "an index has lost an entry")
def _(h):
    root = h.get("SELECT rootpage FROM sqlite_schema WHERE name = 'certificates_fingerprint'")
    size = h.get("PRAGMA page_size")
    octets = bytearray(h.store.read_bytes())
    cells = (root - 1) * size + 3
    octets[cells:cells + 2] = (int.from_bytes(octets[cells:cells + 2], "big") - 1).to_bytes(2, "big")
    h.store.write_bytes(octets)


# ---- what clients say -----------------------------------------------------------------------------------------------------


@case("unanswered", "a request has no answer")
def _(h):
    for entry in h.entries("confirmed", "certConf"):
        entry.update(status=None, response=None)


@case("unanswered", "a request was only ever put off")
def _(h):
    for entry in h.entries("confirmed", "ir"):
        entry.update(status=503, response=base64.b64encode(b"not now\n").decode())


@case("altered", "a repeat got an answer that differs in one bit")
def _(h):
    response = bytearray(response_of(h, "confirmed", "ir"))
    response[-1] ^= 1
    h.entries("confirmed", "ir")[-1]["response"] = base64.b64encode(response).decode()


@case("altered", "a repeat of what was granted was refused")
def _(h):
    refusal = error_for(h.entries("confirmed", "ir")[0])
    h.entries("confirmed", "ir")[-1]["response"] = base64.b64encode(refusal).decode()


@case("altered", "a client got only refusals for what is in the store")
def _(h):
    for entry in h.entries("confirmed", "ir"):
        entry["response"] = base64.b64encode(error_for(entry)).decode()


@case("altered", "an answer belongs to another transaction")
def _(h):
    for entry in h.entries("confirmed", "ir"):
        entry["response"] = base64.b64encode(response_of(h, "open", "ir")).decode()


@case("lost", "a poll after the answer gets another answer")
def _(h):
    entry = [e for e in h.entries("slow", "pollReq") if e["client"].endswith("again")][0]
    answer = base64.b64decode(entry["response"])
    status = cmp.Message(answer).protected_body.der
    entry["response"] = base64.b64encode(answer.replace(status, status.replace(b"\x02\x01\x00", b"\x02\x01\x01"))).decode()


@case("lost", "a client has an answer that the store has not")
def _(h):
    response = bytearray(response_of(h, "confirmed", "certConf"))
    response[-1] ^= 1
    for entry in h.entries("confirmed", "certConf"):
        entry["response"] = base64.b64encode(response).decode()


@case("twice", "a client was given two certificates")
def _(h):
    other = response_of(h, "open", "ir")
    h.entries("confirmed", "ir")[-1]["response"] = base64.b64encode(other).decode()


@case("unasked", "the store has a transaction that no client knows")
def _(h):
    h.lines = [e for e in h.lines if e["transactionID"] != of(h, "confirmed").hex()]


@case("unasked", "nobody sent the certConf of a confirmed certificate")
def _(h):
    gone = h.entries("confirmed", "certConf")
    h.lines = [e for e in h.lines if e not in gone]


@case("unasked", "a certificate is for another key than the one in the request")
def _(h):
    mine, other = h.entries("confirmed", "ir")[0], h.entries("slow", "ir")[0]
    key = cmp.Message(base64.b64decode(mine["request"])).public_key()
    forged = base64.b64decode(mine["request"]).replace(key, cmp.Message(base64.b64decode(other["request"])).public_key())
    digest = cmp.Message(forged).digest
    h.sql("UPDATE steps SET digest = ? WHERE transactionID = ? AND number = 1", digest, of(h, "confirmed"))
    for entry in h.entries("confirmed", "ir"):
        entry.update(request=base64.b64encode(forged).decode(), digest=digest.hex())


@case("unrevoked", "the CRL does not have it")
def _(h):
    h.crl = b"\x30\x04\x30\x02\x05\x00"


# ---- a backend that confirms ------------------------------------------------------------------------------------------


@case("lost", "the order that confirms is gone")
def _(h):
    h.sql("DELETE FROM orders WHERE kind = 3")


@case("lost", "confirmed, and the backend has not said so")
def _(h):
    h.sql("UPDATE orders SET state = 0 WHERE kind = 3")


@case("lost", "confirmed, and the backend has refused")
def _(h):
    h.sql("UPDATE orders SET state = 2 WHERE kind = 3")


@case("twice", "there are two orders that confirm")
def _(h):
    columns = "transactionID, certReqId, kind, state, backend, profile, created, due, attempts, submitted, waiting, " \
              "implicit_confirm, modified, certificate, not_before, not_after, reason, fail_info"
    h.sql("INSERT INTO orders (id, %s) SELECT x'01', %s FROM orders WHERE kind = 3" % (columns, columns))


@case("illegal", "the order that confirms is about another certificate")
def _(h):
    h.sql("UPDATE orders SET certificate = x'3000' WHERE kind = 3")


@case("illegal", "the order of a certConf is another's")
def _(h):
    h.sql("UPDATE orders SET kind = 4 WHERE kind = 3")


@case("illegal", "confirmed while the client was to go on waiting")
def _(h):
    h.sql("UPDATE steps SET phase = 8, ending = 0 WHERE transactionID = ? AND phase = 5", of(h, "told"))


@case("unrevoked", "rejected by the backend, and in force")
def _(h):
    h.sql("UPDATE steps SET ending = 7 WHERE transactionID = ? AND phase = 5", of(h, "told"))


@case("illegal", "told to wait by another answer than that of the store")
def _(h):
    h.sql("UPDATE steps SET reply = (SELECT reply FROM steps WHERE transactionID = ?1 AND phase = 5), body = 19 "
          "WHERE transactionID = ?1 AND phase = 8", of(h, "told"))


# ---- help -------------------------------------------------------------------------------------------------------------------


def response_of(h, name, body):
    return base64.b64decode(h.entries(name, body)[0]["response"])


def error_for(entry):
    """An error message that refuses the request of a log's line."""
    request = cmp.Message(base64.b64decode(entry["request"]))
    field = lambda tag, octets: cmp.write(0xa0 | tag, cmp.write(cmp.OCTET_STRING, octets))
    header = cmp.write(cmp.SEQUENCE, *[f.der for f in request.header[:3]], field(4, request.transactionID),
                       field(5, b"nonce"), field(6, request.senderNonce))
    status = cmp.write(cmp.SEQUENCE, cmp.write(cmp.INTEGER, bytes((cmp.REJECTION,))))
    return cmp.write(cmp.SEQUENCE, header, cmp.write(0xa0 | cmp.ERROR, cmp.write(cmp.SEQUENCE, status)))


def revocation_of(h, name):
    h.sql("DELETE FROM revocations WHERE certificate = (SELECT id FROM certificates WHERE transactionID = ?)", of(h, name))


def copy_step(h, transactionID, number, copy):
    columns = "at, endpoint, profile, digest, credential_kind, credential_name, phase, ending, operation, body, pvno, " \
              "certReqId, our_nonce, first_nonce, order_id, certificate, due, reply"
    h.sql("INSERT INTO steps (transactionID, number, %s) SELECT transactionID, ?, %s FROM steps "
          "WHERE transactionID = ? AND number = ?" % (columns, columns), copy, transactionID, number)


# ---- a genuine history ---------------------------------------------------------------------------------------------------------


def make_history(it):
    """Every way a transaction can go in a short time; the names of some of them."""
    it.gateway.add_slow("idempotent", 1)
    it.gateway.add_slow("confirms", 1, "told")
    it.gateway.start(settle=True)
    openssl, slow = it.openssl("openssl"), it.openssl("slow", path=SLOW)
    quick, named = it.quick(openssl.template(), "quick"), {}
    deliver = lambda der: cmp.Message(it.patience.deliver("quick", der))
    for name, follow in (("confirmed", quick.make_certConf),
                         ("declined", lambda ip: quick.make_certConf(ip, cmp.REJECTION)),
                         ("abandoned", quick.make_error), ("open", None)):
        ip = deliver(quick.make_ir())
        named[name] = ip.transactionID
        if follow is not None:
            deliver(follow(ip))
    openssl.enrol("device")
    named["revoked"] = first_of(it, "openssl", cmp.IR)
    slow.ir("slow device")
    named["slow"] = first_of(it, "slow", cmp.IR)
    told = it.quick(openssl.template(), "told", path=TOLD)
    told.enrol()
    named["told"] = first_of(it, "told", cmp.IR)
    for der in list(it.recorder.requests):
        it.repeat(der)
    it.wait_for_crl()
    it.gateway.stop()
    it.recorder.close()
    return {"store": it.gateway.store, "log": pathlib.Path(it.recorder.path), "crl": it.gateway.crl.read_bytes(),
            "named": named}


def first_of(it, client, arm):
    found = [cmp.Message(der) for der, (who, _) in it.recorder.requests.items() if who == client]
    return next(m.transactionID for m in found if m.arm == arm)


def try_case(h, word, text, doctor):
    doctor(h)
    found = h.findings()
    if word is None:
        if found:
            raise Trouble("%s: want no finding, have %s" % (text, [t for _, t in found]))
        return
    if word not in {w for w, _ in found}:
        raise Trouble("not found: %s: want a finding '%s', have %s" % (text, word, [t for _, t in found] or "none"))
    print("found: %-10s %s" % (word, text))


def main():
    options = options_of("Checks the checker.")
    with stage(options, "checker") as it:
        source = make_history(it)
        clean = checker.check(source["store"], [source["log"]], source["crl"])
        if clean.findings:
            raise Trouble("a genuine history is not clean: %s" % clean.findings)
        print(clean.verdict())
        for number, (word, text, doctor) in enumerate(CASES):
            try_case(History(it.directory, number, source), word, text, doctor)
        print("%d doctored histories: each one found out" % len([word for word, _, _ in CASES if word]))


if __name__ == "__main__":
    run(main)
