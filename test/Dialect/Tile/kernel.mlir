// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// What a launch gives for each argument, of every kind.
// CHECK:      tile.kernel @bindings(
// CHECK-SAME:   %{{.*}}: memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "q">},
// CHECK-SAME:   %{{.*}}: memref<?x?x?x128xf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "o">},
// CHECK-SAME:   %{{.*}}: memref<?x?x8x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<final "S">},
// CHECK-SAME:   %{{.*}}: memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<workspace "pairs0" rows "ceildiv(B * T, 16) + N">},
// CHECK-SAME:   %{{.*}}: memref<?xi64> {tile.binding = #tile.binding<sequences>},
// CHECK-SAME:   %{{.*}}: index {tile.binding = #tile.binding<size "T">},
// CHECK-SAME:   %{{.*}}: f32 {tile.binding = #tile.binding<scale>})
// CHECK-SAME: warps(4) grid("N * HV * ceildiv(T, 4)", "B", "1") {
tile.kernel @bindings(%q: memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "q">},
                      %o: memref<?x?x?x128xf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "o">},
                      %S: memref<?x?x8x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<final "S">},
                      %W: memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<workspace "pairs0" rows "ceildiv(B * T, 16) + N">},
                      %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                      %T: index {tile.binding = #tile.binding<size "T">},
                      %scale: f32 {tile.binding = #tile.binding<scale>})
    warps(4) grid("N * HV * ceildiv(T, 4)", "B", "1") {
  tile.return
}

// One CTA of a multiprocessor is the default; what there is of attributes stays.
// CHECK: tile.kernel @one() warps(1) grid("1") {
tile.kernel @one() warps(1) ctas(1) grid("1") {
  tile.return
}
// CHECK: tile.kernel @several() warps(32) ctas(2) grid("1") attributes {test.note, tile.shared_bytes = 64 : i64} {
tile.kernel @several() warps(32) ctas(2) grid("1") attributes {tile.shared_bytes = 64 : i64, test.note} {
  tile.return
}

// Warps that are apart: their values are their own, and layouts know no warps.
// CHECK:      tile.kernel @apart(%{{.*}}: f32 {{{.*}}}) warps(4) ctas(2) apart grid("1") attributes {test.note} {
// CHECK-NEXT:   %[[W:.*]] = gpu.subgroup_id : index
// CHECK-NEXT:   tile.broadcast %{{.*}} along [] : f32 -> tensor<32xf32, #{{.*}}>
// CHECK-NEXT:   tile.shared by_warp : memref<8xf32, #gpu.address_space<workgroup>>{{$}}
// CHECK-NEXT:   tile.shared by_warp offset(64) stride(48) : memref<8xf32, #gpu.address_space<workgroup>>{{$}}
// CHECK-NEXT:   tile.shared offset(0) : memref<8xf32, #gpu.address_space<workgroup>>{{$}}
// CHECK-NEXT:   tile.sync_warp{{$}}
tile.kernel @apart(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(4) ctas(2) apart grid("1") attributes {test.note} {
  %w = gpu.subgroup_id : index
  %0 = tile.broadcast %scale along [] : f32 -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  %1 = tile.shared by_warp : memref<8xf32, #gpu.address_space<workgroup>>
  %2 = tile.shared by_warp offset(64) stride(48) : memref<8xf32, #gpu.address_space<workgroup>>
  %3 = tile.shared offset(0) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.sync_warp
  tile.return
}

// CTAs in clusters, and memory of which each of them has a copy.
// CHECK:      tile.kernel @clusters(%{{.*}}: f32 {{{.*}}}) warps(2) ctas(2) cluster(4) apart grid("4 * N") {
// CHECK-NEXT:   %[[C0:.*]] = arith.constant 0 : index
// CHECK-NEXT:   %[[R:.*]] = gpu.cluster_block_id x
// CHECK-NEXT:   %[[M:.*]] = tile.shared multicast : memref<8xf32, #gpu.address_space<workgroup>>{{$}}
// CHECK-NEXT:   tile.shared multicast offset(64) : memref<8xf32, #gpu.address_space<workgroup>>{{$}}
// CHECK-NEXT:   tile.store %{{.*}}, %[[M]][%[[C0]]] along [] : f32, memref
// CHECK-NEXT:   tile.store %{{.*}}, %[[M]][%[[C0]]] along [] to(%[[R]]) in_bounds : f32, memref
// CHECK-NEXT:   tile.sync_cluster{{$}}
tile.kernel @clusters(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(2) ctas(2) cluster(4) apart grid("4 * N") {
  %c0 = arith.constant 0 : index
  %r = gpu.cluster_block_id x
  %0 = tile.shared multicast : memref<8xf32, #gpu.address_space<workgroup>>
  %1 = tile.shared multicast offset(64) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.store %scale, %0[%c0] along [] : f32, memref<8xf32, #gpu.address_space<workgroup>>
  tile.store %scale, %0[%c0] along [] to(%r) in_bounds : f32, memref<8xf32, #gpu.address_space<workgroup>>
  tile.sync_cluster
  tile.return
}
// CHECK: tile.kernel @alone() warps(1) grid("1") {
tile.kernel @alone() warps(1) cluster(1) grid("1") {
  tile.return
}

// Loops and branches, nested, hold tensors.
// CHECK: tile.kernel @control
tile.kernel @control(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  // CHECK: scf.for
  // CHECK:   arith.cmpi
  // CHECK:   scf.if {{.*}} -> (tensor<4xf32>)
  %0 = scf.for %i = %c0 to %T step %c1 iter_args(%sum = %zero) -> tensor<4xf32> {
    %first = arith.cmpi eq, %i, %c0 : index
    %next = scf.if %first -> tensor<4xf32> {
      scf.yield %zero : tensor<4xf32>
    } else {
      %twice = arith.addf %sum, %sum : tensor<4xf32>
      scf.yield %twice : tensor<4xf32>
    }
    scf.yield %next : tensor<4xf32>
  }
  tile.return
}
