// RUN: sluice-opt %s --sluice-cpu='key-dim=64 value-dim=32 arg-types=bf16,bf16,bf16 output-type=bf16 target=x86-64-v3' | FileCheck %s
// RUN: sluice-opt %s --sluice-cpu='chunk=16 key-dim=64 value-dim=32 arg-types=bf16,bf16,bf16 output-type=bf16 target=x86-64-v3' | FileCheck %s

// Terms of a sum are handed out for every token and value head, and are not
// rounded to the outputs' type before they are added up. The kernel says which
// these are: it has the recurrence's signature.

// CHECK-LABEL: func.func @sums(
// CHECK-SAME: %[[O:[a-z0-9]+]]: memref<?x?x?x32xbf16>, %[[DA:[a-z0-9]+]]: memref<?x?x?xf32>, %[[DK:[a-z0-9]+]]: memref<?x?x?x64xf32>, %{{[a-z0-9]+}}: memref<?x?x64x32xf32>, %{{[a-z0-9]+}}: memref<?xf32>
// CHECK-SAME: delta.signature = #delta.signature<qk_heads(q: !delta.vec<key>, k: !delta.vec<key>) v_heads(v: !delta.vec<value>, g: !delta.scalar range(-5.000000e+00, 0.000000e+00)) state(S: !delta.state<key, value>) -> v_heads(o: !delta.vec<value>) params(dA: !delta.scalar) qk_heads(dk: !delta.vec<key>)>
// CHECK-DAG: memref.store %{{.*}}, %[[DA]][{{.*}}] : memref<?x?x?xf32>
// CHECK-DAG: vector.store %{{.*}}, %[[O]][{{.*}}] : memref<?x?x?x32xbf16>, vector<8xbf16>
// CHECK-DAG: vector.store %{{.*}}, %[[DK]][{{.*}}] : memref<?x?x?x64xf32>, vector<8xf32>
delta.recurrence @sums
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar range(-5.0, 0.0))
    state(%S: !delta.state<key, value>)
    -> v_heads(o: !delta.vec<value>) params(dA: !delta.scalar)
       qk_heads(dk: !delta.vec<key>) {
  %dA = delta.dot %q, %k
  %S1 = delta.decay %S, %g
  %dk = delta.read %S1, %v
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o, %dA, %dk)
}
