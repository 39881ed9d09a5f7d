#!/usr/bin/python3
"""Makes docs/conformance.md from the requirements beside this file and from what the tests say they hold.

    table.py                       writes docs/conformance.md
    table.py --check [BUILD]       exit status 1 and what is wrong: the document is stale, a requirement has neither a
                                   test nor a reason, a test names what is none, or (BUILD) a test is not built

A requirement is a line of rfc9483 or rfc9810 (the format is told there).  A test says in a comment which it holds:

    /* holds 9483-3.5-03 9810-7-02 */             # holds 9483-3.5-03 9810-7-02
    CASE(pvno_4_is_unsupportedVersion)            anywhere in a script: the script holds it
"""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
DOCUMENT = TOP / "docs" / "conformance.md"
RFCS = ("9483", "9810")

HOLDS = re.compile(r"\bholds ((?:9483|9810)-[\w., -]*)")
NUMBER = re.compile(r"(?:9483|9810)-[0-9.]+-[0-9]+")
TEST = re.compile(r"^(?:TEST|CASE)\((\w+)\)")


class Requirement:
    def __init__(self, number, level, text):
        self.number, self.level, self.text = number, level, text
        self.reason, self.kind, self.tests = None, None, []

    def state(self):
        if self.kind in ("not", "part"):
            return {"not": "not ours", "part": "a part"}[self.kind]
        if self.kind == "later":
            return "in part" if self.tests else "not yet"
        return "held" if self.tests else "nothing"

    def held_by(self):
        held = "<br>".join(self.tests)
        return held + ("<br>" if held and self.reason else "") + (
            {"not": "not: ", "part": "not ours yet: ", "later": "**not yet**: "}[self.kind] + self.reason if self.reason else "")


class Complaints(list):
    def add(self, where, what):
        self.append(f"{where}: {what}")


# ---- requirements ------------------------------------------------------------------------------------------------

def read_requirements(rfc, wrong):
    """Sections in their order: (title, [Requirement])."""
    sections, path = [], HERE / f"rfc{rfc}"
    for n, line in enumerate(path.read_text().splitlines(), 1):
        where, text = f"{path.name}:{n}", line.strip()
        reason = re.match(r"(not|part|later): (.+)", text)
        row = re.match(r"([0-9.]+-[0-9]+) (MUST|SHOULD|should) (.+)", text)
        if not text or text.startswith("#"):
            continue
        if text.startswith("= "):
            sections.append((text[2:], []))
        elif line.startswith(" ") and reason and sections and sections[-1][1]:
            sections[-1][1][-1].kind, sections[-1][1][-1].reason = reason.groups()
        elif row and sections:
            sections[-1][1].append(Requirement(f"{rfc}-{row[1]}", row[2], row[3]))
        else:
            wrong.add(where, f"not a requirement, a section or a reason: {text}")
    return sections


def by_number(documents, wrong):
    known = {}
    for sections in documents.values():
        for _, rows in sections:
            for r in rows:
                if r.number in known:
                    wrong.add(r.number, "twice")
                known[r.number] = r
    return known


# ---- tests -------------------------------------------------------------------------------------------------------

def sources():
    for path in sorted((TOP / "tests").rglob("*")):
        if path.is_file() and (HERE not in path.parents or path.name == "answer.py") and "vectors" not in path.parts and path.suffix not in (
                ".der", ".pem", ".cmake", ".md", ".h"):
            yield path


def numbers_in(line, where, wrong):
    found = HOLDS.search(line)
    if not found:
        return []
    words = [w for w in re.split(r"[ ,]+", found[1]) if w]
    for w in words:
        if not NUMBER.fullmatch(w):
            wrong.add(where, f"'{w}' is no number of a requirement")
    return [w for w in words if NUMBER.fullmatch(w)]


