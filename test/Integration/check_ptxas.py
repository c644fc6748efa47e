#!/usr/bin/env python3
"""Assembles the library's GPU kernels with ptxas: every variant, with inputs of every
type, for every target. No default schedule makes a thread spill more than
MOST_SPILLED bytes of registers.

    check_ptxas.py [VARIANT...] [--all] [--show] [--ptxas=PATH] [--sluicec=PATH]

One kernel in four is assembled, of every variant, type, target and size some; with
--all every kernel is.
"""

import argparse
import itertools
import re
import subprocess
import sys

import reference

TARGETS = ("sm_80", "sm_90a")
TYPES = ("bf16", "f16", "f32")
SIZES = ((128, 128), (64, 64), (60, 100), (256, 128))

# Loads and stores together, of a thread; where K, V ≤ 128.
MOST_SPILLED = 64


class Failure(Exception):
    pass


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout + done.stderr


def emit(options, level, variant, dtype, target, sizes, *flags):
    return run(
        options.sluicec,
        variant,
        f"--emit={level}",
        "--form=step",
        f"--target={target}",
        f"--dtype={dtype}",
        f"--key-dim={sizes[0]}",
        f"--value-dim={sizes[1]}",
        *flags,
    )


def assemble(options, *kernel):
    """Registers of a thread, and bytes that it spills."""
    flags = [f"--ptxas={options.ptxas}"] if options.ptxas else []
    said = emit(options, "cubin", *kernel, "--remarks=ptxas", "-o", "/dev/null", *flags)

    def number(name):
        found = re.search(rf"{name}=(\d+)", said)
        if not found:
            raise Failure(f"no {name} in what sluicec says of ptxas: {said.strip()}")
        return int(found[1])

    return number("Registers"), number("SpillStoreBytes") + number("SpillLoadBytes")


def describe(options, *kernel):
    """Warps of a CTA, and bytes of its shared memory."""
    text = emit(options, "tile", *kernel)
    shared = re.search(r"tile.shared_bytes = (\d+)", text)
    warps = re.search(r"warps\((\d+)\)", text)
    return f"{warps[1]} warps, {shared[1] if shared else 0} bytes shared"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", metavar="VARIANT")
    parser.add_argument("--all", action="store_true", help="all kernels")
    parser.add_argument("--show", action="store_true", help="a table")
    parser.add_argument("--ptxas", metavar="PATH")
    parser.add_argument("--sluicec", default="sluicec", metavar="PATH")
    options = parser.parse_args()
    variants = options.variants or list(reference.VARIANTS)
    count = failures = 0
    for v, s, d, t in itertools.product(
        range(len(variants)), range(len(SIZES)), range(len(TYPES)), range(len(TARGETS))
    ):
        if not options.all and (v + s + d + 2 * t) % 4 != 0:
            continue
        variant, sizes, dtype, target = variants[v], SIZES[s], TYPES[d], TARGETS[t]
        kernel = variant, dtype, target, sizes
        name = f"{variant}, K = {sizes[0]}, V = {sizes[1]}, {dtype}, {target}"
        count += 1
        try:
            registers, spilled = assemble(options, *kernel)
            if options.show:
                print(
                    f"{name}: {registers} registers, {spilled} bytes spilled,",
                    describe(options, *kernel),
                    flush=True,
                )
        except Failure as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            failures += 1
            continue
        if spilled > MOST_SPILLED and max(sizes) <= 128:
            print(f"{name}: {spilled} bytes spilled, at most {MOST_SPILLED}", file=sys.stderr)
            failures += 1
    print(f"{count - failures} of {count} kernels assembled")
    sys.exit(1 if failures or not count else 0)


main()
