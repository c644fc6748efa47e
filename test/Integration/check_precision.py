#!/usr/bin/env python3
"""Runs chunk forms on a GPU's tensor cores, in the simulator, and compares with
reference.py: each value head has a gate regime of its own, and write strengths are
as a case has them. What a precision promises holds, and no schedule is more exact
than it has to be: where the recurrence asks for products of two numbers, those of
one are not enough.

    check_precision.py [--sluice-run=PATH]
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np

import reference
import regimes
import sluice_run
from tensors import BF16, to_f64

SPECS = pathlib.Path(__file__).resolve().parents[2] / "lib" / "Variants"

REGIMES = ("zero", "slow", "strong")

# Variant, write strengths, precision, and what errors are between.
CASES = [
    ("kda", "up to 2", "auto", 0, 0.005),
    ("kda", "2", "plain", 0.005, 1),
    ("kda", "up to 1", "high", 0, 0.0025),
    ("kda range", "up to 1", "auto", 0, 0.005),
    ("gated_delta_rule", "2", "auto", 0, 0.005),
    ("gated_delta_rule range", "up to 1", "auto", 0, 0.005),
    ("delta_rule", "2", "auto", 0, 0.005),
    ("gated_deltanet", "any", "auto", 0, 0.005),
    ("gla", "any", "auto", 0, 0.005),
    ("mamba2", "any", "auto", 0, 0.005),
    ("linear_attention", "any", "auto", 0, 0.005),
]


def error_of(ours, exact):
    return np.sqrt(np.sum((ours - exact) ** 2) / np.sum(exact**2))


def make_inputs(variant, strengths, heads, sizes, random):
    inputs = regimes.make_inputs(variant, {"dtype": "BF16"}, heads, sizes, random)
    for name in ("q", "C"):
        if name in inputs:
            inputs[name] = BF16(regimes.unit(to_f64(inputs[name])))
    if "beta" in inputs and strengths != "any":
        top = {"up to 1": 1, "up to 2": 2, "2": 2}[strengths]
        beta = random.uniform(0, top, inputs["beta"].shape)
        inputs["beta"] = BF16(np.full_like(beta, 2) if strengths == "2" else beta)
    return inputs


def get_spec(name, folder):
    """The variant, or the same with a range for the strengths."""
    variant, *declared = name.split()
    if not declared:
        return variant
    text = (SPECS / f"{variant}.mlir").read_text()
    path = pathlib.Path(folder, f"{variant}.mlir")
    path.write_text(
        text.replace("%beta: !delta.scalar", "%beta: !delta.scalar range(0.0, 1.0)")
    )
    return str(path)


def check(options, name, strengths, precision, least, most):
    """The largest error of a result and head, if it is not between the two."""
    variant = name.split()[0]
    heads = ["zero"] if variant in regimes.NO_GATE else list(REGIMES)
    case = {"T": 192, "H": len(heads), "HV": len(heads), "K": 32, "V": 32}
    sizes = regimes.sizes_of(case)
    random = np.random.default_rng(7)
    inputs = make_inputs(variant, strengths, heads, sizes, random)
    exact = regimes.exact(variant, inputs, sizes)
    with tempfile.TemporaryDirectory() as folder:
        spec = get_spec(name, folder)
        ours = sluice_run.run(
            options, spec, inputs, 16, f"--precision={precision}", "--no-cache"
        )
    worst = 0
    for key in exact:
        for h in range(len(heads)):
            where = (slice(None), slice(None), h) if key == "o" else (slice(None), h)
            worst = max(worst, error_of(to_f64(ours[key])[where], exact[key][where]))
    return None if least <= worst <= most else worst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    sluice_run.add_options(parser)
    parser.set_defaults(device="sim")
    options = parser.parse_args()
    failures = 0
    for case in CASES:
        worst = check(options, *case)
        if worst is not None:
            failures += 1
            print(f"{case}: error {worst:.4f}", file=sys.stderr)
    print(f"{len(CASES) - failures} of {len(CASES)} cases passed")
    sys.exit(1 if failures else 0)


main()
