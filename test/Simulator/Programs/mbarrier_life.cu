// From mbarrier.init to mbarrier.inval (sm_90). Grid: any. Block: 64.
//
// mbarrier_reuse: the threads meet at an mbarrier; then its bytes hold two
// numbers; then another mbarrier, at which they meet again. Each thread takes a
// number of its neighbour, twice.
//
// mbarrier_init_twice: the same without inval and without the two numbers.
//
// mbarrier_copy, mbarrier_copy_unfenced: a bulk copy completes at an mbarrier,
// with and without a fence behind its init. y = x of the thread's mirror image.

using uint64 = unsigned long long;

static __device__ unsigned sharedAddress(const void *pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

static __device__ void init(uint64 *barrier, unsigned count) {
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(count)
      : "memory");
}

static __device__ void invalidate(uint64 *barrier) {
  asm volatile("mbarrier.inval.shared::cta.b64 [%0];" ::"r"(
                   sharedAddress(barrier))
               : "memory");
}

static __device__ void arrive(uint64 *barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(
                   sharedAddress(barrier))
               : "memory");
}

static __device__ void wait(uint64 *barrier) {
  asm volatile("{\n\t.reg .pred done;\n"
               "again:\n\t"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], 0;\n\t"
               "@!done bra again;\n\t}" ::"r"(sharedAddress(barrier))
               : "memory");
}

template <bool valid>
static __device__ void meetTwice(const int *in, int *out) {
  __shared__ int numbers[2][64];
  __shared__ uint64 barrier;
  int t = threadIdx.x, number = in[blockIdx.x * 64 + t], sum = 0;
  if (t == 0)
    init(&barrier, 64);
  __syncthreads();
  numbers[0][t] = number;
  arrive(&barrier);
  wait(&barrier);
  sum += numbers[0][(t + 1) % 64];
  __syncthreads();
  if (valid) {
    volatile int *pair = reinterpret_cast<int *>(&barrier);
    if (t == 0)
      invalidate(&barrier);
    __syncthreads();
    if (t < 2)
      pair[t] = number;
    __syncthreads();
    sum += pair[t % 2];
    __syncthreads();
  }
  if (t == 0)
    init(&barrier, 64);
  __syncthreads();
  numbers[1][t] = sum;
  arrive(&barrier);
  wait(&barrier);
  out[blockIdx.x * 64 + t] = numbers[1][(t + 1) % 64];
}

extern "C" __global__ void __launch_bounds__(64)
    mbarrier_reuse(const int *in, int *out) {
  meetTwice<true>(in, out);
}

extern "C" __global__ void __launch_bounds__(64)
    mbarrier_init_twice(const int *in, int *out) {
  meetTwice<false>(in, out);
}

template <bool fenced>
static __device__ void copy(const int *in, int *out) {
  __shared__ alignas(128) int numbers[64];
  __shared__ uint64 full;
  int t = threadIdx.x;
  if (t == 0) {
    init(&full, 1);
    if (fenced)
      asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 256;" ::"r"(
                     sharedAddress(&full))
                 : "memory");
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::"
                 "bytes [%0], [%1], 256, [%2];" ::"r"(sharedAddress(numbers)),
                 "l"(in + blockIdx.x * 64), "r"(sharedAddress(&full))
                 : "memory");
  }
  __syncthreads();
  wait(&full);
  out[blockIdx.x * 64 + t] = numbers[63 - t];
}

extern "C" __global__ void __launch_bounds__(64)
    mbarrier_copy(const int *in, int *out) {
  copy<true>(in, out);
}

extern "C" __global__ void __launch_bounds__(64)
    mbarrier_copy_unfenced(const int *in, int *out) {
  copy<false>(in, out);
}
