"""Estimates of time: what is known to be faster must be estimated so, on each chip.

Pairs of launches that do the same: the first is the slower one, by at least the
factor given. And all launches of Programs/*.ptx, whose waits must end in the replay,
too: by what they wait for. And what goes on beside other work must not hold it up.
"""

import sys

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


def estimate(launch, chip):
    result = simulate(launch, FOLDER / launch.file, 0, flags=(f"--chip={chip}",))
    if result.status:
        raise Failure(f"{launch.name}: exit status {result.status}: {result.errors}")
    return result.estimate


def broken_waits():
    """Names of launches some of whose waits were never met."""
    for make in PROGRAMS.values():
        for launch in make():
            if not launch.finding:
                notes = estimate(launch, "h200")["notes"]
                if any("without what they waited for" in note for note in notes):
                    yield launch.name


def main():
    failures = 0
    for name in broken_waits():
        print(f"error: {name} waits for what never comes")
        failures += 1
    for make in (transposes, pipelines, residencies):
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
