// RUN: sluice-opt %s --delta-to-tile='key-dim=8 value-dim=16 output-type=bf16' | FileCheck %s

// Terms of a sum are handed out for every token and value head, and are not
// rounded to the outputs' type before they are added up.
// CHECK-LABEL: tile.kernel @sums(
// CHECK-SAME: %[[O:[a-z0-9]+]]: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "o">}
// CHECK-SAME: %[[DA:[a-z0-9]+]]: memref<?x?x?xf32, strided<[?, ?, 1]>> {tile.binding = #tile.binding<output "dA">}
// CHECK-SAME: %[[DK:[a-z0-9]+]]: memref<?x?x?x8xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "dk">}
// CHECK:      arith.truncf {{.*}} : tensor<16xf32> to tensor<16xbf16>
// CHECK-NEXT: tile.store %{{.*}}, %[[O]]{{.*}} : tensor<16xbf16>
// CHECK-NEXT: tile.store %{{.*}}, %[[DA]]{{.*}} : f32
// CHECK-NEXT: tile.store %{{.*}}, %[[DK]]{{.*}} : tensor<8xf32>
delta.recurrence @sums
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>)
    -> v_heads(o: !delta.vec<value>) params(dA: !delta.scalar)
       qk_heads(dk: !delta.vec<key>)
    attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 16>>} {
  %dA = delta.dot %q, %k
  %dk = delta.read %S, %v
  %S1 = delta.write %S, %k, %v
  %o = delta.read %S1, %q
  delta.yield states(%S1) outputs(%o, %dA, %dk)
}
