// printf and assert. Grid: any. Block: any.
//
// print: the first two threads of each CTA print what they read.
// assert_all: asserts that no number is negative, and adds 1.

#include <cassert>
#include <cstdio>

extern "C" __global__ void print(const int *in, const float *numbers) {
  int t = threadIdx.x;
  if (t < 2)
    printf("cta %d thread %d: %5d 0x%x %.3f %s %lld%%\n", blockIdx.x, t, in[t],
           in[t], numbers[t], t ? "one" : "zero", in[t] * 10000000000ll);
}

extern "C" __global__ void assert_all(const int *in, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  assert(in[i] >= 0);
  out[i] = in[i] + 1;
}
