"""The launches of Kernels/Inputs/*.mlir: kernels in the tile dialect, written by hand,
lowered by its passes. What makes PTX of the llvm and nvvm dialects is mlir-opt."""

import functools
import pathlib
import re
import subprocess
import tempfile

import numpy as np

from programs import random_of, whole_floats, zeros
from simulate import FOLDER, Failure, Launch

PLACE = [
    "--tile-assign-layouts",
    "--cse",
    "--tile-through-shared",
    "--tile-allocate-shared",
    "--tile-insert-barriers",
]
FEATURES = "+ptx80"


def run(command, text):
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise Failure(f"{command[0]}: {done.stderr[:2000]}")
    return done.stdout


def compile_kernel(name, target):
    """The PTX, and the bytes of shared memory."""
    text = (FOLDER / "Kernels/Inputs" / f"{name}.mlir").read_text()
    placed = run(["sluice-opt", *PLACE], text)
    shared = re.search(r"tile\.shared_bytes = (\d+)", placed).group(1)
    code = run(["sluice-opt", f"--sluice-tile-to-nvvm=target={target}"], placed)
    attach = f"--nvvm-attach-target=chip={target} features={FEATURES}"
    binary = run(["mlir-opt", attach, "--gpu-module-to-binary=format=isa"], code)
    ptx = re.search(r'assembly = "((?:[^"\\]|\\.)*)"', binary).group(1)
    # As MLIR writes strings.
    ptx = re.sub(r"\\([0-9A-F]{2})", lambda match: chr(int(match.group(1), 16)), ptx)
    return ptx, shared


def before(rows, block):
    """Of each row the sum of all whole blocks before its own."""
    sums = [np.sum(rows[: t - t % block], 0) for t in range(len(rows))]
    return np.array(sums, np.float32)


# What y is, by x.
MEANINGS = {
    "ahead": lambda x: x + before(x, 16),
    "chain": lambda x: x * x + before(x * x, 16),
    "chunks": lambda x: 2 * x + before(x, 16),
}
LENGTHS = {
    # Slots are used several times; the last block is not full.
    "": (165,),
    # The last block is full, fewer blocks than there are slots, none.
    "_lengths": (160, 17, 0),
}
WARPS = {"ahead": 4, "chain": 4, "chunks": 5}


def launches_of(name, target, lengths):
    ptx, shared = compile_kernel(name, target)
    file = pathlib.Path(temporary.name, f"{name}_{target}.ptx")
    file.write_text(ptx)
    for length in lengths:
        x = whole_floats(random_of(name), (max(length, 1), 64))
        y = MEANINGS[name](x) if length else zeros((1, 64), np.float32)
        strides = [f"i64:{stride}" for stride in (64 * len(x), 64, 64)]
        yield Launch(
            name=f"{name} of {length} tokens",
            entry=name,
            file=str(file),
            grid="1",
            block=str(32 * WARPS[name]),
            args=["x", *strides, "out:y" if length else "y", *strides, f"i64:{length}"],
            tensors={"x": x, "y": zeros(y.shape, np.float32)},
            expected={"y": y},
            flags=(f"--smem={shared}", "--strict-warp"),
        )


PROGRAMS = {
    f"tile_{name}_{target}{suffix}": functools.partial(launches_of, name, target, lengths)
    for name in MEANINGS
    for target in ("sm_80", "sm_90a")
    for suffix, lengths in LENGTHS.items()
}

temporary = tempfile.TemporaryDirectory()
