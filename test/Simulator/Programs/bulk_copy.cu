// Bulk copies (sm_90), no tensor map. Grid: any, CTA b has tiles b * tiles on.
// Block: 128; a tile is 512 floats.
//
// bulk_scale: two buffers; thread 0 copies tiles in (an mbarrier counts the
// bytes), all multiply by `factor` in place, thread 0 copies them out (bulk
// groups). A buffer is filled again when the copy out has read it.
//
// bulk_add: the CTAs' tiles are added to one tile in global memory, element by
// element, by cp.reduce.async.bulk. `sums` starts at 0.

using uint32 = unsigned;
using uint64 = unsigned long long;

constexpr int TILE = 512;

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

static __device__ void copyIn(float *to, const float *from, uint64 *barrier) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   sharedAddress(barrier)),
               "r"(TILE * 4)
               : "memory");
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1], %2, [%3];" ::"r"(sharedAddress(to)),
      "l"(from), "r"(TILE * 4), "r"(sharedAddress(barrier))
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

extern "C" __global__ void __launch_bounds__(128)
    bulk_scale(const float *in, float *out, int tiles, float factor) {
  __shared__ alignas(128) float buffers[2][TILE];
  __shared__ alignas(8) uint64 full[2];
  in += blockIdx.x * tiles * TILE;
  out += blockIdx.x * tiles * TILE;
  if (threadIdx.x == 0) {
    for (uint64 &barrier : full)
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(
                       sharedAddress(&barrier))
                   : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    for (int tile = 0; tile < 2 && tile < tiles; ++tile)
      copyIn(buffers[tile], in + tile * TILE, &full[tile]);
  }
  __syncthreads();
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    float *buffer = buffers[tile % 2];
    wait(&full[tile % 2], tile / 2 % 2);
    for (int i = threadIdx.x; i < TILE; i += 128)
      buffer[i] *= factor;
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    if (threadIdx.x == 0) {
      asm volatile(
          "cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(
              out + tile * TILE),
          "r"(sharedAddress(buffer)), "r"(TILE * 4)
          : "memory");
      asm volatile("cp.async.bulk.commit_group;" ::: "memory");
      if (tile + 2 < tiles) {
        asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
        copyIn(buffer, in + (tile + 2) * TILE, &full[tile % 2]);
      }
    }
  }
  // The copies out have read before the CTA's shared memory goes.
  if (threadIdx.x == 0)
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}

extern "C" __global__ void __launch_bounds__(128)
    bulk_add(const unsigned *in, unsigned *sums, int tiles) {
  __shared__ alignas(128) unsigned numbers[TILE];
  in += blockIdx.x * tiles * TILE;
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    if (threadIdx.x == 0)
      asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
    __syncthreads();
    for (int i = threadIdx.x; i < TILE; i += 128)
      numbers[i] = in[tile * TILE + i];
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    if (threadIdx.x == 0) {
      asm volatile("cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 "
                   "[%0], [%1], %2;" ::"l"(sums),
                   "r"(sharedAddress(numbers)), "r"(TILE * 4)
                   : "memory");
      asm volatile("cp.async.bulk.commit_group;" ::: "memory");
    }
  }
  if (threadIdx.x == 0)
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}
