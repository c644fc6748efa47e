#!/usr/bin/env python3
"""Runs programs in the simulator, each with several seeds, every fifth on
several host threads: results as plain arithmetic gives them, the same bits with
every seed, and nothing found.

    check_program.py NAME... [--seeds=10] [--launch=NAME] [--sluice-sim=PATH]
                     [--nvcc=PATH]
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import compiler
import emitted
import kernels
import library
import programs
import simulate
import triton_programs

ALL = programs.PROGRAMS | triton_programs.PROGRAMS | library.PROGRAMS
ALL |= emitted.PROGRAMS | kernels.PROGRAMS


def check(options, launch):
    """What is wrong, line by line."""
    ptx = compiler.ptx_of(launch, options)

    def run(seed):
        flags = ("--threads=4",) if seed % 5 == 4 else ()
        return simulate.simulate(launch, ptx, seed, options.sluice_sim, flags)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run, range(options.seeds)))
    for seed, result in enumerate(results):
        problems = list(simulate.problems_of(launch, result))
        if not problems and not simulate.same_bits(result.tensors, results[0].tensors):
            problems = ["other bits than with seed 0"]
        if problems:  # those of the other seeds are alike
            return [f"seed {seed}: {problem}" for problem in problems]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=ALL, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--launch", help="only this one of the program's")
    compiler.add_options(parser)
    options = parser.parse_args()
    count = failures = 0
    for program in options.names:
        for launch in ALL[program]():
            if options.launch not in (None, launch.name):
                continue
            try:
                problems = check(options, launch)
            except simulate.Failure as failure:
                problems = [str(failure)]
            for problem in problems:
                print(f"{program}, {launch.name}: {problem}", file=sys.stderr)
            count += 1
            failures += bool(problems)
    if not count:
        sys.exit(f"no launch {options.launch}")
    print(f"{count - failures} of {count} launches passed")
    sys.exit(1 if failures else 0)


main()
