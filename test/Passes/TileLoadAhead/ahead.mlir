// RUN: sluice-opt %s --tile-load-ahead --canonicalize --cse | FileCheck %s
// RUN: sluice-opt %s --tile-load-ahead=most=9000 --canonicalize --cse | FileCheck %s --check-prefix=SMALL

!rows = memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>>
!state = memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>>

// Two loads by halves of a row, of the same tokens, are one copy of whole rows.
// The next block's begins behind the last of them, and has no rows where there is
// no next block.
// CHECK-LABEL: tile.kernel @strips
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         %[[M:.*]] = tile.shared by_warp : memref<16x72xbf16, #gpu.address_space<workgroup>>
// CHECK:         %[[FIRST:.*]] = arith.select
// CHECK-NEXT:    tile.copy %{{.*}}[%[[C0]], %[[MINE:.*]], %[[C0]], %[[C0]]] along [1, 3] to %[[M]][%[[C0]], %[[C0]]] along [0, 1] shape [16, 64] valid(%[[FIRST]]) in_bounds
// CHECK-NEXT:    tile.commit_copies
// CHECK-NEXT:    scf.for %[[I:.*]] = %[[C0]] to %[[T:.*]] step %[[C64]]
// CHECK-NEXT:      tile.wait_copies 0
// CHECK:           scf.for %[[K:.*]] = %[[C0]] to %[[C64]] step
// CHECK-NEXT:        tile.load %[[M]][%[[C0]], %[[K]]] along [0, 1] in_bounds : {{.*}} -> tensor<16x32xbf16>
// CHECK:           scf.for
// CHECK:             tile.load %[[M]]
// CHECK:           }
// CHECK-NEXT:      %[[NEXT:.*]] = arith.addi %[[I]], %[[C64]]
// CHECK:           %[[IS:.*]] = arith.cmpi slt, %[[NEXT]], %[[T]]
// CHECK-NEXT:      %[[LEFT:.*]] = arith.select %[[IS]], %{{.*}}, %[[C0]]
// CHECK-NEXT:      tile.copy %{{.*}} valid(%[[LEFT]])
// CHECK-NEXT:      tile.commit_copies
// CHECK-NOT:       tile.copy
// CHECK:         tile.wait_copies 0
// CHECK:         tile.return
// Four warps' buffers of 2304 bytes each, and their longest tensors.
// SMALL-LABEL: tile.kernel @strips
// SMALL-NOT:     tile.copy
// SMALL:         tile.return
tile.kernel @strips(%x: !rows {tile.binding = #tile.binding<input "x">},
                    %y: !rows {tile.binding = #tile.binding<output "y">},
                    %T: index {tile.binding = #tile.binding<size "T">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %w = gpu.subgroup_id : index
  scf.for %block = %c0 to %T step %c64 {
    %own = arith.muli %w, %c16 : index
    %mine = arith.addi %block, %own : index
    %left = arith.subi %T, %mine : index
    scf.for %k = %c0 to %c64 step %c32 {
      %0 = tile.load %x[%c0, %mine, %c0, %k] along [1, 3] valid(%left) in_bounds : !rows -> tensor<16x32xbf16>
      tile.store %0, %y[%c0, %mine, %c0, %k] along [1, 3] valid(%left) : tensor<16x32xbf16>, !rows
    }
    scf.for %k = %c0 to %c64 step %c32 {
      %0 = tile.load %x[%c0, %mine, %c0, %k] along [1, 3] valid(%left) in_bounds : !rows -> tensor<16x32xbf16>
      tile.store %0, %y[%c0, %mine, %c0, %k] along [1, 3] valid(%left) : tensor<16x32xbf16>, !rows
    }
  }
  tile.return
}

// Whole rows that are loaded beside strips are of the strips' buffer.
// CHECK-LABEL: tile.kernel @whole
// CHECK-COUNT-2: tile.copy
// CHECK-NOT:     tile.copy
// CHECK:         tile.return
tile.kernel @whole(%x: !rows {tile.binding = #tile.binding<input "x">},
                   %y: !rows {tile.binding = #tile.binding<output "y">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  scf.for %i = %c0 to %T step %c16 {
    %0 = tile.load %x[%c0, %i, %c0, %c0] along [1, 3] in_bounds : !rows -> tensor<16x64xbf16>
    tile.store %0, %y[%c0, %i, %c0, %c0] along [1, 3] in_bounds : tensor<16x64xbf16>, !rows
    scf.for %k = %c0 to %c2 step %c1 {
      %column = arith.muli %k, %c32 : index
      %1 = tile.load %x[%c0, %i, %c0, %column] along [1, 3] in_bounds : !rows -> tensor<16x32xbf16>
      tile.store %1, %y[%c0, %i, %c0, %column] along [1, 3] in_bounds : tensor<16x32xbf16>, !rows
    }
  }
  tile.return
}

// What stays: states, vectors, rows that start anywhere or are not along rows of
// memory, what is loaded on a condition or where a loop's own numbers say, and
// what no loop in the body loads by strips.
// CHECK-LABEL: tile.kernel @stays
// CHECK-NOT:     tile.copy
// CHECK:         tile.return
tile.kernel @stays(%x: !rows {tile.binding = #tile.binding<input "x">},
                   %S: !state {tile.binding = #tile.binding<input "S">},
                   %F: !state {tile.binding = #tile.binding<final "S">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %is = arith.cmpi eq, %T, %c16 : index
  %0 = scf.for %i = %c0 to %T step %c16 iter_args(%at = %c0) -> (index) {
    %1 = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] : !state -> tensor<16x16xf32>
    %2 = tile.load %x[%c0, %i, %c0, %c0] along [1, 3] : !rows -> tensor<16x16xbf16>
    scf.for %k = %c0 to %c64 step %c16 {
      %3 = tile.load %x[%c0, %i, %c0, %k] along [3] : !rows -> tensor<16xbf16>
      %odd = arith.addi %k, %c1 : index
      %4 = tile.load %x[%c0, %i, %c0, %odd] along [1, 3] : !rows -> tensor<16x16xbf16>
      %5 = tile.load %x[%c0, %i, %c0, %k] along [3, 1] : !rows -> tensor<16x16xbf16>
      scf.if %is {
        %6 = tile.load %x[%c0, %i, %c0, %k] along [1, 3] : !rows -> tensor<16x16xbf16>
      }
      %7 = tile.load %x[%c0, %at, %c0, %k] along [1, 3] : !rows -> tensor<16x16xbf16>
      %8 = tile.load %x[%c0, %k, %c0, %k] along [1, 3] : !rows -> tensor<16x16xbf16>
    }
    scf.for %k = %c0 to %i step %c16 {
      %9 = tile.load %x[%c0, %i, %c0, %k] along [1, 3] : !rows -> tensor<16x16xbf16>
    }
    scf.yield %i : index
  }
  tile.return
}

// Warps that are not apart would all have to wait.
// CHECK-LABEL: tile.kernel @together
// CHECK-NOT:     tile.copy
// CHECK:         tile.return
tile.kernel @together(%x: !rows {tile.binding = #tile.binding<input "x">},
                      %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %T step %c16 {
    scf.for %k = %c0 to %c64 step %c16 {
      %1 = tile.load %x[%c0, %i, %c0, %k] along [1, 3] : !rows -> tensor<16x16xbf16>
    }
  }
  tile.return
}
