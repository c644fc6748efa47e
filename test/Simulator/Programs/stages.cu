// What programs with bulk copies (sm_90) do beside the letter of the ISA, or
// right at it.
//
// stage_ring: thread 128 copies tiles of 512 floats into a ring of two stages;
// four warps add them up with plain loads, and one elected lane of each says
// that the warp has read the stage. No proxy fence stands between those reads
// and the next copy, as in every pipeline of this kind. out[i] = sum over tiles
// of in[tile][i]. Grid: any, CTA b has tiles b * tiles on. Block: 160.
//
// store_together: every lane of the first warp issues the same bulk store:
// nobody was elected. out[b][i] = 2 * in[b][i], 128 of each b. Block: 128.
//
// add_one: out[i] = in[i] + 1 through the read-only path, as the compiler does
// it for a pointer that is const and __restrict__. Not to be used in place.

using uint32 = unsigned;
using uint64 = unsigned long long;

constexpr int STAGES = 2, TILE = 512, CONSUMERS = 4;

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

static __device__ void init(uint64 *barrier, uint32 count) {
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(count)
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

static __device__ bool elect() {
  uint32 isElected;
  asm volatile("{\n\t.reg .pred chosen;\n\t"
               "elect.sync _|chosen, 0xffffffff;\n\t"
               "selp.b32 %0, 1, 0, chosen;\n\t}"
               : "=r"(isElected));
  return isElected;
}

extern "C" __global__ void __launch_bounds__(160)
    stage_ring(const float *in, float *out, int tiles) {
  __shared__ alignas(128) float stages[STAGES][TILE];
  __shared__ alignas(8) uint64 full[STAGES], empty[STAGES];
  in += blockIdx.x * tiles * TILE;
  if (threadIdx.x == 128) {
    for (uint64 &barrier : full)
      init(&barrier, 1);
    for (uint64 &barrier : empty)
      init(&barrier, CONSUMERS);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
  if (threadIdx.x == 128) {
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int stage = tile % STAGES;
      if (tile >= STAGES)
        wait(&empty[stage], (tile / STAGES - 1) % 2);
      asm volatile(
          "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
              sharedAddress(&full[stage])),
          "r"(TILE * 4)
          : "memory");
      asm volatile(
          "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
          "[%0], [%1], %2, [%3];" ::"r"(sharedAddress(stages[stage])),
          "l"(in + tile * TILE), "r"(TILE * 4), "r"(sharedAddress(&full[stage]))
          : "memory");
    }
  } else if (threadIdx.x < 128) {
    float sums[TILE / 128] = {};
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      int stage = tile % STAGES;
      wait(&full[stage], tile / STAGES % 2);
      for (int i = 0; i < TILE / 128; ++i)
        sums[i] += stages[stage][i * 128 + threadIdx.x];
      __syncwarp();
      if (elect())
        asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(
                         sharedAddress(&empty[stage]))
                     : "memory");
    }
    for (int i = 0; i < TILE / 128; ++i)
      out[blockIdx.x * TILE + i * 128 + threadIdx.x] = sums[i];
  }
}

extern "C" __global__ void __launch_bounds__(128)
    store_together(const float *in, float *out) {
  __shared__ alignas(128) float tile[128];
  int i = blockIdx.x * 128 + threadIdx.x;
  tile[threadIdx.x] = 2 * in[i];
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (threadIdx.x < 32) {
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], "
                 "512;" ::"l"(out + blockIdx.x * 128),
                 "r"(sharedAddress(tile))
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
  }
}

extern "C" __global__ void __launch_bounds__(128)
    add_one(const float *__restrict__ in, float *__restrict__ out) {
  int i = blockIdx.x * 128 + threadIdx.x;
  out[i] = in[i] + 1;
}
