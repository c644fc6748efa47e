"""The launches of Triton/*.ptx. Triton adds two pointers to scratch memory, unused."""

import numpy as np

from programs import eighths, random_of, softmax_of, zeros
from simulate import Close, Launch


def triton_softmax():
    numbers = (random_of("triton_softmax").standard_normal((3, 777)) * 4).astype(np.float32)
    yield Launch(
        name="softmax",
        file="Triton/softmax.ptx",
        grid="3",
        block="128",
        args=["in", "out:out", "i32:777", "null", "null"],
        tensors={"in": numbers, "out": zeros((3, 777), np.float32)},
        expected={"out": Close(softmax_of(numbers.astype(np.float64)), 2e-6)},
        flags=("--smem=16",),
        notes=True,  # all lanes of a warp write its maximum to the same word
    )


def matmul(name, shared):
    random, (m, n, k) = random_of(name), (80, 96, 176)
    a, b = eighths(random, (m, k)), eighths(random, (k, n))
    yield Launch(
        name="matmul",
        file=f"Triton/{name}.ptx",
        grid="2,2",
        block="128",
        args=["a", "b", "out:c", f"i32:{m}", f"i32:{n}", f"i32:{k}", "null", "null"],
        tensors={
            "a": a.astype(np.float16),
            "b": b.astype(np.float16),
            "c": zeros((m, n), np.float32),
        },
        expected={"c": (a @ b).astype(np.float32)},
        flags=(f"--smem={shared}",),
    )


def triton_matmul_sm80():
    return matmul("matmul_sm80", 16384)


def triton_matmul_sm90():
    return matmul("matmul_sm90", 24576)


PROGRAMS = {
    make.__name__: make for make in (triton_softmax, triton_matmul_sm80, triton_matmul_sm90)
}
