"""The launches of Programs/*.ptx: inputs, and results by plain arithmetic.

Floats are small integers or eighths where sums must be exact in any order.
"""

import struct

import numpy as np

from simulate import BF16, Close, Launch, tensor_map, to_f64

INT32_MIN = -(2**31)


def random_of(name):
    return np.random.default_rng(sum(map(ord, name)))


def integers(random, shape, low=-100, high=100):
    return random.integers(low, high, shape).astype(np.int32)


def whole_floats(random, shape):
    return random.integers(-100, 100, shape).astype(np.float32)


def eighths(random, shape):
    return random.integers(-16, 17, shape) / 8.0


def zeros(shape, dtype=np.int32):
    return np.zeros(shape, dtype)


def wrapped(numbers):
    """32-bit integers of numbers modulo 2^32."""
    return (np.asarray(numbers, np.int64) & 0xFFFFFFFF).astype(np.uint32).view(np.int32)


# --- Threads of a CTA ----------------------------------------------------------


def reduction():
    file, random = "Programs/reduction.ptx", random_of("reduction")
    numbers = whole_floats(random, 2999)
    padded = np.concatenate([numbers, zeros(73, np.float32)]).reshape(12, 256)
    by_cta = np.sum(padded, 1)
    yield Launch(
        name="reduce_shuffle",
        file=file,
        grid="5",
        block="256",
        args=["in", "out:partials", "out:sum", "counter", "i32:2999"],
        tensors={
            "in": numbers,
            "partials": zeros(5, np.float32),
            "sum": zeros(1, np.float32),
            "counter": zeros(1),
        },
        expected={
            "partials": np.array([np.sum(by_cta[b::5]) for b in range(5)]),
            "sum": np.sum(numbers, keepdims=True),
        },
    )
    yield Launch(
        name="reduce_tree",
        file=file,
        grid="12",
        block="256",
        args=["in", "out:partials", "i32:2999"],
        tensors={"in": numbers, "partials": zeros(12, np.float32)},
        expected={"partials": by_cta},
    )


def scan():
    file, random = "Programs/scan.ptx", random_of("scan")
    numbers = integers(random, (6, 1024))
    yield Launch(
        name="scan_block",
        file=file,
        grid="3",
        block="256",
        args=["in", "out:out"],
        tensors={"in": numbers[:3], "out": zeros((3, 1024))},
        expected={"out": np.cumsum(numbers[:3], 1, dtype=np.int32)},
    )
    sums = np.sum(numbers, 1, dtype=np.int32)
    yield Launch(
        name="scan_lookback",
        file=file,
        grid="6",
        block="256",
        args=["in", "out:out", "counter", "flags", "sums", "prefixes"],
        tensors={
            "in": numbers,
            "out": zeros((6, 1024)),
            "counter": zeros(1),
            "flags": zeros(6),
            "sums": zeros(6),
            "prefixes": zeros(6),
        },
        expected={
            "out": np.cumsum(numbers, dtype=np.int32).reshape(6, 1024),
            "sums": np.where(np.arange(6) > 0, sums, np.int32(0)),
            "prefixes": np.cumsum(sums, dtype=np.int32),
            "flags": np.full(6, 2, np.int32),
        },
    )


def transpose():
    numbers = random_of("transpose").standard_normal((70, 41)).astype(np.float32)
    for name in ("transpose_conflicts", "transpose_padded", "transpose_swizzled"):
        yield Launch(
            name=name,
            file="Programs/transpose.ptx",
            grid="2,3",
            block="32,8",
            args=["in", "out:out", "i32:70", "i32:41"],
            tensors={"in": numbers, "out": zeros((41, 70), np.float32)},
            expected={"out": np.ascontiguousarray(numbers.T)},
            conflicts=name == "transpose_conflicts",
        )


def softmax_of(numbers):
    powers = np.exp(numbers - np.max(numbers, -1, keepdims=True))
    return powers / np.sum(powers, -1, keepdims=True)


def softmax():
    numbers = (random_of("softmax").standard_normal((4, 333)) * 4).astype(np.float32)
    numbers[1, 5] = -np.inf
    yield Launch(
        name="softmax",
        file="Programs/softmax.ptx",
        grid="4",
        block="128",
        args=["in", "out:out", "i32:333"],
        tensors={"in": numbers, "out": zeros((4, 333), np.float32)},
        expected={"out": Close(softmax_of(numbers.astype(np.float64)), 2e-6)},
    )


