"""Runs microbenchmarks: on a GPU, or in the simulator, whose estimate stands for one."""

import statistics
import struct
import tempfile
import pathlib

import numpy as np

from simulate import Launch, simulate

REPEATS = 5
# More than any L2 has.
FLUSH_BYTES = 256 << 20
# Turns on a GPU, where they cost nothing, for each turn in the simulator. The whole chip
# must work for milliseconds before power holds it down.
MORE_TURNS = {"turns": 16, "turns of the chip": 2048, "grid": 1}
# Of a GPU's copies: well beyond its L2.
DEVICE_BYTES, SIMULATED_BYTES = 1 << 31, 1 << 23


def ring(size, stride):
    """64-bit offsets: at each the next, `stride` further, round and round."""
    words = np.zeros(size // 8, np.int64)
    at = np.arange(0, size, stride)
    words[at // 8] = np.roll(at, -1)
    return words


def tensors_of(benchmark):
    data = ring(benchmark.data, benchmark.chase) if benchmark.chase else None
    # Bits that are numbers of every type: 1.0 as f32, small integers otherwise.
    data = np.full(benchmark.data // 4, 0x3F800000, np.int32) if data is None else data
    out = np.zeros(2 * benchmark.threads * 2 + 1024, np.int64)
    return {"data": data, "out": out}


class Simulated:
    """The estimate of a chip."""

    device_bytes = SIMULATED_BYTES

    def __init__(self, tool, chip, numbers):
        self.tool, self.chip = tool, chip
        self.capability = int(numbers["target"])
        self.sms = int(numbers["sms"])

    def run(self, benchmark, turns):
        """Cycles of the busiest SM, and seconds of the grid."""
        grid = {"turns": benchmark.cluster, "grid": turns}.get(benchmark.varies, self.sms)
        launch = Launch(
            name=benchmark.name,
            entry="bench",
            file="",
            grid=str(grid),
            block=str(benchmark.threads),
            args=["out", "data", f"u32:{1 if benchmark.varies == 'grid' else turns}"],
            tensors=tensors_of(benchmark),
            expected={},
            flags=(f"--chip={self.chip}", f"--smem={benchmark.shared}", "--regs=32", "--order=ptx"),
        )
        with tempfile.TemporaryDirectory() as folder:
            ptx = pathlib.Path(folder, "bench.ptx")
            ptx.write_text(benchmark.ptx(self.capability))
            result = simulate(launch, ptx, 0, self.tool)
        if not result.estimate:
            raise RuntimeError(result.errors.strip())
        errors = [f for f in result.findings if f["severity"] == "error"]
        if errors and benchmark.varies == "turns":
            raise RuntimeError(f"{errors[0]['kind']}: {errors[0]['message']}")
        estimate = result.estimate
        return {"cycles": estimate["cycles"], "seconds": estimate["microseconds"] / 1e6}

    def slope(self, benchmark):
        few, many = (self.run(benchmark, turns) for turns in benchmark.turns)
        span = benchmark.turns[1] - benchmark.turns[0]
        return {key: (many[key] - few[key]) / span for key in few}


class Gpu:
    """The chip itself; medians of several runs."""

    device_bytes = DEVICE_BYTES

    def __init__(self, driver):
        self.driver = driver
        about = driver.describe()
        self.capability = about["compute_major"] * 10 + about["compute_minor"]
        self.sms = about["multiprocessors"]
        self.sweep = driver.allocate(FLUSH_BYTES)

    def run(self, benchmark, function, turns, data, out):
        driver = self.driver
        grid = {"turns": benchmark.cluster, "grid": turns}.get(benchmark.varies, self.sms)
        loops = 1 if benchmark.varies == "grid" else turns
        parameters = [struct.pack("<Q", out), struct.pack("<Q", data), struct.pack("<I", loops)]

        def launch():
            driver.launch(
                function,
                (grid, 1, 1),
                (benchmark.threads, 1, 1),
                parameters,
                benchmark.shared,
                # The entry itself says how large its clusters are.
            )

        if benchmark.is_cold:
            driver.fill(self.sweep, FLUSH_BYTES)
        seconds = driver.time(launch)
        clocks = np.frombuffer(driver.read(out, 16 * benchmark.threads), np.int64).reshape(-1, 2)
        clocks = clocks[clocks[:, 1] > 0]  # threads that came to the end
        return {"cycles": int(clocks[:, 1].max() - clocks[:, 0].min()), "seconds": seconds}

    def slope(self, benchmark):
        function = self.driver.load(benchmark.ptx(self.capability), "bench", benchmark.shared)
        tensors = tensors_of(benchmark)
        raw, size = tensors["data"].tobytes(), tensors["out"].nbytes
        data, out = self.driver.allocate(len(raw)), self.driver.allocate(size)
        self.driver.write(data, raw)
        self.driver.fill(out, size)
        more = 1 if benchmark.is_cold else MORE_TURNS[benchmark.varies]
        few, many = (turns * more for turns in benchmark.turns)
        found = {"cycles": [], "seconds": []}
        self.run(benchmark, function, few, data, out)
        for _ in range(REPEATS):
            a, b = (self.run(benchmark, function, n, data, out) for n in (few, many))
            for key in found:
                found[key].append((b[key] - a[key]) / (many - few))
        for pointer in (data, out):
            self.driver.free(pointer)
        spread = max(found["seconds"]) - min(found["seconds"])
        medians = {key: statistics.median(values) for key, values in found.items()}
        return medians | {"spread": spread / max(medians["seconds"], 1e-12)}
