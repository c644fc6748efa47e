// libcu++: messages between CTAs. CTA b waits until the flag says b, adds its
// numbers to the plain array, and raises the flag; fetch_max and a semaphore
// besides. Grid: any. Block: 64. `flag` and `most` start at 0.

#include <cuda/atomic>

template <typename T>
using Device = cuda::atomic_ref<T, cuda::thread_scope_device>;

extern "C" __global__ void __launch_bounds__(64)
    atomic_turns(int *flag, int *data, int *most) {
  int t = threadIdx.x, b = blockIdx.x;
  if (t == 0)
    while (Device<int>(*flag).load(cuda::memory_order_acquire) != b)
      ;
  __syncthreads();
  data[t] = data[t] * 3 + b;
  __syncthreads();
  if (t == 0)
    Device<int>(*flag).store(b + 1, cuda::memory_order_release);
  Device<int>(*most).fetch_max(b * 64 + t, cuda::memory_order_relaxed);
}

// A message by fences: the flag itself is relaxed.
extern "C" __global__ void __launch_bounds__(64)
    atomic_fences(int *flag, int *data, int *out) {
  int t = threadIdx.x;
  if (blockIdx.x == 0) {
    data[t] = t * t;
    cuda::atomic_thread_fence(cuda::memory_order_release,
                              cuda::thread_scope_device);
    Device<int>(*flag).fetch_add(1, cuda::memory_order_relaxed);
    return;
  }
  while (Device<int>(*flag).load(cuda::memory_order_relaxed) != 64)
    ;
  cuda::atomic_thread_fence(cuda::memory_order_acquire,
                            cuda::thread_scope_device);
  out[(blockIdx.x - 1) * 64 + t] = data[63 - t];
}
