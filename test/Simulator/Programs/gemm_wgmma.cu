// c = a b of 16-bit numbers and float sums by wgmma m64n64k16 (sm_90a). Tensor
// copies (TMA) with a swizzle of 128 bytes fill a ring of three stages;
// mbarriers say `full` (bytes have come) and `empty` (the products that read a
// stage are done). m and n are multiples of 64, k of 64. Dynamic shared memory:
// 3 x 16 KiB, and 16 KiB more for gemm_persistent.
//
// gemm_roles: a warpgroup multiplies, a fifth warp copies. bf16; a is m x k, b
// is n x k. Grid: n / 64, m / 64. Block: 160. Maps: boxes of 64 x 64.
//
// gemm_persistent: a warpgroup copies, another multiplies (setmaxnreg moves the
// registers), for every gridDim.x-th tile. f16; a goes from global memory to
// registers, b is k x n (so its descriptor is transposed), and c leaves through
// shared memory by a tensor copy. Grid: any. Block: 256. The maps' addresses
// are given; c's has boxes of 64 x 64 floats and no swizzle.

using uint16 = unsigned short;
using uint32 = unsigned;
using uint64 = unsigned long long;

struct alignas(64) TensorMap {
  uint64 words[16];
};

constexpr int TILE = 64, STAGES = 3, BYTES = TILE * TILE * 2;

extern __shared__ __align__(1024) unsigned char memory[];

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

// --- Barriers
// ------------------------------------------------------------------

static __device__ void init(uint64 *barrier, uint32 count) {
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(count)
      : "memory");
}

static __device__ void expectBytes(uint64 *barrier, uint32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   sharedAddress(barrier)),
               "r"(bytes)
               : "memory");
}

static __device__ void arrive(uint64 *barrier) {
  asm volatile(
      "mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(sharedAddress(barrier))
      : "memory");
}

static __device__ void wait(uint64 *barrier, uint32 parity) {
  asm volatile("{\n\t.reg .pred done;\n"
               "again:\n\t"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n\t"
               "@!done bra again;\n\t}" ::"r"(sharedAddress(barrier)),
               "r"(parity)
               : "memory");
}

// --- Copies and products
// ---------------------------------------------------------

static __device__ void copyBox(void *to, const TensorMap *map, int x, int y,
                               uint64 *barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile"
      ".mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(
          sharedAddress(to)),
      "l"(map), "r"(x), "r"(y), "r"(sharedAddress(barrier))
      : "memory");
}

// 128-byte swizzle, groups of eight rows of 128 bytes.
static __device__ uint64 descriptor(const void *tile) {
  return uint64(1) << 62 | uint64(1024 / 16) << 32 | uint64(1) << 16 |
         (sharedAddress(tile) & 0x3ffff) / 16;
}

static __device__ void fenceProducts() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

static __device__ void commitProducts() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

static __device__ void waitProducts() {
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

#define SUMS_8(d, i)                                                           \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]),  \
      "+f"(d[i + 5]), "+f"(d[i + 6]), "+f"(d[i + 7])
#define SUMS_32(d) SUMS_8(d, 0), SUMS_8(d, 8), SUMS_8(d, 16), SUMS_8(d, 24)
#define SUMS                                                                   \
  "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "    \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, "     \
  "%30, %31}"

static __device__ void multiplyBF16(float (&d)[32], uint64 a, uint64 b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 " SUMS
               ", %32, %33, 1, 1, 1, 0, 0;"
               : SUMS_32(d)
               : "l"(a), "l"(b));
}

static __device__ void multiplyF16(float (&d)[32], const uint32 (&a)[4],
                                   uint64 b) {
  asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 " SUMS
               ", {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
               : SUMS_32(d)
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

// The thread's sums, two at a time, in a row-major matrix.
static __device__ void store(const float (&d)[32], float *c, int width) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32 % 4;
  for (int j = 0; j < 8; ++j)
    for (int half = 0; half < 2; ++half) {
      int row = warp * 16 + half * 8 + lane / 4, column = j * 8 + lane % 4 * 2;
      *reinterpret_cast<float2 *>(c + row * width + column) =
          float2{d[j * 4 + half * 2], d[j * 4 + half * 2 + 1]};
    }
}

// --- Kernels
// -----------------------------------------------------------------------

