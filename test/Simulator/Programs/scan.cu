// Inclusive prefix sums of 32-bit integers, four to a thread. Block: 256; one
// tile of 1024 numbers a CTA, so grid = n / 1024.
//
// scan_block: every tile by itself.
//
// scan_lookback: over all tiles, in one pass (Merrill and Garland, "Single-pass
// parallel prefix scan with decoupled look-back", 2016). A CTA takes the next
// tile from `counter`, publishes the tile's sum, then walks back over the tiles
// before it until it meets one whose prefix is known. `counter` and `flags`
// start at 0.

constexpr int SUM_KNOWN = 1, PREFIX_KNOWN = 2;

static __device__ void storeRelease(int *address, int value) {
  asm volatile("st.release.gpu.global.s32 [%0], %1;" ::"l"(address), "r"(value)
               : "memory");
}

static __device__ int loadAcquire(const int *address) {
  int value;
  asm volatile("ld.acquire.gpu.global.s32 %0, [%1];"
               : "=r"(value)
               : "l"(address)
               : "memory");
  return value;
}

// Prefix sums of a tile in place.
static __device__ void scanTile(int4 &v, int *warps) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  v.y += v.x, v.z += v.y, v.w += v.z;
  int sum = v.w;
  for (int offset = 1; offset < 32; offset *= 2) {
    int below = __shfl_up_sync(0xffffffffu, sum, offset);
    if (lane >= offset)
      sum += below;
  }
  if (lane == 31)
    warps[warp] = sum;
  __syncthreads();
  int before = sum - v.w;
  for (int w = 0; w < warp; ++w)
    before += warps[w];
  v.x += before, v.y += before, v.z += before, v.w += before;
}

extern "C" __global__ void __launch_bounds__(256)
    scan_block(const int4 *in, int4 *out) {
  __shared__ int warps[8];
  int i = blockIdx.x * 256 + threadIdx.x;
  int4 v = in[i];
  scanTile(v, warps);
  out[i] = v;
}

extern "C" __global__ void __launch_bounds__(256)
    scan_lookback(const int4 *in, int4 *out, int *counter, int *flags,
                  int *sums, int *prefixes) {
  __shared__ int warps[8], sharedTile, sharedBefore;
  if (threadIdx.x == 0)
    sharedTile = atomicAdd(counter, 1);
  __syncthreads();
  int tile = sharedTile, i = tile * 256 + threadIdx.x;
  int4 v = in[i];
  scanTile(v, warps);

  if (threadIdx.x == 255) {
    int before = 0;
    if (tile > 0) {
      sums[tile] = v.w;
      storeRelease(&flags[tile], SUM_KNOWN);
      for (int t = tile - 1;;) {
        int flag = loadAcquire(&flags[t]);
        if (flag == PREFIX_KNOWN) {
          before += prefixes[t];
          break;
        }
        if (flag == SUM_KNOWN)
          before += sums[t--];
      }
    }
    prefixes[tile] = before + v.w;
    storeRelease(&flags[tile], PREFIX_KNOWN);
    sharedBefore = before;
  }
  __syncthreads();
  int before = sharedBefore;
  v.x += before, v.y += before, v.z += before, v.w += before;
  out[i] = v;
}
