// CUB: the sum (by raking) and the largest (by warp shuffles) of 1024 numbers a
// CTA. Grid: any. Block: 128.

#include <cub/block/block_reduce.cuh>
#include <cuda/functional>

extern "C" __global__ void __launch_bounds__(128)
    block_reduce(const int *in, int *sums, int *maxima) {
  using Sum = cub::BlockReduce<int, 128, cub::BLOCK_REDUCE_RAKING>;
  using Max = cub::BlockReduce<int, 128, cub::BLOCK_REDUCE_WARP_REDUCTIONS>;
  __shared__ Sum::TempStorage sumStorage;
  __shared__ Max::TempStorage maxStorage;
  int numbers[8];
  for (int i = 0; i < 8; ++i)
    numbers[i] = in[blockIdx.x * 1024 + i * 128 + threadIdx.x];
  int sum = Sum(sumStorage).Sum(numbers);
  int most = Max(maxStorage).Reduce(numbers, cuda::maximum<>{});
  if (threadIdx.x == 0)
    sums[blockIdx.x] = sum, maxima[blockIdx.x] = most;
}
