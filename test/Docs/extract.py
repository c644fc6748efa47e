"""Prints the ```mlir blocks of Markdown files as one file of split inputs.

Usage: extract.py FILE.md...    ('-' is standard input)

A block that holds a recurrence, a scan, a kernel or a function stands as it is. A block
of types becomes the arguments of a function, one of attributes its attributes. Any other
block is a piece of a step, or of a chunk's graph if it holds a wy operation: it
is put into a recurrence, adjoint or scan that begins with STEP, ADJOINT or CHUNK, and
gets a yield at its end if it has none. A line before each says where it came from. Exit
status 1 if there is no block.
"""

import re
import sys

BLOCK = re.compile(r"^([ \t]*)```mlir[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.M | re.S)

# %q, %k: keys per query/key head; %v: a value; %g, %gv: gates along key and
# value; %beta: a scalar per value head; %A: a scalar constant in time.
STEP = """\
delta.recurrence @example
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %gv: !delta.vec<value>,
            %beta: !delta.scalar)
    params(%A: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
"""
STEP_YIELD = "  delta.yield states(%S, %M) outputs(%v)\n"

# What only an adjoint has, in one of that recurrence; %dS: the gradient by %S.
ADJOINT = STEP + STEP_YIELD + """\
}
delta.adjoint @example_adjoint of @example
    state(%S: !delta.state<key, value>, %dS: !delta.state<key, value>) -> () {
"""
ADJOINT_YIELD = "  delta.yield states(%dS) outputs()\n"

# The same names for chunks of 4 tokens, 8 keys and 16 values; %a, %x: more
# keys; %y, %r: more values; %d: a decay of keys; %A, %N: scores; %D, %T: their
# decays, an inverse; %dS: a second state.
CHUNK = """\
wy.scan @example chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>, %a: !delta.vec<key>,
             %x: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %y: !delta.vec<value>, %r: !delta.vec<value>,
            %g: !delta.vec<key>, %gv: !delta.vec<value>, %beta: !delta.scalar)
    params(%d: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %N = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %D = wy.decays log %beta : tensor<4xf32> -> tensor<4x4xf32>
  %T = wy.inverse scores(%N : tensor<4x4xf32>) at [0] block(2) -> tensor<4x4xf32>
  %dS = wy.update writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
"""
CHUNK_YIELD = "  wy.yield %S, %v : tensor<8x16xf32>, tensor<4x16xf32>\n"


def whole(block):
    """The block as something sluice-opt parses."""
    code = re.sub(r"//.*", "", block)
    wholes = ("delta.recurrence", "wy.scan", "tile.kernel", "gpu.module", "func.func")
    if any(op in code for op in wholes):
        return block
    words = code.split("\n")
    if all(not word.strip() or word.strip().startswith("!") for word in words):
        types = ", ".join(word.strip() for word in words if word.strip())
        return f"func.func private @types({types})\n"
    if all(not word.strip() or word.strip().startswith("#") for word in words):
        attributes = ", ".join(f"a{i} = {word.strip()}"
                               for i, word in enumerate(words) if word.strip())
        return f"func.func private @attributes() attributes {{{attributes}}}\n"
    if "wy." in code:
        # A yield after every region is the graph's own, not that of wy.tokens.
        ends = re.search(r"^\s*wy\.yield", code.rsplit("}", 1)[-1], re.M)
        return CHUNK + block + ("" if ends else CHUNK_YIELD) + "}\n"
    if "delta.zero" in code or "delta.dot_states" in code:
        return ADJOINT + block + ADJOINT_YIELD + "}\n"
    return STEP + block + ("" if "delta.yield" in code else STEP_YIELD) + "}\n"


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
