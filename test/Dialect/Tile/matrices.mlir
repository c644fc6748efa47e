// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s | FileCheck %s --strict-whitespace --check-prefix=BLANK

// CHECK-LABEL: tile.kernel @matrices
tile.kernel @matrices(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // CHECK: %[[A:.*]] = tile.broadcast
  %a = tile.broadcast %x along [] : f32 -> tensor<16x8xf32>
  // CHECK: tile.place axis(1) : tensor<16x8xi32>
  %0 = tile.place axis(1) : tensor<16x8xi32>
  // CHECK: tile.prefix product %[[A]] : tensor<16x8xf32>
  // BLANK: = tile.prefix product %
  %1 = tile.prefix product %a : tensor<16x8xf32>
  // CHECK: tile.prefix max %[[A]] reverse block(4) : tensor<16x8xf32>
  %2 = tile.prefix max %a reverse block(4) : tensor<16x8xf32>
  // CHECK: %[[N:.*]] = tile.broadcast
  %n = tile.broadcast %x along [] : f32 -> tensor<40x40xf32>
  // CHECK: tile.inverse %[[N]] block(16) : tensor<40x40xf32>
  %inverse = tile.inverse %n block(16) : tensor<40x40xf32>
  // CHECK: %[[P:.*]] = tile.dot %[[A]], %[[A]] transpose_rhs : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  %3 = tile.dot %a, %a transpose_rhs : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  // CHECK: tile.dot %[[A]], %[[A]] transpose_lhs : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  %4 = tile.dot %a, %a transpose_lhs : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  // CHECK: tile.dot %[[A]], %[[A]] transpose_rhs into %[[P]] : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  %5 = tile.dot %a, %a transpose_rhs into %3 : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  tile.return
}
