// A persistent kernel: CTAs take tiles of 128 numbers from an atomic counter
// until none is left, and reverse each tile. Grid: any. Block: 128. `counter`
// starts at 0.

extern "C" __global__ void __launch_bounds__(128)
    persistent(const int *in, int *out, unsigned *counter, unsigned tiles) {
  __shared__ unsigned next;
  __shared__ int numbers[128];
  for (;;) {
    if (threadIdx.x == 0)
      next = atomicAdd(counter, 1);
    __syncthreads();
    unsigned tile = next;
    if (tile >= tiles)
      return;
    numbers[threadIdx.x] = in[tile * 128 + threadIdx.x];
    __syncthreads(); // also: everyone has read `next` before it changes
    int number = numbers[127 - threadIdx.x];
    out[tile * 128 + threadIdx.x] = number * 3 + 1;
    // The first barrier of the next round keeps `numbers` until all have read.
  }
}
