"""Runs sluice-sim on a launch: one entry of a PTX file with its tensors."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "Integration"))

from tensors import BF16, dtype_name, load, save, to_f64  # noqa: E402


class Failure(Exception):
    pass


@dataclasses.dataclass
class Close:
    """Numbers to be met within a bound relative to the largest of them."""

    numbers: np.ndarray
    bound: float


@dataclasses.dataclass
class Launch:
    name: str
    file: str  # PTX, or CUDA C++ to be compiled first; relative to this folder
    grid: str
    block: str
    args: list  # as --args has them; out:NAME needs a tensor of that shape among the inputs
    tensors: dict
    expected: dict  # by tensor: an array to be met exactly, or Close
    entry: str = ""  # else the name
    flags: tuple = ()
    printed: tuple = ()  # lines that the kernel prints, in any order
    finding: str = ""  # the kind of finding that there must be; else none at all
    notes: bool = False  # may be found
    note: str = ""  # the kind of note that there must be, and no other finding
    conflicts: bool | None = None  # in the banks of shared memory: some, none, or any number
    seconds: float = 60  # most time for one run

    def __post_init__(self):
        self.entry = self.entry or self.name


@dataclasses.dataclass
class Result:
    status: int
    tensors: dict  # empty where the grid did not finish
    findings: list
    counts: dict
    estimate: dict  # empty unless asked for
    output: str
    errors: str


def tensor_map(name, dims, strides, box, **more):
    """The argument for a tensor map; strides in bytes, of all dimensions but the first."""
    more = {"dims": dims, "strides": strides, "box": box} | more
    values = {
        key: "x".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for key, value in more.items()
    }
    return ":".join([f"tma:{name}", *(f"{key}={value}" for key, value in values.items())])


def simulate(launch, ptx, seed, tool="sluice-sim", flags=(), seconds=None):
    """Runs the launch; a Failure if sluice-sim hangs or dies of a signal."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs, report = (pathlib.Path(folder, name) for name in ("in", "out", "report"))
        save(inputs, launch.tensors)
        command = [tool, str(ptx), f"--entry={launch.entry}", f"--grid={launch.grid}"]
        command += [f"--block={launch.block}"]
        if launch.args:
            command += [f"--args={','.join(launch.args)}"]
        command += [f"--inputs={inputs}", f"--outputs={outputs}", f"--report={report}"]
        command += [f"--seed={seed}", *launch.flags, *flags]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=seconds or launch.seconds
            )
        except subprocess.TimeoutExpired as expired:
            raise Failure(f"no end after {expired.timeout:g} s") from None
        except OSError as error:
            raise Failure(f"{tool}: {error.strerror}") from None
        if done.returncode not in (0, 1, 2):
            raise Failure(f"exit status {done.returncode}: {done.stderr.strip()[:2000]}")
        found = json.loads(report.read_text()) if report.exists() else {}
        tensors = load(outputs) if outputs.exists() else {}
        return Result(
            status=done.returncode,
            tensors=tensors,
            findings=found.get("findings", []),
            counts=found.get("counts", {}),
            estimate=found.get("estimate", {}),
            output=done.stdout,
            errors=done.stderr,
        )


def bits_of(tensor):
    return tensor.bits if isinstance(tensor, BF16) else tensor


def difference(ours, expected):
    """What is wrong, or nothing."""
    if isinstance(expected, Close):
        error = np.abs(to_f64(ours) - expected.numbers)
        bound = expected.bound * np.max(np.abs(expected.numbers))
        if ours.shape != expected.numbers.shape:
            return f"shape {ours.shape}, expected {expected.numbers.shape}"
        if not np.all(error <= bound):
            return f"off by up to {np.max(error):.3g}, at most {bound:.3g}"
        return ""
    if (ours.shape, dtype_name(ours)) != (expected.shape, dtype_name(expected)):
        return f"{dtype_name(ours)}{ours.shape}, expected {dtype_name(expected)}{expected.shape}"
    wrong = np.argwhere(bits_of(ours) != bits_of(expected))
    if len(wrong):
        at = tuple(int(i) for i in wrong[0])
        ours, expected = to_f64(ours)[at], to_f64(expected)[at]
        return f"{len(wrong)} numbers differ, the first at {at}: {ours}, expected {expected}"
    return ""


def show_finding(finding):
    place = f"{finding.get('file') or 'line'}:{finding.get('line')}"
    return f"{finding['severity']} {finding['kind']} at {place} of {finding.get('thread')}"


def problems_of(launch, result):
    """What is wrong with one run, line by line."""
    kinds = {finding["kind"] for finding in result.findings}
    if result.status == 1:
        yield result.errors.strip()
        return
    if launch.finding:
        if result.status != 2 or kinds != {launch.finding}:
            yield f"exit status {result.status}, findings {kinds}: expected {launch.finding}"
        return
    if result.status != 0:
        yield f"exit status {result.status}: {result.errors.strip()}".rstrip(": ")
    if launch.note and kinds != {launch.note}:
        yield f"findings {kinds}: expected {launch.note}"
    for finding in result.findings:
        if launch.note == finding["kind"]:
            continue
        if finding["severity"] != "note" or not launch.notes:
            yield show_finding(finding)
    for name, expected in launch.expected.items():
        if name not in result.tensors:
            yield f"no {name} in the outputs"
        elif wrong := difference(result.tensors[name], expected):
            yield f"{name}: {wrong}"
    if launch.conflicts is not None:
        names = ("shared_wavefronts", "shared_ideal_wavefronts")
        wavefronts, ideal = (result.counts.get(name) for name in names)
        if wavefronts is None or launch.conflicts != (wavefronts > ideal):
            yield f"{wavefronts} wavefronts of shared memory, {ideal} would do"
    if launch.printed:
        lines = result.output.splitlines()
        for line in launch.printed:
            if lines.count(line) != launch.printed.count(line):
                yield f"printed {lines.count(line)} times: {line}"


def same_bits(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(bits_of(one[name]).view(np.uint8), bits_of(other[name]).view(np.uint8))
        for name in one
    )
