// RUN: sluice-opt %s --delta-to-wy='chunk=4 key-dim=8 value-dim=16' | FileCheck %s --check-prefixes=CHECK,SCAN
// RUN: sluice-opt %s --delta-to-wy='chunk=4 key-dim=8 value-dim=16' --wy-decompose --wy-place=placement=pre_scan_post | FileCheck %s --check-prefixes=CHECK,STAGES
// RUN: sluice-opt %s --delta-to-wy='chunk=4 key-dim=8 value-dim=16' --wy-place='placement=segments segment=8' | FileCheck %s --check-prefixes=CHECK,SEGMENTS
// RUN: sluice-opt %s --delta-to-wy='chunk=4 key-dim=8 value-dim=16' --wy-place=placement=pre_scan_post --wy-fuse | FileCheck %s --check-prefixes=CHECK,SCAN

// What an output is summed over is carried along, and changes nothing of the
// graph, which makes what each token and value head gives.

// CHECK-LABEL: @sums
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.scalar range(-5.000000e+00, 0.000000e+00))
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> params(dA: !delta.scalar) v_heads(o: !delta.vec<value>) qk_heads(dk: !delta.vec<key>) {

// SCAN: wy.yield %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<8x16xf32>, tensor<4xf32>, tensor<4x16xf32>, tensor<4x8xf32>

// STAGES: wy.scan @pre
// STAGES-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// STAGES-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.scalar range(-5.000000e+00, 0.000000e+00)) -> params(dA: !delta.scalar) channels(
// STAGES: wy.scan @post
// STAGES: -> v_heads(o: !delta.vec<value>) qk_heads(dk: !delta.vec<key>) {

// SEGMENTS: wy.scan @written
// SEGMENTS: state(%S: !delta.state<key, value>) -> () {
// SEGMENTS: wy.scan @main
// SEGMENTS: state(%S: !delta.state<key, value>) -> params(dA: !delta.scalar) v_heads(o: !delta.vec<value>) qk_heads(dk: !delta.vec<key>) {
delta.recurrence @sums
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar range(-5.0, 0.0))
    state(%S: !delta.state<key, value>)
    -> params(dA: !delta.scalar) v_heads(o: !delta.vec<value>)
       qk_heads(dk: !delta.vec<key>) {
  %dA = delta.dot %q, %k
  %S1 = delta.decay %S, %g
  %dk = delta.read %S1, %v
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%dA, %o, %dk)
}
