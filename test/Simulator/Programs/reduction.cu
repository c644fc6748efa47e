// Sums n floats.
//
// reduce_shuffle: warp shuffles, then one word a warp in shared memory; the CTA
// that finishes last adds the partial sums. Grid: any up to 256. Block: 256.
// `counter` starts at 0.
//
// reduce_tree: a tree in shared memory, barriers of the CTA while it is wider
// than a warp and of the warp below. One partial sum a CTA. Block: 256.

static __device__ float sumOfWarp(float value) {
  for (int offset = 16; offset > 0; offset /= 2)
    value += __shfl_xor_sync(0xffffffffu, value, offset);
  return value;
}

// The sum in the threads of warp 0; the others get anything.
static __device__ float sumOfBlock(float value, float *warps) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  value = sumOfWarp(value);
  if (lane == 0)
    warps[warp] = value;
  __syncthreads();
  return warp == 0 ? sumOfWarp(lane < 8 ? warps[lane] : 0.0f) : 0.0f;
}

extern "C" __global__ void __launch_bounds__(256)
    reduce_shuffle(const float *in, float *partials, float *out,
                   unsigned *counter, int n) {
  __shared__ float warps[8];
  __shared__ bool isLast;

  float sum = 0;
  for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
    sum += in[i];
  sum = sumOfBlock(sum, warps);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = sum;
    __threadfence(); // the partial sum before the count
    isLast = atomicAdd(counter, 1) == gridDim.x - 1;
    __threadfence(); // the count before what the other CTAs wrote is read
  }
  __syncthreads();
  if (!isLast)
    return;
  sum =
      sumOfBlock(threadIdx.x < gridDim.x ? partials[threadIdx.x] : 0.0f, warps);
  if (threadIdx.x == 0)
    *out = sum;
}

extern "C" __global__ void __launch_bounds__(256)
    reduce_tree(const float *in, float *partials, int n) {
  __shared__ float sums[256];
  int t = threadIdx.x, i = blockIdx.x * 256 + t;
  sums[t] = i < n ? in[i] : 0.0f;
  for (int width = 128; width >= 32; width /= 2) {
    __syncthreads();
    if (t < width)
      sums[t] += sums[t + width];
  }
  if (t >= 32)
    return;
  for (int width = 16; width > 0; width /= 2) {
    __syncwarp();
    if (t < width)
      sums[t] += sums[t + width];
  }
  if (t == 0)
    partials[blockIdx.x] = sums[0];
}
