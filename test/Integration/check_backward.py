#!/usr/bin/env python3
"""Compares the gradients of a library variant with central differences of
reference.py, which knows the spec no more than the spec knows it.

    check_backward.py VARIANT

Each input is moved along a random direction, all of its numbers at once. The names,
types and shapes of what is written are checked, too. By chunks the gradients are the
same.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import reference
from check_variant import cast, make_inputs
from tensors import dtype_name, load, save, to_f64

CASES = {
    "plain": {},
    "strong-gates": {"gates": "strong"},
    "grouped-heads": {"H": 2, "HV": 8, "K": 2, "V": 3},
    "packed": {"B": 1, "T": 6, "lengths": [0, 4, 0, 1, 1]},
    "one-token": {"T": 1},
    "no-tokens": {"T": 0},
    "bf16": {"dtype": "BF16"},
}
SMALL = {"B": 2, "T": 5, "H": 1, "HV": 2, "K": 3, "V": 4}
# A division by a small number takes a narrow step, rounding a wide one.
STEPS, BAR = (2.0**-17, 2.0**-13, 2.0**-22), 1e-7
# Of a gradient by chunks, relative to its norm.
CHUNK_BAR = 1e-12


def run(variant, inputs, folder, *flags):
    files = [pathlib.Path(folder, name) for name in ("in", "out")]
    save(files[0], inputs)
    command = ["sluice-run", variant, "--direction=backward", "--device=reference"]
    command += [f"--inputs={files[0]}", f"--outputs={files[1]}", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"exit code {done.returncode}: {done.stderr.strip()}")
    return load(files[1])


def differences(variant, inputs, given, sizes, name, direction):
    """The loss's derivative along a direction of an input, for each step."""
    def results(step):
        numbers = {key: to_f64(tensor) for key, tensor in inputs.items()}
        with np.errstate(invalid="ignore"):  # −inf stays where it is
            numbers[name] = np.where(direction == 0, numbers[name], numbers[name] + step * direction)
        return reference.run(variant, numbers, sizes, None)

    for step in STEPS:
        after, before = results(step), results(-step)
        total = sum(np.sum((after[key] - before[key]) * given[key]) for key in given)
        yield total / (2 * step)


def check(variant, case, folder):
    """What is wrong, line by line."""
    case = {"dtype": "F64", "initial": True} | CASES[case]
    sizes = {key: case.get(key, value) for key, value in SMALL.items()}
    random = np.random.default_rng(sum(map(ord, variant)))
    inputs = make_inputs(variant, case, sizes, random)
    names = [name for name in inputs if name != "cu_seqlens"]
    exact = reference.run(
        variant, {key: to_f64(tensor) for key, tensor in inputs.items()}, sizes, None
    )
    given = {}
    for name, result in exact.items():
        dtype = case["dtype"] if name == "o" or case["dtype"] == "F64" else "F32"
        inputs["d" + name] = cast(random.standard_normal(result.shape), dtype)
        given[name] = to_f64(inputs["d" + name])
    gradients = run(variant, inputs, folder)

    if set(gradients) != {"d" + name for name in names}:
        yield f"gradients {sorted(gradients)}, inputs {names}"
        return
    for name in names:
        ours, input = gradients["d" + name], inputs[name]
        kind = reference.VARIANTS[variant][1].get(name, ("state",))[0]
        expected = dtype_name(input)
        if kind in ("param", "state") and case["dtype"] != "F64":
            expected = "F32"
        if dtype_name(ours) != expected or ours.shape != input.shape:
            yield f"d{name} is {dtype_name(ours)} {ours.shape}, expected {expected} {input.shape}"
        if case["dtype"] != "F64":
            continue
        numbers = to_f64(ours)
        direction = np.where(np.isfinite(to_f64(input)), random.uniform(-1, 1, input.shape), 0)
        found = np.sum(direction * numbers)
        forward = {key: inputs[key] for key in inputs if key[1:] not in given}
        wanted = list(differences(variant, forward, given, sizes, name, direction))
        size = max(np.linalg.norm(numbers), 1e-3)
        if not any(abs(found - number) <= BAR * size for number in wanted):
            yield f"d{name} along a direction: {found}, expected {wanted}"
    for tokens in (1, 4) if case["dtype"] == "F64" else ():
        by_chunks = run(variant, inputs, folder, "--form=chunk", f"--chunk={tokens}")
        if set(by_chunks) != set(gradients):
            yield f"by chunks of {tokens} there are {sorted(by_chunks)}"
            continue
        for name, tensor in by_chunks.items():
            exact = to_f64(gradients[name])
            difference = np.linalg.norm(to_f64(tensor) - exact)
            if not difference <= CHUNK_BAR * max(np.linalg.norm(exact), 1):
                yield f"{name} by chunks of {tokens} is {difference} away"
    subset = run(variant, inputs, folder, f"--gradients={names[0]},{names[-1]}")
    if set(subset) != {"d" + names[0], "d" + names[-1]}:
        yield f"--gradients={names[0]},{names[-1]} gives {sorted(subset)}"
    for name, tensor in subset.items():
        if not np.array_equal(to_f64(tensor), to_f64(gradients[name])):
            yield f"{name} depends on what else is asked for"


def main(variant):
    failures = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            for problem in check(variant, case, folder):
                print(f"{variant}, {case}: {problem}", file=sys.stderr)
                failures += 1
    sys.exit(1 if failures else 0)


main(*sys.argv[1:])
