// Each scan of a placement becomes a kernel, and what goes from one to another memory
// between them.
// RUN: sluice-opt %s --wy-place --wy-to-tile='arg-types=bf16,bf16,bf16 output-type=bf16' --canonicalize --cse --verify-roundtrip | FileCheck %s

wy.scan @linear chunk(16) key(8) value(16)
    schedule(#wy.schedule<chunk = 16, precision = <scores = bf16, apply = bf16, read = bf16, update = bf16x2, outputs = bf16>, placement = pre_scan_post, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  %1 = wy.scores rows(%q : tensor<16x8xf32>) columns(%k : tensor<16x8xf32>) ungated -> tensor<16x16xf32>
  %2 = wy.apply %1, %v : tensor<16x16xf32>, tensor<16x16xf32>
  %3 = wy.sum %0, %2 : tensor<16x16xf32>
  %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<16x8xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  wy.yield %4, %3 : tensor<8x16xf32>, tensor<16x16xf32>
}

// A chunk without states is a piece of a sequence, whose number is the CTA's.
// CHECK-LABEL: tile.kernel @linear_pre(
// CHECK-SAME:    binding<input "q">
// CHECK-SAME:    binding<input "k">
// CHECK-SAME:    %{{.*}}: memref<?x?x?x16xbf16, {{.*}}binding<input "v">
// CHECK-SAME:    %[[VALUE:[a-z0-9]+]]: memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<workspace "value0" rows "ceildiv(B * T, 16) + N">}
// CHECK-SAME:    binding<size "N">
// CHECK-SAME:    grid("(ceildiv(B * T, 16) + N) * HV * 1")
// CHECK:         %[[SEQUENCE:.*]], %[[ROW:.*]], %[[BEGIN:.*]], %[[END:.*]], %{{.*}} = tile.piece %{{.*}} size(16)
// CHECK:         scf.for %[[FIRST:.*]] = %[[BEGIN]] to %[[END]]
// CHECK:         %[[BEFORE:.*]] = arith.muli %[[ROW]]
// CHECK:         %[[TOKEN:.*]] = arith.addi %[[BEFORE]], %[[FIRST]]
// CHECK:         %[[CHUNK:.*]] = arith.divui %[[TOKEN]], %c16
// CHECK:         %[[NUMBER:.*]] = arith.addi %[[CHUNK]], %[[SEQUENCE]]
// CHECK:         tile.store %{{.*}}, %[[VALUE]][%[[NUMBER]], %{{.*}}, %c0, %c0] along [2, 3]

// The state's way is one CTA's; it leaves what it was before each chunk.
// CHECK-LABEL: tile.kernel @linear_scan(
// CHECK-SAME:    binding<input "S">
// CHECK-SAME:    binding<final "S">
// CHECK-SAME:    %[[STATES:[a-z0-9]+]]: memref<?x?x8x16xf32, {{[^%]*}}binding<workspace "S_start" rows "ceildiv(B * T, 16) + N">
// CHECK-SAME:    grid("N * HV * 1")
// CHECK:         tile.sequence
// CHECK:         scf.for {{.*}} iter_args(%[[STATE:.*]] = %{{.*}})
// CHECK:         tile.dot
// CHECK:         tile.store %[[STATE]], %[[STATES]]

// CHECK-LABEL: tile.kernel @linear_post(
// CHECK-SAME:    binding<input "q">
// CHECK-SAME:    binding<output "o">
// CHECK-SAME:    %[[STATES:[a-z0-9]+]]: memref<{{[^%]*}}binding<workspace "S_start"
// CHECK-SAME:    %[[VALUE:[a-z0-9]+]]: memref<{{[^%]*}}binding<workspace "value0"
// CHECK-SAME:    grid("(ceildiv(B * T, 16) + N) * HV * 1")
// CHECK-DAG:     tile.load %[[STATES]]
// CHECK-DAG:     tile.load %[[VALUE]]
// CHECK:         tile.store {{.*}}memref<?x?x?x16xbf16

// What the next states depend on is as exact in the kernel that makes it for them: with
// one product the scores, with two what is written.
wy.scan @written chunk(16) key(8) value(16)
    schedule(#wy.schedule<chunk = 16, precision = <scores = bf16, apply = bf16x2, read = bf16, update = bf16, outputs = bf16>, placement = pre_scan_post, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  %1 = wy.scores rows(%q : tensor<16x8xf32>) columns(%k : tensor<16x8xf32>) ungated -> tensor<16x16xf32>
  %2 = wy.apply %1, %v : tensor<16x16xf32>, tensor<16x16xf32>
  %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %2 : tensor<16x8xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  wy.yield %4, %0 : tensor<8x16xf32>, tensor<16x16xf32>
}
// CHECK-LABEL:   tile.kernel @written_pre(
// CHECK-COUNT-3: tile.dot
// CHECK-NOT:     tile.dot
// CHECK:         tile.kernel @written_scan(
