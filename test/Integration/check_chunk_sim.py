#!/usr/bin/env python3
"""Runs the chunk form of every library variant in the simulator and compares with
the reference: sequences packed with an empty one, chunks that are not full, a key
head for two value heads, initial states. In float32, and in bf16, where products are tensor
cores'.

    check_chunk_sim.py [--sluice-run=PATH]
"""

import argparse
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--sluice-run", default="sluice-run")
options = parser.parse_args()

# Where outputs are rounded to 16 bits what public suites ask for, and half of it
# with a high precision.
SEQUENCES = "T=37,H=1,HV=2,initial,seqlens=20:0:17"
RUNS = [
    (f"{SEQUENCES},K=12,V=20", "auto", "1e-5"),
    (f"{SEQUENCES},K=20,V=24,dtype=bf16", "high", "2.5e-3"),
    (f"{SEQUENCES},K=16,V=16,dtype=bf16", "auto", "5e-3"),
]


def run(*arguments):
    return subprocess.run(
        [options.sluice_run, *arguments], capture_output=True, text=True
    )


variants = [line.split()[0] for line in run("--list").stdout.splitlines() if line]
runs = 0
for variant in variants:
    for sizes, precision, tolerance in RUNS:
        done = run(
            variant,
            "--form=chunk",
            "--device=sim",
            f"--generate={sizes}",
            "--compare=reference",
            f"--tolerance={tolerance}",
            f"--precision={precision}",
            "--no-cache",
        )
        runs += 1
        if done.returncode != 0:
            print(f"{variant} {sizes}: {done.stdout}{done.stderr}")
            sys.exit(1)
print(f"{len(variants)} variants, {runs} runs")
