"""Estimates of time: what is known to be faster must be estimated so, on each chip.

Pairs of launches that do the same: the first is the slower one, by at least the
factor given. And all launches of Programs/*.ptx, whose waits must end in the replay,
too: by what they wait for, in whatever order instructions are issued anew. And what goes
on beside other work must not hold it up.
"""

import pathlib
import shutil
import sys
import tempfile

import numpy as np

from programs import PROGRAMS
from simulate import FOLDER, Failure, Launch, simulate


def transposes():
    launches = {launch.name: launch for launch in PROGRAMS["transpose"]()}
    numbers = np.ones((2048, 64), np.float32)
    for launch in launches.values():
        launch.grid, launch.args[2:] = "2,64", ["i32:2048", "i32:64"]
        launch.tensors = {"in": numbers, "out": np.zeros((64, 2048), np.float32)}
    slow = launches["transpose_conflicts"]
    yield "bank conflicts", slow, launches["transpose_padded"], 1.1
    yield "bank conflicts", slow, launches["transpose_swizzled"], 1.1


def pipelines():
    tiles = np.ones((8, 16, 512), np.float32)
    one, two = (
        Launch(
            name=name,
            file="Inputs/pipeline.ptx",
            grid="8",
            block="128",
            args=["in", "out:out", "u32:16"],
            tensors={"in": tiles, "out": np.zeros((8, 128), np.float32)},
            expected={},
        )
        for name in ("one_buffer", "two_buffers")
    )
    yield "copies that are waited for", one, two, 1.2


def residencies():
    def launch(registers):
        return Launch(
            name="two_buffers",
            file="Inputs/pipeline.ptx",
            grid="1056",
            block="128",
            args=["in", "out:out", "u32:2"],
            tensors={
                "in": np.ones((1056, 2, 512), np.float32),
                "out": np.zeros((1056, 128), np.float32),
            },
            expected={},
            flags=(f"--regs={registers}",),
        )

    yield "few resident CTAs", launch(255), launch(32), 1.2


def unit_launch(name, block, tensors, numbers):
    return Launch(
        name=name,
        file="Inputs/units.ptx",
        grid="1",
        block=str(block),
        args=[("out:" if array is None else "") + key for key, (array, _) in tensors.items()]
        + [f"i32:{number}" for number in numbers],
        tensors={
            key: np.zeros(shape, np.float32) if array is None else array
            for key, (array, shape) in tensors.items()
        },
        expected={},
        flags=("--regs=64",),
    )


def side_by_side():
    """Launches, the second with more work on units beside; cycles that it may add."""

    def copies(count):
        tensors = {"x": (np.zeros(1024, np.float32), 0), "y": (None, 64)}
        return unit_launch("copies", 64, tensors, [count])

    # The last of 64 begins 64 turns of its loop behind the first, about when the
    # other warp is through; had each load to wait for the queue, it would add 2,000.
    yield "queued bulk copies", copies(1), copies(64), 1000

    def products(count):
        return unit_launch("products", 256, {"y": (None, 5000)}, [count])

    # 32 of 40 cycles each, as long as the shuffles beside them.
    yield "queued wgmma", products(0), products(32), 100

    def conversions(which):
        tensors = {"x": (np.ones(32, np.float32), 0), "y": (None, 32)}
        return unit_launch("conversions", 32, tensors, [which])

    # A slot each.
    yield "conversions beside ex2", conversions(1), conversions(3), 64


PACKS = """\
.version 8.0
.target sm_80
.address_size 64
.visible .entry packs(.param .u64 x, .param .u64 y)
{{
\t.reg .b32 \t%r<300>;
\t.reg .f32 \t%f<2>;
\t.reg .b64 \t%rd<5>;
\t.shared .align 4 .b8 out[32768];
\tld.param.u64 \t%rd1, [x];
\tld.param.u64 \t%rd2, [y];
\tmov.u32 \t%r0, %tid.x;
\tmul.wide.u32 \t%rd3, %r0, 4;
\tadd.s64 \t%rd1, %rd1, %rd3;
\tadd.s64 \t%rd2, %rd2, %rd3;
\tld.global.f32 \t%f1, [%rd1];
\tmov.u32 \t%r1, out;
\tmad.lo.u32 \t%r1, %r0, 4, %r1;
{body}
\tld.shared.b32 \t%r2, [%r1];
\tst.global.b32 \t[%rd2], %r2;
\tret;
}}
"""


def packs(folder):
    """256 conversions, each with its one user right behind it: as NVVM writes them."""
    file = pathlib.Path(folder, "packs.ptx")
    body = "".join(
        f"\tcvt.rn.f16x2.f32 \t%r{10 + i}, %f1, %f1;\n"
        f"\tst.shared.b32 \t[%r1+{128 * i}], %r{10 + i};\n"
        for i in range(256)
    )
    file.write_text(PACKS.format(body=body))
    inputs = {"x": np.ones(32, np.float32), "y": np.zeros(32, np.int32)}

    def launch(order):
        flags = (f"--order={order}",)
        args = ["x", "out:y"]
        return Launch("packs", file, "1", "32", args, inputs, expected={}, flags=flags)

    yield "users right behind their makers", launch("ptx"), launch("list"), 1.5
    if "sass" in ORDERS:
        yield "users right behind their makers", launch("ptx"), launch("sass"), 1.5


ORDERS = ["list", "ptx"]
if shutil.which("ptxas") and shutil.which("nvdisasm"):
    ORDERS.append("sass")


def estimate(launch, chip, flags=()):
    result = simulate(launch, FOLDER / launch.file, 0, flags=(f"--chip={chip}", *flags))
    if result.status:
        raise Failure(f"{launch.name}: exit status {result.status}: {result.errors}")
    return result.estimate


def broken_waits():
    """Names of launches some of whose waits were never met."""
    launches = [launch for make in PROGRAMS.values() for launch in make()]
    for order in [order for order in ORDERS if order != "ptx"]:
        for launch in launches:
            if not launch.finding:
                notes = estimate(launch, "h200", (f"--order={order}",))["notes"]
                if any("without what they waited for" in note for note in notes):
                    yield f"{launch.name} in the order {order}"


def main():
    failures = 0
    for name in broken_waits():
        print(f"error: {name} waits for what never comes")
        failures += 1
    folder = tempfile.TemporaryDirectory()
    for make in (transposes, pipelines, residencies, lambda: packs(folder.name)):
        for what, slow, fast, factor in make():
            for chip in ("a100", "h100", "h200"):
                times = [estimate(one, chip)["microseconds"] for one in (slow, fast)]
                print(f"{what}, {chip}: {times[0]:.2f} us, without {times[1]:.2f} us")
                if times[0] < factor * times[1]:
                    print(f"error: expected at least {factor} times as long with it")
                    failures += 1
    for what, alone, more, cycles in side_by_side():
        for chip in ("h100", "h200"):
            times = [estimate(one, chip)["cycles"] for one in (alone, more)]
            print(f"{what}, {chip}: {times[1]} cycles, without {times[0]}")
            if times[1] > times[0] + cycles:
                print(f"error: expected at most {cycles} more with it")
                failures += 1
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
