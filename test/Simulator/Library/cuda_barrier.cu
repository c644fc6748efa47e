// libcu++: cuda::barrier of a CTA, with arrive and wait apart, and with a copy
// that arrives. Each round takes the neighbour's number. Grid: any. Block: 64.

#include <cuda/barrier>
#include <utility>

using Barrier = cuda::barrier<cuda::thread_scope_block>;

extern "C" __global__ void __launch_bounds__(64)
    barrier_rounds(const int *in, int *out, int rounds) {
  __shared__ int first[64], numbers[2][64];
#pragma nv_diag_suppress static_var_with_dynamic_init
  __shared__ Barrier barrier;
  int t = threadIdx.x;
  if (t == 0)
    init(&barrier, 64);
  __syncthreads();
  cuda::memcpy_async(&first[t], in + blockIdx.x * 64 + t, sizeof(int), barrier);
  barrier.arrive_and_wait();
  int number = first[63 - t], work = 0;
  for (int round = 0; round < rounds; ++round) {
    numbers[round % 2][t] = number;
    auto token = barrier.arrive();
    work = work * 5 + number;
    barrier.wait(std::move(token));
    number = numbers[round % 2][(t + 1) % 64];
  }
  out[blockIdx.x * 64 + t] = work + number;
}
