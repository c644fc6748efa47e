#!/usr/bin/env python3
"""Runs a library variant's GPU kernel in the simulator and compares with
reference.py. Each value head is in a gate regime of its own; the error is that of
one head in one sequence, and the bound is on the worst. The simulator finds
nothing: no race, no byte that nobody has written, none beyond a buffer. Another
order of warps gives the same bits.

    check_sim.py VARIANT [--case=NAME] [--dtype=NAME] [--all] [--target=NAME]
                 [--sluice-run=PATH]

Of the types every case has one, another for each variant; with --all it has all.
"""

import argparse
import sys

import numpy as np

import reference
import regimes
import sluice_run
from tensors import dtype_name, to_f64

# What public suites ask for.
BOUNDS = {"F32": 1e-5, "BF16": 0.005, "F16": 0.005}

# Each has sizes, and may have no initial states.
CASES = {
    "128x128": {"T": 4, "H": 1, "HV": 2, "K": 128, "V": 128},
    "64x64-packed": {"lengths": [3, 0, 1, 5], "H": 1, "HV": 4, "K": 64, "V": 64},
    "60x100": {"T": 5, "H": 2, "HV": 4, "K": 60, "V": 100, "from_zero": True},
    "256x128": {"T": 2, "H": 1, "HV": 1, "K": 256, "V": 128},
    "16x16-packed": {"lengths": [0, 9, 0, 0, 4, 17], "K": 16, "V": 16},
    "one-key": {"T": 1, "B": 2, "K": 1, "V": 20, "from_zero": True},
    "no-tokens": {"T": 0, "B": 2, "H": 1, "HV": 4, "K": 16, "V": 60},
}

# Orders of warps.
ORDERS = {"kda": 10, "gated_delta_rule": 10}


def error_of(ours, exact):
    """As the documentation defines it; `exact` is finite."""
    difference = np.sum((ours - exact) ** 2)
    total = np.sum(exact**2)
    if difference == 0:
        return 0.0
    return np.sqrt(difference / (total if total > 0 else exact.size))


def compare(ours, exact, dtype, heads, sequences):
    """What is wrong, line by line."""
    for n, (b, begin, end) in enumerate(sequences):
        for h, regime in enumerate(heads):
            for key in exact:
                where = (b, slice(begin, end), h) if key == "o" else (n, h)
                error = error_of(to_f64(ours[key])[where], exact[key][where])
                bound = BOUNDS[dtype if key == "o" else "F32"]
                # Also of a NaN, which is no less than the bound.
                if not error <= bound:
                    yield (
                        f"{key}, sequence {n}, head {h} ({regime} gates): "
                        f"error {error:.3g}, at most {bound}"
                    )


def check(options, case, dtype):
    variant = options.variant
    case = {"dtype": dtype} | case
    sizes = regimes.sizes_of(case)
    regime = ["zero"] if variant in regimes.NO_GATE else regimes.REGIMES
    heads = [regime[(h + sizes["K"]) % len(regime)] for h in range(sizes["HV"])]
    random = np.random.default_rng(sum(map(ord, variant + str(case))))
    inputs = regimes.make_inputs(variant, case, heads, sizes, random)
    if case.get("from_zero"):
        for name in reference.state_names(variant, "initial_state"):
            del inputs[name]
    exact = regimes.exact(variant, inputs, sizes)
    runs = [
        sluice_run.run(
            options, variant, inputs, 16, f"--sim-seed={seed}", f"--target={options.target}"
        )
        for seed in range(ORDERS.get(variant, 2))
    ]
    shapes = {
        key: (tensor.shape, dtype if key == "o" else "F32") for key, tensor in exact.items()
    }
    found = {key: (tensor.shape, dtype_name(tensor)) for key, tensor in runs[0].items()}
    if found != shapes:
        return [f"results {found}, expected {shapes}"]
    problems = list(
        compare(runs[0], exact, dtype, heads, regimes.sequences_of(case, sizes))
    )
    for seed, run in enumerate(runs):
        for key in exact:
            if to_f64(run[key]).tobytes() != to_f64(runs[0][key]).tobytes():
                problems.append(f"{key} differs in order {seed} of warps")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", choices=reference.VARIANTS)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--dtype", choices=BOUNDS)
    parser.add_argument("--all", action="store_true", help="all types in all cases")
    parser.add_argument("--target", default="sm_80")
    sluice_run.add_options(parser)
    parser.set_defaults(form="step", device="sim")
    options = parser.parse_args()
    count = failures = 0
    first = list(reference.VARIANTS).index(options.variant)
    for i, name in enumerate(CASES):
        if options.case not in (None, name):
            continue
        types = list(BOUNDS)
        if options.dtype:
            types = [options.dtype]
        elif not options.all:
            types = [types[(first + i) % len(types)]]
        for dtype in types:
            try:
                problems = check(options, CASES[name], dtype)
            except sluice_run.Failure as failure:
                problems = [str(failure)]
            for problem in problems:
                print(f"{options.variant}, {name}, {dtype}: {problem}", file=sys.stderr)
            count += 1
            failures += bool(problems)
    print(f"{count - failures} of {count} cases passed")
    sys.exit(1 if failures else 0)


main()
