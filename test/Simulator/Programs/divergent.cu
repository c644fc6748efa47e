// Control flow that differs from thread to thread.
//
// divergent: nested loops and branches, votes among all lanes and among those
// of a branch. For a number x, with lane l: the length of its Collatz sequence,
// then what the votes say (see the comments). Grid: any. Block: any number of
// whole warps.
//
// sort_block: odd-even transposition sort, until __syncthreads_or finds nothing
// left to swap. Grid: any. Block: 128, 256 numbers each.

constexpr unsigned ALL = 0xffffffffu;

extern "C" __global__ void divergent(const int *in, int *lengths,
                                     unsigned *votes) {
  int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
  unsigned x = in[i];

  int length = 0;
  for (unsigned y = x; y != 1; ++length) {
    if (y % 2) {
      if (y > 0x50000000u) { // 3 y + 1 might not fit
        length = -1;
        break;
      }
      y = 3 * y + 1;
    } else {
      do
        y /= 2, ++length;
      while (y % 4 == 0);
      --length;
    }
  }
  lengths[i] = length;

  // Lanes whose number is odd, equal to this lane's modulo 5, and among the
  // first 20 lanes those with a number above the first lane's.
  unsigned vote = __ballot_sync(ALL, x % 2);
  vote ^= __match_any_sync(ALL, x % 5);
  if (lane < 20) {
    unsigned first = __shfl_sync(0xfffffu, x, 0);
    vote += __ballot_sync(0xfffffu, x > first) * 3;
    if (lane % 2) {
      vote += __any_sync(0xaaaaau, x % 7 == 0) ? 1000 : 2000;
      for (int round = 0; round < lane % 3; ++round)
        vote += round * x;
    } else {
      vote -= __all_sync(0x55555u, x % 11 != 0) ? 10 : 20;
    }
  } else {
    switch (x % 6) {
    case 0:
      vote *= 3;
      break;
    case 1:
      vote ^= 0x5555;
      [[fallthrough]];
    case 2:
      vote += 77;
      break;
    case 3:
      vote = ~vote;
      break;
    case 4:
      vote >>= lane % 8;
      break;
    default:
      vote -= x;
    }
  }
  votes[i] = vote + __reduce_add_sync(ALL, x & 0xff);
}

extern "C" __global__ void __launch_bounds__(128)
    sort_block(const int *in, int *out) {
  __shared__ int numbers[256];
  int t = threadIdx.x;
  in += blockIdx.x * 256, out += blockIdx.x * 256;
  numbers[2 * t] = in[2 * t];
  numbers[2 * t + 1] = in[2 * t + 1];

  // The even pair is the thread's own; the odd one is shared with the next
  // thread.
  bool swapped = true;
  do {
    int a = numbers[2 * t], b = numbers[2 * t + 1];
    bool even = a > b;
    if (even)
      numbers[2 * t] = b, numbers[2 * t + 1] = a;
    __syncthreads();
    bool odd = false;
    if (t < 127) {
      a = numbers[2 * t + 1], b = numbers[2 * t + 2];
      odd = a > b;
      if (odd)
        numbers[2 * t + 1] = b, numbers[2 * t + 2] = a;
    }
    swapped = __syncthreads_or(even || odd);
  } while (swapped);
  out[2 * t] = numbers[2 * t];
  out[2 * t + 1] = numbers[2 * t + 1];
}
