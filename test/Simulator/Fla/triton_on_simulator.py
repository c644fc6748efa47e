"""Triton programs without a GPU: importing this before them sends every launch of a
Triton kernel to sluice-sim. Tensors are torch's, on the CPU.

Kernels are compiled for ARCHITECTURE. Of an autotuned kernel the configuration of
number CONFIGURATION (-1 is the last) is taken. With CHIP each launch is estimated, and
CONFIGURATION=fastest takes what the estimate finds fastest, as Triton's tuner takes what
it measured. What each launch gave is in `launches`, its PTX and inputs in FOLDER. OPTIONS
are more options of sluice-sim.
"""

import contextlib
import dataclasses
import json
import math
import os
import pathlib
import re
import subprocess
import types

import numpy as np
import torch
import triton
from safetensors.numpy import load_file, save_file
from triton.backends.compiler import GPUTarget
from triton.backends.nvidia.compiler import get_ptxas
from triton.compiler import ASTSource
from triton.runtime import autotuner, jit
from triton.runtime.errors import OutOfResources

BUILT = pathlib.Path(__file__).resolve().parents[3] / "build/bin/sluice-sim"
SLUICE_SIM = os.environ.get("SLUICE_SIM", str(BUILT))
ARCHITECTURE = int(os.environ.get("ARCHITECTURE", "90"))
CONFIGURATION = os.environ.get("CONFIGURATION", "0")
CHIP = os.environ.get("CHIP", "")
OPTIONS = os.environ.get("OPTIONS", "").split()
SEED = os.environ.get("SEED", "0")
FOLDER = pathlib.Path(os.environ.get("FOLDER", "launches"))

MOST_SHARED = 232448  # bytes of a CTA
TARGET = GPUTarget("cuda", ARCHITECTURE, 32)
TYPES = {
    torch.float64: "fp64",
    torch.float32: "fp32",
    torch.float16: "fp16",
    torch.bfloat16: "bf16",
    torch.int64: "i64",
    torch.int32: "i32",
    torch.int8: "i8",
    torch.uint8: "u8",
    torch.bool: "i1",
}


@dataclasses.dataclass
class Launched:
    name: str
    status: int  # sluice-sim's: 0, or 2 if it found an error
    report: str
    command: str
    microseconds: float | None  # by the estimate, with CHIP


launches = []


# --- What looks like a GPU -----------------------------------------------------


class Driver:
    """As much of a driver as compiling asks for."""

    def get_current_target(self):
        return TARGET

    def get_current_device(self):
        return 0

    def get_current_stream(self, *_):
        return 0

    def get_active_torch_device(self):
        return torch.device("cpu")

    def get_device_interface(self):
        return torch.cpu

    class utils:
        @staticmethod
        def get_device_properties(_):
            return {
                "max_shared_mem": MOST_SHARED,
                "multiprocessor_count": 132,
                "warpSize": 32,
                "max_num_regs": 65536,
            }


def pretend():
    properties = types.SimpleNamespace(
        name="NVIDIA H100",
        major=ARCHITECTURE // 10,
        minor=ARCHITECTURE % 10,
        multi_processor_count=132,
        total_memory=80 << 30,
        shared_memory_per_block_optin=MOST_SHARED,
    )
    torch.cuda.is_available = lambda: True
    torch.cuda.device_count = lambda: 1
    torch.cuda.current_device = lambda: 0
    torch.cuda.get_device_name = lambda *_: properties.name
    torch.cuda.get_device_capability = lambda *_: (properties.major, properties.minor)
    torch.cuda.get_device_properties = lambda *_: properties
    torch.cuda.device = lambda *_: contextlib.nullcontext()
    torch.cuda.synchronize = lambda *_: None
    torch.cuda._lazy_init = lambda: None
    triton.runtime.driver.set_active(Driver())


# --- Launches ------------------------------------------------------------------


def describe(parameter, value):
    """A parameter's type as Triton names it, and whether 16 divides it."""
    if parameter.is_constexpr or value is None:
        return "constexpr", False
    if isinstance(value, torch.Tensor):
        return "*" + TYPES[value.dtype], value.data_ptr() % 16 == 0
    if isinstance(value, bool):
        return "i1", False
    if isinstance(value, int):
        divides = value % 16 == 0 and not parameter.do_not_specialize
        return "i32" if -(2**31) <= value < 2**31 else "i64", divides
    if isinstance(value, float):
        return "fp32", False
    raise TypeError(f"{parameter.name}: {type(value).__name__} is no argument of a kernel")


def bytes_of(storage):
    return torch.empty(0, dtype=torch.uint8).set_(storage)


class Arguments:
    """Of sluice-sim: a tensor of its inputs for each storage, however many views of it
    there are."""

    def __init__(self):
        self.storages = {}
        self.texts = []

    def add(self, kind, value):
        if isinstance(value, torch.Tensor):
            storage = value.untyped_storage()
            base = storage.data_ptr()
            name, _ = self.storages.setdefault(base, (f"t{len(self.storages)}", storage))
            self.texts.append(f"{name}+{value.data_ptr() - base}")
        elif kind == "fp32":
            self.texts.append(f"f32:{value!r}")
        else:
            self.texts.append(f"{'i8' if kind == 'i1' else kind}:{int(value)}")

    def save(self, file):
        tensors = {}
        for name, storage in self.storages.values():
            data = bytes_of(storage).numpy()
            # As whole words, one at least.
            padding = max(4 - len(data), -len(data) % 4)
            tensors[name] = np.pad(data, (0, padding)).view(np.int32)
        save_file(tensors, file)

    def load(self, file):
        tensors = load_file(file)
        for name, storage in self.storages.values():
            to = bytes_of(storage)
            to.copy_(torch.from_numpy(tensors[name].view(np.uint8)[: len(to)].copy()))


