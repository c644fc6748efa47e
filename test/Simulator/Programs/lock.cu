// A spin lock around plain reads and writes.
//
// lock_blocks: thread 0 takes the lock for its CTA, every thread adds to its
// word of `data`, thread 0 gives the lock back; `rounds` times. Grid: any.
// Block: 64.
//
// lock_lanes: every lane takes the lock for itself, so one lane must get on
// while the others of its warp spin. Grid: any. Block: 32 or more.
//
// `mutex` starts at 0.

static __device__ void acquire(int *mutex) {
  int old;
  do
    asm volatile("atom.acquire.gpu.global.cas.b32 %0, [%1], 0, 1;"
                 : "=r"(old)
                 : "l"(mutex)
                 : "memory");
  while (old != 0);
}

static __device__ void release(int *mutex) {
  asm volatile(
      "{\n\t.reg .b32 old;\n\t"
      "atom.release.gpu.global.exch.b32 old, [%0], 0;\n\t}" ::"l"(mutex)
      : "memory");
}

extern "C" __global__ void lock_blocks(int *mutex, int *data, int rounds) {
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    if (threadIdx.x == 0)
      acquire(mutex);
    __syncthreads();
    data[threadIdx.x] += blockIdx.x + threadIdx.x;
    __syncthreads();
    if (threadIdx.x == 0)
      release(mutex);
  }
}

extern "C" __global__ void lock_lanes(int *mutex, int *data) {
  acquire(mutex);
  data[0] += threadIdx.x + 1;
  data[1] = max(data[1], int(blockIdx.x * blockDim.x + threadIdx.x));
  release(mutex);
}
