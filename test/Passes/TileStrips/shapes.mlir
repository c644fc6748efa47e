// RUN: sluice-opt %s --tile-strips=unroll=0 --split-input-file | FileCheck %s

!q = memref<?x128xf32, strided<[?, 1]>>

// Places along the axis count on; constants and repeated numbers become
// smaller; a prefix or a reduction along another axis stays what it is; an index
// that is not 0 is added to.
// CHECK-LABEL: tile.kernel @shapes
// CHECK:       scf.for
// CHECK:         %[[AT:.*]] = arith.muli
// CHECK:         %[[FROM:.*]] = arith.addi %{{.*}}, %[[AT]] : index
// CHECK:         tile.load %{{.*}}[%{{.*}}, %[[FROM]]] along [0, 1] :
// CHECK:         %[[ROW:.*]] = tile.place axis(0) : tensor<16x64xi32>
// CHECK:         %[[PLACE:.*]] = tile.place axis(1) : tensor<16x64xi32>
// CHECK:         %[[FIRST:.*]] = arith.index_cast %[[AT]] : index to i32
// CHECK:         %[[ALL:.*]] = tile.broadcast %[[FIRST]] along [] : i32 -> tensor<16x64xi32>
// CHECK:         %[[COLUMN:.*]] = arith.addi %[[PLACE]], %[[ALL]] : tensor<16x64xi32>
// CHECK-NEXT:    arith.cmpi slt, %[[COLUMN]], %[[ROW]]
// CHECK:         arith.select {{.*}} : tensor<16x64xi1>, tensor<16x64xf32>
// CHECK:         tile.prefix sum {{.*}} : tensor<16x64xf32>
// CHECK:         tile.reduce sum {{.*}} axis(0) : tensor<16x64xf32> -> tensor<64xf32>
// CHECK:         tile.store %{{.*}}, %{{.*}}[%{{.*}}, %[[AT]]] along [0, 1] in_bounds : tensor<16x64xf32>
// CHECK:         tile.store %{{.*}}, %{{.*}}[%[[AT]]] along [0] in_bounds : tensor<64xf32>
tile.kernel @shapes(%q: !q {tile.binding = #tile.binding<input "q">},
                    %o: !q {tile.binding = #tile.binding<output "o">},
                    %s: memref<128xf32> {tile.binding = #tile.binding<output "s">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %one = arith.constant dense<1.0> : tensor<16x128xf32>
  %0 = tile.load %q[%c0, %c8] along [0, 1] : !q -> tensor<16x128xf32>
  %1 = tile.place axis(1) : tensor<16x128xi32>
  %2 = tile.place axis(0) : tensor<16x128xi32>
  %3 = arith.cmpi slt, %1, %2 : tensor<16x128xi32>
  %4 = arith.select %3, %0, %one : tensor<16x128xi1>, tensor<16x128xf32>
  %5 = tile.prefix sum %4 : tensor<16x128xf32>
  %6 = tile.reduce sum %5 axis(0) : tensor<16x128xf32> -> tensor<128xf32>
  tile.store %5, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  tile.store %6, %s[%c0] along [0] in_bounds : tensor<128xf32>, memref<128xf32>
  tile.return
}

// -----

// A strip is a divisor: 100 keys are two times 50, 192 three times 64, 200 four
// times 50.
// CHECK-LABEL: tile.kernel @sizes
// CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:   %[[C50:.*]] = arith.constant 50 : index
// CHECK:       scf.for %{{.*}} to %[[C2]]
// CHECK:         arith.muli %{{.*}}, %[[C50]]
// CHECK:         math.exp {{.*}} : tensor<16x50xf32>
tile.kernel @sizes(%q: memref<16x100xf32> {tile.binding = #tile.binding<input "q">},
                   %o: memref<16x100xf32> {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : memref<16x100xf32> -> tensor<16x100xf32>
  %1 = math.exp %0 : tensor<16x100xf32>
  tile.store %1, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x100xf32>, memref<16x100xf32>
  tile.return
}

// -----

// CHECK-LABEL: tile.kernel @three_strips
// CHECK-DAG:   %[[C3:.*]] = arith.constant 3 : index
// CHECK:       scf.for %{{.*}} to %[[C3]]
// CHECK:         math.exp {{.*}} : tensor<16x64xf32>
tile.kernel @three_strips(%q: memref<16x192xf32> {tile.binding = #tile.binding<input "q">},
                          %o: memref<16x192xf32> {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : memref<16x192xf32> -> tensor<16x192xf32>
  %1 = math.exp %0 : tensor<16x192xf32>
  tile.store %1, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x192xf32>, memref<16x192xf32>
  tile.return
}

// -----

// One mask for two axes of one size does not make them one: keys are cut, and
// values, which gain less, stay.
// CHECK-LABEL: tile.kernel @apart
// CHECK:       math.exp {{.*}} : tensor<16x128xf32>
// CHECK:       scf.for
// CHECK-COUNT-2: math.exp {{.*}} : tensor<16x64xf32>
// CHECK:         tile.reduce sum {{.*}} tensor<16x64xf32>
// CHECK-NOT:   tile.store {{.*}} tensor<16x64xf32>
tile.kernel @apart(%k: memref<16x128xf32> {tile.binding = #tile.binding<input "k">},
                   %v: memref<16x128xf32> {tile.binding = #tile.binding<input "v">},
                   %s: memref<16xf32> {tile.binding = #tile.binding<output "s">},
                   %o: memref<16x128xf32> {tile.binding = #tile.binding<output "o">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<16x128xf32>
  %count = arith.index_cast %T : index to i32
  %limit = tile.broadcast %count along [] : i32 -> tensor<16x128xi32>
  %place = tile.place axis(0) : tensor<16x128xi32>
  %exists = arith.cmpi slt, %place, %limit : tensor<16x128xi32>
  %0 = tile.load %k[%c0, %c0] along [0, 1] in_bounds : memref<16x128xf32> -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  %2 = math.exp %1 : tensor<16x128xf32>
  %3 = arith.select %exists, %2, %zero : tensor<16x128xi1>, tensor<16x128xf32>
  %4 = tile.reduce sum %3 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  tile.store %4, %s[%c0] along [0] in_bounds : tensor<16xf32>, memref<16xf32>
  %5 = tile.load %v[%c0, %c0] along [0, 1] in_bounds : memref<16x128xf32> -> tensor<16x128xf32>
  %6 = math.exp %5 : tensor<16x128xf32>
  %7 = arith.select %exists, %6, %zero : tensor<16x128xi1>, tensor<16x128xf32>
  tile.store %7, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, memref<16x128xf32>
  tile.return
}
