// Sums of products by wgmma m64n8k16 of bf16 (sm_90a) whose operands come
// through a ring of two stages. A wgmma-group is the warpgroup's: it ends when
// the products of all four warps have, so one thread hands a stage back for all
// of them. Block: 160, the fifth warp copies. Grid: 1.
//
// `in` has n steps of 64 x 16 numbers of a and 8 x 16 of b, as wgmma wants them
// without a swizzle: cores of 8 rows of 16 bytes, along k first.
//
// ring_one_arrival: the stage goes back behind a wait for its own group.
// ring_behind: behind a wait for all groups but the latest: the stage before.
// ring_readers: the threads read a number of a, too, and each warp hands the
// stage back for itself; with `late` not 0 they read after that, which is
// wrong.

using uint16 = unsigned short;
using uint32 = unsigned;
using uint64 = unsigned long long;

constexpr int STAGES = 2, BYTES_A = 64 * 16 * 2, BYTES_B = 8 * 16 * 2;
constexpr int BYTES = BYTES_A + BYTES_B;

struct Ring {
  unsigned char a[STAGES][BYTES_A], b[STAGES][BYTES_B];
  uint64 full[STAGES], empty[STAGES];
};

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

static __device__ void init(uint64 *barrier, uint32 count) {
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(count)
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

static __device__ void copy(void *to, const unsigned char *from, uint32 bytes,
                            uint64 *barrier) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx"
               "::bytes [%0], [%1], %2, [%3];" ::"r"(sharedAddress(to)),
               "l"(from), "r"(bytes), "r"(sharedAddress(barrier))
               : "memory");
}

static __device__ void begin(Ring &ring, uint32 arrivals) {
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < STAGES; ++stage) {
      init(&ring.full[stage], 1);
      init(&ring.empty[stage], arrivals);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
}

static __device__ void produce(Ring &ring, const unsigned char *in, int n) {
  if (threadIdx.x == 128)
#pragma unroll 1
    for (int i = 0; i < n; ++i) {
      int stage = i % STAGES, round = i / STAGES;
      if (round > 0)
        wait(&ring.empty[stage], (round - 1) % 2);
      asm volatile(
          "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
              sharedAddress(&ring.full[stage])),
          "r"(BYTES)
          : "memory");
      copy(ring.a[stage], in + i * BYTES, BYTES_A, &ring.full[stage]);
      copy(ring.b[stage], in + i * BYTES + BYTES_A, BYTES_B, &ring.full[stage]);
    }
}

// Cores are 128 bytes apart along k, and 256 along the other dimension.
static __device__ uint64 descriptor(const void *tile) {
  return uint64(256 / 16) << 32 | uint64(128 / 16) << 16 |
         (sharedAddress(tile) & 0x3ffff) / 16;
}

// One wgmma-group.
static __device__ void multiply(float (&d)[4], const Ring &ring, int stage) {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
  asm volatile("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
               "{%0, %1, %2, %3}, %4, %5, 1, 1, 1, 0, 0;"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "l"(descriptor(ring.a[stage])),
                 "l"(descriptor(ring.b[stage])));
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// All groups but the latest `pending` have ended.
template <int pending> static __device__ void waitProducts(float (&d)[4]) {
  asm volatile("wgmma.wait_group.sync.aligned %4;"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "n"(pending)
               : "memory");
}

static __device__ void store(const float (&d)[4], float *out) {
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  for (int i = 0; i < 4; ++i) {
    int row = warp * 16 + i / 2 * 8 + lane / 4;
    out[row * 8 + lane % 4 * 2 + i % 2] = d[i];
  }
}

extern "C" __global__ void __launch_bounds__(160)
    ring_one_arrival(const unsigned char *in, float *out, int n) {
  __shared__ __align__(1024) Ring ring;
  begin(ring, 1);
  if (threadIdx.x >= 128) {
    produce(ring, in, n);
    return;
  }
  float sums[4] = {};
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    int stage = i % STAGES;
    wait(&ring.full[stage], i / STAGES % 2);
    multiply(sums, ring, stage);
    waitProducts<0>(sums);
    if (threadIdx.x == 0)
      arrive(&ring.empty[stage]);
  }
  store(sums, out);
}

extern "C" __global__ void __launch_bounds__(160)
    ring_behind(const unsigned char *in, float *out, int n) {
  __shared__ __align__(1024) Ring ring;
  begin(ring, 1);
  if (threadIdx.x >= 128) {
    produce(ring, in, n);
    return;
  }
  float sums[4] = {};
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    int stage = i % STAGES;
    wait(&ring.full[stage], i / STAGES % 2);
    multiply(sums, ring, stage);
    waitProducts<1>(sums);
    if (i > 0 && threadIdx.x == 96) // any warp's
      arrive(&ring.empty[(i - 1) % STAGES]);
  }
  waitProducts<0>(sums);
  store(sums, out);
}

// The group's end says nothing of what threads read by themselves.
extern "C" __global__ void __launch_bounds__(160)
    ring_readers(const unsigned char *in, float *out, float *firsts, int n,
                 int late) {
  __shared__ __align__(1024) Ring ring;
  begin(ring, late ? 1 : 4);
  if (threadIdx.x >= 128) {
    produce(ring, in, n);
    return;
  }
  float sums[4] = {}, first = 0;
#pragma unroll 1
  for (int i = 0; i < n; ++i) {
    int stage = i % STAGES;
    wait(&ring.full[stage], i / STAGES % 2);
    multiply(sums, ring, stage);
    waitProducts<0>(sums);
    if (late) {
      if (threadIdx.x == 0)
        arrive(&ring.empty[stage]);
    }
    uint16 bits;
    asm volatile("ld.shared.u16 %0, [%1];"
                 : "=h"(bits)
                 : "r"(sharedAddress(ring.a[stage]) + threadIdx.x * 16)
                 : "memory");
    if (late)
      continue;
    first += __uint_as_float(static_cast<uint32>(bits) << 16);
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncwarp();
    if (threadIdx.x % 32 == 0)
      arrive(&ring.empty[stage]);
  }
  store(sums, out);
  firsts[threadIdx.x] = first;
}
