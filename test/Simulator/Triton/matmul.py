"""matmul_sm80.ptx and matmul_sm90.ptx: c = a b for row-major a (m x k) and b (k x n)
of float16 and c of float32; a program makes BM x BN of c."""

import triton.language as tl

import triton

CONSTANTS = {"BM": 64, "BN": 64, "BK": 32}
# Each number of a row starts at a multiple of 16 bytes: m, n and k are multiples of 16.
SIGNATURE = {"a": "*fp16", "b": "*fp16", "c": "*fp32", "m": "i32", "n": "i32", "k": "i32"}
TARGETS = {"matmul_sm80": 80, "matmul_sm90": 90}
WARPS, STAGES = 4, 3


@triton.jit
def matmul(a, b, c, m, n, k, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    rows = tl.program_id(1) * BM + tl.arange(0, BM)
    columns = tl.program_id(0) * BN + tl.arange(0, BN)
    depth = tl.arange(0, BK)
    left = a + rows[:, None] * k + depth[None, :]
    right = b + depth[:, None] * n + columns[None, :]
    sums = tl.zeros((BM, BN), dtype=tl.float32)
    for at in range(0, k, BK):
        x = tl.load(left, mask=(rows[:, None] < m) & (depth[None, :] < k - at), other=0.0)
        y = tl.load(right, mask=(depth[:, None] < k - at) & (columns[None, :] < n), other=0.0)
        sums = tl.dot(x, y, sums)
        left += BK
        right += BK * n
    inside = (rows[:, None] < m) & (columns[None, :] < n)
    tl.store(c + rows[:, None] * n + columns[None, :], sums, mask=inside)


KERNEL = matmul
