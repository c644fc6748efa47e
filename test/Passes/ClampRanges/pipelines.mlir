// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s --check-prefix=CHUNK
// RUN: sluice-opt %s --sluice-cpu='key-dim=8 value-dim=16 target=x86-64-v3' | FileCheck %s --check-prefix=STEP

// Whatever ends in a kernel clamps, and nothing takes that away: the scan keeps
// the range beside it.

// CHUNK-LABEL: wy.scan @gated
// CHUNK-NEXT:      v_heads(%g: !delta.scalar range(-5.000000e+00, 0.000000e+00))
// CHUNK:         %[[G:.+]] = wy.tokens(%[[ARG:.+]]: !delta.scalar = %g : tensor<4xf32>) -> tensor<4xf32> {
// CHUNK-DAG:       %[[LOWER:.+]] = delta.constant -5.000000e+00
// CHUNK-DAG:       %[[UPPER:.+]] = delta.constant 0.000000e+00
// CHUNK:           %[[MIN:.+]] = delta.min %[[ARG]], %[[UPPER]]
// CHUNK:           %[[MAX:.+]] = delta.max %[[MIN]], %[[LOWER]]
// CHUNK:           wy.yield %[[MAX]]
// CHUNK:         wy.accumulate all log %[[G]]

// STEP-LABEL: func.func @gated
// STEP:         %[[MIN:.+]] = arith.minimumf
// STEP:         %[[MAX:.+]] = arith.maximumf %[[MIN]]
// STEP:         math.exp %[[MAX]]
delta.recurrence @gated
    v_heads(%g: !delta.scalar range(-5.0, 0.0))
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}
