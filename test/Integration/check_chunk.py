#!/usr/bin/env python3
"""Runs a library variant by chunks and compares with reference.py. Each value
head is in a gate regime of its own; the error is that of one head in one
sequence, and the bound is on the worst.

    check_chunk.py VARIANT [--case=NAME] [--regime=NAME] [--show]
                   [--form=step|chunk] [--device=NAME] [--sluice-run=PATH]
"""

import argparse
import sys

import numpy as np

import reference
import regimes
import sluice_run
from tensors import dtype_name, to_f64

# By the type of the inputs; half of what public suites ask, as products run in f32.
BOUNDS = {"F32": 1e-5, "BF16": 0.0025}

# With a system to solve, which nearly equal keys make worse.
CORRECTING = (
    "delta_rule",
    "gated_delta_rule",
    "kda",
    "gated_delta_product",
    "rwkv7",
    "momentum_delta_rule",
    "deltanet",
    "gated_deltanet",
)

# No corrections, some, coupled states: for what does not differ between variants.
SOME = ("gla", "kda", "momentum_delta_rule")

# Each has a chunk size, and what it changes of sizes, regimes and inputs, and may
# be for some variants only.
CASES = {
    "chunk-4": {"chunk": 4, "B": 2, "T": 11},
    "chunk-8-packed": {"chunk": 8, "lengths": [0, 19, 0, 1, 8, 0], "K": 32, "V": 16},
    "chunk-16": {"chunk": 16, "T": 70, "K": 32, "V": 16},
    "chunk-32-packed": {"chunk": 32, "lengths": [45, 0, 0, 32, 70]},
    "chunk-64": {"chunk": 64, "T": 150, "H": 1, "K": 60, "V": 7},
    "chunk-128-packed": {"chunk": 128, "lengths": [5, 0, 140], "K": 16, "V": 20},
    "one-token": {"chunk": 4, "B": 2, "T": 1},
    "no-tokens": {"chunk": 4, "T": 0, "variants": SOME},
    "no-rows": {"chunk": 4, "B": 0, "T": 9, "variants": SOME},
    "keys-alike": {
        "chunk": 64,
        "T": 130,
        "alike": True,
        "steady": True,
        "variants": CORRECTING,
    },
    "bf16-16-packed": {"chunk": 16, "lengths": [37, 0, 9, 16], "dtype": "BF16"},
    "bf16-64": {
        "chunk": 64,
        "T": 150,
        "K": 32,
        "V": 16,
        "dtype": "BF16",
        "variants": SOME,
    },
    "long": {
        "chunk": 16,
        "T": 4096,
        "H": 1,
        "HV": 1,
        "K": 16,
        "V": 16,
        "steady": True,
        "regimes": ["zero"],
    },
}


def error_of(ours, exact):
    """As the documentation defines it; `exact` is finite."""
    difference = np.sum((ours - exact) ** 2)
    total = np.sum(exact**2)
    if difference == 0:
        return 0.0
    return np.sqrt(difference / (total if total > 0 else exact.size))


def errors_of(ours, exact, sequences):
    """By sequence and head."""
    for n, (b, begin, end) in enumerate(sequences):
        for h in range(exact["o"].shape[2]):
            for key in exact:
                where = (b, slice(begin, end), h) if key == "o" else (n, h)
                error = error_of(to_f64(ours[key])[where], exact[key][where])
                yield n, h, key, error


def check(options, case, heads):
    """What is wrong, line by line; the worst error of each regime and result."""
    variant = options.variant
    sizes = regimes.sizes_of(case)
    random = np.random.default_rng(sum(map(ord, variant + str(case) + str(heads))))
    inputs = regimes.make_inputs(variant, case, heads, sizes, random)
    exact = regimes.exact(variant, inputs, sizes)
    try:
        ours = sluice_run.run(options, variant, inputs, case["chunk"])
    except sluice_run.Failure as failure:
        return [str(failure)], {}
    dtype = case.get("dtype", "F32")
    shapes = {
        key: (tensor.shape, dtype if key == "o" else "F32") for key, tensor in exact.items()
    }
    found = {key: (tensor.shape, dtype_name(tensor)) for key, tensor in ours.items()}
    if found != shapes:
        return [f"results {found}, expected {shapes}"], {}

    problems, worst = [], {}
    for n, h, key, error in errors_of(ours, exact, regimes.sequences_of(case, sizes)):
        before = worst.get((heads[h], key), 0)
        worst[heads[h], key] = error if not error <= before else before
        if not error <= BOUNDS[dtype]:
            problems.append(
                f"{key}, sequence {n}, head {h} ({heads[h]} gates): "
                f"error {error:.3g}, at most {BOUNDS[dtype]}"
            )
    return problems, worst


def heads_of(options, case):
    names = case.get("regimes", regimes.REGIMES)
    if options.variant in regimes.NO_GATE:
        names = ["zero"]
    elif options.regime:
        names = [options.regime]
    return [names[h % len(names)] for h in range(regimes.sizes_of(case)["HV"])]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", choices=reference.VARIANTS)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--regime", choices=(*regimes.REGIMES, "slow"), help="in every head")
    parser.add_argument("--show", action="store_true", help="the worst errors, also where fine")
    sluice_run.add_options(parser)
    options = parser.parse_args()
    names = [
        name
        for name, case in CASES.items()
        if options.variant in case.get("variants", reference.VARIANTS)
    ]
    if options.case:
        names = [options.case]
    failures = 0
    for name in names:
        problems, worst = check(options, CASES[name], heads_of(options, CASES[name]))
        for problem in problems:
            print(f"{options.variant}, {name}: {problem}", file=sys.stderr)
        if options.show:
            for (regime, key), error in worst.items():
                print(f"{options.variant}, {name}, {regime}: {key} {error:.2g}")
        failures += bool(problems)
    print(f"{len(names) - failures} of {len(names)} cases passed")
    sys.exit(1 if failures else 0)


main()
