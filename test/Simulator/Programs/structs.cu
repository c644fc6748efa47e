// What real kernels are given: a struct by value that holds pointers, numbers,
// another struct and a tensor map; and problems in global memory that point to
// their tensors (sm_90a).
//
// scale_tiles: y = alpha x scale[column] + bias[row]. A tensor copy brings the
// CTA's box of 32 x 8 floats. Grid: width / 32, height / 8. Block: 256.
//
// grouped: problem blockIdx.x is y[i] = x[i] + its number. Its tensor map, if
// it has one, brings the first 32 floats of x once more, and they are added.
// Grid: problems. Block: any.

using uint32 = unsigned;
using uint64 = unsigned long long;

struct alignas(64) TensorMap {
  uint64 words[16];
};

struct Epilogue {
  float alpha;
  const float *bias;
};

struct Arguments {
  const float *scale;
  float *y;
  int width;
  Epilogue epilogue;
  TensorMap x;
};

struct Problem {
  const float *x;
  float *y;
  const TensorMap *map;
  int count;
};

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

/// One thread copies the box, all wait for it.
static __device__ void copyBox(float *box, uint64 *barrier,
                               const TensorMap *map, uint32 x, uint32 y,
                               uint32 bytes) {
  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;\n\t"
                 "fence.proxy.async.shared::cta;\n\t"
                 "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                     sharedAddress(barrier)),
                 "r"(bytes)
                 : "memory");
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier"
                 "::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(
                     sharedAddress(box)),
                 "l"(map), "r"(x), "r"(y), "r"(sharedAddress(barrier))
                 : "memory");
  }
  __syncthreads();
  asm volatile("{\n\t.reg .pred done;\n"
               "again:\n\t"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], 0;\n\t"
               "@!done bra again;\n\t}" ::"r"(sharedAddress(barrier))
               : "memory");
}

extern "C" __global__ void scale_tiles(const __grid_constant__ Arguments a) {
  __shared__ alignas(128) float box[8][32];
  __shared__ uint64 barrier;
  uint32 left = blockIdx.x * 32, top = blockIdx.y * 8;
  copyBox(&box[0][0], &barrier, &a.x, left, top, sizeof(box));
  uint32 column = threadIdx.x % 32, row = threadIdx.x / 32;
  a.y[(top + row) * a.width + left + column] =
      a.epilogue.alpha * box[row][column] * a.scale[left + column] +
      a.epilogue.bias[top + row];
}

extern "C" __global__ void grouped(const Problem *problems) {
  __shared__ alignas(128) float box[32];
  __shared__ uint64 barrier;
  const Problem problem = problems[blockIdx.x];
  if (problem.map)
    copyBox(box, &barrier, problem.map, 0, 0, sizeof(box));
  for (int i = threadIdx.x; i < problem.count; i += blockDim.x)
    problem.y[i] = problem.x[i] + static_cast<float>(blockIdx.x) +
                   (problem.map && i < 32 ? box[i] : 0);
}
