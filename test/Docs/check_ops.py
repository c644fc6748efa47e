"""Looks for every operation of the dialects where it has to be shown.

Usage: check_ops.py SOURCE

The list of operations is that of docs/reference. Each stands in a test of its
dialect that is no test of errors; and those of delta in the language's page, in a
table, and among the fuzzer's seeds.
"""

import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])


def read(pattern):
    files = sorted(source.glob(pattern))
    return "\n".join(f.read_text() for f in files if not f.stem.endswith("-errors"))


failures = []
for dialect, folder in (("delta", "Delta"), ("tile", "Tile"), ("wy", "WY")):
    page = (source / f"docs/reference/{dialect}.md").read_text()
    names = re.findall(rf"^### `({dialect}\.\w+)`", page, re.M)
    if not names:
        failures.append(f"no operation of {dialect} in docs/reference/{dialect}.md")
    places = {f"test/Dialect/{folder}": read(f"test/Dialect/{folder}/*.mlir")}
    if dialect == "delta":
        rows = re.findall(r"^\| .*", read("docs/spec.md"), re.M)
        places["a table of docs/spec.md"] = "\n".join(rows)
        seeds = "test/fuzz/corpus/spec/every_op.mlir"
        places[seeds] = read(seeds)
    for place, text in places.items():
        failures += [
            f"{name}: not in {place}"
            for name in names
            if not re.search(rf"{re.escape(name)}\b", text)
        ]
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