def histogram():
    numbers = random_of("histogram").integers(0, 100, 4000).astype(np.uint8)
    yield Launch(
        name="histogram",
        file="Programs/histogram.ptx",
        grid="3",
        block="256",
        args=["in", "counts", "i32:3999"],
        tensors={"in": numbers.view(np.int32), "counts": zeros(256)},
        expected={"counts": np.bincount(numbers[:3999], minlength=256).astype(np.int32)},
    )


# --- Across CTAs ---------------------------------------------------------------


def persistent():
    numbers = integers(random_of("persistent"), (11, 128))
    yield Launch(
        name="persistent",
        file="Programs/persistent.ptx",
        grid="3",
        block="128",
        args=["in", "out:out", "counter", "u32:11"],
        tensors={"in": numbers, "out": zeros((11, 128)), "counter": zeros(1)},
        expected={
            "out": numbers[:, ::-1] * np.int32(3) + np.int32(1),
            "counter": np.full(1, 14, np.int32),  # each CTA asks once in vain
        },
    )


def lock():
    file = "Programs/lock.ptx"
    yield Launch(
        name="lock_blocks",
        file=file,
        grid="5",
        block="64",
        args=["mutex", "data", "i32:3"],
        tensors={"mutex": zeros(1), "data": zeros(64)},
        expected={
            "mutex": zeros(1),
            "data": (3 * (10 + 5 * np.arange(64))).astype(np.int32),
        },
    )
    yield Launch(
        name="lock_lanes",
        file=file,
        grid="3",
        block="64",
        args=["mutex", "data"],
        tensors={"mutex": zeros(1), "data": zeros(2)},
        expected={
            "mutex": zeros(1),
            "data": np.array([3 * 64 * 65 // 2, 3 * 64 - 1], np.int32),
        },
    )


def grid_barrier():
    numbers, steps, ctas = integers(random_of("grid_barrier"), 512), 5, 4
    states = [numbers.astype(np.int64)]
    for _ in range(steps):
        a = states[-1]
        states.append(np.roll(a, 1) + 2 * a + np.roll(a, -1))
    yield Launch(
        name="stencil",
        file="Programs/grid_barrier.ptx",
        grid=str(ctas),
        block="128",
        args=["a", "out:b", "arrived", f"i32:{steps}"],
        tensors={"a": numbers, "b": zeros(512), "arrived": zeros(1)},
        expected={
            "a": wrapped(states[4]),
            "b": wrapped(states[5]),
            "arrived": np.full(1, (steps - 1) * ctas, np.int32),
        },
    )


# --- Barriers of parts of a CTA --------------------------------------------------


def mbarrier():
    file, random = "Programs/mbarrier.ptx", random_of("mbarrier")
    tiles = whole_floats(random, (2, 8, 512))
    yield Launch(
        name="mbarrier_pipeline",
        file=file,
        grid="2",
        block="160",
        args=["in", "out:out", "i32:8"],
        tensors={"in": tiles, "out": zeros((2, 512), np.float32)},
        expected={"out": np.sum(tiles, 1)},
    )
    numbers = integers(random, (2, 64))
    work = np.zeros((2, 64), np.int64)
    for round in range(5):
        work = work * 5 + np.roll(numbers, -round, 1)
    yield Launch(
        name="mbarrier_split",
        file=file,
        grid="2",
        block="64",
        args=["in", "out:out", "i32:5"],
        tensors={"in": numbers, "out": zeros((2, 64))},
        expected={"out": wrapped(work + np.roll(numbers, -5, 1))},
    )


def mbarrier_life():
    file, numbers = "Programs/mbarrier_life.ptx", integers(random_of("mbarrier_life"), (2, 64))
    launch = {
        "file": file,
        "grid": "2",
        "block": "64",
        "args": ["in", "out:out"],
        "tensors": {"in": numbers, "out": zeros((2, 64))},
    }
    pairs = np.tile(np.roll(numbers[:, :2], -1, 1), 32)
    yield Launch(
        name="mbarrier_reuse",
        expected={"out": np.roll(numbers, -2, 1) + pairs},
        **launch,
    )
    yield Launch(name="mbarrier_init_twice", expected={}, finding="mbarrier-misuse", **launch)
    mirrored = {"out": numbers[:, ::-1]}
    yield Launch(name="mbarrier_copy", expected=mirrored, **launch)
    yield Launch(
        name="mbarrier_copy_unfenced",
        expected=mirrored,
        note="missing-mbarrier-fence",
        **launch,
    )


def named_barriers():
    tiles = integers(random_of("named_barriers"), (2, 6, 64))
    squares = tiles * tiles
    yield Launch(
        name="named_barriers",
        file="Programs/named_barriers.ptx",
        grid="2",
        block="128",
        args=["in", "out:out", "i32:6"],
        tensors={"in": tiles, "out": zeros((2, 6, 64))},
        expected={"out": np.roll(squares, 1, 2) + np.roll(squares, -1, 2)},
    )
    numbers = integers(random_of("named_turns"), (2, 5, 2, 64))
    state = np.zeros((2, 64), np.int64)
    for round in range(5):
        for group in range(2):
            state = state * 3 + numbers[:, round, group]
    yield Launch(
        name="named_turns",
        file="Programs/named_barriers.ptx",
        grid="2",
        block="128",
        args=["in", "out:out", "i32:5"],
        tensors={"in": numbers, "out": zeros((2, 64))},
        expected={"out": wrapped(state)},
    )


# --- Control flow ----------------------------------------------------------------


def collatz_length(x):
    length = 0
    while x != 1:
        if x % 2:
            if x > 0x50000000:
                return -1
            x = 3 * x + 1
        else:
            x //= 2
        length += 1
    return length


def votes_of(warp):
    """What Programs/divergent.cu computes in the 32 lanes of a warp."""

    def ballot(true):
        return sum(1 << lane for lane in true)

    total = sum(x & 0xFF for x in warp)
    for lane, x in enumerate(warp):
        vote = ballot(l for l in range(32) if warp[l] % 2)
        vote ^= ballot(l for l in range(32) if warp[l] % 5 == x % 5)
        if lane < 20:
            vote += 3 * ballot(l for l in range(20) if warp[l] > warp[0])
            if lane % 2:
                vote += 1000 if any(warp[l] % 7 == 0 for l in range(1, 20, 2)) else 2000
                vote += sum(round * x for round in range(lane % 3))
            else:
                vote -= 10 if all(warp[l] % 11 for l in range(0, 20, 2)) else 20
        elif x % 6 == 0:
            vote *= 3
        elif x % 6 in (1, 2):
            vote = (vote ^ 0x5555 if x % 6 == 1 else vote) + 77
        elif x % 6 == 3:
            vote = ~vote
        elif x % 6 == 4:
            vote >>= lane % 8
        else:
            vote -= x
        yield vote + total


def divergent():
    file, random = "Programs/divergent.ptx", random_of("divergent")
    numbers = random.integers(1, 1 << 20, 192).astype(np.int32)
    numbers[7] = 1
    numbers[9] = 1431655765  # odd and too large to go on
    votes = [vote for warp in numbers.reshape(6, 32).tolist() for vote in votes_of(warp)]
    yield Launch(
        name="divergent",
        file=file,
        grid="2",
        block="96",
        args=["in", "out:lengths", "out:votes"],
        tensors={"in": numbers, "lengths": zeros(192), "votes": zeros(192)},
        expected={
            "lengths": np.array([collatz_length(x) for x in numbers.tolist()], np.int32),
            "votes": wrapped(votes),
        },
    )
    # Runs of equal numbers, nearly sorted, so that it ends soon.
    numbers = np.sort(integers(random, (2, 256)), 1)
    numbers[:, 20:44] = numbers[:, 20:44][:, ::-1]
    yield Launch(
        name="sort_block",
        file=file,
        grid="2",
        block="128",
        args=["in", "out:out"],
        tensors={"in": numbers, "out": zeros((2, 256))},
        expected={"out": np.sort(numbers, 1)},
    )


def functions():
    file, random = "Programs/functions.ptx", random_of("functions")
    rows, scale, shift = whole_floats(random, (50, 8)), 1.75, 0.1
    down = (np.arange(50) % 2 == 1)[:, None]
    sorted_rows = np.where(down, np.sort(rows, 1)[:, ::-1], np.sort(rows, 1))
    middle = (sorted_rows[:, 3] + sorted_rows[:, 4]) / 2
    affine = struct.pack("<f4xdi4x", scale, shift, 50).hex()
    yield Launch(
        name="sort_rows",
        file=file,
        grid="2",
        block="32",
        args=["in", "out:sorted", "out:medians", f"bytes:{affine}"],
        tensors={
            "in": rows,
            "sorted": zeros((50, 8), np.float32),
            "medians": zeros(50, np.float32),
        },
        expected={
            "sorted": sorted_rows,
            "medians": (middle.astype(np.float64) * scale + shift).astype(np.float32),
        },
    )

    coefficients, offsets = [7, -3, 0, 11, 2, -5], [100, 200, 300, 400]

    def horner(x, first):
        value = 0
        for coefficient in coefficients[first:]:
            value = value * x + coefficient
        return value

    numbers = integers(random, 60, 0, 40)
    values = [
        horner(x, i % 6) + offsets[1 + i % 3] if x % 3 == 0 else horner(x + 1, 2) + offsets[i % 4]
        for i, x in enumerate(numbers.tolist())
    ]
    yield Launch(
        name="polynomial",
        file=file,
        grid="1",
        block="64",
        args=["in", "out:out", "i32:60"],
        tensors={"in": numbers, "out": zeros(60)},
        expected={"out": wrapped(values)},
    )


def printf_assert():
    file, numbers = "Programs/printf_assert.ptx", np.array([5, -3], np.int32)
    words = ((0, "zero", "0x5", "1.500"), (1, "one", "0xfffffffd", "-0.062"))
    yield Launch(
        name="print",
        file=file,
        grid="2",
        block="32",
        args=["in", "numbers"],
        tensors={"in": numbers, "numbers": np.array([1.5, -0.0625], np.float32)},
        expected={},
        printed=tuple(
            f"cta {b} thread {t}: {numbers[t]:5d} {x} {f} {word} {int(numbers[t]) * 10**10}%"
            for b in range(2)
            for t, word, x, f in words
        ),
    )
    for name, first, finding in (("assert_holds", 0, ""), ("assert_fails", -1, "trap")):
        numbers = np.arange(first, first + 64, dtype=np.int32)
        yield Launch(
            name=name,
            entry="assert_all",
            file=file,
            grid="2",
            block="32",
            args=["in", "out:out"],
            tensors={"in": numbers, "out": zeros(64)},
            expected={"out": numbers + np.int32(1)},
            finding=finding,
        )


# --- Matrix products ---------------------------------------------------------------


def gemm_mma():
    file, random = "Programs/gemm_mma.ptx", random_of("gemm_mma")
    m, n, k = 80, 72, 152
    a, b = eighths(random, (m, k)), eighths(random, (k, n))
    for name, cast in (("gemm_bf16", BF16), ("gemm_f16", np.float16)):
        yield Launch(
            name=name,
            file=file,
            grid="2,2",
            block="128",
            args=["a", "b", "out:c", f"i32:{m}", f"i32:{n}", f"i32:{k}"],
            tensors={"a": cast(a), "b": cast(b), "c": zeros((m, n), np.float32)},
            expected={"c": (a @ b).astype(np.float32)},
            conflicts=False,
        )


def gemm_wgmma():
    file, random = "Programs/gemm_wgmma.ptx", random_of("gemm_wgmma")
    m, n, k = 128, 192, 320
    a, b = eighths(random, (m, k)), eighths(random, (k, n))
    c, box = (a @ b).astype(np.float32), [64, 64]
    yield Launch(
        name="gemm_roles",
        file=file,
        grid="3,2",
        block="160",
        args=[
            tensor_map("a", [k, m], [k * 2], box, swizzle=128),
            tensor_map("b", [k, n], [k * 2], box, swizzle=128),
            "out:c",
            f"i32:{n}",
            f"i32:{k}",
        ],
        tensors={"a": BF16(a), "b": BF16(b.T), "c": zeros((m, n), np.float32)},
        expected={"c": c},
        flags=("--smem=49152",),
    )
    yield Launch(
        name="gemm_persistent",
        file=file,
        grid="2",
        block="256",
        args=[
            "a",
            tensor_map("b", [n, k], [n * 2], box, swizzle=128),
            tensor_map("c", [n, m], [n * 4], box),
            f"i32:{m}",
            f"i32:{n}",
            f"i32:{k}",
        ],
        tensors={
            "a": a.astype(np.float16),
            "b": b.astype(np.float16),
            "c": zeros((m, n), np.float32),
        },
        expected={"c": c},
        flags=("--smem=65536",),
    )


def in_cores(matrix):
    """By cores of 8 rows of 8 numbers, along the rows first."""
    rows, columns = matrix.shape[-2:]
    cores = matrix.reshape(-1, rows // 8, 8, columns // 8, 8)
    return cores.transpose(0, 1, 3, 2, 4).reshape(len(cores), -1)


def ring_of(name, steps):
    """The operands of wgmma_ring.cu, its input and its sums."""
    random = random_of(name)
    a, b = eighths(random, (steps, 64, 16)), eighths(random, (steps, 8, 16))
    tiles = np.concatenate([in_cores(a), in_cores(b)], 1)
    sums = np.sum(a @ b.transpose(0, 2, 1), 0).astype(np.float32)
    return a, BF16(tiles), sums


def wgmma_ring():
    _, tiles, sums = ring_of("wgmma_ring", 8)
    for name in ("ring_one_arrival", "ring_behind"):
        yield Launch(
            name=name,
            file="Programs/wgmma_ring.ptx",
            grid="1",
            block="160",
            args=["in", "out:out", "i32:8"],
            tensors={"in": tiles, "out": zeros((64, 8), np.float32)},
            expected={"out": sums},
        )


def wgmma_readers():
    a, tiles, sums = ring_of("wgmma_readers", 8)
    # A thread's number is the first of its 16 bytes of a tile.
    firsts = np.sum(in_cores(a)[:, ::8], 0).astype(np.float32)
    for name, late, finding in (("ring_readers", 0, ""), ("ring_late_readers", 1, "race")):
        yield Launch(
            name=name,
            entry="ring_readers",
            file="Programs/wgmma_ring.ptx",
            grid="1",
            block="160",
            args=["in", "out:out", "out:firsts", "i32:8", f"i32:{late}"],
            tensors={
                "in": tiles,
                "out": zeros((64, 8), np.float32),
                "firsts": zeros(128, np.float32),
            },
            expected={"out": sums, "firsts": firsts},
            finding=finding,
        )


def edge_tiles():
    file, random = "Programs/edge_tiles.ptx", random_of("edge_tiles")
    a, b = eighths(random, (16, 16)), eighths(random, (8, 16))
    product = a @ b.T
    for name, cast, out, steps in (
        ("edge_f32", BF16, np.float32, 2),
        ("edge_f16", np.float16, np.float16, 2),
        ("edge_masked", BF16, np.float32, 1),
    ):
        for rows, columns, stored in ((16, 8, 8), (16, 6, 6), (16, 5, 5), (11, 5, 5), (16, 5, 6)):
            inside = (np.arange(16)[:, None] < rows) & (np.arange(8) < columns)
            beyond = out(-1) if name == "edge_masked" else out(0)
            yield Launch(
                name=f"{name}_{rows}x{columns}_{stored}",
                entry=name,
                file=file,
                grid="1",
                block="32",
                args=["a", "b", "out", f"i32:{rows}", f"i32:{columns}", f"i32:{stored}"],
                tensors={"a": cast(a), "b": cast(b), "out": zeros((16, 8), out)},
                expected={"out": np.where(inside, (steps * product).astype(out), beyond)},
                finding="uninitialized" if stored > columns else "",
            )


# --- Bulk copies and clusters --------------------------------------------------------


def bulk_copy():
    file, random = "Programs/bulk_copy.ptx", random_of("bulk_copy")
    tiles = whole_floats(random, (2, 5, 512))
    yield Launch(
        name="bulk_scale",
        file=file,
        grid="2",
        block="128",
        args=["in", "out:out", "i32:5", "f32:0.5"],
        tensors={"in": tiles, "out": zeros((2, 5, 512), np.float32)},
        expected={"out": tiles / 2},
    )
    numbers = integers(random, (3, 4, 512))
    yield Launch(
        name="bulk_add",
        file=file,
        grid="3",
        block="128",
        args=["in", "sums", "i32:4"],
        tensors={"in": numbers, "sums": zeros(512)},
        expected={"sums": np.sum(numbers, (0, 1), dtype=np.int32)},
    )


def stages():
    file, random = "Programs/stages.ptx", random_of("stages")
    tiles = whole_floats(random, (2, 5, 512))
    yield Launch(
        name="stage_ring",
        file=file,
        grid="2",
        block="160",
        args=["in", "out:out", "i32:5"],
        tensors={"in": tiles, "out": zeros((2, 512), np.float32)},
        expected={"out": np.sum(tiles, 1)},
        notes=True,  # missing-proxy-fence
    )
    numbers = whole_floats(random, (3, 128))
    yield Launch(
        name="store_together",
        file=file,
        grid="3",
        block="128",
        args=["in", "out:out"],
        tensors={"in": numbers, "out": zeros((3, 128), np.float32)},
        expected={"out": 2 * numbers},
        notes=True,  # same-value-write
    )
    for name, to, finding in (
        ("add_one", "out:out", ""),
        ("add_in_place", "in", "readonly-written"),
    ):
        yield Launch(
            name=name,
            entry="add_one",
            file=file,
            grid="3",
            block="128",
            args=["in", to],
            tensors={"in": numbers, "out": zeros((3, 128), np.float32)},
            expected={"out": numbers + 1},
            finding=finding,
        )


def cluster():
    file, random = "Programs/cluster.ptx", random_of("cluster")
    numbers = integers(random, (2, 4, 64))
    yield Launch(
        name="cluster_sum",
        file=file,
        grid="8",
        block="64",
        args=["in", "out:out"],
        tensors={"in": numbers, "out": zeros((2, 4, 16))},
        expected={"out": np.sum(numbers, 1, dtype=np.int32).reshape(2, 4, 16)},
    )
    values = numbers.astype(np.int64)
    for _ in range(5):
        values = np.roll(values, 1, 1) * 3 + numbers
    yield Launch(
        name="cluster_ring",
        file=file,
        grid="8",
        block="64",
        args=["in", "out:out", "i32:5"],
        tensors={"in": numbers, "out": zeros((2, 4, 64))},
        expected={"out": wrapped(values)},
    )
    numbers = integers(random, (2, 64, 4))
    yield Launch(
        name="cluster_multicast",
        file=file,
        grid="8",
        block="64",
        args=["in", "out:out"],
        tensors={"in": numbers, "out": zeros((2, 4, 64, 4))},
        expected={
            "out": np.stack([np.roll(numbers, -rank, 1) for rank in range(4)], 1),
        },
    )
    numbers = integers(random, (8, 5, 64))
    sums = np.zeros((8, 64), np.int64)
    for round in range(5):
        passed = numbers[:, round].reshape(2, 4, 64)
        sums = sums * 3 + np.roll(passed, 1, 1).reshape(8, 64)
    for name, note in (("cluster_slots", ""), ("cluster_slots_unscoped", "default-scope")):
        yield Launch(
            name=name,
            file=file,
            grid="8",
            block="64",
            args=["in", "out:out", "i32:5"],
            tensors={"in": numbers, "out": zeros((8, 64))},
            expected={"out": wrapped(sums)},
            note=note,
        )



# --- Arguments -------------------------------------------------------------------


def structs():
    file, random = "Programs/structs.ptx", random_of("structs")
    x, scale, bias = (whole_floats(random, shape) for shape in ((16, 64), 64, 16))
    box = tensor_map("x", [64, 16], [256], [32, 8])
    epilogue = "(struct:16:0=f32:0.5:8=bias)"
    yield Launch(
        name="scale_tiles",
        file=file,
        grid="2,2",
        block="256",
        args=[f"struct:192:0=scale:8=out:y:16=i32:64:24={epilogue}:64={box}"],
        tensors={"x": x, "scale": scale, "bias": bias, "y": np.zeros_like(x)},
        expected={"y": x * scale / 2 + bias[:, None]},
    )
    a, b = whole_floats(random, 40), whole_floats(random, 64)
    tensors = {"a": a, "b": b, "c": zeros(40, np.float32), "d": zeros(7, np.float32)}
    expected = {"c": a, "d": b[32:39] + 1 + b[:7]}
    box = tensor_map("b", [32, 2], [128], [32, 1])
    first = "struct:32:0=a:8=out:c:24=i32:40"
    second = f"struct:32:0=b+128:8=out:d:16=at:{box}:24=i32:7"
    yield Launch(
        name="grouped",
        file=file,
        grid="2",
        block="32",
        args=[f"at:struct:64:0=({first}):32=({second})"],
        tensors=tensors,
        expected=expected,
    )
    # The same problems in a tensor that already has their sizes.
    problems = zeros((2, 4), np.int64)
    problems[:, 3] = 40, 7
    yield Launch(
        name="grouped_in_tensor",
        entry="grouped",
        file=file,
        grid="2",
        block="32",
        args=["problems"],
        tensors=tensors | {"problems": problems},
        expected=expected,
        flags=(f"--buffers=problems:0=a:8=out:c:32=b+128:40=out:d:48=at:{box}",),
    )


PROGRAMS = {
    make.__name__: make
    for make in (
        *(reduction, scan, transpose, softmax, histogram),
        *(persistent, lock, grid_barrier),
        *(mbarrier, mbarrier_life, named_barriers),
        *(divergent, functions, printf_assert),
        *(gemm_mma, gemm_wgmma, wgmma_ring, wgmma_readers, edge_tiles),
        *(bulk_copy, stages, cluster),
        structs,
    )
}
