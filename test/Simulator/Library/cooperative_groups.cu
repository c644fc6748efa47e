// Cooperative groups: tiles of 8 lanes (sums and scans), groups of the threads
// that took a branch, and the barrier of the block. Grid: any. Block: 64.

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

namespace cg = cooperative_groups;

extern "C" __global__ void __launch_bounds__(64)
    tiles(const int *in, int *sums, int *scans, int *counts) {
  __shared__ int numbers[64];
  auto block = cg::this_thread_block();
  auto tile = cg::tiled_partition<8>(block);
  int t = block.thread_rank(), i = blockIdx.x * 64 + t, number = in[i];
  numbers[t] = cg::reduce(tile, number, cg::plus<int>());
  scans[i] = cg::inclusive_scan(tile, number, cg::plus<int>());
  block.sync();
  sums[i] = numbers[63 - t];

  // The threads of a warp whose numbers are equal modulo 4.
  auto warp = cg::tiled_partition<32>(block);
  auto group = cg::labeled_partition(warp, number & 3);
  counts[i] = group.size() * 100 + group.thread_rank();
}
