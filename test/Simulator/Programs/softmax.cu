// out[row] = exp(in[row] - max) / sum of those, for rows of any length. Grid:
// one CTA a row. Block: 128.

template <typename Combine>
static __device__ float combineBlock(float value, float *warps,
                                     Combine combine) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int offset = 16; offset > 0; offset /= 2)
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, offset));
  if (lane == 0)
    warps[warp] = value;
  __syncthreads();
  return combine(combine(warps[0], warps[1]), combine(warps[2], warps[3]));
}

extern "C" __global__ void __launch_bounds__(128)
    softmax(const float *in, float *out, int columns) {
  // An array for each use: none is written while a warp still reads it.
  __shared__ float maxima[4], sums[4];
  in += blockIdx.x * columns;
  out += blockIdx.x * columns;

  float most = -INFINITY;
  for (int i = threadIdx.x; i < columns; i += 128)
    most = fmaxf(most, in[i]);
  most =
      combineBlock(most, maxima, [](float a, float b) { return fmaxf(a, b); });

  float sum = 0;
  for (int i = threadIdx.x; i < columns; i += 128)
    sum += expf(in[i] - most);
  sum = combineBlock(sum, sums, [](float a, float b) { return a + b; });

  for (int i = threadIdx.x; i < columns; i += 128)
    out[i] = expf(in[i] - most) / sum;
}
