// Counts of each byte among n bytes: atomics in shared memory, then one atomic
// a bin to global memory. Grid: any. Block: 256. `counts` starts at 0.

extern "C" __global__ void __launch_bounds__(256)
    histogram(const unsigned char *in, unsigned *counts, int n) {
  __shared__ unsigned bins[256];
  bins[threadIdx.x] = 0;
  __syncthreads();
  for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
    atomicAdd(&bins[in[i]], 1);
  __syncthreads();
  if (unsigned count = bins[threadIdx.x])
    atomicAdd(&counts[threadIdx.x], count);
}
