"""softmax.ptx: the softmax of each row of at most BLOCK numbers, one program a row."""

import triton.language as tl

import triton

CONSTANTS = {"BLOCK": 1024}
SIGNATURE = {"source": "*fp32", "result": "*fp32", "columns": "i32"}
TARGETS = {"softmax": 80}
WARPS, STAGES = 4, 2


@triton.jit
def softmax(source, result, columns, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    inside = at < columns
    numbers = tl.load(source + row * columns + at, mask=inside, other=-float("inf"))
    powers = tl.exp(numbers - tl.max(numbers, axis=0))
    tl.store(result + row * columns + at, powers / tl.sum(powers, axis=0), mask=inside)


KERNEL = softmax
