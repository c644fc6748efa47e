#!/usr/bin/env python3
"""Checks what dialects/Delta/Interval.h says of the functions that kernels
approximate: how near they are, and the limits that they never pass. Functions are
those that the reference of the dialect has; each has its line in FUNCTIONS.

    check_functions.py

Numbers are float32 of all sizes: one in a few thousand of all there are, and many
between -32 and 32.
"""

import argparse
import pathlib
import re
import sys
import tempfile

import numpy as np
from sluice_run import Failure, add_options, run

SLACK, TINY, HUGE = 2.0**-18, 2.0**-100, 2.0**120


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


# Name: the function, the least and the most that it gives.
FUNCTIONS = {
    "neg": (np.negative, -np.inf, np.inf),
    "abs": (np.abs, 0, np.inf),
    "exp": (np.exp, 0, np.inf),
    "expm1": (np.expm1, -1, np.inf),
    "log": (np.log, -np.inf, np.inf),
    "sqrt": (np.sqrt, 0, np.inf),
    "tanh": (np.tanh, -1, 1),
    "sigmoid": (sigmoid, 0, 1),
    "logsigmoid": (lambda x: -softplus(-x), -np.inf, 0),
    "softplus": (softplus, 0, np.inf),
    "silu": (lambda x: x * sigmoid(x), -0.2784645, np.inf),
}


REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "docs/reference/delta.md"


def functions():
    """The elementwise operations of one operand."""
    text = REFERENCE.read_text(encoding="utf-8")
    names = [
        re.match(r"`delta\.(\w+)`", section).group(1)
        for section in text.split("\n### ")
        if "element by element, of a scalar or a vector" in section
    ]
    missing = sorted(set(names) - set(FUNCTIONS))
    if missing or not names:
        sys.exit(f"check_functions.py: no line in FUNCTIONS for {', '.join(missing) or 'any'}")
    return names


def spec_of(names):
    """A recurrence that gives every function of `v` under its name."""
    outputs = ", ".join(f"{name}: !delta.vec<value>" for name in names)
    lines = [f"  %{name} = delta.{name} %v" for name in names]
    values = ", ".join(f"%{name}" for name in names)
    return "\n".join([
        "delta.recurrence @functions",
        f"    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> ({outputs}) {{",
        *lines,
        f"  delta.yield states(%S) outputs({values})",
        "}",
    ])


def numbers(width):
    random = np.random.default_rng(0)
    spread = np.arange(0, 2**32, 4093, np.uint64).astype(np.uint32).view(np.float32)
    near = random.uniform(-32, 32, 2**19).astype(np.float32)
    special = np.float32([0, -0.0, 1, -1, np.inf, -np.inf, 88.7, -88.7, 89, -89, 128, -128])
    x = np.concatenate([spread, near, special])
    x = x[~np.isnan(x)]
    return np.pad(x, (0, -len(x) % width)).reshape(1, -1, 1, width)


def check(name, x, found):
    """What is wrong with the results of a function, or None."""
    function, least, most = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        exact = function(x)
    lower, upper = exact - SLACK * np.abs(exact), exact + SLACK * np.abs(exact)
    lower = np.where(np.abs(exact) < TINY, np.where(exact < 0, -TINY, 0), lower)
    upper = np.where(np.abs(exact) < TINY, np.where(exact > 0, TINY, 0), upper)
    lower = np.where(exact > HUGE, HUGE, np.where(exact < -HUGE, -np.inf, lower))
    upper = np.where(exact > HUGE, np.inf, np.where(exact < -HUGE, -HUGE, upper))
    wrong = ~((lower <= found) & (found <= upper) & (least - SLACK * abs(least) <= found)
              & (found <= most)) & ~np.isnan(exact)
    if not wrong.any():
        return None
    i = np.argmax(wrong)
    return f"{name}({x[i]!r}) is {found[i]!r}, expected {exact[i]!r} ({wrong.sum()} such)"


def main():
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = parser.parse_args()
    v = numbers(width=61)
    state = np.zeros((1, 1, 1, 61), np.float32)
    names = functions()
    with tempfile.TemporaryDirectory() as folder:
        spec = pathlib.Path(folder, "functions.mlir")
        spec.write_text(spec_of(names))
        outputs = run(options, spec, {"v": v, "initial_state": state}, chunk=4)
    faults = [check(name, v.astype(np.float64).ravel(), outputs[name].astype(np.float64).ravel())
              for name in names]
    for fault in filter(None, faults):
        print(fault, file=sys.stderr)
    sys.exit(any(faults))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"check_functions.py: {failure}")
