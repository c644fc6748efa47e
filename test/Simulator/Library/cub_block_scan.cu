// CUB: exclusive sums of 512 numbers a CTA, loaded and stored through shared
// memory, and the CTA's sum. Grid: any. Block: 128.

#include <cub/block/block_load.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/block/block_store.cuh>

extern "C" __global__ void __launch_bounds__(128)
    block_scan(const int *in, int *out, int *sums) {
  using Load = cub::BlockLoad<int, 128, 4, cub::BLOCK_LOAD_TRANSPOSE>;
  using Scan = cub::BlockScan<int, 128, cub::BLOCK_SCAN_RAKING>;
  using Store = cub::BlockStore<int, 128, 4, cub::BLOCK_STORE_WARP_TRANSPOSE>;
  __shared__ union {
    Load::TempStorage load;
    Scan::TempStorage scan;
    Store::TempStorage store;
  } storage;
  int numbers[4], sum;
  Load(storage.load).Load(in + blockIdx.x * 512, numbers);
  __syncthreads();
  Scan(storage.scan).ExclusiveSum(numbers, numbers, sum);
  __syncthreads();
  Store(storage.store).Store(out + blockIdx.x * 512, numbers);
  if (threadIdx.x == 0)
    sums[blockIdx.x] = sum;
}
