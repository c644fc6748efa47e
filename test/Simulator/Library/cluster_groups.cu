// Cooperative groups of clusters (sm_90): each CTA's histogram of its numbers
// below 64 is spread over the shared memory of two CTAs. Grid: any multiple
// of 2. Block: 64.

#include <cooperative_groups.h>

extern "C" __global__ void __cluster_dims__(2) __launch_bounds__(64)
    cluster_histogram(const int *in, int *counts, int each) {
  __shared__ int bins[32];
  auto cluster = cooperative_groups::this_cluster();
  if (threadIdx.x < 32)
    bins[threadIdx.x] = 0;
  cluster.sync();
  for (int i = threadIdx.x; i < each; i += 64) {
    int number = in[blockIdx.x * each + i];
    atomicAdd(cluster.map_shared_rank(&bins[number % 32], number / 32), 1);
  }
  cluster.sync();
  if (threadIdx.x < 32)
    counts[blockIdx.x * 32 + threadIdx.x] = bins[threadIdx.x];
}
