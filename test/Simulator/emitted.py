"""The launches of kernels that the compiler makes: sluice-run of PATH keeps an artifact
(docs/artifacts.md), whose plan says how its code is launched."""

import functools
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from programs import random_of
from simulate import BF16, Close, Failure, Launch

# Of test/Integration, as simulate.py's.
import regimes

FORMS = {
    "step": (
        ("--form=step", "--target=sm_90a"),
        {"lengths": [5, 0, 1], "H": 1, "HV": 2, "K": 128, "V": 128},
    ),
    # Several blocks of two chunks, chunks that are not full, one of one token, a sequence
    # without any.
    "chunk": (
        ("--form=chunk", "--chunk=16", "--target=sm_90a", "--precision=plain"),
        {"lengths": [75, 0, 33], "H": 1, "HV": 2, "K": 64, "V": 64},
    ),
    # Two CTAs of a head, which make chunks for each other.
    "cluster": (
        ("--form=chunk", "--chunk=16", "--target=sm_90a", "--precision=plain"),
        {"lengths": [139, 0, 33], "H": 1, "HV": 2, "K": 32, "V": 128},
    ),
}

ELEMENTS = {"bf16": BF16, "f32": lambda numbers: numbers.astype(np.float32)}
# Relative to the largest number: what is far off would be a kernel that is wrong.
BOUNDS = {"bf16": 1e-2, "f32": 1e-5}


def compile_artifact(variant, form, dtype, sizes):
    """What the artifact says, and its code."""
    with tempfile.TemporaryDirectory() as folder:
        generated = {name: sizes[name] for name in ("H", "HV", "K", "V")} | {"T": 1}
        generated = ",".join(f"{name}={size}" for name, size in generated.items())
        command = ["sluice-run", variant, *FORMS[form][0], "--device=sim"]
        command += [f"--generate={generated},initial,dtype={dtype}"]
        environment = os.environ | {"XDG_CACHE_HOME": folder}
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
        except OSError as error:
            raise Failure(f"sluice-run: {error.strerror}") from None
        if done.returncode != 0:
            raise Failure(f"sluice-run: {done.stdout}{done.stderr}")
        (file,) = pathlib.Path(folder).glob("sluice/*.artifact")
        content = file.read_bytes()
    end = 48 + int.from_bytes(content[8:16], "little")
    return json.loads(content[48:end]), content[end:].decode()


def evaluate(expression, sizes):
    functions = {"ceildiv": lambda a, b: -(-a // b), "min": min, "max": max}
    return eval(expression, {"__builtins__": {}}, sizes | functions)


def arguments_of(launch, parameters, results, sizes):
    """What sluice-sim is given, and of what shape and type each result is."""
    kinds = {"input": "", "initial": "initial_state", "output": "", "final": "final_state"}
    given, tensors = [], {}
    for argument, parameter in zip(launch["arguments"], parameters, strict=True):
        if argument == "scale":
            given.append(f"f32:{sizes['K'] ** -0.5}")
        elif argument == "sequences":
            given.append("sequences")
        elif "size" in argument:
            given.append(f"i64:{evaluate(argument['size'], sizes)}")
        else:
            ((kind, name),) = argument.items()
            name = kinds[kind] or name
            shape = [evaluate(axis, sizes) for axis in parameter["shape"]]
            if name in results:
                tensors[name] = ELEMENTS[parameter["dtype"]](np.zeros(shape))
            given.append(f"out:{name}" if name in results else name)
            given += [f"i64:{np.prod(shape[at:])}" for at in range(1, len(shape))]
    return given, tensors


def launch_of(variant, form, dtype):
    case = FORMS[form][1] | {"dtype": dtype.upper()}
    sizes = regimes.sizes_of(case)
    manifest, code = compile_artifact(variant, form, dtype, sizes)
    (launch,) = manifest["plan"]["launches"]
    if launch["block"] < 64:
        raise Failure(f"{launch['entry']}: {launch['block']} threads, expected several warps")
    file = pathlib.Path(temporary.name, f"{variant}_{form}_{dtype}.ptx")
    file.write_text(code)
    random = random_of(f"{variant} {form} {dtype}")
    inputs = regimes.make_inputs(variant, case, ("mild", "strong"), sizes, random)
    results = regimes.exact(variant, inputs, sizes)
    inputs["sequences"] = inputs.pop("cu_seqlens").astype(np.int64)
    sizes["N"] = len(case["lengths"])
    parameters = manifest["codes"][launch["code"]]["parameters"]
    args, tensors = arguments_of(launch, parameters, results, sizes)
    yield Launch(
        name=launch["entry"],
        file=str(file),
        grid=",".join(str(evaluate(places, sizes)) for places in launch["grid"]),
        block=str(launch["block"]),
        args=args,
        tensors=inputs | tensors,
        expected={name: Close(exact, BOUNDS[dtype]) for name, exact in results.items()},
        # The ISA does not say that lanes which meet at an mma or a shuffle have seen each
        # other's stores, and the compiler does not rely on it.
        flags=(f"--smem={launch['shared']}", "--strict-warp"),
    )


PROGRAMS = {
    f"{variant}_{form}_{dtype}": functools.partial(launch_of, variant, form, dtype)
    for variant in ("kda", "gated_delta_rule")
    for form, dtype in (("step", "bf16"), ("chunk", "bf16"), ("chunk", "f32"), ("cluster", "bf16"))
}

temporary = tempfile.TemporaryDirectory()
