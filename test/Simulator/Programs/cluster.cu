// Clusters of four CTAs (sm_90). Grid: any multiple of 4. Block: 64.
//
// cluster_sum: every CTA adds up, over the cluster, the numbers at its quarter,
// reading the others' shared memory (mapa, ld.shared::cluster).
//
// cluster_ring: numbers go around the ring of CTAs, each adding its own:
// st.async into the next CTA's slot, whose mbarrier counts the bytes; an
// arrival in the previous CTA says that its slot may be written again.
//
// cluster_multicast: one bulk copy of 1 KiB into the shared memory of all four.
//
// cluster_slots: each CTA stores numbers into a slot of the next one, which hands
// the slot back by an arrival. cluster_slots_unscoped: that arrival and the wait
// for it have no scope, as in CUTLASS.

using uint32 = unsigned;
using uint64 = unsigned long long;

constexpr uint32 CTAS = 4;

static __device__ uint32 sharedAddress(const void *pointer) {
  return static_cast<uint32>(__cvta_generic_to_shared(pointer));
}

static __device__ uint32 rankInCluster() {
  uint32 rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// The address in the CTA of that rank.
static __device__ uint32 mapTo(const void *pointer, uint32 rank) {
  uint32 address;
  asm("mapa.shared::cluster.u32 %0, %1, %2;"
      : "=r"(address)
      : "r"(sharedAddress(pointer)), "r"(rank));
  return address;
}

static __device__ void clusterBarrier() {
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

static __device__ void init(uint64 *barrier, uint32 count) {
  asm volatile(
      "mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)),
      "r"(count)
      : "memory");
}

// After init by this thread: the cluster sees the mbarriers.
static __device__ void publishBarriers(bool initialised) {
  if (initialised)
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
}

static __device__ void expectBytes(uint64 *barrier, uint32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   sharedAddress(barrier)),
               "r"(bytes)
               : "memory");
}

static __device__ void wait(uint64 *barrier, uint32 parity) {
  asm volatile("{\n\t.reg .pred done;\n"
               "again:\n\t"
               "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, "
               "[%0], %1;\n\t"
               "@!done bra again;\n\t}" ::"r"(sharedAddress(barrier)),
               "r"(parity)
               : "memory");
}

extern "C" __global__ void __cluster_dims__(CTAS) __launch_bounds__(64)
    cluster_sum(const int *in, int *out) {
  __shared__ int numbers[64];
  uint32 t = threadIdx.x, rank = rankInCluster();
  numbers[t] = in[blockIdx.x * 64 + t];
  clusterBarrier();
  if (t < 16) {
    int sum = 0;
    for (uint32 r = 0; r < CTAS; ++r) {
      int number;
      asm volatile("ld.shared::cluster.s32 %0, [%1];"
                   : "=r"(number)
                   : "r"(mapTo(&numbers[rank * 16 + t], r))
                   : "memory");
      sum += number;
    }
    out[blockIdx.x * 16 + t] = sum;
  }
  clusterBarrier(); // shared memory stays until all have read it
}

extern "C" __global__ void __cluster_dims__(CTAS) __launch_bounds__(64)
    cluster_ring(const int *in, int *out, int rounds) {
  __shared__ int slot[64];
  __shared__ alignas(8) uint64 full, empty;
  uint32 t = threadIdx.x, rank = rankInCluster();
  if (t == 0) {
    init(&full, 1);
    init(&empty, 64);
  }
  publishBarriers(t == 0);

  uint32 next = (rank + 1) % CTAS, previous = (rank + CTAS - 1) % CTAS;
  int mine = in[blockIdx.x * 64 + t], number = mine;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    if (round > 0)
      wait(&empty, (round - 1) % 2);
    asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.s32 "
                 "[%0], %1, [%2];" ::"r"(mapTo(&slot[t], next)),
                 "r"(number), "r"(mapTo(&full, next))
                 : "memory");
    if (t == 0)
      expectBytes(&full, sizeof(slot));
    wait(&full, round % 2);
    number = slot[t] * 3 + mine;
    if (round + 1 < rounds) // else nobody waits, and the CTA may be gone
      asm volatile(
          "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(
              mapTo(&empty, previous))
          : "memory");
  }
  out[blockIdx.x * 64 + t] = number;
}

extern "C" __global__ void __cluster_dims__(CTAS) __launch_bounds__(64)
    cluster_multicast(const int4 *in, int4 *out) {
  __shared__ alignas(128) int4 numbers[64];
  __shared__ alignas(8) uint64 full;
  uint32 t = threadIdx.x, rank = rankInCluster();
  if (t == 0)
    init(&full, 1);
  publishBarriers(t == 0);
  if (t == 0) {
    expectBytes(&full, sizeof(numbers));
    if (rank == 0)
      asm volatile(
          "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
          ".multicast::cluster [%0], [%1], %2, [%3], %4;" ::"r"(
              sharedAddress(numbers)),
          "l"(in + blockIdx.x / CTAS * 64), "r"(uint32(sizeof(numbers))),
          "r"(sharedAddress(&full)), "h"((unsigned short)(0xf))
          : "memory");
  }
  wait(&full, 0);
  int4 v = numbers[(t + rank) % 64];
  out[blockIdx.x * 64 + t] = v;
}

template <bool scoped> static __device__ void handBack(uint32 barrier) {
  if (scoped)
    asm volatile(
        "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(
            barrier)
        : "memory");
  else
    asm volatile("mbarrier.arrive.shared::cluster.b64 _, [%0];" ::"r"(barrier)
                 : "memory");
}

template <bool scoped>
static __device__ void waitForSlot(uint64 *barrier, uint32 parity) {
  if (scoped)
    return wait(barrier, parity);
  asm volatile("{\n\t.reg .pred done;\n"
               "again:\n\t"
               "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n\t"
               "@!done bra again;\n\t}" ::"r"(sharedAddress(barrier)),
               "r"(parity)
               : "memory");
}

template <bool scoped>
static __device__ void passSlots(const int *in, int *out, int rounds) {
  __shared__ int slot[64];
  __shared__ alignas(8) uint64 full, empty;
  uint32 t = threadIdx.x, rank = rankInCluster();
  if (t == 0) {
    init(&full, 64);
    init(&empty, 64);
  }
  publishBarriers(t == 0);

  uint32 next = (rank + 1) % CTAS, previous = (rank + CTAS - 1) % CTAS;
  int sum = 0;
#pragma unroll 1
  for (int round = 0; round < rounds; ++round) {
    if (round > 0)
      waitForSlot<scoped>(&empty, (round - 1) % 2);
    asm volatile("st.shared::cluster.s32 [%0], %1;" ::"r"(mapTo(&slot[t], next)),
                 "r"(in[(blockIdx.x * rounds + round) * 64 + t])
                 : "memory");
    handBack<true>(mapTo(&full, next));
    wait(&full, round % 2);
    sum = sum * 3 + slot[t];
    handBack<scoped>(mapTo(&empty, previous));
  }
  // The last arrival has come before the CTA's shared memory goes.
  waitForSlot<scoped>(&empty, (rounds - 1) % 2);
  out[blockIdx.x * 64 + t] = sum;
}

extern "C" __global__ void __cluster_dims__(CTAS) __launch_bounds__(64)
    cluster_slots(const int *in, int *out, int rounds) {
  passSlots<true>(in, out, rounds);
}

extern "C" __global__ void __cluster_dims__(CTAS) __launch_bounds__(64)
    cluster_slots_unscoped(const int *in, int *out, int rounds) {
  passSlots<false>(in, out, rounds);
}
