// A barrier of all CTAs of the grid, between steps of a three-point stencil on
// a ring: next[i] = a[i - 1] + 2 a[i] + a[i + 1]. The steps go to and fro
// between `a` and `b`. Grid: any, all CTAs resident. Block: 128; n = grid *
// 128. `arrived` starts at 0.

static __device__ void gridBarrier(unsigned *arrived, unsigned expected) {
  __syncthreads();
  if (threadIdx.x == 0) {
    asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(arrived)
                 : "memory");
    unsigned count;
    do
      asm volatile("ld.acquire.gpu.global.u32 %0, [%1];"
                   : "=r"(count)
                   : "l"(arrived)
                   : "memory");
    while (count < expected);
  }
  __syncthreads();
}

extern "C" __global__ void __launch_bounds__(128)
    stencil(unsigned *a, unsigned *b, unsigned *arrived, int steps) {
  unsigned n = gridDim.x * 128, i = blockIdx.x * 128 + threadIdx.x;
  unsigned left = i == 0 ? n - 1 : i - 1, right = i == n - 1 ? 0 : i + 1;
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    if (step > 0)
      gridBarrier(arrived, step * gridDim.x);
    unsigned *from = step % 2 ? b : a, *to = step % 2 ? a : b;
    to[i] = from[left] + 2 * from[i] + from[right];
  }
}
