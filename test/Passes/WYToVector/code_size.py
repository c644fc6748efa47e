"""Counts the operations of kernels of growing specs, as sluice-cpu leaves them.

usage: code_size.py SLUICE_OPT

Code grows at most linearly with what a token computes, with the square of what
it writes, and not with a chunk's length beyond what a doubling adds. The test
doubles a number and looks at how the count grows: operations, not time.
"""

import functools
import subprocess
import sys

ARGUMENTS = """
    qk_heads(%q: !delta.vec<key>{keys})
    v_heads(%v: !delta.vec<value>{values})
    state({states}) -> (o: !delta.vec<value>) {{
"""


def recurrence(body, keys="", values="", states="%S: !delta.state<key, value>"):
    head = "delta.recurrence @growing" + ARGUMENTS.format(keys=keys, values=values, states=states)
    return head + "\n".join("  " + line for line in body) + "\n}\n"


def shared_scalars(n, gate=False):
    """Each scalar is used twice by the next: a tree of 2^n paths."""
    body = [f"%s{i + 1} = delta.mul %s{i}, %s{i}" for i in range(n)]
    body += [f"%u = delta.mul %s{n}, %v"]
    decayed = "%S"
    if gate:
        body += [f"%g = delta.neg %s{n}", "%D = delta.decay %S, %g"]
        decayed = "%D"
    body += [f"%T = delta.write {decayed}, %q, %u", "%o = delta.read %T, %q"]
    body += ["delta.yield states(%T) outputs(%o)"]
    return recurrence(body, values=", %s0: !delta.scalar")


def shared_behind_reads(n):
    """The same of what was read, element by element."""
    body = ["%x0 = delta.read %S, %q"]
    body += [f"%x{i + 1} = delta.mul %x{i}, %x{i}" for i in range(n)]
    body += ["%T = delta.write %S, %q, %v", f"delta.yield states(%T) outputs(%x{n})"]
    return recurrence(body)


def shared_vectors(n):
    body = ["%x0 = delta.mul %q, %q"]
    body += [f"%x{i + 1} = delta.mul %x{i}, %x{i}" for i in range(n)]
    body += [f"%T = delta.write %S, %x{n}, %v", f"%o = delta.read %T, %x{n}"]
    return recurrence(body + ["delta.yield states(%T) outputs(%o)"])


def key_gates(n):
    """A gate that is made of shared vectors."""
    body = [f"%g{i + 1} = delta.mul %g{i}, %g{i}" for i in range(n)]
    body += [f"%l = delta.neg %g{n}", "%D = delta.decay %S, %l"]
    body += ["%T = delta.write %D, %q, %v", "%o = delta.read %T, %q"]
    return recurrence(
        body + ["delta.yield states(%T) outputs(%o)"], values=", %g0: !delta.vec<key>"
    )


# Where a chain of shared values begins: what is shared, its type, and whether it
# stands behind a read.
SHARED = {
    "a scalar": (["%x0 = delta.tanh %a"], "scalar", False),
    "a parameter": (["%x0 = delta.tanh %p"], "scalar", False),
    "a dot product": (["%x0 = delta.dot %q, %k"], "scalar", False),
    "keys": (["%x0 = delta.tanh %k"], "vec<key>", False),
    "values": (["%x0 = delta.tanh %v"], "vec<value>", False),
    "what is read": (["%x0 = delta.read %T, %q"], "vec<value>", True),
    "what is read from the right": (["%x0 = delta.read %T, %v"], "vec<key>", True),
    "a dot product of a read": (
        ["%r = delta.read %T, %q", "%x0 = delta.dot %r, %v"],
        "scalar",
        True,
    ),
}

GATES = [""] + [
    f"delta.{op} %S, {gate}" for op in ("decay", "scale_state") for gate in ("%a", "%gk", "%gv")
]


def shared(kind, gate, n):
    """Each value is used twice by the next, before or behind a read of a state with the gate."""
    begin, shape, is_behind = SHARED[kind]
    chain = begin + [f"%x{i + 1} = delta.mul %x{i}, %x{i}" for i in range(n)]
    body = [f"%D = {gate}"] if gate else []
    state = "%D" if gate else "%S"
    if is_behind:
        body += [f"%T = delta.write {state}, %k, %v"] + chain
        output, result = shape, f"%x{n}"
    else:
        body += chain
        if shape == "scalar":
            body += [f"%u = delta.mul %x{n}, %v"]
        row = f"%x{n}" if shape == "vec<key>" else "%k"
        column = {"scalar": "%u", "vec<key>": "%v", "vec<value>": f"%x{n}"}[shape]
        body += [f"%T = delta.write {state}, {row}, {column}", "%o = delta.read %T, %q"]
        output, result = "vec<value>", "%o"
    body += [f"delta.yield states(%T) outputs({result})"]
    return f"""delta.recurrence @growing
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %a: !delta.scalar, %gk: !delta.vec<key>,
                %gv: !delta.vec<value>)
        params(%p: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.{output}) {{
    """ + "\n".join(body) + "\n}\n"


