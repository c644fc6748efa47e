// CUB: sorts 512 pairs of a key and a value a CTA. Grid: any. Block: 128.

#include <cub/block/block_radix_sort.cuh>

extern "C" __global__ void __launch_bounds__(128)
    block_radix_sort(const float *keysIn, const int *valuesIn, float *keysOut,
                     int *valuesOut) {
  using Sort = cub::BlockRadixSort<float, 128, 4, int>;
  __shared__ Sort::TempStorage storage;
  float keys[4];
  int values[4], first = blockIdx.x * 512;
  for (int i = 0; i < 4; ++i) {
    keys[i] = keysIn[first + threadIdx.x * 4 + i];
    values[i] = valuesIn[first + threadIdx.x * 4 + i];
  }
  Sort(storage).SortBlockedToStriped(keys, values);
  for (int i = 0; i < 4; ++i) {
    keysOut[first + i * 128 + threadIdx.x] = keys[i];
    valuesOut[first + i * 128 + threadIdx.x] = values[i];
  }
}
