"""The launches of Library/*.cu, which use CUB, libcu++ and cooperative groups."""

import numpy as np

from programs import integers, random_of, whole_floats, wrapped, zeros
from simulate import Launch


def cub_block_reduce():
    numbers = integers(random_of("cub_block_reduce"), (3, 1024))
    yield Launch(
        name="block_reduce",
        file="Library/cub_block_reduce.cu",
        grid="3",
        block="128",
        args=["in", "out:sums", "out:maxima"],
        tensors={"in": numbers, "sums": zeros(3), "maxima": zeros(3)},
        expected={"sums": np.sum(numbers, 1, dtype=np.int32), "maxima": np.max(numbers, 1)},
    )


def cub_block_scan():
    numbers = integers(random_of("cub_block_scan"), (3, 512))
    inclusive = np.cumsum(numbers, 1, dtype=np.int32)
    yield Launch(
        name="block_scan",
        file="Library/cub_block_scan.cu",
        grid="3",
        block="128",
        args=["in", "out:out", "out:sums"],
        tensors={"in": numbers, "out": zeros((3, 512)), "sums": zeros(3)},
        expected={"out": inclusive - numbers, "sums": inclusive[:, -1].copy()},
    )


def cub_block_radix_sort():
    # Few different keys: the order of equal ones must stay.
    keys = whole_floats(random_of("cub_block_radix_sort"), (2, 512)) / 4
    values = np.arange(1024, dtype=np.int32).reshape(2, 512)
    order = np.argsort(keys, 1, kind="stable")
    yield Launch(
        name="block_radix_sort",
        file="Library/cub_block_radix_sort.cu",
        grid="2",
        block="128",
        args=["keys", "values", "out:sorted_keys", "out:sorted_values"],
        tensors={
            "keys": keys,
            "values": values,
            "sorted_keys": zeros((2, 512), np.float32),
            "sorted_values": zeros((2, 512)),
        },
        expected={
            "sorted_keys": np.take_along_axis(keys, order, 1),
            "sorted_values": np.take_along_axis(values, order, 1),
        },
    )


def cub_warp_reduce():
    numbers, valid = integers(random_of("cub_warp_reduce"), (4, 32)), 5
    parts = numbers.reshape(16, 8)[:, :valid]
    yield Launch(
        name="warp_reduce",
        file="Library/cub_warp_reduce.cu",
        grid="2",
        block="64",
        args=["in", "out:sums", "out:partial", "out:scans", f"i32:{valid}"],
        tensors={
            "in": numbers,
            "sums": zeros(4),
            "partial": zeros(16),
            "scans": zeros((4, 32)),
        },
        expected={
            "sums": np.sum(numbers, 1, dtype=np.int32),
            "partial": np.sum(parts, 1, dtype=np.int32),
            "scans": np.cumsum(numbers, 1, dtype=np.int32),
        },
    )


def cuda_pipeline():
    tiles = whole_floats(random_of("cuda_pipeline"), (2, 7, 256))
    for name, threads in (("pipeline_unified", 128), ("pipeline_roles", 96)):
        yield Launch(
            name=name,
            file="Library/cuda_pipeline.cu",
            grid="2",
            block=str(threads),
            args=["in", "out:out", "i32:7"],
            tensors={"in": tiles, "out": zeros((2, 256), np.float32)},
            expected={"out": np.sum(tiles, 1)},
        )


def cuda_barrier():
    numbers = integers(random_of("cuda_barrier"), (2, 64))
    first, work = numbers[:, ::-1], np.zeros((2, 64), np.int64)
    for round in range(5):
        work = work * 5 + np.roll(first, -round, 1)
    yield Launch(
        name="barrier_rounds",
        file="Library/cuda_barrier.cu",
        grid="2",
        block="64",
        args=["in", "out:out", "i32:5"],
        tensors={"in": numbers, "out": zeros((2, 64))},
        expected={"out": wrapped(work + np.roll(first, -5, 1))},
    )


def cuda_atomic():
    file, data = "Library/cuda_atomic.cu", integers(random_of("cuda_atomic"), 64)
    values = data.astype(np.int64)
    for b in range(5):
        values = values * 3 + b
    yield Launch(
        name="atomic_turns",
        file=file,
        grid="5",
        block="64",
        args=["flag", "data", "most"],
        tensors={"flag": zeros(1), "data": data, "most": zeros(1)},
        expected={
            "flag": np.full(1, 5, np.int32),
            "data": wrapped(values),
            "most": np.full(1, 5 * 64 - 1, np.int32),
        },
    )
    squares = np.arange(64, dtype=np.int32) ** 2
    yield Launch(
        name="atomic_fences",
        file=file,
        grid="3",
        block="64",
        args=["flag", "out:data", "out:out"],
        tensors={"flag": zeros(1), "data": zeros(64), "out": zeros((2, 64))},
        expected={"data": squares, "out": np.stack([squares[::-1]] * 2)},
    )


def cooperative_groups():
    numbers = integers(random_of("cooperative_groups"), (2, 64), 0, 100)
    by_tile = numbers.reshape(2, 8, 8)
    sums = np.repeat(np.sum(by_tile, 2, dtype=np.int32), 8, 1)
    equal = (numbers.reshape(4, 32, 1) & 3) == (numbers.reshape(4, 1, 32) & 3)
    ranks = np.sum(equal & np.tri(32, k=-1, dtype=bool), 2)
    yield Launch(
        name="tiles",
        file="Library/cooperative_groups.cu",
        grid="2",
        block="64",
        args=["in", "out:sums", "out:scans", "out:counts"],
        tensors={
            "in": numbers,
            "sums": zeros((2, 64)),
            "scans": zeros((2, 64)),
            "counts": zeros((2, 64)),
        },
        expected={
            "sums": sums[:, ::-1],
            "scans": np.cumsum(by_tile, 2, dtype=np.int32).reshape(2, 64),
            "counts": (np.sum(equal, 2) * 100 + ranks).astype(np.int32).reshape(2, 64),
        },
    )


def cluster_groups():
    numbers = integers(random_of("cluster_groups"), (2, 2, 300), 0, 64)
    counts = [np.bincount(cluster.ravel(), minlength=64) for cluster in numbers]
    yield Launch(
        name="cluster_histogram",
        file="Library/cluster_groups.cu",
        grid="4",
        block="64",
        args=["in", "out:counts", "i32:300"],
        tensors={"in": numbers, "counts": zeros((2, 64))},
        expected={"counts": np.stack(counts).astype(np.int32)},
    )


PROGRAMS = {
    make.__name__: make
    for make in (
        *(cub_block_reduce, cub_block_scan, cub_block_radix_sort, cub_warp_reduce),
        *(cuda_pipeline, cuda_barrier, cuda_atomic),
        *(cooperative_groups, cluster_groups),
    )
}