extern "C" __global__ void __launch_bounds__(160)
    gemm_roles(const __grid_constant__ TensorMap a,
               const __grid_constant__ TensorMap b, float *c, int n, int k) {
  __shared__ uint64 full[STAGES], empty[STAGES];
  int row = blockIdx.y * TILE, column = blockIdx.x * TILE, tiles = k / TILE;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < STAGES; ++stage) {
      init(&full[stage], 1);
      init(&empty[stage], 128);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();

  if (threadIdx.x >= 128) {
    if (threadIdx.x == 128)
#pragma unroll 1
      for (int tile = 0; tile < tiles; ++tile) {
        int stage = tile % STAGES, round = tile / STAGES;
        if (round > 0)
          wait(&empty[stage], (round - 1) % 2);
        expectBytes(&full[stage], 2 * BYTES);
        unsigned char *to = memory + stage * 2 * BYTES;
        copyBox(to, &a, tile * TILE, row, &full[stage]);
        copyBox(to + BYTES, &b, tile * TILE, column, &full[stage]);
      }
    return;
  }

  float sums[32] = {};
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int stage = tile % STAGES;
    wait(&full[stage], tile / STAGES % 2);
    uint64 left = descriptor(memory + stage * 2 * BYTES);
    uint64 right = descriptor(memory + stage * 2 * BYTES + BYTES);
    fenceProducts();
    for (int i = 0; i < 4; ++i) // 16 columns of a and b are 32 bytes
      multiplyBF16(sums, left + i * 2, right + i * 2);
    commitProducts();
    waitProducts();
    arrive(&empty[stage]);
  }
  store(sums, c + row * n + column, n);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    gemm_persistent(const uint16 *a, const TensorMap *b, const TensorMap *c,
                    int m, int n, int k) {
  __shared__ uint64 full[STAGES], empty[STAGES];
  int columns = n / TILE, outputs = m / TILE * columns, tiles = k / TILE;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < STAGES; ++stage) {
      init(&full[stage], 1);
      init(&empty[stage], 128);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();

  int count = 0; // of stages filled or used, over all outputs
  if (threadIdx.x < 128) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 0)
      for (int output = blockIdx.x; output < outputs; output += gridDim.x)
#pragma unroll 1
        for (int tile = 0; tile < tiles; ++tile, ++count) {
          int stage = count % STAGES, round = count / STAGES;
          if (round > 0)
            wait(&empty[stage], (round - 1) % 2);
          expectBytes(&full[stage], BYTES);
          copyBox(memory + stage * BYTES, b, output % columns * TILE,
                  tile * TILE, &full[stage]);
        }
    return;
  }

  asm volatile("setmaxnreg.inc.sync.aligned.u32 208;");
  int t = threadIdx.x - 128, lane = t % 32, warp = t / 32;
  float *staging = reinterpret_cast<float *>(memory + STAGES * BYTES);
  for (int output = blockIdx.x; output < outputs; output += gridDim.x) {
    int row = output / columns * TILE, column = output % columns * TILE;
    float sums[32] = {};
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile, ++count) {
      uint32 left[4][4];
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) {
          int y = row + warp * 16 + lane / 4 + j % 2 * 8;
          int x = tile * TILE + i * 16 + lane % 4 * 2 + j / 2 * 8;
          left[i][j] = *reinterpret_cast<const uint32 *>(a + y * k + x);
        }
      int stage = count % STAGES;
      wait(&full[stage], count / STAGES % 2);
      uint64 right = descriptor(memory + stage * BYTES);
      fenceProducts();
      for (int i = 0; i < 4; ++i) // 16 rows of b are 2048 bytes
        multiplyF16(sums, left[i], right + i * (2048 / 16));
      commitProducts();
      waitProducts();
      arrive(&empty[stage]);
    }
    if (t == 0) // the copy of the output before this one
      asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
    asm volatile("bar.sync 1, 128;" ::: "memory");
    store(sums, staging, TILE);
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    asm volatile("bar.sync 1, 128;" ::: "memory");
    if (t == 0) {
      asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group "
                   "[%0, {%1, %2}], [%3];" ::"l"(c),
                   "r"(column), "r"(row), "r"(sharedAddress(staging))
                   : "memory");
      asm volatile("cp.async.bulk.commit_group;" ::: "memory");
    }
  }
  if (t == 0) // shared memory stays until the last copy has read it
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}
