// RUN: sluice-opt %s --tile-by-warps --canonicalize --cse | FileCheck %s

// No more warps than columns need.
// CHECK-LABEL: tile.kernel @few
// CHECK-SAME:  warps(2) apart grid("N * HV * 1")
// CHECK:         tile.shared : memref<2x16x40xbf16
// CHECK:         tile.load %arg1{{.*}} in_bounds : {{.*}} -> tensor<16x32xbf16>
// CHECK:         tile.store %{{.*}}, %arg2{{.*}} in_bounds : tensor<16x16xf32>
tile.kernel @few(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
                %v: memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
                %final: memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>> {tile.binding = #tile.binding<final "S">},
                %T: index {tile.binding = #tile.binding<size "T">})
    warps(8) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>>
  tile.return
}

// Two warps have 32 of 128 columns: four CTAs a head, each with its own part of
// the values, which is all that it loads of them. Its number is that of the head
// and of the part.
// CHECK-LABEL: tile.kernel @parts
// CHECK-SAME:  warps(2) apart grid("(N * HV * 1) * 4")
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK:         %[[WARP:.*]] = gpu.subgroup_id : index
// CHECK:         %[[NUMBER:.*]] = gpu.block_id x
// CHECK:         %[[HEAD:.*]] = arith.divui %[[NUMBER]], %[[C4]]
// CHECK:         %[[PART:.*]] = arith.remui %[[NUMBER]], %[[C4]]
// CHECK:         %[[OFCTA:.*]] = arith.muli %[[PART]], %[[C32]]
// CHECK:         %[[OFWARP:.*]] = arith.muli %[[WARP]], %[[C16]]
// CHECK:         %[[COLUMN:.*]] = arith.addi %[[OFCTA]], %[[OFWARP]]
// CHECK-NOT:     gpu.block_id
// CHECK:         tile.load %arg0[%[[HEAD]], {{.*}} -> tensor<16x16xbf16>
// CHECK:         tile.load %arg1[%[[HEAD]], %{{.*}}, %{{.*}}, %[[OFCTA]]] along [1, 3] in_bounds : {{.*}} -> tensor<16x32xbf16>
// CHECK:         tile.store %{{.*}}, %arg2[%[[HEAD]], %{{.*}}, %{{.*}}, %[[COLUMN]]] along [2, 3] in_bounds
tile.kernel @parts(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
                %v: memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
                %final: memref<?x?x16x128xf32, strided<[?, ?, 128, 1]>> {tile.binding = #tile.binding<final "S">},
                %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x128xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x128xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x128xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x128xbf16> -> tensor<16x128xf32>
    scf.yield %2 : tensor<16x128xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x128xf32>, memref<?x?x16x128xf32, strided<[?, ?, 128, 1]>>
  tile.return
}

// 60 columns are fewer than four warps have, and 100 more: what is beyond them is
// neither loaded nor stored. Slots have room for it.
// CHECK-LABEL: tile.kernel @sixty
// CHECK-SAME:  warps(4) apart grid("N * HV * 1")
// CHECK:         tile.shared : memref<4x16x72xbf16
// CHECK:         tile.load %arg0{{.*}} in_bounds :
// CHECK:         tile.load %arg1{{.*}} along [1, 3] : {{.*}} -> tensor<16x64xbf16>
// CHECK:         tile.store %{{.*}} along [1, 2] in_bounds : tensor<16x64xbf16>
// CHECK:         tile.load %{{.*}} along [1, 2] in_bounds : {{.*}} -> tensor<16x16xbf16>
// CHECK:         tile.store %{{.*}}, %arg2{{.*}} along [2, 3] : tensor<16x16xf32>
tile.kernel @sixty(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
                %v: memref<?x?x?x60xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
                %final: memref<?x?x16x60xf32, strided<[?, ?, 60, 1]>> {tile.binding = #tile.binding<final "S">},
                %T: index {tile.binding = #tile.binding<size "T">})
    warps(4) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x60xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x60xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x60xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x60xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x60xbf16> -> tensor<16x60xf32>
    scf.yield %2 : tensor<16x60xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x60xf32>, memref<?x?x16x60xf32, strided<[?, ?, 60, 1]>>
  tile.return
}

// CHECK-LABEL: tile.kernel @hundred
// CHECK-SAME:  warps(4) apart grid("(N * HV * 1) * 2")
// CHECK:         tile.load %arg1{{.*}} along [1, 3] : {{.*}} -> tensor<16x64xbf16>
// CHECK:         tile.store %{{.*}}, %arg2{{.*}} along [2, 3] : tensor<16x16xf32>
tile.kernel @hundred(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
                %v: memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
                %final: memref<?x?x16x100xf32, strided<[?, ?, 100, 1]>> {tile.binding = #tile.binding<final "S">},
                %T: index {tile.binding = #tile.binding<size "T">})
    warps(4) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x100xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x100xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x100xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x100xbf16> -> tensor<16x100xf32>
    scf.yield %2 : tensor<16x100xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x100xf32>, memref<?x?x16x100xf32, strided<[?, ?, 100, 1]>>
  tile.return
}

// One warp that has all columns is apart, too: its state is an accumulator.
// CHECK-LABEL: tile.kernel @one
// CHECK-SAME:  warps(1) apart grid("N * HV * 1")
tile.kernel @one(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
                %v: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
                %final: memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<final "S">},
                %T: index {tile.binding = #tile.binding<size "T">})
    warps(1) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x16xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %2 : tensor<16x16xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x16xf32>, memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>>
  tile.return
}

// What is apart already stays.
// CHECK-LABEL: tile.kernel @again
// CHECK-SAME:  warps(2) apart grid("N")
// CHECK-NOT:     gpu.subgroup_id
tile.kernel @again(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">}, %v: memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
    %final: memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>> {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) apart grid("N") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>>
  tile.return
}
