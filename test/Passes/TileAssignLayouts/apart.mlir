// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s

!slots = memref<4x16x24xbf16, #gpu.address_space<workgroup>>

// Accumulators whose four lanes go down a column, and along a row; and a left
// operand's registers, for either.
// CHECK-DAG: #[[BYCOLUMN:.*]] = #tile.layout<register = {{\[\[}}1, 0], [0, 8], [8, 0]], lane = {{\[\[}}2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
// CHECK-DAG: #[[BYROW:.*]] = #tile.layout<register = {{\[\[}}0, 1], [8, 0], [0, 8]], lane = {{\[\[}}0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
// CHECK-DAG: #[[RIGHT:.*]] = #tile.layout<register = {{\[\[}}1, 0], [8, 0], [0, 8]], lane = {{\[\[}}2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
// CHECK-DAG: #[[RIGHTT:.*]] = #tile.layout<register = {{\[\[}}0, 1], [0, 8], [8, 0]], lane = {{\[\[}}0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
// CHECK-DAG: #[[READ:.*]] = #tile.layout<register = {{\[\[}}0, 1], [0, 2], [8, 0]], lane = {{\[\[}}0, 4], [0, 8], [1, 0], [2, 0], [4, 0]], warp = []>

// Where warps are apart, the state is held by columns, for it is the right operand
// of the read: there it has other registers only. The update computes Bᵀ A. What
// nobody multiplies again is held by rows.
// CHECK-LABEL: tile.kernel @columns
// CHECK:         scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (tensor<16x16xf32, #[[BYCOLUMN]]>)
// CHECK:           %[[Q:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[BYROW]]>
// CHECK:           %[[K:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[RIGHT]]>
// CHECK:           %[[X:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[READ]]>
// CHECK:           %[[S16:.*]] = arith.truncf %[[S]] : tensor<16x16xf32, #[[BYCOLUMN]]>
// CHECK:           %[[R:.*]] = tile.convert %[[S16]] : tensor<16x16xbf16, #[[BYCOLUMN]]> -> tensor<16x16xbf16, #[[RIGHT]]>
// CHECK:           tile.dot %[[Q]], %[[R]] : {{.*}} -> tensor<16x16xf32, #[[BYROW]]>
// CHECK:           %[[XT:.*]] = tile.convert %[[X]] : tensor<16x16xbf16, #[[READ]]> -> tensor<16x16xbf16, #[[BYCOLUMN]]>
// CHECK:           tile.dot %[[K]], %[[XT]] transpose_lhs into %[[S]] : {{.*}} -> tensor<16x16xf32, #[[BYCOLUMN]]>
tile.kernel @columns(%v: memref<64x16xbf16> {tile.binding = #tile.binding<input "v">},
                     %o: memref<64x16xf32> {tile.binding = #tile.binding<output "o">},
                     %T: index {tile.binding = #tile.binding<size "T">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tile.shared : !slots
  %n = tile.shared : !slots
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %S = scf.for %i = %c0 to %T step %c1 iter_args(%state = %zero) -> (tensor<16x16xf32>) {
    %q = tile.load %m[%i, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
    %k = tile.load %n[%i, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
    %x = tile.load %v[%c0, %c0] along [0, 1] : memref<64x16xbf16> -> tensor<16x16xbf16>
    %s = arith.truncf %state : tensor<16x16xf32> to tensor<16x16xbf16>
    %0 = tile.dot %q, %s : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    tile.store %0, %o[%i, %c0] along [0, 1] : tensor<16x16xf32>, memref<64x16xf32>
    %1 = tile.dot %k, %x transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %1 : tensor<16x16xf32>
  }
  tile.return
}

// Read from the right it is held by rows.
// CHECK-LABEL: tile.kernel @rows
// CHECK:         scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (tensor<16x16xf32, #[[BYROW]]>)
// CHECK:           arith.truncf %[[S]] : tensor<16x16xf32, #[[BYROW]]>
// CHECK-NOT:       tile.convert
// CHECK:           tile.dot {{.*}} transpose_rhs
tile.kernel @rows(%o: memref<64x16xf32> {tile.binding = #tile.binding<output "o">},
                  %T: index {tile.binding = #tile.binding<size "T">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tile.shared : !slots
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %S = scf.for %i = %c0 to %T step %c1 iter_args(%state = %zero) -> (tensor<16x16xf32>) {
    %q = tile.load %m[%i, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
    %k = tile.load %m[%i, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
    %s = arith.truncf %state : tensor<16x16xf32> to tensor<16x16xbf16>
    %0 = tile.dot %s, %q transpose_rhs into %state : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %0 : tensor<16x16xf32>
  }
  tile.return
}

// Each product loads its operands from a slot anew, in the layout of each: nothing
// is converted.
// CHECK-LABEL: tile.kernel @loads
// CHECK-NOT:     tile.convert
// CHECK-DAG:     %[[A:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[BYROW]]>
// CHECK-DAG:     %[[B:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[RIGHTT]]>
// CHECK-DAG:     %[[C:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[BYCOLUMN]]>
// CHECK-DAG:     %[[D:.*]] = tile.load {{.*}} -> tensor<16x16xbf16, #[[RIGHT]]>
// CHECK:         tile.dot %[[A]], %[[B]] transpose_rhs
// CHECK:         tile.dot %[[C]], %[[D]] transpose_lhs
// CHECK-NOT:     tile.convert
// CHECK:         tile.return
tile.kernel @loads(%o: memref<64x16xf32> {tile.binding = #tile.binding<output "o">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %m = tile.shared : !slots
  %k = tile.load %m[%c0, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
  %0 = tile.dot %k, %k transpose_rhs : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
  %1 = tile.dot %k, %k transpose_lhs : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
  tile.store %0, %o[%c0, %c0] along [0, 1] : tensor<16x16xf32>, memref<64x16xf32>
  tile.store %1, %o[%c0, %c0] along [0, 1] : tensor<16x16xf32>, memref<64x16xf32>
  tile.return
}

// What is stored to global memory for each chunk is gathered to rows before, but
// not what comes but once, at the end.
// CHECK-LABEL: tile.kernel @gather
// CHECK:         %[[END:.*]] = scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (tensor<16x16xf32, #[[BYCOLUMN]]>)
// CHECK:           %[[ROWS:.*]] = tile.convert %[[S]] : tensor<16x16xf32, #[[BYCOLUMN]]> -> tensor<16x16xf32, #[[READ]]>
// CHECK:           tile.store %[[ROWS]], %arg0
// CHECK:         tile.store %[[END]], %arg1{{.*}} : tensor<16x16xf32, #[[BYCOLUMN]]>
tile.kernel @gather(%o: memref<64x16xf32> {tile.binding = #tile.binding<output "o">},
                    %final: memref<64x16xf32> {tile.binding = #tile.binding<final "S">},
                    %T: index {tile.binding = #tile.binding<size "T">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tile.shared : !slots
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %S = scf.for %i = %c0 to %T step %c1 iter_args(%state = %zero) -> (tensor<16x16xf32>) {
    tile.store %state, %o[%i, %c0] along [0, 1] : tensor<16x16xf32>, memref<64x16xf32>
    %q = tile.load %m[%i, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
    %s = arith.truncf %state : tensor<16x16xf32> to tensor<16x16xbf16>
    %0 = tile.dot %q, %s into %state : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %0 : tensor<16x16xf32>
  }
  tile.store %S, %final[%c0, %c0] along [0, 1] : tensor<16x16xf32>, memref<64x16xf32>
  tile.return
}

// All warps together hold products by rows, whatever becomes of them.
// CHECK-LABEL: tile.kernel @together
// CHECK:         scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (tensor<16x16xf32, #[[BYROW]]>)
// CHECK:           arith.truncf
// CHECK:           tile.convert
tile.kernel @together(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tile.shared : !slots
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %S = scf.for %i = %c0 to %T step %c1 iter_args(%state = %zero) -> (tensor<16x16xf32>) {
    %q = tile.load %m[%i, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x16xbf16>
    %s = arith.truncf %state : tensor<16x16xf32> to tensor<16x16xbf16>
    %0 = tile.dot %q, %s into %state : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    scf.yield %0 : tensor<16x16xf32>
  }
  tile.return
}
