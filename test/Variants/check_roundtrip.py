"""A variant of the library verifies, keeps its name, and survives printing in both
forms (SluiceVariantsTests checks what is embedded).

Usage: check_roundtrip.py VARIANT
"""

import pathlib
import re
import subprocess
import sys

name = sys.argv[1]
file = pathlib.Path(__file__).parents[2] / "lib/Variants" / f"{name}.mlir"


def opt(*arguments, text=None):
    return subprocess.run(
        ["sluice-opt", *arguments], input=text, check=True, capture_output=True, text=True
    ).stdout


printed = opt(file, "--verify-roundtrip")
generic = opt(file, "--mlir-print-op-generic")
assert opt(text=generic) == printed, "the generic form reads back as something else"
names = re.findall(r"delta\.recurrence @(\w+)", printed)
assert names == [name], f"one recurrence, of the file's name, found {names}"
