// c = a b for row-major a (m x k), b (k x n) of 16-bit numbers and c of float:
// ldmatrix and mma.sync on tiles of 64 x 64 x 32 that cp.async brings. A CTA of
// four warps makes 64 x 64 of c, a warp 32 x 32 of them. n and k are multiples
// of 8; what lies outside the matrices is filled with zeros by the copies.
// Grid: ceil(n / 64), ceil(m / 64). Block: 128.
//
// gemm_bf16: a ring of three stages, two copies in flight (commit and wait
// groups). gemm_f16:  two stages, waiting for all copies.
//
// Shared memory is swizzled by 16-byte chunks, so that the eight rows that
// ldmatrix reads at a time are in different banks: rows of a are 4 chunks, of
// b 8.

using uint16 = unsigned short;
using uint32 = unsigned;

constexpr int TILE_M = 64, TILE_N = 64, TILE_K = 32;

struct Stage {
  uint16 a[TILE_M * TILE_K], b[TILE_K * TILE_N];

  __device__ uint16 *chunkOfA(int row, int chunk) {
    return a + row * TILE_K + (chunk ^ (row / 2 % 4)) * 8;
  }
  __device__ uint16 *chunkOfB(int row, int chunk) {
    return b + row * TILE_N + (chunk ^ (row % 8)) * 8;
  }
};

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

// 16 bytes, or zeros where not inside.
static __device__ void copyChunk(uint16 *to, const uint16 *from, bool inside) {
  asm volatile(
      "cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)),
      "l"(from), "r"(inside ? 16 : 0)
      : "memory");
}

static __device__ void copyTile(Stage &stage, const uint16 *a, const uint16 *b,
                                int m, int n, int k, int tile) {
  for (int i = threadIdx.x; i < TILE_M * TILE_K / 8; i += 128) {
    int row = blockIdx.y * TILE_M + i / 4, column = tile * TILE_K + i % 4 * 8;
    bool inside = row < m && column < k;
    copyChunk(stage.chunkOfA(i / 4, i % 4), inside ? a + row * k + column : a,
              inside);
  }
  for (int i = threadIdx.x; i < TILE_K * TILE_N / 8; i += 128) {
    int row = tile * TILE_K + i / 8, column = blockIdx.x * TILE_N + i % 8 * 8;
    bool inside = row < k && column < n;
    copyChunk(stage.chunkOfB(i / 8, i % 8), inside ? b + row * n + column : b,
              inside);
  }
}

struct BF16 {
  static __device__ void mma(float (&d)[4], const uint32 (&a)[4], uint32 b0,
                             uint32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

struct F16 {
  static __device__ void mma(float (&d)[4], const uint32 (&a)[4], uint32 b0,
                             uint32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

// The warp's 32 x 32: two tiles of 16 rows, four of 8 columns.
template <typename Type>
static __device__ void multiply(Stage &stage, float (&sums)[2][4][4]) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll 1
  for (int k = 0; k < TILE_K; k += 16) {
    uint32 a[2][4], b[2][4];
    for (int i = 0; i < 2; ++i) {
      int row = warp / 2 * 32 + i * 16 + lane % 16;
      asm volatile(
          "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
          : "=r"(a[i][0]), "=r"(a[i][1]), "=r"(a[i][2]), "=r"(a[i][3])
          : "r"(sharedAddress(stage.chunkOfA(row, k / 8 + lane / 16)))
          : "memory");
    }
    for (int j = 0; j < 2; ++j) {
      int chunk = warp % 2 * 4 + j * 2 + lane / 16;
      asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, "
                   "%2, %3}, [%4];"
                   : "=r"(b[j][0]), "=r"(b[j][1]), "=r"(b[j][2]), "=r"(b[j][3])
                   : "r"(sharedAddress(stage.chunkOfB(k + lane % 16, chunk)))
                   : "memory");
    }
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 4; ++j)
        Type::mma(sums[i][j], a[i], b[j / 2][j % 2 * 2],
                  b[j / 2][j % 2 * 2 + 1]);
  }
}

static __device__ void store(const float (&sums)[2][4][4], float *c, int m,
                             int n) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j)
      for (int half = 0; half < 2; ++half) {
        int row =
            blockIdx.y * TILE_M + warp / 2 * 32 + i * 16 + half * 8 + lane / 4;
        int column = blockIdx.x * TILE_N + warp % 2 * 32 + j * 8 + lane % 4 * 2;
        if (row < m && column < n)
          *reinterpret_cast<float2 *>(c + row * n + column) =
              float2{sums[i][j][half * 2], sums[i][j][half * 2 + 1]};
      }
}

extern "C" __global__ void __launch_bounds__(128)
    gemm_bf16(const uint16 *a, const uint16 *b, float *c, int m, int n, int k) {
  constexpr int STAGES = 3;
  __shared__ alignas(128) Stage ring[STAGES];
  float sums[2][4][4] = {};
  int tiles = (k + TILE_K - 1) / TILE_K;
  for (int tile = 0; tile < STAGES - 1; ++tile) {
    if (tile < tiles)
      copyTile(ring[tile], a, b, m, n, k, tile);
    asm volatile("cp.async.commit_group;" ::: "memory");
  }
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
    // This tile is there for all, and all have done with the one before it.
    __syncthreads();
    int next = tile + STAGES - 1;
    if (next < tiles)
      copyTile(ring[next % STAGES], a, b, m, n, k, next);
    asm volatile("cp.async.commit_group;" ::: "memory"); // empty at the end
    multiply<BF16>(ring[tile % STAGES], sums);
  }
  store(sums, c, m, n);
}

extern "C" __global__ void __launch_bounds__(128)
    gemm_f16(const uint16 *a, const uint16 *b, float *c, int m, int n, int k) {
  __shared__ alignas(128) Stage stages[2];
  float sums[2][4][4] = {};
  int tiles = (k + TILE_K - 1) / TILE_K;
  copyTile(stages[0], a, b, m, n, k, 0);
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    asm volatile("cp.async.wait_all;" ::: "memory");
    __syncthreads();
    if (tile + 1 < tiles)
      copyTile(stages[(tile + 1) % 2], a, b, m, n, k, tile + 1);
    multiply<F16>(stages[tile % 2], sums);
  }
  store(sums, c, m, n);
}
