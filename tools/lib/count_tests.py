"""Counts single tests from the reports of ctest, lit and GoogleTest.

Usage: count_tests.py REPORTS LOG

REPORTS holds tests.json (ctest --show-only=json-v1), ctest.xml (--output-junit) and
gtest/*.xml; lit's commands name their own reports. ctest says which programs ran and
how each ended; the XML file of a program says how its tests went. Where the two disagree, or a
program that should have written a file left none, the worse one counts.
Prints the slowest tests, the failures, then the line `N passed, N failed[, N skipped]`. Exit
status 0 if something passed and nothing failed.
"""

import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

MAX_SHOWN = 20
MAX_LINES = 25
NUM_SLOWEST = 10
LIT_REPORT = "--xunit-xml-output="
GTEST_BEGAN = re.compile(r"^\[=+\] Running \d+ test", re.M)
GTEST_ENDED = re.compile(r"^\[=+\] \d+ tests? from .* ran\.", re.M)
# lit's words for a test of another suite.
NOT_SELECTED = "Test not selected"
# ctest's words for a test that chose not to run; any other reason is a failure.
SKIPPED = ("SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION", "Disabled")

Outcome = collections.namedtuple("Outcome", "verdict name output seconds")


def read_xml(path):
    """The root of an XML file, None where it is absent or cut short."""
    try:
        return ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None


def cases(root, separator):
    """The outcome of each test of one lit or GoogleTest report."""
    for case in root.iter("testcase"):
        name = case.get("classname", "") + separator + case.get("name", "")
        broken = case.findall("failure") + case.findall("error")
        skipped = case.find("skipped")
        seconds = float(case.get("time") or 0)
        if broken:
            yield Outcome("failed", name, "\n".join(b.text or "" for b in broken), seconds)
        elif skipped is not None and skipped.get("message", "").startswith(NOT_SELECTED):
            continue
        elif (
            skipped is not None
            or case.get("result") == "skipped"
            or case.get("status") == "notrun"  # GoogleTest's DISABLED_
        ):
            yield Outcome("skipped", name, "", seconds)
        else:
            yield Outcome("passed", name, "", seconds)


def ctest_outcome(case):
    name = case.get("name")
    output = case.findtext("system-out") or ""
    seconds = float(case.get("time") or 0)
    if case.get("status") == "run":
        return Outcome("passed", name, output, seconds)
    skipped = case.find("skipped")
    if case.get("status") == "disabled" or (
        skipped is not None and skipped.get("message", "").startswith(SKIPPED)
    ):
        return Outcome("skipped", name, output, seconds)
    for reason in (skipped, case.find("failure")):
        if reason is not None and reason.get("message"):
            output += f"\nctest: {reason.get('message')}"
    return Outcome("failed", name, output, seconds)


def report_of(command, reports):
    """The report that the program started by `command` left, if it left one."""
    for word in command:
        if word.startswith(LIT_REPORT):
            return pathlib.Path(word.removeprefix(LIT_REPORT))
        name = pathlib.Path(word).name
        report = reports / "gtest" / (name + ".xml")
        if report.exists():
            return report
    return None


def single_tests(outcome, report, shared):
    """The single tests behind one ctest test and its outcome."""
    # Tests that share a program write to one report: ctest's verdict it is.
    root = None if report is None or shared else read_xml(report)
    if root is not None:
        found = list(cases(root, "." if report.parent.name == "gtest" else "/"))
        if outcome.verdict == "failed" and all(o.verdict != "failed" for o in found):
            # Say, a leak found at exit, a timeout, an error in lit's configuration.
            found.append(outcome)
        return found
    if outcome.verdict == "passed":
        if report is not None and not shared:
            return [outcome._replace(verdict="failed", output="no whole report was written")]
        if GTEST_BEGAN.search(outcome.output) and not GTEST_ENDED.search(outcome.output):
            return [outcome._replace(verdict="failed", output="ended before its tests did")]
    return [outcome]


def count(reports):
    tests = json.loads((reports / "tests.json").read_text())["tests"]
    root = read_xml(reports / "ctest.xml")
    ran = {} if root is None else {c.get("name"): c for c in root.iter("testcase")}
    used = {t["name"]: report_of(t.get("command", []), reports) for t in tests}
    users = collections.Counter(used.values())
    outcomes = []
    for name, report in used.items():
        if name in ran:
            outcomes += single_tests(ctest_outcome(ran[name]), report, users[report] > 1)
        else:
            outcomes.append(Outcome("failed", name, "ctest did not get to it", 0))
    return outcomes


def main():
    reports, log = pathlib.Path(sys.argv[1]), sys.argv[2]
    outcomes = count(reports)
    if len(outcomes) > NUM_SLOWEST:
        print("The slowest tests:")
        for outcome in sorted(outcomes, key=lambda o: -o.seconds)[:NUM_SLOWEST]:
            print(f"{outcome.seconds:7.1f} s  {outcome.name}")
    failures = [o for o in outcomes if o.verdict == "failed"]
    for failure in failures[:MAX_SHOWN]:
        print(f"FAILED: {failure.name}")
        for line in failure.output.strip().splitlines()[-MAX_LINES:]:
            print(f"    {line}")
    if len(failures) > MAX_SHOWN:
        print(f"and {len(failures) - MAX_SHOWN} more")
    if failures:
        print(f"The whole log: {log}")
    counts = collections.Counter(o.verdict for o in outcomes)
    if not counts["passed"] and not failures:
        print("No test was run.")
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 0 if counts["passed"] and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