def writes(n):
    """n delta rules a token."""
    body = ["%S0 = delta.decay %S, %g"]
    for i in range(n):
        body += [
            f"%p{i} = delta.read %S{i}, %k{i}",
            f"%e{i} = delta.sub %v, %p{i}",
            f"%u{i} = delta.mul %b, %e{i}",
            f"%S{i + 1} = delta.write %S{i}, %k{i}, %u{i}",
        ]
    body += [f"%o = delta.read %S{n}, %q", f"delta.yield states(%S{n}) outputs(%o)"]
    keys = "".join(f", %k{i}: !delta.vec<key>" for i in range(n))
    return recurrence(body, keys=keys, values=", %b: !delta.scalar, %g: !delta.scalar")


def states(n):
    """n states, each with a share of the one before."""
    body = ["%T0 = delta.write %S0, %q, %v"]
    for i in range(1, n):
        body += [f"%C{i} = delta.decay %T{i - 1}, %g", f"%T{i} = delta.add_states %S{i}, %C{i}"]
    body += [f"%o = delta.read %T{n - 1}, %q"]
    names = ", ".join(f"%S{i}: !delta.state<key, value>" for i in range(n))
    last = ", ".join(f"%T{i}" for i in range(n))
    return recurrence(
        body + [f"delta.yield states({last}) outputs(%o)"],
        values=", %g: !delta.scalar",
        states=names,
    )


def count(tool, spec, chunk):
    options = f"key-dim=32 value-dim=32 chunk={chunk} target=x86-64-v4"
    command = [tool, "-", f"--sluice-cpu={options}"]
    run = subprocess.run(command, input=spec, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{run.stderr}\n{spec}")
    return sum(1 for line in run.stdout.splitlines() if " = " in line or "store" in line)


def main():
    tool = sys.argv[1]
    # What grows, the chunk's tokens, two sizes, and by how much the second may
    # have more operations: little more than twice, or than four times.
    cases = [("shared scalars", shared_scalars, chunk, 16, 32, 2.2) for chunk in (4, 16)]
    cases += [
        ("a scalar gate", lambda n: shared_scalars(n, gate=True), 4, 16, 32, 2.2),
        ("a scalar gate", lambda n: shared_scalars(n, gate=True), 16, 16, 32, 2.2),
        ("a key gate", key_gates, 4, 16, 32, 2.2),
        ("a key gate", key_gates, 16, 16, 32, 2.2),
        ("behind reads", shared_behind_reads, 4, 16, 32, 2.2),
        ("behind reads", shared_behind_reads, 16, 16, 32, 2.2),
        ("shared vectors", shared_vectors, 4, 16, 32, 2.2),
        ("shared vectors", shared_vectors, 16, 16, 32, 2.2),
        ("writes", writes, 4, 4, 8, 4.2),
        ("writes", writes, 16, 4, 8, 4.2),
        ("states", states, 4, 2, 4, 4.2),
        ("states", states, 16, 2, 4, 4.2),
    ]
    for kind in SHARED:
        for gate in GATES:
            make = functools.partial(shared, kind, gate)
            what = f"{kind} with {gate or 'no gate'}"
            cases += [(what, make, chunk, 8, 16, 2.2) for chunk in (0, 4)]
    failed = False
    for name, make, chunk, small, large, bound in cases:
        before, after = (count(tool, make(n), chunk) for n in (small, large))
        verdict = "ok" if after <= bound * before else f"more than {bound} times"
        failed |= verdict != "ok"
        print(f"{name}, chunk {chunk}: {small}: {before}, {large}: {after}: {verdict}")
    # A longer chunk adds levels of its gates, and nothing else.
    short, long, longer = (count(tool, key_gates(1), chunk) for chunk in (32, 64, 128))
    verdict = "ok" if longer - long <= 1.1 * (long - short) else "more than a level"
    failed |= verdict != "ok"
    print(f"chunks: 32: {short}, 64: {long}, 128: {longer}: {verdict}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
