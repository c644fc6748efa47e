"""Prints the ```mlir blocks of Markdown files as one file of split inputs.

Usage: extract.py FILE.md...    ('-' is standard input)

A block that holds a recurrence stands as it is. A block of types becomes the
arguments of a function. Any other block is a piece of a step: it is put into a
recurrence whose arguments are those of PRELUDE, and gets a yield at its end if
it has none. A line before each says where it came from. Exit status 1 if there
is no block.
"""

import re
import sys

BLOCK = re.compile(r"^([ \t]*)```mlir[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.M | re.S)

# %q, %k: keys per query/key head; %v: a value; %g, %gv: gates along key and
# value; %beta: a scalar per value head; %A: a scalar constant in time.
PRELUDE = """\
delta.recurrence @example
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %gv: !delta.vec<value>,
            %beta: !delta.scalar)
    params(%A: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
"""
YIELD = "  delta.yield states(%S, %M) outputs(%v)\n"


def whole(block):
    """The block as something sluice-opt parses."""
    code = re.sub(r"//.*", "", block)
    if "delta.recurrence" in code:
        return block
    words = code.split("\n")
    if all(not word.strip() or word.strip().startswith("!") for word in words):
        types = ", ".join(word.strip() for word in words if word.strip())
        return f"func.func private @types({types})\n"
    return PRELUDE + block + ("" if "delta.yield" in code else YIELD) + "}\n"


def main():
    pieces = []
    for path in sys.argv[1:]:
        file = sys.stdin if path == "-" else open(path, encoding="utf-8")
        with file:
            text = file.read()
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start(2)) + 1
            pieces.append(f"// {path}:{line}\n{whole(found.group(2))}")
    if not pieces:
        sys.exit("extract.py: no ```mlir block in " + " ".join(sys.argv[1:]))
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write("\n// -----\n".join(pieces))


if __name__ == "__main__":
    main()
