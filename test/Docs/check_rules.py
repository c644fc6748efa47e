"""Compares numbered rules: those that verifiers hold to, those that the negative
tests show, and those in a table with the errors that they give.

Usage: check_rules.py LETTER TABLE.md TESTS VERIFIERS

TESTS and VERIFIERS are folders. Every error of the table stands in a test under the
rule's number; words in capitals and numbers N stand for anything.
"""

import pathlib
import re
import sys

letter, table, tests, verifiers = sys.argv[1:]
RULE = re.compile(rf"// ({letter}\d+)\b")
RULES = re.compile(rf"///? ({letter}\d+(?:, {letter}\d+)*)\b")
failures = []


def expected_errors():
    """Of every rule by its number, as the tests have them."""
    errors = {}
    for file in sorted(pathlib.Path(tests).glob("*-errors.mlir")):
        rule = None
        for line in file.read_text(encoding="utf-8").splitlines():
            if found := RULE.match(line):
                rule = found.group(1)
                errors.setdefault(rule, [])
            elif rule:
                errors[rule] += re.findall(r"expected-error.*?\{\{(.*?)\}\}", line)
    return errors


def pattern(error):
    """The error as the table has it, placeholders being anything."""
    words = re.split(r"(\b[A-Z]+\b)", error)
    return "".join(".*" if i % 2 else re.escape(word) for i, word in enumerate(words))


shown = expected_errors()
enforced = {
    rule
    for file in pathlib.Path(verifiers).glob("*.[ch]*")
    for rules in RULES.findall(file.read_text(encoding="utf-8"))
    for rule in rules.split(", ")
}
rows = dict(
    re.findall(
        rf"^\| ({letter}\d+) \| [^|]+ \| (`.*`) \|$",
        pathlib.Path(table).read_text(encoding="utf-8"),
        re.M,
    )
)
for rule in sorted({*shown, *enforced, *rows}, key=lambda rule: int(rule[1:])):
    for place, rules in ((tests, shown), (verifiers, enforced), (table, rows)):
        if rule not in rules:
            failures.append(f"{rule}: not in {place}")
    for error in re.findall(r"`([^`]+)`", rows.get(rule, "")):
        if not any(re.search(pattern(error), text) for text in shown.get(rule, [])):
            failures.append(f"{rule}: no test of `{error}`")
for failure in failures:
    print(failure)
if not rows:
    print(f"no rule in {table}")
sys.exit(1 if failures or not rows else 0)
