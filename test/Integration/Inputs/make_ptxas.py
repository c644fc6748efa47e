#!/usr/bin/env python3
"""Writes a program that speaks in the place of ptxas.

    make_ptxas.py PROGRAM [--spills=STORES,LOADS] [--fails]

Its cubin is a line with its own arguments and the first entry of the PTX.
"""

import pathlib
import sys

PROGRAM = """#!{python}
import re, sys
if {fails}:
    print("ptxas fatal   : no luck")
    sys.exit(1)
arguments = sys.argv[1:]
output = arguments.index("-o") + 1
source = next(a for a in arguments[output + 1 :] if not a.startswith("-"))
entry = re.search(r"^.visible .entry (\\w+)\\(", open(source).read(), re.M)
name = entry[1]
shown = ["FILE" if a in (arguments[output], source) else a for a in arguments]
open(arguments[output], "w").write("assembled " + " ".join(shown) + ": " + entry[0] + "\\n")
arrive = "ptxas info    : (C7519) warpgroup.arrive is injected by compiler in function '%s'" % name
print(arrive + "\\n" + arrive)
print("ptxas info    : 0 bytes gmem")
print("ptxas info    : Compiling entry function '%s' for 'sm_90a'" % name)
print("ptxas info    : Function properties for " + name)
print("    24 bytes stack frame, {stores} bytes spill stores, {loads} bytes spill loads")
print("ptxas info    : Used 40 registers, used 1 barriers, 512 bytes smem, 400 bytes cmem[0]")
"""


def main():
    path, *flags = sys.argv[1:]
    stores, loads = 0, 0
    for flag in flags:
        if flag.startswith("--spills="):
            stores, loads = map(int, flag.split("=")[1].split(","))
    program = pathlib.Path(path)
    text = PROGRAM.format(
        python=sys.executable, fails="--fails" in flags, stores=stores, loads=loads
    )
    program.write_text(text)
    program.chmod(0o755)


main()