def read_c(path, lines, wrong):
    """Pairs (number, name of the test): a mark belongs to the test that comes next."""
    pairs, waiting = [], []
    for n, line in enumerate(lines, 1):
        where = f"{path.relative_to(TOP)}:{n}"
        waiting += [(number, where) for number in numbers_in(line, where, wrong)]
        test = TEST.match(line)
        if test:
            name = f"`{path.stem}` {test[1].replace('_', ' ')}"
            pairs += [(number, name, at) for number, at in waiting]
            waiting = []
    for number, at in waiting:
        wrong.add(at, f"{number} stands above no test")
    return pairs


def read_script(path, lines, wrong):
    name = f"`{path.relative_to(TOP / 'tests')}`"
    return [(number, name, f"{path.relative_to(TOP)}:{n}") for n, line in enumerate(lines, 1)
            for number in numbers_in(line, f"{path.relative_to(TOP)}:{n}", wrong)]


def is_run(path, compiled):
    """C: it is compiled here.  A script: a file of CMake beside it names it."""
    if path.suffix == ".c":
        return compiled is None or str(path) in compiled
    names = [c.read_text() for c in path.parent.iterdir() if c.suffix == ".cmake" or c.name == "CMakeLists.txt"]
    return any(re.search(rf"\b{re.escape(path.name)}\b", text) for text in names)


def read_tests(known, compiled, wrong):
    for path in sources():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        pairs = (read_c if path.suffix == ".c" else read_script)(path, lines, wrong)
        if pairs and not is_run(path, compiled):
            wrong.add(path.relative_to(TOP), "is not run as a test")
        for number, name, at in pairs:
            if number not in known:
                wrong.add(at, f"there is no requirement {number}")
            elif name not in known[number].tests:
                known[number].tests.append(name)


def judge(known, wrong):
    for r in known.values():
        if r.state() == "nothing":
            wrong.add(r.number, f"has neither a test nor a reason: {r.text}")
        if r.kind in ("not", "part") and r.tests:
            wrong.add(r.number, "is said not to be ours, and yet a test holds it")


# ---- the document ------------------------------------------------------------------------------------------------

HEAD = """# Conformance

What RFC 9483 (Lightweight CMP Profile) and RFC 9810, sections 5 and 7, ask of a server or an RA, and the test that holds
each. This file is made by `tests/conformance/table.py` from `tests/conformance/rfc*` and from the marks in the tests; the test
`conformance.table` fails when it is stale. How to add to it: [the README](../README.md#conformance).

"""


def summary(known):
    count = {state: sum(r.state() == state for r in known.values()) for state in
             ("held", "in part", "not yet", "a part", "not ours")}
    return (f"{len(known)} requirements: **{count['held']}** held by tests, **{count['in part']}** in part, "
            f"**{count['not yet']}** not yet; {count['a part']} of parts that are not there yet (relaying, key generation), "
            f"{count['not ours']} not followed or not ours, with the reason.\n")


def document(documents, known):
    out = [HEAD, summary(known)]
    for rfc, sections in documents.items():
        out.append(f"\n## RFC {rfc}\n")
        for title, rows in sections:
            out.append(f"\n### {title}\n\n| | | requirement | held by |\n|---|---|---|---|\n")
            out += [f"| {r.number[5:]} | {r.level} | {r.text} | {r.held_by()} |\n" for r in rows]
    return "".join(out)


def main():
    check, wrong = "--check" in sys.argv, Complaints()
    rest = [a for a in sys.argv[1:] if a != "--check"]
    compiled = {e["file"] for e in json.loads((pathlib.Path(rest[0]) / "compile_commands.json").read_text())} if rest else None
    documents = {rfc: read_requirements(rfc, wrong) for rfc in RFCS}
    known = by_number(documents, wrong)
    read_tests(known, compiled, wrong)
    judge(known, wrong)
    text = document(documents, known)
    if not check:
        DOCUMENT.write_text(text)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        wrong.add(DOCUMENT.relative_to(TOP), "is stale: run tests/conformance/table.py")
    for line in wrong:
        print(line, file=sys.stderr)
    print(summary(known), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
