"""From the times of microbenchmarks to the numbers of Chips.def.

A formula takes what was measured, by name of the benchmark: the cycles of one of its
operations (`cycles`), or seconds. What another number is needed for comes from the
chip's row of Chips.def, where it was not measured first: formulas are taken in order.
"""

import pathlib
import re

CHIPS = pathlib.Path(__file__).parents[3] / "lib/Simulator/Estimate/Chips.def"
ROW = re.compile(
    r"SLUICE_CHIP_NUMBER\(\s*(\w+),\s*([-\d.e]+),\s*([-\d.e]+),\s*([-\d.e]+),\s*"
    r'((?:"(?:[^"\\]|\\.)*"\s*)+)\)'
)
COLUMNS = ("a100", "h100", "h200")


def read_chips(text, chip):
    """The numbers of one chip, by field."""
    column = 2 + COLUMNS.index(chip)
    return {match[1]: float(match[column]) for match in ROW.finditer(text)}


class Times:
    """What was measured of a chip."""

    def __init__(self, slopes, operations, numbers):
        self.slopes, self.operations, self.numbers = slopes, operations, dict(numbers)

    def cycles(self, name):
        return self.slopes[name]["cycles"] / self.operations[name]

    def lanes(self, name, instructions=1):
        """Results a cycle and SM."""
        return 32 * instructions / self.cycles(name)

    def bytes(self, name, size):
        """Bytes a cycle and SM of an instruction of a warp that moves `size`."""
        return size / self.cycles(name)

    def __getattr__(self, field):
        return self.numbers[field]


def mma_cycles(t, flop):
    return flop * t.subCores / (t.tensorHalf * t.mmaShare)


def bulk(t, size, few, many):
    """Cycles of a copy more."""
    cycles = [t.cycles(f"bulk_{size}_by_{count}") for count in (few, many)]
    return (cycles[1] - cycles[0]) / (many - few)


# Field and formula, of one SM.
FORMULAS = [
    ("mathLatency", lambda t: t.cycles("fp32_latency")),
    ("otherPipeLatency", lambda t: t.cycles("other_pipe_latency") / 2),
    # The add that is guarded takes the rest.
    ("guardLatency", lambda t: t.cycles("guard_latency") - t.mathLatency),
    ("reductionLatency", lambda t: t.cycles("reduction_latency")),
    ("fp64Latency", lambda t: t.cycles("fp64_latency")),
    ("specialLatency", lambda t: t.cycles("special_latency")),
    ("shuffleLatency", lambda t: t.cycles("shuffle_latency")),
    ("fp32", lambda t: t.lanes("fp32_rate")),
    ("integer", lambda t: t.lanes("integer_rate")),
    ("integerMultiply", lambda t: t.lanes("integer_multiply_rate")),
    ("half", lambda t: t.lanes("half_rate")),
    ("fp64", lambda t: t.lanes("fp64_rate")),
    ("special", lambda t: t.lanes("special_rate")),
    ("pack", lambda t: t.lanes("pack_rate")),
    ("fromInteger", lambda t: t.lanes("from_integer_rate")),
    # Back to floats goes another way, which is wider.
    ("convert", lambda t: t.lanes("convert_rate")),
    ("convertWide", lambda t: t.lanes("convert_wide_rate", 2)),
    ("bitCount", lambda t: t.lanes("bit_count_rate")),
    ("shuffle", lambda t: t.lanes("shuffle_rate")),
    ("reduction", lambda t: t.lanes("reduction_rate")),
    ("mmaShare", lambda t: 4096 / t.cycles("mma_m16n8k16_bf16_rate") / t.tensorHalf),
    ("mmaLatency", lambda t: t.cycles("mma_m16n8k16_bf16_latency") - mma_cycles(t, 4096)),
    # The fence, the product, the group's end and the wait have slots of their own.
    ("wgmmaLatency", lambda t: t.cycles("wgmma_n8_latency") - 8),
    ("sharedLatency", lambda t: t.cycles("shared_latency")),
    ("sharedRate", lambda t: t.bytes("shared_load_rate", 512)),
    ("l1Latency", lambda t: t.cycles("l1_latency") - t.cycles("integer_add_wide_latency")),
    ("l2Latency", lambda t: t.cycles("l2_latency") - t.cycles("integer_add_wide_latency")),
    ("dramLatency", lambda t: t.cycles("dram_latency") - t.cycles("integer_add_wide_latency")),
    ("atomicLatency", lambda t: t.cycles("shared_atomic_latency") - t.sharedLatency),
    ("remoteLatency", lambda t: t.cycles("remote_latency")),
    ("barrierLatency", lambda t: t.cycles("barrier_128")),
    ("clusterBarrierLatency", lambda t: t.cycles("cluster_barrier")),
    ("l1Rate", lambda t: 1 / t.cycles("l1_rate")),
    ("l2RateOfSm", lambda t: 1 / t.cycles("l2_rate_of_sm")),
    # Two sizes tell what a copy costs by itself and what its bytes do.
    ("bulkRate", lambda t: (4096 - 64) / (bulk(t, 4096, 8, 16) - bulk(t, 64, 32, 64))),
    ("bulkIssue", lambda t: bulk(t, 64, 32, 64) - 64 / t.bulkRate),
    (
        "bulkLatency",
        lambda t: t.cycles("bulk_128_by_1") - t.l2Latency - t.bulkIssue - t.sharedLatency,
    ),
    ("branchLatency", lambda t: t.cycles("short_loop") - t.mathLatency - t.guardLatency),
]

# Of the whole chip, by seconds.
CHIP_FORMULAS = [
    ("l2Rate", lambda t: t.sms / t.cycles("l2_rate")),
    (
        "tensorSustained",
        # 32 products of 64 × 256 × 16 a turn of each SM.
        lambda t: 32 * 2 * 64 * 256 * 16 * t.sms / t.slopes["wgmma_sustained"]["seconds"]
        / (t.sms * t.tensorHalf * t.gigahertz * 1e9),
    ),
    (
        "dramBandwidth",
        lambda t: t.operations["device_copy"] / t.slopes["device_copy"]["seconds"] / 1e9,
    ),
]

# What a driver says of a device, by the field that it is.
ATTRIBUTES = {
    "sms": "multiprocessors",
    "residentThreads": "threads_per_multiprocessor",
    "residentCtas": "ctas_per_multiprocessor",
    "registers": "registers_per_multiprocessor",
    "sharedBytes": "shared_bytes_per_multiprocessor",
    "sharedBytesOfCta": "shared_bytes_per_cta_optin",
    "sharedReserved": "reserved_shared_bytes_per_cta",
    "l2Bytes": "l2_bytes",
}


def derive(slopes, operations, listed):
    """Each number of Chips.def that the times give, by field; and what stood in the way
    of the others."""
    times, found, missing = Times(slopes, operations, listed), {}, {}
    for field, formula in FORMULAS + CHIP_FORMULAS:
        try:
            found[field] = times.numbers[field] = formula(times)
        except (KeyError, ZeroDivisionError) as error:
            missing[field] = f"not measured: {error}"
    return found, missing
