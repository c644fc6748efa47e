#!/usr/bin/env python3
"""Runs a library variant with sluice-run and compares with reference.py.

    check_variant.py VARIANT [--case=NAME] [--device=NAME]

Without a device: all of DEVICES.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import reference
from tensors import BF16, dtype_name, load, save, to_f64

# A line for each device: its bound on the error for the type of the result.
# bf16 and f16: half of what public suites ask, since products run in f32.
DEVICES = {
    "cpu": {"F32": 1e-5, "BF16": 0.0025, "F16": 0.0025},
    "reference": {"F64": 1e-12, "F32": 1e-5, "BF16": 0.0025, "F16": 0.0025},
}

SMALL = {"B": 2, "T": 9, "H": 2, "HV": 2, "K": 16, "V": 16}

# Every case changes what it names: sizes, and how inputs are made.
CASES = {
    "plain": {},
    "f64": {"dtype": "F64"},
    "f64-strong-gates": {"dtype": "F64", "gates": "strong", "initial": True},
    "strong-gates": {"gates": "strong", "initial": True},
    "grouped-heads": {"H": 1, "HV": 4, "K": 12, "V": 20},
    "two-groups-of-heads": {"H": 2, "HV": 8, "K": 20, "V": 7, "initial": True},
    "initial-state": {"initial": True},
    "packed": {"B": 1, "T": 14, "lengths": [0, 5, 0, 0, 8, 1, 0], "initial": True},
    "packed-from-zero": {"B": 1, "T": 6, "lengths": [4, 2], "offsets": np.int64},
    "one-token": {"T": 1, "initial": True},
    "no-tokens": {"T": 0, "initial": True},
    "no-rows": {"B": 0},
    "no-sequences": {"B": 1, "T": 0, "lengths": []},
    "longer": {"B": 1, "T": 150, "H": 1, "HV": 1, "K": 32, "V": 32},
    "odd-sizes": {"K": 60, "V": 3, "T": 3},
    "one-by-one": {"K": 1, "V": 1, "H": 1},
    "bf16": {"dtype": "BF16"},
    "bf16-strong-gates": {"dtype": "BF16", "gates": "strong", "initial": True},
    "f16": {"dtype": "F16", "initial": True},
    "mixed-types": {"dtype": "mixed", "initial": True},
    "scale": {"scale": 0.75},
    "unit-writes": {"beta": "ends"},
}


def cast(numbers, dtype):
    if dtype == "BF16":
        return BF16(numbers)
    return numbers.astype({"F16": np.float16, "F32": np.float32, "F64": np.float64}[dtype])


def is_gate(variant, name):
    return name in ("g", "la", "lm", "fg") and variant != "md_gdn"


def make(variant, name, shape, case, random):
    """Random numbers of the kind that a model feeds to this argument."""
    strong = case.get("gates") == "strong"
    if is_gate(variant, name):
        numbers = random.uniform(-0.5, -0.001, shape)
        if strong:
            special = random.choice([0, -1e3, -np.inf, -20], shape)
            numbers = np.where(random.random(shape) < 0.5, special, numbers)
        return numbers
    if name == "A_log":  # with dt below 1: gates down to −1e3
        return random.uniform(5, 7, shape) if strong else random.uniform(-2, 0, shape)
    if name.startswith("beta") or name in ("eta", "dt", "D"):
        if case.get("beta") == "ends":
            top = 1 if variant in ("md_gdn", "mamba2") else 2
            return random.choice([0.0, 1.0, float(top)], shape)
        return random.uniform(0.05, 0.95, shape)
    numbers = random.standard_normal(shape)
    if reference.VARIANTS[variant][1][name][1] == "K":
        numbers /= np.linalg.norm(numbers, axis=-1, keepdims=True)
    return numbers


def make_inputs(variant, case, sizes, random):
    lead = {
        "qk": (sizes["B"], sizes["T"], sizes["H"]),
        "v": (sizes["B"], sizes["T"], sizes["HV"]),
        "param": (sizes["HV"],),
    }
    inputs = {}
    for i, (name, (heads, axis)) in enumerate(reference.VARIANTS[variant][1].items()):
        dtype = case.get("dtype", "F32")
        if dtype == "mixed":
            dtype = ("BF16", "F32", "F16")[i % 3]
        shape = lead[heads] + ((sizes[axis],) if axis else ())
        numbers = make(variant, name, shape, case, random)
        inputs[name] = cast(numbers, dtype)
    if variant == "rwkv7":  # as the model: b undoes what a reads
        inputs["b"] = cast(-0.9 * to_f64(inputs["a"]), dtype_name(inputs["b"]))
    count = sizes["B"]
    if "lengths" in case:
        count = len(case["lengths"])
        offsets = np.cumsum([0] + case["lengths"])
        inputs["cu_seqlens"] = offsets.astype(case.get("offsets", np.int32))
    if case.get("initial"):
        shape = (count, sizes["HV"], sizes["K"], sizes["V"])
        dtype = "F64" if case.get("dtype") == "F64" else "F32"
        for name in reference.state_names(variant, "initial_state"):
            inputs[name] = cast(random.standard_normal(shape), dtype)
    return inputs


def error_of(ours, exact):
    """As the documentation defines it."""
    agree = (ours == exact) | (np.isnan(ours) & np.isnan(exact))
    if not np.all(agree | (np.isfinite(ours) & np.isfinite(exact))):
        return np.inf
    finite = np.isfinite(exact)
    difference = np.sum((ours[finite] - exact[finite]) ** 2)
    total = np.sum(exact[finite] ** 2)
    if difference == 0:
        return 0.0
    return np.sqrt(difference / (total if total > 0 else exact.size))


def check(variant, name, device, folder):
    """What is wrong, line by line."""
    case = CASES[name]
    sizes = {key: case.get(key, value) for key, value in SMALL.items()}
    random = np.random.default_rng(sum(map(ord, variant + name)))
    inputs = make_inputs(variant, case, sizes, random)
    files = {key: pathlib.Path(folder, key + ".safetensors") for key in ("in", "out")}
    save(files["in"], inputs)
    command = ["sluice-run", variant, f"--inputs={files['in']}", f"--outputs={files['out']}"]
    command.append(f"--device={device}")
    if "scale" in case:
        command.append(f"--scale={case['scale']}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        return [f"exit code {done.returncode}: {done.stderr.strip()}"]

    exact = reference.run(
        variant,
        {key: to_f64(tensor) for key, tensor in inputs.items()},
        sizes,
        case.get("scale"),
    )
    ours = load(files["out"])
    if set(ours) != set(exact):
        return [f"results {sorted(ours)}, expected {sorted(exact)}"]
    value = inputs[reference.VARIANTS[variant][2]]
    problems = []
    for key, tensor in ours.items():
        expected = dtype_name(value) if key == "o" else "F32"
        if case.get("dtype") == "F64":
            expected = "F64"
        if dtype_name(tensor) != expected:
            problems.append(f"{key} is {dtype_name(tensor)}, expected {expected}")
        elif tensor.shape != exact[key].shape:
            problems.append(f"{key} has shape {tensor.shape}, expected {exact[key].shape}")
        elif not (error := error_of(to_f64(tensor), exact[key])) <= DEVICES[device][expected]:
            problems.append(f"{key} has error {error:.3g}, at most {DEVICES[device][expected]}")
    return problems


def applies(variant, name, device):
    case = CASES[name]
    takes_scale = reference.VARIANTS[variant][3]
    return (takes_scale or "scale" not in case) and (
        device == "reference" or case.get("dtype") != "F64"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", choices=reference.VARIANTS)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--device", choices=DEVICES)
    arguments = parser.parse_args()
    count = failures = 0
    for device in [arguments.device] if arguments.device else DEVICES:
        for name in [arguments.case] if arguments.case else CASES:
            if not applies(arguments.variant, name, device):
                continue
            with tempfile.TemporaryDirectory() as folder:
                problems = check(arguments.variant, name, device, folder)
            for problem in problems:
                print(f"{arguments.variant}, {name}, on {device}: {problem}", file=sys.stderr)
            count += 1
            failures += bool(problems)
    print(f"{count - failures} of {count} cases passed")
    sys.exit(1 if failures or not count else 0)


if __name__ == "__main__":
    main()
