// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s --implicit-check-not=tile.convert

// What elementwise operations, loops and branches connect has one layout,
// whatever its elements are: nothing is converted.
// CHECK: #[[L:.*]] = #tile.layout
// CHECK-NOT: #tile.layout
// CHECK-LABEL: tile.kernel @connected
tile.kernel @connected(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                       %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32>
  // CHECK: scf.for {{.*}} -> (tensor<64xf32, #[[L]]>)
  %1 = scf.for %i = %c0 to %T step %c1 iter_args(%a = %0) -> tensor<64xf32> {
    %first = arith.cmpi eq, %i, %c0 : index
    // CHECK: scf.if {{.*}} -> (tensor<64xf32, #[[L]]>)
    %2 = scf.if %first -> tensor<64xf32> {
      // CHECK: arith.truncf {{.*}} to tensor<64xbf16, #[[L]]>
      %3 = arith.truncf %a : tensor<64xf32> to tensor<64xbf16>
      %4 = arith.extf %3 : tensor<64xbf16> to tensor<64xf32>
      scf.yield %4 : tensor<64xf32>
    } else {
      // CHECK: arith.cmpf {{.*}} : tensor<64xf32, #[[L]]>
      %3 = arith.cmpf ogt, %a, %0 : tensor<64xf32>
      // CHECK: arith.select {{.*}} : tensor<64xi1, #[[L]]>, tensor<64xf32, #[[L]]>
      %4 = arith.select %3, %a, %0 : tensor<64xi1>, tensor<64xf32>
      scf.yield %4 : tensor<64xf32>
    }
    scf.yield %2 : tensor<64xf32>
  }
  // Both results of one operation.
  // CHECK: math.sincos {{.*}} : tensor<64xf32, #[[L]]>
  %5, %6 = math.sincos %1 : tensor<64xf32>
  tile.store %6, %x[%c0] along [0] : tensor<64xf32>, memref<64xf32>
  tile.return
}
