// CUB: sums of each warp, and of each 8 lanes as far as the number `valid`
// says; each warp's inclusive sums. Grid: any. Block: 64.

#include <cub/warp/warp_reduce.cuh>
#include <cub/warp/warp_scan.cuh>

extern "C" __global__ void __launch_bounds__(64)
    warp_reduce(const int *in, int *sums, int *partial, int *scans, int valid) {
  using Warp = cub::WarpReduce<int>;
  using Part = cub::WarpReduce<int, 8>;
  using Scan = cub::WarpScan<int>;
  __shared__ Warp::TempStorage warps[2];
  __shared__ Part::TempStorage parts[8];
  __shared__ Scan::TempStorage scanned[2];
  int t = threadIdx.x, i = blockIdx.x * 64 + t, number = in[i];
  int sum = Warp(warps[t / 32]).Sum(number);
  if (t % 32 == 0)
    sums[i / 32] = sum;
  int part = Part(parts[t / 8]).Sum(number, valid);
  if (t % 8 == 0)
    partial[i / 8] = part;
  int scan;
  Scan(scanned[t / 32]).InclusiveSum(number, scan);
  scans[i] = scan;
}
