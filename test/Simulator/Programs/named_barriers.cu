// Warps with roles and named barriers: warps 0 and 1 produce, 2 and 3 consume,
// through two buffers. bar.arrive tells the other side and goes on; bar.sync
// waits. Each tile of 64 numbers is squared, and its neighbours' squares are
// added. Grid: any, CTA b has tiles b * tiles on. Block: 128.
//
// named_turns: two groups of two warps take turns at one state, and the first
// gives itself the first turn: it arrives at its barrier and then waits at it,
// two arrivals of the same warps in one phase.
// state = state * 3 + number, of both groups, round after round.

constexpr int FULL = 1, EMPTY = 3; // + buffer; barrier 0 is __syncthreads'
constexpr int TURN = 5;            // + group

static __device__ void arrive(int barrier) {
  asm volatile("barrier.cta.arrive %0, 128;" ::"r"(barrier) : "memory");
}

static __device__ void sync(int barrier) {
  asm volatile("barrier.cta.sync %0, 128;" ::"r"(barrier) : "memory");
}

extern "C" __global__ void __launch_bounds__(128)
    named_barriers(const int *in, int *out, int tiles) {
  __shared__ int buffers[2][64];
  int t = threadIdx.x % 64;
  in += blockIdx.x * tiles * 64;
  out += blockIdx.x * tiles * 64;
  if (threadIdx.x < 64) {
#pragma unroll 1
    for (int tile = 0; tile < tiles; ++tile) {
      if (tile >= 2)
        sync(EMPTY + tile % 2);
      int number = in[tile * 64 + t];
      buffers[tile % 2][t] = number * number;
      arrive(FULL + tile % 2);
    }
    return;
  }
#pragma unroll 1
  for (int tile = 0; tile < tiles; ++tile) {
    sync(FULL + tile % 2);
    const int *buffer = buffers[tile % 2];
    out[tile * 64 + t] = buffer[(t + 63) % 64] + buffer[(t + 1) % 64];
    if (tile + 2 < tiles) // else nobody waits
      arrive(EMPTY + tile % 2);
  }
}

extern "C" __global__ void __launch_bounds__(128)
    named_turns(const int *in, int *out, int rounds) {
  __shared__ int state[64];
  int t = threadIdx.x % 64, group = threadIdx.x / 64;
  in += blockIdx.x * rounds * 128 + threadIdx.x;
  if (group == 0) {
    state[t] = 0;
    arrive(TURN);
  }
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    sync(TURN + group);
    state[t] = state[t] * 3 + in[round * 128];
    arrive(TURN + 1 - group);
  }
  if (group == 1)
    out[blockIdx.x * 64 + t] = state[t];
}
