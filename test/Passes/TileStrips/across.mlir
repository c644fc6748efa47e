// RUN: sluice-opt %s --tile-strips=unroll=0 | FileCheck %s

!q = memref<?x128xf32, strided<[?, 1]>>
!h = memref<?x128xbf16, strided<[?, 1]>>

// A sum of squares, then what is divided by its root: two passes, and the second
// loads what it divides again.
// CHECK-LABEL: tile.kernel @loaded_again
// CHECK-NOT:   tile.shared
// CHECK:       %[[SQUARES:.*]] = scf.for
// CHECK:         tile.load {{.*}} tensor<16x64xbf16>
// CHECK:         tile.reduce sum
// CHECK:       }
// CHECK-NEXT:  %[[ROOT:.*]] = math.sqrt %[[SQUARES]] : tensor<16xf32>
// CHECK:       scf.for
// CHECK:         %[[AT:.*]] = arith.muli
// CHECK:         %[[NORM:.*]] = tile.broadcast %[[ROOT]] along [0] : tensor<16xf32> -> tensor<16x64xf32>
// CHECK:         %[[HALF:.*]] = tile.load %{{.*}}[%{{.*}}, %[[AT]]] {{.*}} tensor<16x64xbf16>
// CHECK-NEXT:    %[[Q:.*]] = arith.extf %[[HALF]]
// CHECK:         arith.divf %[[Q]], %[[NORM]]
// CHECK:         tile.store
tile.kernel @loaded_again(%q: !h {tile.binding = #tile.binding<input "q">},
                          %o: !q {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %half = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !h -> tensor<16x128xbf16>
  %0 = arith.extf %half : tensor<16x128xbf16> to tensor<16x128xf32>
  %1 = arith.mulf %0, %0 : tensor<16x128xf32>
  %2 = tile.reduce sum %1 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  %3 = math.sqrt %2 : tensor<16xf32>
  %4 = tile.broadcast %3 along [0] : tensor<16xf32> -> tensor<16x128xf32>
  %5 = arith.divf %0, %4 : tensor<16x128xf32>
  tile.store %5, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  tile.return
}

// An exponential is not made again: it goes through shared memory, in the type
// that is asked for.
// CHECK-LABEL: tile.kernel @through_memory
// CHECK:       %[[BUFFER:.*]] = tile.shared : memref<16x136xbf16, #gpu.address_space<workgroup>>
// CHECK-NOT:   tile.shared
// CHECK:       scf.for
// CHECK:         %[[AT:.*]] = arith.muli
// CHECK:         %[[HALF:.*]] = arith.truncf {{.*}} : tensor<16x64xf32> to tensor<16x64xbf16>
// CHECK-NEXT:    tile.store %[[HALF]], %[[BUFFER]][%{{.*}}, %[[AT]]] along [0, 1] in_bounds : tensor<16x64xbf16>
// CHECK:       scf.for
// CHECK:         %[[AGAIN:.*]] = arith.muli
// CHECK:         tile.load %[[BUFFER]][%{{.*}}, %[[AGAIN]]] along [0, 1] in_bounds : {{.*}} -> tensor<16x64xbf16>
// CHECK:         tile.dot {{.*}} : tensor<16x16xbf16>, tensor<16x64xbf16> -> tensor<16x64xf32>
// CHECK:         tile.store
tile.kernel @through_memory(%q: !q {tile.binding = #tile.binding<input "q">},
                            %o: !q {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  %2 = tile.dot %1, %1 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %3 = arith.truncf %2 : tensor<16x16xf32> to tensor<16x16xbf16>
  %4 = arith.truncf %1 : tensor<16x128xf32> to tensor<16x128xbf16>
  %5 = tile.dot %3, %4 : tensor<16x16xbf16>, tensor<16x128xbf16> -> tensor<16x128xf32>
  tile.store %5, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  tile.return
}

// Between the passes, here in a loop over rows that carries the axis, a tensor is
// taken whole.
// CHECK-LABEL: tile.kernel @whole
// CHECK:       %[[BUFFER:.*]] = tile.shared : memref<16x132xf32, #gpu.address_space<workgroup>>
// CHECK:       scf.for
// CHECK:         tile.store %{{.*}}, %[[BUFFER]]
// CHECK:       }
// CHECK:       %[[WHOLE:.*]] = tile.load %[[BUFFER]][%c0, %c0] along [0, 1] in_bounds : {{.*}} -> tensor<16x128xf32>
// CHECK-NEXT:  scf.for {{.*}} iter_args(%{{.*}} = %[[WHOLE]]) -> (tensor<16x128xf32>)
tile.kernel @whole(%q: !q {tile.binding = #tile.binding<input "q">},
                   %s: memref<16xf32> {tile.binding = #tile.binding<output "s">},
                   %o: !q {tile.binding = #tile.binding<output "o">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  %2 = tile.reduce sum %1 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  tile.store %2, %s[%c0] along [0] in_bounds : tensor<16xf32>, memref<16xf32>
  %3 = scf.for %i = %c0 to %T step %c1 iter_args(%x = %1) -> tensor<16x128xf32> {
    %4 = arith.addf %x, %x : tensor<16x128xf32>
    scf.yield %4 : tensor<16x128xf32>
  }
  tile.store %3, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  tile.return
}

// What was loaded before the block is loaded in the loop.
// CHECK-LABEL: tile.kernel @from_before
// CHECK:       scf.for %[[T:.*]] =
// CHECK:         scf.for
// CHECK:           tile.load %{{.*}} : memref<128xf32> -> tensor<64xf32>
// CHECK:           tile.broadcast {{.*}} : tensor<64xf32> -> tensor<16x64xf32>
// CHECK:           tile.store
tile.kernel @from_before(%q: !q {tile.binding = #tile.binding<input "q">},
                         %w: memref<128xf32> {tile.binding = #tile.binding<input "w">},
                         %o: !q {tile.binding = #tile.binding<output "o">},
                         %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %0 = tile.load %w[%c0] along [0] in_bounds : memref<128xf32> -> tensor<128xf32>
  scf.for %t = %c0 to %T step %c16 {
    %1 = tile.load %q[%t, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
    %2 = tile.broadcast %0 along [1] : tensor<128xf32> -> tensor<16x128xf32>
    %3 = arith.mulf %1, %2 : tensor<16x128xf32>
    tile.store %3, %o[%t, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  }
  tile.return
}

// What is stored and loaded by the same strips is so in one pass; rows that are
// read whole are there after it.
// CHECK-LABEL: tile.kernel @shared_rows
// CHECK:       %[[ROWS:.*]] = tile.shared
// CHECK:       scf.for
// CHECK:         tile.store %{{.*}}, %[[ROWS]]
// CHECK:         tile.load %[[ROWS]]
// CHECK:         tile.store
// CHECK:       }
// CHECK:       tile.load %[[ROWS]][%{{.*}}, %{{.*}}] along [] {{.*}} -> f32
tile.kernel @shared_rows(%q: !q {tile.binding = #tile.binding<input "q">},
                         %s: memref<1xf32> {tile.binding = #tile.binding<output "s">},
                         %o: !q {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c7 = arith.constant 7 : index
  %rows = tile.shared : memref<16x128xf32, #gpu.address_space<workgroup>>
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  tile.store %1, %rows[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, memref<16x128xf32, #gpu.address_space<workgroup>>
  %2 = tile.load %rows[%c0, %c0] along [0, 1] in_bounds : memref<16x128xf32, #gpu.address_space<workgroup>> -> tensor<16x128xf32>
  tile.store %2, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  %3 = tile.load %rows[%c7, %c7] along [] in_bounds : memref<16x128xf32, #gpu.address_space<workgroup>> -> f32
  tile.store %3, %s[%c0] along [] in_bounds : f32, memref<1xf32>
  tile.return
}

// Only what is smaller goes through memory: factors, not the products that are
// added to what a loop carries along the axis.
// CHECK-LABEL: tile.kernel @update
// CHECK:       scf.for {{.*}} -> (tensor<128x64xf32>) {
// CHECK:         %[[FACTOR:.*]] = tile.shared : memref<16x136xbf16, #gpu.address_space<workgroup>>
// CHECK-NOT:     tile.shared
// CHECK:         scf.for
// CHECK:           tile.store %{{.*}}, %[[FACTOR]]
// CHECK:         }
// CHECK:         tile.load %[[FACTOR]]
// CHECK-COUNT-2: tile.dot {{.*}} -> tensor<128x64xf32>
// CHECK:         scf.yield {{.*}} : tensor<128x64xf32>
tile.kernel @update(%q: !q {tile.binding = #tile.binding<input "q">},
                    %v: memref<16x64xbf16> {tile.binding = #tile.binding<input "v">},
                    %s: memref<16xf32> {tile.binding = #tile.binding<output "s">},
                    %S: memref<128x64xf32> {tile.binding = #tile.binding<output "S">},
                    %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  %0 = scf.for %t = %c0 to %T step %c16 iter_args(%state = %zero) -> tensor<128x64xf32> {
    %1 = tile.load %q[%t, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
    %2 = math.exp %1 : tensor<16x128xf32>
    %3 = tile.reduce sum %2 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
    tile.store %3, %s[%c0] along [0] in_bounds : tensor<16xf32>, memref<16xf32>
    %4 = arith.truncf %2 : tensor<16x128xf32> to tensor<16x128xbf16>
    %5 = tile.load %v[%c0, %c0] along [0, 1] in_bounds : memref<16x64xbf16> -> tensor<16x64xbf16>
    %6 = arith.negf %5 : tensor<16x64xbf16>
    %7 = tile.dot %4, %5 transpose_lhs : tensor<16x128xbf16>, tensor<16x64xbf16> -> tensor<128x64xf32>
    %8 = tile.dot %4, %6 transpose_lhs : tensor<16x128xbf16>, tensor<16x64xbf16> -> tensor<128x64xf32>
    %9 = arith.addf %7, %8 : tensor<128x64xf32>
    %10 = arith.addf %state, %9 : tensor<128x64xf32>
    scf.yield %10 : tensor<128x64xf32>
  }
  tile.store %0, %S[%c0, %c0] along [0, 1] in_bounds : tensor<128x64xf32>, memref<128x64xf32>
  tile.return
}
