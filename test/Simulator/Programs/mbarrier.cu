// mbarriers as sm_80 has them.
//
// mbarrier_pipeline: a producer warp copies tiles of 512 floats into a ring of
// three with cp.async; four consumer warps add them up. `full` counts the
// producer's lanes, whose arrival follows their copies
// (cp.async.mbarrier.arrive); `empty` the consumers. out[i] = sum over tiles of
// in[tile][i]. Grid: any, CTA b has tiles b * tiles on. Block: 160.
//
// mbarrier_split: arrive and wait apart, by the state that arrive returns: each
// round every thread takes its neighbour's number. Block: 64.

using uint64 = unsigned long long;

constexpr int STAGES = 3, TILE = 512;

static __device__ unsigned sharedAddress(const void *pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

static __device__ void init(uint64 *barrier, unsigned count) {
  asm volatile(
      "mbarrier.init.shared.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(count)
      : "memory");
}

static __device__ uint64 arrive(uint64 *barrier) {
  uint64 state;
  asm volatile("mbarrier.arrive.shared.b64 %0, [%1];"
               : "=l"(state)
               : "r"(sharedAddress(barrier))
               : "memory");
  return state;
}

static __device__ void wait(uint64 *barrier, unsigned parity) {
  unsigned done;
  do
    asm volatile("{\n\t.reg .pred p;\n\t"
                 "mbarrier.test_wait.parity.shared.b64 p, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(done)
                 : "r"(sharedAddress(barrier)), "r"(parity)
                 : "memory");
  while (!done);
}

static __device__ void waitState(uint64 *barrier, uint64 state) {
  unsigned done;
  do
    asm volatile("{\n\t.reg .pred p;\n\t"
                 "mbarrier.test_wait.shared.b64 p, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(done)
                 : "r"(sharedAddress(barrier)), "l"(state)
                 : "memory");
  while (!done);
}

extern "C" __global__ void __launch_bounds__(160)
    mbarrier_pipeline(const float *in, float *out, int tiles) {
  __shared__ alignas(16) float ring[STAGES][TILE];
  __shared__ uint64 full[STAGES], empty[STAGES];
  if (threadIdx.x < STAGES) {
    init(&full[threadIdx.x], 32);
    init(&empty[threadIdx.x], 128);
  }
  __syncthreads();
  in += blockIdx.x * tiles * TILE;
  out += blockIdx.x * TILE;

  if (threadIdx.x >= 128) {
    int lane = threadIdx.x - 128;
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int stage = tile % STAGES, round = tile / STAGES;
      if (round > 0)
        wait(&empty[stage], (round - 1) % 2);
      for (int i = lane * 4; i < TILE; i += 128)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                         sharedAddress(&ring[stage][i])),
                     "l"(in + tile * TILE + i)
                     : "memory");
      asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(
                       sharedAddress(&full[stage]))
                   : "memory");
    }
    return;
  }

  float4 sum = {0, 0, 0, 0};
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    int stage = tile % STAGES, round = tile / STAGES;
    wait(&full[stage], round % 2);
    float4 v = *reinterpret_cast<float4 *>(&ring[stage][threadIdx.x * 4]);
    sum.x += v.x, sum.y += v.y, sum.z += v.z, sum.w += v.w;
    if (tile + STAGES < tiles) // else nobody waits
      arrive(&empty[stage]);
  }
  reinterpret_cast<float4 *>(out)[threadIdx.x] = sum;
}

extern "C" __global__ void __launch_bounds__(64)
    mbarrier_split(const int *in, int *out, int rounds) {
  __shared__ int numbers[2][64];
  __shared__ uint64 barrier;
  int t = threadIdx.x, number = in[blockIdx.x * 64 + t], work = 0;
  if (t == 0)
    init(&barrier, 64);
  __syncthreads();
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    numbers[round % 2][t] = number;
    uint64 state = arrive(&barrier);
    work = work * 5 + number; // while the others arrive
    waitState(&barrier, state);
    number = numbers[round % 2][(t + 1) % 64];
  }
  out[blockIdx.x * 64 + t] = work + number;
}
