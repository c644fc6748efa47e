"""Prints the reference of a dialect: what mlir-tblgen makes of its .td, with what
the cases of enums mean, which mlir-tblgen leaves out.

Usage: reference.py MLIR_TBLGEN DIALECT TD INCLUDE...

A case without a meaning in its enum's description is an error.
"""

import re
import subprocess
import sys
import textwrap

TBLGEN = sys.argv[1]


def tblgen(*arguments):
    return subprocess.run(
        [TBLGEN, *arguments], check=True, capture_output=True, encoding="utf-8"
    ).stdout


def descriptions(td, includes):
    """Of every enum by its name; exits where a case has none."""
    printed = tblgen("-print-records", td, *includes)
    records = dict(re.findall(r"^def (\w+) \{(.*?)^\}$", printed, re.M | re.S))
    strings = {
        name: re.search(r'^  string str = "(.*)";$', record, re.M)
        for name, record in records.items()
    }
    found, missing = {}, []
    for record in records.values():
        if not re.match(r"\s*// .*\bEnumInfo\b", record) or '"::sluice' not in record:
            continue
        name = re.search(r'^  string className = "(\w+)";$', record, re.M).group(1)
        text = re.search(r"^  code description = \[\{\n(.*?)\}\];$", record, re.M | re.S)
        text = textwrap.dedent(text.group(1)) if text else ""
        cases = re.search(r"enumerants = \[(.*)\];", record).group(1).split(", ")
        for case in (strings[case].group(1) for case in cases):
            if not re.search(rf"^\| `{re.escape(case)}` \| \S", text, re.M):
                missing.append(f"{name}: the description has no row for `{case}`")
        found[name] = text
    if missing or not found:
        sys.exit("\n".join(missing) or f"{td}: no enum")
    return found


def main(dialect, td, *folders):
    includes = [option for folder in folders for option in ("-I", folder)]
    page = tblgen("-gen-dialect-doc", f"-dialect={dialect}", td, *includes)
    head, enums = page.split("\n## Enums\n")
    for name, text in descriptions(td, includes).items():
        section = re.compile(rf"(### {name}\n\n.*\n\n)#### Cases:\n\n(?:\|.*\n)+")
        enums = section.sub(lambda found: f"{found.group(1)}{text}", enums)
    sys.stdout.reconfigure(encoding="utf-8")
    print(f"{head}\n## Enums\n{enums}", end="")


main(*sys.argv[2:])
