#!/usr/bin/env python3
"""Runs the chunk form of every library variant in the simulator and compares with
the reference: sequences packed with an empty one, chunks that are not full, a key
head for two value heads, initial states. In float32, and in bf16, where products are
tensor cores'. Then in several orders of warps, of five kernels whose warps are apart in
ten: they give the same bits, which are near the reference, with gates of -inf and near 0.
One of them sums over the columns of all its warps.

    check_chunk_sim.py [--sluice-run=PATH] [--sluicec=PATH]
"""

import argparse
import subprocess
import sys

import numpy as np

import regimes
import sluice_run
from tensors import to_f64

# Where outputs are rounded to 16 bits what public suites ask for, and half of it
# with a high precision.
SEQUENCES = "T=37,H=1,HV=2,initial,seqlens=20:0:17"
RUNS = [
    (f"{SEQUENCES},K=12,V=20", "auto", "1e-5"),
    (f"{SEQUENCES},K=20,V=24,dtype=bf16", "high", "2.5e-3"),
    (f"{SEQUENCES},K=16,V=16,dtype=bf16", "auto", "5e-3"),
]

# Several warps and several CTAs for a state, which are a cluster; more chunks than a
# block has. One that sums over columns has one CTA.
ORDERS, FEW_ORDERS = 10, 2
CLUSTER = "warps(2) cluster(2) apart"
APART = {name: CLUSTER for name in ("kda", "gated_delta_rule", "gla", "rwkv7")}
APART["gated_deltanet"] = "warps(4) apart"
CASES = {
    "ragged": {"T": 37, "H": 1, "HV": 2, "K": 40, "V": 60},
    "packed": {"lengths": [20, 0, 17], "H": 1, "HV": 2, "K": 40, "V": 60},
}
HEADS = ("neginf", "slow")
# Of outputs in bf16, and of states, whose scores are products of single bf16 numbers.
BOUNDS = {"o": 5e-3, "final_state": 2e-3}
# Keys that the kernel itself makes are rounded to bf16, too.
MADE_KEYS = {"gated_deltanet": {"final_state": 3e-3}}
BOUND = 5e-3


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def check_variants(options, variants):
    runs = 0
    for variant in variants:
        for sizes, precision, tolerance in RUNS:
            done = run(
                options.sluice_run,
                variant,
                "--form=chunk",
                "--device=sim",
                f"--precision={precision}",
                f"--generate={sizes}",
                "--compare=reference",
                f"--tolerance={tolerance}",
                "--no-cache",
            )
            runs += 1
            if done.returncode != 0:
                sys.exit(f"{variant} {sizes}: {done.stdout}{done.stderr}")
    print(f"{len(variants)} variants, {runs} runs")


def check_apart(options, variant, sizes):
    kernel = run(
        options.sluicec,
        variant,
        "--form=chunk",
        "--chunk=16",
        "--emit=tile",
        f"--target={options.target}",
        f"--key-dim={sizes['K']}",
        f"--value-dim={sizes['V']}",
    ).stdout
    if f" {APART[variant]} " not in kernel:
        sys.exit(f"{variant}: its kernel is not {APART[variant]}")


def check_orders(options, variant, name):
    """The number of orders that were tried."""
    case = {"dtype": "BF16"} | CASES[name]
    sizes = regimes.sizes_of(case)
    if variant in APART:
        check_apart(options, variant, sizes)
    orders = ORDERS if variant in APART else FEW_ORDERS
    random = np.random.default_rng(sum(map(ord, variant + name)))
    inputs = regimes.make_inputs(variant, case, HEADS, sizes, random)
    exact = regimes.exact(variant, inputs, sizes)
    bounds = BOUNDS | MADE_KEYS.get(variant, {}) if variant in APART else {}
    first = None
    for seed in range(orders):
        flags = (f"--sim-seed={seed}", f"--target={options.target}")
        found = sluice_run.run(options, variant, inputs, 16, *flags)
        results = {key: to_f64(found[key]) for key in exact}
        first = first or results
        for key, expected in exact.items():
            if results[key].tobytes() != first[key].tobytes():
                sys.exit(f"{variant}, {name}: {key} differs in order {seed} of warps")
            error, size = (np.linalg.norm(x) for x in (results[key] - expected, expected))
            # Also of a NaN, which is no less than the bound.
            if not error <= bounds.get(key, BOUND) * size:
                sys.exit(f"{variant}, {name}: {key}, error {error:.3g} of {size:.3g}")
    return orders


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluicec", default="sluicec")
    parser.add_argument("--target", default="sm_90a")
    sluice_run.add_options(parser)
    parser.set_defaults(form="chunk", device="sim")
    options = parser.parse_args()
    lines = run(options.sluice_run, "--list").stdout.splitlines()
    variants = [line.split()[0] for line in lines if line]
    check_variants(options, variants)
    tried = sum(
        check_orders(options, variant, name)
        for variant in variants
        for name in (CASES if variant in APART else ("packed",))
    )
    print(f"{len(variants)} variants, {tried} runs in other orders")


main()
