// RUN: sluice-opt %s --tile-strips=unroll=0 | FileCheck %s

!q = memref<?x128xf32, strided<[?, 1]>>
!s = memref<16x16xf32>

// A contracted axis: the loop carries the product, and its loads move on.
// CHECK-LABEL: tile.kernel @dot
// CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:   %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:   %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:   %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:   %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<16x16xf32>
// CHECK:       %[[SUM:.*]] = scf.for %[[I:.*]] = %[[C0]] to %[[C2]] step %[[C1]] iter_args(%[[ACC:.*]] = %[[ZERO]]) -> (tensor<16x16xf32>) {
// CHECK-NEXT:    %[[AT:.*]] = arith.muli %[[I]], %[[C64]] : index
// CHECK-NEXT:    %[[Q:.*]] = tile.load %{{.*}}[%[[C0]], %[[AT]]] along [0, 1] in_bounds : {{.*}} -> tensor<16x64xf32>
// CHECK-NEXT:    %[[X:.*]] = math.exp %[[Q]] : tensor<16x64xf32>
// CHECK-NEXT:    %[[PART:.*]] = tile.dot %[[X]], %[[X]] transpose_rhs
// CHECK-NEXT:    %[[NEXT:.*]] = arith.addf %[[ACC]], %[[PART]] : tensor<16x16xf32>
// CHECK-NEXT:    scf.yield %[[NEXT]]
// CHECK-NEXT:  }
// CHECK-NEXT:  tile.store %[[SUM]]
tile.kernel @dot(%q: !q {tile.binding = #tile.binding<input "q">},
                 %A: !s {tile.binding = #tile.binding<output "A">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  %2 = tile.dot %1, %1 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  tile.store %2, %A[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, !s
  tile.return
}

// Products whose sum is all that is asked for are carried as one.
// CHECK-LABEL: tile.kernel @sum_of_dots
// CHECK:       scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (tensor<16x16xf32>) {
// CHECK:         %[[A:.*]] = tile.dot
// CHECK:         %[[B:.*]] = tile.dot
// CHECK-NEXT:    %[[AB:.*]] = arith.addf %[[A]], %[[B]]
// CHECK-NEXT:    arith.addf %[[ACC]], %[[AB]]
// CHECK-NEXT:    scf.yield
tile.kernel @sum_of_dots(%q: !q {tile.binding = #tile.binding<input "q">},
                         %A: !s {tile.binding = #tile.binding<output "A">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  %2 = tile.dot %1, %1 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %3 = tile.dot %0, %1 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %4 = arith.addf %2, %3 : tensor<16x16xf32>
  tile.store %4, %A[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, !s
  tile.return
}

// What a product is added into is added once, however many products there are in
// a row: the first of the loop's sum, or strip by strip what is a sum of strips.
// CHECK-LABEL: tile.kernel @into
// CHECK:       %[[C:.*]] = tile.load %{{.*}} -> tensor<16x16xf32>
// CHECK:       scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[C]]) -> (tensor<16x16xf32>) {
// CHECK:         %[[A:.*]] = tile.dot %{{.*}}, %{{.*}} transpose_rhs :
// CHECK:         %[[B:.*]] = tile.dot %{{.*}}, %{{.*}} transpose_rhs into %[[A]] :
// CHECK-NEXT:    %[[AB:.*]] = arith.addf %[[ACC]], %[[B]]
// CHECK-NEXT:    scf.yield %[[AB]]
// CHECK-NOT:   scf.for
tile.kernel @into(%q: !q {tile.binding = #tile.binding<input "q">},
                  %C: !s {tile.binding = #tile.binding<input "C">},
                  %A: !s {tile.binding = #tile.binding<output "A">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = math.exp %0 : tensor<16x128xf32>
  %2 = tile.load %C[%c0, %c0] along [0, 1] in_bounds : !s -> tensor<16x16xf32>
  %3 = tile.dot %1, %1 transpose_rhs into %2 : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %4 = tile.dot %0, %1 transpose_rhs into %3 : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  tile.store %4, %A[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, !s
  tile.return
}

// A product of a later pass is added into the whole sum of an earlier one; a sum
// that begins with something is not added up with another.
// CHECK-LABEL: tile.kernel @into_earlier
// CHECK:       %[[SUMS:.*]]:2 = scf.for {{.*}} -> (tensor<16xf32>, tensor<16x16xf32>) {
// CHECK:       %[[C:.*]] = tile.load %{{.*}} -> tensor<16x16xf32>
// CHECK:       scf.for {{.*}} iter_args(%{{.*}} = %[[SUMS]]#1, %{{.*}} = %[[C]]) -> (tensor<16x16xf32>, tensor<16x16xf32>) {
// CHECK-COUNT-2: tile.dot {{.*}} transpose_rhs : tensor<16x64xf32>
// CHECK:       }
// CHECK-NEXT:  arith.addf %{{.*}}#0, %{{.*}}#1 : tensor<16x16xf32>
tile.kernel @into_earlier(%q: !q {tile.binding = #tile.binding<input "q">},
                          %C: !s {tile.binding = #tile.binding<input "C">},
                          %A: !s {tile.binding = #tile.binding<output "A">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = tile.load %C[%c0, %c0] along [0, 1] in_bounds : !s -> tensor<16x16xf32>
  %2 = tile.reduce sum %0 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  %3 = tile.broadcast %2 along [0] : tensor<16xf32> -> tensor<16x128xf32>
  %4 = arith.mulf %0, %3 : tensor<16x128xf32>
  %5 = tile.dot %0, %0 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %6 = tile.dot %4, %4 transpose_rhs into %5 : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %7 = tile.dot %4, %0 transpose_rhs into %1 : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  %8 = arith.addf %6, %7 : tensor<16x16xf32>
  tile.store %8, %A[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, !s
  tile.return
}

// Each kind of reduction starts at what changes nothing. Numbers may be carried.
// CHECK-LABEL: tile.kernel @reductions
// CHECK-DAG:   %[[NONE:.*]] = arith.constant dense<0.000000e+00> : tensor<16xf32>
// CHECK-DAG:   %[[LOW:.*]] = arith.constant dense<0xFF800000> : tensor<16xf32>
// CHECK-DAG:   %[[HIGH:.*]] = arith.constant dense<0x7F800000> : tensor<16xf32>
// CHECK-DAG:   %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<16xf32>
// CHECK:       scf.for {{.*}} iter_args(%[[S:.*]] = %[[NONE]], %[[M:.*]] = %[[LOW]], %[[N:.*]] = %[[HIGH]], %[[P:.*]] = %[[ONE]])
// CHECK:         tile.reduce sum
// CHECK-NEXT:    arith.addf %[[S]],
// CHECK-NEXT:    tile.reduce max
// CHECK-NEXT:    arith.maximumf %[[M]],
// CHECK-NEXT:    tile.reduce min
// CHECK-NEXT:    arith.minimumf %[[N]],
// CHECK-NEXT:    tile.reduce product
// CHECK-NEXT:    arith.mulf %[[P]],
// CHECK-NEXT:    scf.yield
tile.kernel @reductions(%q: !q {tile.binding = #tile.binding<input "q">},
                        %A: memref<4x16xf32> {tile.binding = #tile.binding<output "A">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = tile.reduce sum %0 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  %2 = tile.reduce max %0 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  %3 = tile.reduce min %0 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  %4 = tile.reduce product %0 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  tile.store %1, %A[%c0, %c0] along [1] in_bounds : tensor<16xf32>, memref<4x16xf32>
  tile.store %2, %A[%c1, %c0] along [1] in_bounds : tensor<16xf32>, memref<4x16xf32>
  tile.store %3, %A[%c2, %c0] along [1] in_bounds : tensor<16xf32>, memref<4x16xf32>
  tile.store %4, %A[%c3, %c0] along [1] in_bounds : tensor<16xf32>, memref<4x16xf32>
  tile.return
}

// What is no sum waits for the pass of those who need it, and with it what goes to
// memory: a root of squares is known only then, and nothing is kept meanwhile.
// CHECK-LABEL: tile.kernel @late
// CHECK-NOT:   tile.shared
// CHECK:       scf.for
// CHECK-NOT:   math.exp
// CHECK:         tile.reduce sum
// CHECK:         scf.yield
// CHECK:       math.sqrt
// CHECK:       scf.for
// CHECK:         %[[E:.*]] = math.exp
// CHECK:         tile.store %[[E]]
// CHECK:         tile.dot
// CHECK:         scf.yield
tile.kernel @late(%q: !q {tile.binding = #tile.binding<input "q">},
                  %g: !q {tile.binding = #tile.binding<input "g">},
                  %e: !q {tile.binding = #tile.binding<output "e">},
                  %A: !s {tile.binding = #tile.binding<output "A">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %1 = tile.load %g[%c0, %c0] along [0, 1] in_bounds : !q -> tensor<16x128xf32>
  %2 = math.exp %1 : tensor<16x128xf32>
  tile.store %2, %e[%c0, %c0] along [0, 1] in_bounds : tensor<16x128xf32>, !q
  %3 = arith.mulf %0, %0 : tensor<16x128xf32>
  %4 = tile.reduce sum %3 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
  %5 = math.sqrt %4 : tensor<16xf32>
  %6 = tile.broadcast %5 along [0] : tensor<16xf32> -> tensor<16x128xf32>
  %7 = arith.mulf %6, %0 : tensor<16x128xf32>
  %8 = arith.mulf %7, %2 : tensor<16x128xf32>
  %9 = tile.dot %8, %8 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  tile.store %9, %A[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, !s
  tile.return
}
