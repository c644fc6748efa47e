"""What gpu-check does, item by item. An item is JSON, and so is what it found."""

import json
import pathlib
import re
import statistics

import numpy as np

import arguments
import chip_numbers
import compiler
import driver as cuda
import library
import measure
import microbenchmarks
import programs
import simulate
import triton_programs
from tensors import BF16, DTYPES

SECTIONS = ("bits", "chip", "times")
CHIPS = chip_numbers.COLUMNS
ALL = programs.PROGRAMS | library.PROGRAMS | triton_programs.PROGRAMS
RUNS = 11


def launches():
    for program, make in ALL.items():
        for launch in make():
            if not launch.finding:  # a trap would end the context
                yield program, launch


def plan(options):
    """The items, cheap and telling ones first."""
    kinds = []
    if "chip" in options.only:
        names = [b.name for b in microbenchmarks.benchmarks(measure.SIMULATED_BYTES)]
        kinds += [{"kind": "chip", "name": name} for name in names]
    for kind in ("bits", "times"):
        if kind in options.only:
            kinds += [{"kind": kind, "program": p, "name": l.name} for p, l in launches()]
    if "times" in options.only and options.kernels:
        folder = pathlib.Path(options.kernels)
        kinds += [
            {"kind": "times", "file": str(path), "name": path.stem} for path in sorted(folder.glob("*.json"))
        ]
    return [item for item in kinds if re.search(options.match, name_of(item))]


def name_of(item):
    return f"{item['kind']} {item['program'] + ' ' if 'program' in item else ''}{item.get('name', '')}"


def load_kernel(path):
    """A kernel of --kernels as a Launch, and its image."""
    path = pathlib.Path(path)
    described = json.loads(path.read_text())
    random, tensors = np.random.default_rng(0), {}
    for name, tensor in described["tensors"].items():
        shape, dtype = tuple(tensor["shape"]), tensor["dtype"]
        scale = tensor.get("scale", 1)
        if dtype in ("I32", "I64"):
            tensors[name] = np.full(shape, tensor.get("value", 0), DTYPES[dtype])
            continue
        numbers = random.uniform(-scale, scale, shape)
        tensors[name] = BF16(numbers) if dtype == "BF16" else numbers.astype(DTYPES[dtype])
    launch = simulate.Launch(
        name=path.stem,
        file=str(path.parent / described["file"]),
        expected={},
        tensors=tensors,
        **{key: described[key] for key in ("grid", "block", "args", "entry")},
        flags=tuple(described.get("flags", ())),
    )
    return launch, pathlib.Path(launch.file)


