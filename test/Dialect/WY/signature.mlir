// RUN: sluice-opt %s --verify-roundtrip | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// Scans and placements write outputs of other kinds as a recurrence does.
// Whatever its kind, a graph yields what each token gives.

// CHECK-LABEL: wy.scan @kinds chunk(4) key(8) value(16)
// CHECK-NEXT: v_heads(%b: !delta.scalar range(0.000000e+00, 1.000000e+00)) -> params(x: !delta.scalar) qk_heads(y: !delta.scalar) {
// CHECK-NEXT: wy.yield %b, %b : tensor<4xf32>, tensor<4xf32>
// GENERIC: "wy.scan"() <{chunk = 4 : i64, key_dim = 8 : i64, signature = #delta.signature<v_heads(b: !delta.scalar range(0.000000e+00, 1.000000e+00)) -> params(x: !delta.scalar) qk_heads(y: !delta.scalar)>, sym_name = "kinds", value_dim = 16 : i64}>
wy.scan @kinds chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar range(0.0, 1.0))
    -> params(x: !delta.scalar) qk_heads(y: !delta.scalar) {
  wy.yield %b, %b : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: wy.placed @parts key(8) value(16)
// CHECK-NEXT: v_heads(%b: !delta.scalar)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> v_heads(o: !delta.scalar) params(x: !delta.scalar) {
// CHECK-NEXT: wy.scan @a
// CHECK-NEXT: v_heads(%b: !delta.scalar) -> params(x: !delta.scalar) channels(c: tokens tensor<4xf32>) {
// CHECK: wy.scan @b
wy.placed @parts key(8) value(16)
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    -> v_heads(o: !delta.scalar) params(x: !delta.scalar) {
  wy.scan @a chunk(4) key(8) value(16) v_heads(%b: !delta.scalar)
      -> params(x: !delta.scalar) channels(c: tokens tensor<4xf32>) {
    wy.yield %b, %b : tensor<4xf32>, tensor<4xf32>
  }
  wy.scan @b chunk(4) key(8) value(16) channels(%c: tokens tensor<4xf32>)
      state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
    wy.yield %S, %c : tensor<8x16xf32>, tensor<4xf32>
  }
}