compiled = {}


def compile_kernel(function, kinds, constants, attributes, options):
    key = (function, repr(kinds), repr(constants), repr(attributes), repr(options))
    if key not in compiled:
        source = ASTSource(function, kinds, constants, attributes)
        compiled[key] = triton.compile(source, target=TARGET, options=options)
    return compiled[key]


def run(function, *args, grid, warmup=False, **kwargs):
    """Stands for JITFunction.run."""
    names = [parameter.name for parameter in function.params]
    options = {
        name: kwargs[name]
        for name in ("num_warps", "num_stages", "num_ctas", "maxnreg")
        if kwargs.get(name) is not None
    }
    values = {parameter.name: parameter.default for parameter in function.params}
    values |= dict(zip(names, args)) | {n: v for n, v in kwargs.items() if n in values}
    kinds, constants, attributes = {}, {}, {}
    for i, parameter in enumerate(function.params):
        value = values[parameter.name]
        kinds[parameter.name], divides = describe(parameter, value)
        if kinds[parameter.name] == "constexpr":
            constants[(i,)] = value
        elif divides:
            attributes[(i,)] = [["tt.divisibility", 16]]
    kernel = compile_kernel(function, kinds, constants, attributes, options)
    if kernel.metadata.shared > MOST_SHARED:
        raise OutOfResources(kernel.metadata.shared, MOST_SHARED, "shared memory")
    grid = grid(values) if callable(grid) else grid
    if warmup or 0 in grid:
        return kernel
    grid = [int(size) for size in grid]
    arguments = Arguments()
    for name in names:
        if kinds[name] != "constexpr":
            arguments.add(kinds[name], values[name])
    # Tensor maps that the kernel makes.
    size = kernel.metadata.global_scratch_size
    if size:
        arguments.add("", torch.empty(size * math.prod(grid), dtype=torch.int8))
    simulate(kernel, grid, arguments)
    return kernel


def simulate(kernel, grid, arguments):
    name, ptx = kernel.metadata.name, kernel.asm["ptx"]
    header = ptx.split(".entry", 1)[1].split(")")[0]
    unused = len(re.findall(r"\.param\b", header)) - len(arguments.texts)
    FOLDER.mkdir(parents=True, exist_ok=True)
    stem = FOLDER / f"{len(launches):03d}-{name}"
    kernel_file, inputs = stem.with_suffix(".ptx"), stem.with_suffix(".safetensors")
    report = stem.with_suffix(".json")
    outputs = FOLDER / "outputs.safetensors"
    kernel_file.write_text(ptx)
    arguments.save(inputs)
    outputs.unlink(missing_ok=True)
    command = [
        *(SLUICE_SIM, kernel_file, f"--entry={name}", f"--seed={SEED}"),
        "--grid=" + ",".join(str(size) for size in grid),
        f"--block={32 * kernel.metadata.num_warps}",
        f"--smem={kernel.metadata.shared}",
        "--args=" + ",".join(arguments.texts + ["null"] * unused),
        *(f"--inputs={inputs}", f"--outputs={outputs}", f"--report={report}", *OPTIONS),
    ]
    if CHIP:
        command += [f"--chip={CHIP}", f"--ptxas={get_ptxas(ARCHITECTURE).path}"]
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 2):
        raise RuntimeError(done.stderr.strip())
    estimate = json.loads(report.read_text()).get("estimate", {})
    launches.append(
        Launched(
            *(name, done.returncode, done.stdout + done.stderr, " ".join(command)),
            estimate.get("microseconds"),
        )
    )
    if not is_trial:
        arguments.load(outputs)


# Of launches whose results are not wanted.
is_trial = False
fastest = {}


def try_configuration(tuner, config, args, kwargs):
    """The time by the estimate; infinite if it does not fit."""
    global is_trial
    is_trial = True
    try:
        tuner.fn.run(*args, **(kwargs | config.all_kwargs()))
        return launches.pop().microseconds or math.inf
    except OutOfResources:
        return math.inf
    finally:
        is_trial = False


def find_fastest(tuner, args, kwargs):
    values = dict(zip(tuner.arg_names, args)) | kwargs
    key = (id(tuner), *(repr(values.get(name)) for name in tuner.keys))
    if key not in fastest:
        times = [try_configuration(tuner, c, args, kwargs) for c in tuner.configs]
        fastest[key] = times.index(min(times))
    return fastest[key]


def run_autotuned(tuner, *args, **kwargs):
    """Stands for Autotuner.run: the configuration that was asked for, or the nearest
    before it that fits."""
    if CONFIGURATION == "fastest":
        number = find_fastest(tuner, args, kwargs)
    else:
        number = int(CONFIGURATION) % len(tuner.configs)
    for config in reversed(tuner.configs[: number + 1]):
        tuner.best_config = config
        try:
            return tuner.fn.run(*args, **(kwargs | config.all_kwargs()))
        except OutOfResources as error:
            last = error
    raise last


pretend()
jit.JITFunction.run = run
autotuner.Autotuner.run = run_autotuned
