#!/usr/bin/env python3
"""Removes the synchronisation of programs piece by piece; the simulator must object
to every mutant but those that equivalent_mutants.json lists, which must run as well
as the program itself.

    mutate.py NAME... [--seeds=5] [--list] [--sluice-sim=PATH] [--nvcc=PATH]

Each mutant runs with one seed after another until one is reported. The last line is
the score. --list only prints the mutants.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import compiler
import emitted
import kernels
import library
import mutants
import programs
import simulate
import triton_programs

ALL = programs.PROGRAMS | triton_programs.PROGRAMS | library.PROGRAMS
ALL |= emitted.PROGRAMS | kernels.PROGRAMS

EQUIVALENT = simulate.FOLDER / "equivalent_mutants.json"

# No mutant needs more than this: most programs end well below.
FLAGS = ("--limit=50000000",)
SECONDS = 120


def matches(entry, program, mutant, index):
    """Whether an entry of the list means the mutant, the index-th of that text in the
    kernel (from 1). An entry with "most" means so many of them, whichever: code that is
    compiled for the test has no order to rely on."""
    return (
        entry["program"] == program
        and entry["kernel"] == mutant.statement.entry
        and entry["text"] == str(mutant.statement)
        and entry.get("nth", index) == index
    )


def numbered(found):
    """Each mutant and how many of its statement's text there were so far."""
    counts = {}
    for mutant in found:
        text = str(mutant.statement)
        counts[text] = counts.get(text, 0) + 1
        yield mutant, counts[text]


# What is a note when it is missing. nvcc itself moves copies below a wgmma.fence.
NOTED = {
    "wgmma.fence": "missing-wgmma-fence",
    "fence.mbarrier_init": "missing-mbarrier-fence",
    "fence.proxy.async": "missing-mbarrier-fence",  # where it stands behind the init
}


def is_reported(mutant, result):
    if result.status == 2 and any(f["severity"] == "error" for f in result.findings):
        return True
    opcode, kinds = mutant.statement.opcode, {f["kind"] for f in result.findings}
    return any(opcode.startswith(fence) and note in kinds for fence, note in NOTED.items())


def run(options, launch, mutant, ptx, entry):
    """What is wrong, or nothing, and whether the mutant is equivalent."""
    problem = ""
    for seed in range(options.seeds):
        result = simulate.simulate(launch, ptx, seed, options.sluice_sim, FLAGS, SECONDS)
        if result.status == 1:  # a mutant must be a program
            return f"rejected: {result.errors.strip()}", False
        if is_reported(mutant, result) and (not entry or "most" in entry):
            return "", False
        if entry and not problem:
            found = next(iter(simulate.problems_of(launch, result)), "")
            problem = found and f"listed as equivalent, but with seed {seed}: {found}"
    return (problem, True) if entry else ("missed", False)


def check(options, program, launch, listed, folder):
    """What is wrong with each mutant, if anything; of each that is equivalent the entry
    that says so."""
    ptx = compiler.ptx_of(launch, options)
    text, file = ptx.read_text(), pathlib.Path(folder, "mutant.ptx")
    for mutant, index in numbered(mutants.mutants(text, launch.entry)):
        entry = next((e for e in listed if matches(e, program, mutant, index)), None)
        what = f"{program}, {launch.name}, line {mutant.statement.line}: "
        what += f"without {mutant.kind}: {mutant.statement}"
        if options.list:
            print(what + (" (equivalent)" if entry else ""))
            continue
        file.write_text(mutant.apply(text))
        try:
            problem, is_equivalent = run(options, launch, mutant, file, entry)
        except simulate.Failure as failure:
            problem, is_equivalent = str(failure), False
        yield entry if is_equivalent else None, problem and f"{what}: {problem}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=ALL, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--list", action="store_true")
    compiler.add_options(parser)
    options = parser.parse_args()
    listed = [e for e in json.loads(EQUIVALENT.read_text()) if e["program"] in options.names]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for program in options.names:
            for launch in ALL[program]():
                if launch.finding:  # wrong as it is
                    continue
                results += check(options, program, launch, listed, folder)
    if options.list:
        return
    problems = [problem for _, problem in results if problem]
    # A list that names what is not there says less than it seems to.
    for entry in listed:
        count = sum(used is entry for used, _ in results)
        if count == 0:
            problems.append(f"equivalent_mutants.json: no such mutant: {json.dumps(entry)}")
        if count > entry.get("most", count):
            problems.append(f"{count} mutants are missed of {json.dumps(entry)}")
    for problem in problems:
        print(problem, file=sys.stderr)
    if not results:
        sys.exit("no mutants")
    wrong = [problem for entry, problem in results if not entry]
    caught = sum(not problem for problem in wrong)
    print(f"caught {caught} of {len(wrong)}, {len(results) - len(wrong)} more are equivalent")
    sys.exit(1 if problems else 0)


main()
