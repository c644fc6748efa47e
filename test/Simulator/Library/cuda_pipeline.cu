// libcu++: cuda::pipeline over a ring of three stages of 256 floats, filled by
// cuda::memcpy_async; out = the sum over the CTA's tiles. Grid: any, CTA b has
// tiles b * tiles on.
//
// pipeline_unified: all 128 threads copy and add. Block: 128.
// pipeline_roles:   the first 32 threads copy, the others add. Block: 96.

#include <cooperative_groups.h>
#include <cuda/pipeline>

constexpr int STAGES = 3, TILE = 256;

extern "C" __global__ void __launch_bounds__(128)
    pipeline_unified(const float *in, float *out, int tiles) {
  __shared__ alignas(16) float ring[STAGES][TILE];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, STAGES>
      state;
  auto block = cooperative_groups::this_thread_block();
  auto pipeline = cuda::make_pipeline(block, &state);
  in += blockIdx.x * tiles * TILE;
  float2 sum = {0, 0};
  for (int tile = 0, next = 0; tile < tiles; ++tile) {
    for (; next < tiles && next < tile + STAGES; ++next) {
      pipeline.producer_acquire();
      cuda::memcpy_async(block, ring[next % STAGES], in + next * TILE,
                         cuda::aligned_size_t<16>(sizeof(ring[0])), pipeline);
      pipeline.producer_commit();
    }
    pipeline.consumer_wait();
    const float *numbers = ring[tile % STAGES];
    sum.x += numbers[threadIdx.x];
    sum.y += numbers[255 - threadIdx.x];
    pipeline.consumer_release();
  }
  out[blockIdx.x * TILE + threadIdx.x] = sum.x;
  out[blockIdx.x * TILE + 255 - threadIdx.x] = sum.y;
}

extern "C" __global__ void __launch_bounds__(96)
    pipeline_roles(const float *in, float *out, int tiles) {
  __shared__ alignas(16) float ring[STAGES][TILE];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, STAGES>
      state;
  auto block = cooperative_groups::this_thread_block();
  auto role = threadIdx.x < 32 ? cuda::pipeline_role::producer
                               : cuda::pipeline_role::consumer;
  auto pipeline = cuda::make_pipeline(block, &state, role);
  in += blockIdx.x * tiles * TILE;
  if (role == cuda::pipeline_role::producer) {
    auto warp = cooperative_groups::tiled_partition<32>(block);
    for (int tile = 0; tile < tiles; ++tile) {
      pipeline.producer_acquire();
      cuda::memcpy_async(warp, ring[tile % STAGES], in + tile * TILE,
                         cuda::aligned_size_t<16>(sizeof(ring[0])), pipeline);
      pipeline.producer_commit();
    }
    return;
  }
  float4 sum = {0, 0, 0, 0};
  int i = threadIdx.x - 32;
  for (int tile = 0; tile < tiles; ++tile) {
    pipeline.consumer_wait();
    float4 v = reinterpret_cast<const float4 *>(ring[tile % STAGES])[i];
    sum.x += v.x, sum.y += v.y, sum.z += v.z, sum.w += v.w;
    pipeline.consumer_release();
  }
  reinterpret_cast<float4 *>(out + blockIdx.x * TILE)[i] = sum;
}
