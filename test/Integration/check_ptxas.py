#!/usr/bin/env python3
"""Assembles the library's GPU kernels with ptxas: every variant, by step and by chunk,
with inputs of every type. No default schedule for K, V up to 128 makes a thread spill
more than MOST_SPILLED bytes of registers, but those that ptxas.json lists: they spill
more than that, and no more than it says. A text stands there for what says why there is
no such kernel.

    check_ptxas.py [VARIANT...] [--all | --complete] [--show] [--update]
                   [--list=PATH] [--ptxas=PATH] [--sluicec=PATH]

At (128, 128) kernels are for both targets, at other sizes for one or the other. One in
eight of them is assembled, of every variant, form, type, target and size some; with
--all every one is, with --complete every one for both targets. --update writes what
was found into the list.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import reference

FORMS = ("step", "chunk")
TYPES = ("bf16", "f16", "f32")
TARGETS = ("sm_80", "sm_90a")
SIZES = ((128, 128), (64, 64), (60, 100), (256, 128))
SAMPLE = 8

# Loads and stores together, of a thread; where K, V ≤ 128.
MOST_SPILLED = 64
LIST = pathlib.Path(__file__).with_name("ptxas.json")

Kernel = collections.namedtuple("Kernel", "variant form dtype target sizes")


class Failure(Exception):
    pass


def name_of(kernel):
    """Of the variant, form and type in the list; and there of target and sizes."""
    k, v = kernel.sizes
    return f"{kernel.variant} {kernel.form} {kernel.dtype}", f"{kernel.target} {k}x{v}"


def kernels_of(variant, number, is_complete):
    """Of the number-th variant."""
    for form in FORMS:
        for d, dtype in enumerate(TYPES):
            for s, sizes in enumerate(SIZES):
                for t, target in enumerate(TARGETS):
                    if is_complete or s == 0 or (number // SAMPLE + d + s + t) % 2 == 0:
                        yield Kernel(variant, form, dtype, target, sizes)


def choose(options):
    for number, variant in enumerate(reference.VARIANTS):
        if options.variants and variant not in options.variants:
            continue
        found = list(kernels_of(variant, number, options.complete))
        if not options.all and not options.complete:
            found = found[number % SAMPLE :: SAMPLE]
        yield from found


def emit(options, level, kernel, *flags):
    command = [options.sluicec, kernel.variant, f"--emit={level}", f"--form={kernel.form}"]
    command += [f"--target={kernel.target}", f"--dtype={kernel.dtype}"]
    command += [f"--key-dim={kernel.sizes[0]}", f"--value-dim={kernel.sizes[1]}", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"exit status {done.returncode}: {done.stderr.strip()[:1000]}")
    return done.stdout + done.stderr


def assemble(options, kernel):
    """Registers of a thread, and bytes that it spills."""
    flags = [f"--ptxas={options.ptxas}"] if options.ptxas else []
    said = emit(options, "cubin", kernel, "--remarks=ptxas", "-o", "/dev/null", *flags)

    def number(name):
        found = re.search(rf"{name}=(\d+)", said)
        if not found:
            raise Failure(f"no {name} in what sluicec says of ptxas: {said.strip()}")
        return int(found[1])

    return number("Registers"), number("SpillStoreBytes") + number("SpillLoadBytes")


def describe(options, kernel):
    """Warps of a CTA, and bytes of its shared memory."""
    text = emit(options, "tile", kernel)
    shared = re.search(r"tile.shared_bytes = (\d+)", text)
    warps = re.search(r"warps\((\d+)\)", text)
    return f"{warps[1]} warps, {shared[1] if shared else 0} bytes shared"


def check(found, listed):
    """What is wrong, or nothing. Of a kernel there are the bytes that it spills, or what
    was said in its place."""
    if isinstance(found, str):
        return "" if isinstance(listed, str) and listed in found else found
    if isinstance(listed, str):
        return f"assembled, expected to fail: {listed}"
    if found <= MOST_SPILLED and listed:
        return f"{found} bytes spilled, listed with {listed}: is to be taken off the list"
    if found > (listed or MOST_SPILLED):
        return f"{found} bytes spilled, expected at most {listed or MOST_SPILLED}"
    return ""


def try_kernel(options, kernel):
    """Bytes that are spilled, or why there is no kernel."""
    try:
        registers, spilled = assemble(options, kernel)
        if options.show:
            more = describe(options, kernel)
            name = " ".join(name_of(kernel))
            print(f"{name}: {registers} registers, {spilled} bytes spilled, {more}", flush=True)
        return spilled if max(kernel.sizes) <= 128 else 0
    except Failure as failure:
        return str(failure)


def update(path, known, found):
    for kernel, spilled in found.items():
        name, place = name_of(kernel)
        listed = known.setdefault(name, {}).pop(place, None)
        if isinstance(spilled, int) and spilled > MOST_SPILLED:
            known[name][place] = spilled
        if isinstance(spilled, str) and isinstance(listed, str) and listed in spilled:
            known[name][place] = listed
    lines = [
        f"  {json.dumps(name)}: {json.dumps(dict(sorted(places.items())))}"
        for name, places in sorted(known.items())
        if places
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", metavar="VARIANT")
    parser.add_argument("--all", action="store_true", help="all kernels")
    parser.add_argument("--complete", action="store_true", help="all, for both targets")
    parser.add_argument("--show", action="store_true", help="a table")
    parser.add_argument("--update", action="store_true", help="of the list")
    parser.add_argument("--list", metavar="PATH", type=pathlib.Path, default=LIST)
    parser.add_argument("--ptxas", metavar="PATH")
    parser.add_argument("--sluicec", default="sluicec", metavar="PATH")
    options = parser.parse_args()
    known = json.loads(options.list.read_text())
    kernels = list(choose(options))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(kernels, pool.map(lambda kernel: try_kernel(options, kernel), kernels)))
    if options.update:
        update(options.list, known, found)
    problems = []
    for kernel in kernels:
        name, place = name_of(kernel)
        if problem := check(found[kernel], known.get(name, {}).get(place)):
            problems.append((kernel, problem))
    for kernel, problem in problems:
        print(f"{' '.join(name_of(kernel))}: {problem}", file=sys.stderr)
    # A list that names what is not there says less than it seems to.
    names = {name_of(k) for n, v in enumerate(reference.VARIANTS) for k in kernels_of(v, n, True)}
    strangers = [
        f"{name} {place}"
        for name, places in known.items()
        for place in places
        if (name, place) not in names
    ]
    for stranger in strangers:
        print(f"{options.list}: no such kernel: {stranger}", file=sys.stderr)
    print(f"{len(kernels) - len(problems)} of {len(kernels)} kernels are as they should be")
    sys.exit(1 if problems or strangers or not kernels else 0)


main()