class Workshop:
    """Does items, on one device."""

    def __init__(self, options):
        self.options = options
        self.driver = None if options.device == "sim" else cuda.Driver(options.driver)
        about = self.driver.describe() if self.driver else {"name": f"estimate of {options.chip}"}
        self.about = about
        found = [chip for chip in CHIPS if chip.upper() in about["name"].upper()]
        self.chip = options.chip or (found or [None])[0]
        if not self.chip:
            raise ValueError(f"Chips.def has no '{about['name']}': --chip={'|'.join(CHIPS)} says which is nearest")
        self.numbers = chip_numbers.read_chips(chip_numbers.CHIPS.read_text(), self.chip)

    def run(self, item):
        kinds = {"machine": self.machine, "chip": self.measure, "bits": self.bits, "times": self.times}
        return kinds[item["kind"]](item)

    def machine(self, item):
        return {**self.about, "chip": self.chip}

    # --- Microbenchmarks -------------------------------------------------------------

    def chip_backend(self):
        if self.driver:
            return measure.Gpu(self.driver)
        return measure.Simulated(self.options.sluice_sim, self.chip, self.numbers)

    def measure(self, item):
        backend = self.chip_backend()
        (benchmark,) = [
            b for b in microbenchmarks.benchmarks(backend.device_bytes) if b.name == item["name"]
        ]
        if benchmark.since > backend.capability:
            return {"skipped": True, "line": f"skipped: needs compute capability {benchmark.since / 10}"}
        slope = backend.slope(benchmark)
        per = slope["cycles"] / benchmark.operations
        return {**slope, "operations": benchmark.operations, "line": f"{per:.3f} cycles"}

    # --- Programs --------------------------------------------------------------------

    def find(self, item):
        if "file" in item:
            return load_kernel(item["file"])
        launch = next(l for p, l in launches() if (p, l.name) == (item["program"], item["name"]))
        return launch, compiler.ptx_of(launch, self.options)

    def prepare(self, launch, image):
        shared = int(arguments.flag(launch, "smem", "0"))
        cluster = arguments.flag(launch, "cluster")
        content = image.read_bytes()
        function = self.driver.load(
            content if content[:4] == b"\x7fELF" else content.decode(),
            launch.entry,
            shared,
            any_cluster=cluster is not None,
        )
        buffers = arguments.Buffers(self.driver, launch)
        parameters = buffers.parameters(function.parameter_bytes())

        def run():
            self.driver.launch(
                function,
                arguments.extents(launch.grid),
                arguments.extents(launch.block),
                parameters,
                shared,
                cluster and arguments.extents(cluster),
            )

        return function, buffers, run

    def simulated(self, launch, image, *flags):
        return simulate.simulate(launch, image, 0, self.options.sluice_sim, flags, seconds=45)

    def bits(self, item):
        launch, image = self.find(item)
        ours = self.simulated(launch, image)
        if ours.status:
            return {"problem": f"the simulator: {ours.errors.strip() or ours.output.strip()[:200]}"}
        if not self.driver:
            return {"tensors": {}, "line": "simulated"}
        _, buffers, run = self.prepare(launch, image)
        buffers.fill()
        run()
        self.driver.synchronise()
        found, problems = {}, []
        for name, raw in buffers.read().items():
            if name not in ours.tensors:
                continue
            mine = simulate.bits_of(ours.tensors[name])
            theirs = np.frombuffer(raw, mine.dtype).reshape(mine.shape)
            differ = int(np.sum(mine.view(np.uint8) != theirs.view(np.uint8)))
            found[name] = {"bytes": int(mine.nbytes), "differ": differ}
            exact = not isinstance(launch.expected.get(name), simulate.Close)
            if differ:
                a, b = (simulate.to_f64(BF16.from_bits(x) if isinstance(ours.tensors[name], BF16) else x)
                        for x in (mine, theirs))
                found[name]["largest_difference"] = float(np.nanmax(np.abs(a - b), initial=0))
                if exact and name in launch.expected:
                    problems.append(f"{name}: {differ} bytes differ")
        buffers.free()
        report = {"tensors": found, "line": "same bits"}
        if any(tensor["differ"] for tensor in found.values()):
            report["line"] = "other bits where the ISA allows them"
        return report | ({"problem": "; ".join(problems)} if problems else {})

    def times(self, item):
        launch, image = self.find(item)
        found = {}
        flags = [f"--chip={self.chip}"]
        if self.driver:
            function, buffers, run = self.prepare(launch, image)
            flags.append(f"--regs={function.registers()}")
            sweep = self.driver.allocate(measure.FLUSH_BYTES)
            seconds = []
            for number in range(RUNS):
                buffers.fill()
                self.driver.fill(sweep, measure.FLUSH_BYTES, number)
                self.driver.synchronise()
                seconds.append(self.driver.time(run))
            self.driver.free(sweep)
            buffers.free()
            found = {
                "measured_us": statistics.median(seconds[1:]) * 1e6,
                "fastest_us": min(seconds) * 1e6,
                "registers": function.registers(),
            }
        if image.suffix == ".ptx":
            estimate = self.simulated(launch, image, *flags).estimate
            found["estimate_us"] = estimate.get("microseconds")
            found["binding"] = estimate.get("binding")
        text = [f"{found[key]:.2f} us {word}" for key, word in (("measured_us", "measured"), ("estimate_us", "estimated")) if found.get(key)]
        return found | {"line": ", ".join(text)}


def summarise(report, options):
    """The numbers of Chips.def that the items give."""
    measured = {
        name.removeprefix("chip "): item
        for name, item in report["items"].items()
        if name.startswith("chip ") and "cycles" in item
    }
    if not measured:
        return
    chip = report["machine"]["chip"]
    listed = chip_numbers.read_chips(chip_numbers.CHIPS.read_text(), chip)
    operations = {name: item["operations"] for name, item in measured.items()}
    found, missing = chip_numbers.derive(measured, operations, listed)
    attributes = {
        field: report["machine"][name]
        for field, name in chip_numbers.ATTRIBUTES.items()
        if name in report["machine"]
    }
    report["numbers"] = {
        field: {"value": value, "listed": listed[field]}
        for field, value in (found | attributes).items()
        if field in listed
    }
    report["not_measured"] = missing


def table(report):
    for field, number in report.get("numbers", {}).items():
        ratio = number["value"] / number["listed"] if number["listed"] else float("nan")
        yield f"{field:24} {number['value']:14.3f}  listed {number['listed']:14.3f}  ratio {ratio:.3f}"
    times = {n: i for n, i in report["items"].items() if i.get("measured_us") and i.get("estimate_us")}
    for name, item in times.items():
        ratio = item["estimate_us"] / item["measured_us"]
        yield f"{name:40} {item['measured_us']:10.2f} us  estimate {item['estimate_us']:10.2f} us  ratio {ratio:.2f}"
