// Warps with roles and named barriers: warps 0 and 1 produce, 2 and 3 consume,
// through two buffers. bar.arrive tells the other side and goes on; bar.sync
// waits. Each tile of 64 numbers is squared, and its neighbours' squares are
// added. Grid: any, CTA b has tiles b * tiles on. Block: 128.

constexpr int FULL = 1, EMPTY = 3; // + buffer; barrier 0 is __syncthreads'

static __device__ void arrive(int barrier) {
  asm volatile("barrier.cta.arrive %0, 128;" ::"r"(barrier) : "memory");
}

static __device__ void sync(int barrier) {
  asm volatile("barrier.cta.sync %0, 128;" ::"r"(barrier) : "memory");
}

extern "C" __global__ void __launch_bounds__(128)
    named_barriers(const int *in, int *out, int tiles) {
  __shared__ int buffers[2][64];
  int t = threadIdx.x % 64;
  in += blockIdx.x * tiles * 64;
  out += blockIdx.x * tiles * 64;
  if (threadIdx.x < 64) {
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      if (tile >= 2)
        sync(EMPTY + tile % 2);
      int number = in[tile * 64 + t];
      buffers[tile % 2][t] = number * number;
      arrive(FULL + tile % 2);
    }
    return;
  }
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    sync(FULL + tile % 2);
    const int *buffer = buffers[tile % 2];
    out[tile * 64 + t] = buffer[(t + 63) % 64] + buffer[(t + 1) % 64];
    if (tile + 2 < tiles) // else nobody waits
      arrive(EMPTY + tile % 2);
  }
}
