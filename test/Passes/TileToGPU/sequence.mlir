// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

// Packed sequences are in row 0, from one start to the next; where no starts
// are given each row is one.
// CHECK-LABEL: gpu.func @sequence(
// CHECK-SAME:    %[[X:.*]]: !llvm.ptr<1>, %[[XS:.*]]: index, %[[STARTS:.*]]: !llvm.ptr<1>, %[[T:.*]]: index
// CHECK:         %[[N:.*]] = gpu.block_id x
// CHECK:         %[[ZERO:.*]] = arith.constant 0 : index
// CHECK:         %[[NULL:.*]] = llvm.mlir.zero : !llvm.ptr<1>
// CHECK:         %[[PACKED:.*]] = llvm.icmp "ne" %[[STARTS]], %[[NULL]]
// CHECK:         %[[PLACE:.*]]:3 = scf.if %[[PACKED]] -> (index, index, index) {
// CHECK:           %[[I:.*]] = arith.index_cast %[[N]] : index to i64
// CHECK:           %[[P:.*]] = llvm.getelementptr %[[STARTS]][%[[I]]] {{.*}}, i64
// CHECK:           %[[Q:.*]] = llvm.getelementptr %[[P]][1] {{.*}}, i64
// CHECK:           %[[B:.*]] = llvm.load %[[P]] {alignment = 8 : i64}
// CHECK:           %[[BEGIN:.*]] = arith.index_cast %[[B]]
// CHECK:           %[[E:.*]] = llvm.load %[[Q]] {alignment = 8 : i64}
// CHECK:           %[[END:.*]] = arith.index_cast %[[E]]
// CHECK:           scf.yield %[[ZERO]], %[[BEGIN]], %[[END]]
// CHECK:         } else {
// CHECK:           scf.yield %[[N]], %[[ZERO]], %[[T]]
// CHECK:         }
// CHECK:         scf.for %{{.*}} = %[[PLACE]]#1 to %[[PLACE]]#2
tile.kernel @sequence(%x: memref<?x8xf32, strided<[?, 1]>> {tile.binding = #tile.binding<output "x">},
                      %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                      %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("N") {
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %n = gpu.block_id x
  %row, %begin, %end = tile.sequence %n of %starts tokens(%T)
  scf.for %t = %begin to %end step %c1 {
    tile.store %one, %x[%t, %row] along [] : f32, memref<?x8xf32, strided<[?, 1]>>
  }
  tile.return
}

// An argument that a launch does not give is a pointer of 0.
// CHECK-LABEL: gpu.func @absent(
// CHECK-SAME:    %[[S:.*]]: !llvm.ptr<1>
// CHECK:         %[[NULL:.*]] = llvm.mlir.zero : !llvm.ptr<1>
// CHECK:         %[[THERE:.*]] = llvm.icmp "ne" %[[S]], %[[NULL]]
// CHECK:         scf.if %[[THERE]] -> (f32) {
// CHECK:           llvm.load
// CHECK:         } else {
tile.kernel @absent(%S: memref<8xf32> {tile.binding = #tile.binding<input "S">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %there = tile.is_present %S : memref<8xf32>
  %0 = scf.if %there -> f32 {
    %1 = tile.load %S[%c0] along [] : memref<8xf32> -> f32
    scf.yield %1 : f32
  } else {
    scf.yield %zero : f32
  }
  tile.store %0, %S[%c0] along [] : f32, memref<8xf32>
  tile.return
}
