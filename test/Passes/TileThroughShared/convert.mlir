// RUN: sluice-opt %s --tile-through-shared | FileCheck %s

#all = #tile.layout<register = [[1], [2], [4], [8], [16], [32]], lane = [[0], [0], [0], [0], [0]], warp = []>
#backwards = #tile.layout<register = [[32], [16], [8], [4], [2], [1]], lane = [[0], [0], [0], [0], [0]], warp = []>
#spread = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>
#twice = #tile.layout<register = [[32], [64]], lane = [[1], [2], [4], [8], [16]], warp = []>
#turned = #tile.layout<register = [[33]], lane = [[1], [2], [4], [8], [16]], warp = []>
#rows = #tile.layout<register = [[0, 1], [0, 2]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = []>
#columns = #tile.layout<register = [[0, 2], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = []>

// Elements that change threads are stored and loaded, whatever they are.
// CHECK-LABEL: tile.kernel @threads
// CHECK:       %[[X:.*]] = tile.load
// CHECK-NEXT:  %[[M:.*]] = tile.shared : memref<60xbf16, #gpu.address_space<workgroup>>
// CHECK-NEXT:  %[[I:.*]] = arith.constant 0 : index
// CHECK-NEXT:  tile.store %[[X]], %[[M]][%[[I]]] along [0] in_bounds : tensor<60xbf16, #[[A:.*]]>, memref<60xbf16
// CHECK-NEXT:  %[[Y:.*]] = tile.load %[[M]][%[[I]]] along [0] in_bounds : {{.*}} -> tensor<60xbf16, #[[B:.*]]>
// CHECK-NEXT:  tile.store %[[Y]], {{.*}} : tensor<60xbf16, #[[B]]>
tile.kernel @threads(%x: memref<60xbf16> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<60xbf16> -> tensor<60xbf16, #spread>
  %1 = tile.convert %0 : tensor<60xbf16, #spread> -> tensor<60xbf16, #all>
  tile.store %1, %x[%c0] along [0] : tensor<60xbf16, #all>, memref<60xbf16>
  tile.return
}

// Each thread has what it needs, under other numbers.
// CHECK-LABEL: tile.kernel @registers
// CHECK-NOT:   tile.shared
// CHECK:       tile.convert
// CHECK:       tile.return
tile.kernel @registers(%x: memref<32x4xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<32x4xf32> -> tensor<32x4xf32, #rows>
  %1 = tile.convert %0 : tensor<32x4xf32, #rows> -> tensor<32x4xf32, #columns>
  tile.store %1, %x[%c0, %c0] along [0, 1] : tensor<32x4xf32, #columns>, memref<32x4xf32>
  tile.return
}

// Lanes alone do not tell: register 1 of lane 0 is element 32, and then 33, which
// is one shuffle away. Of a layout that covers more each thread has what exists.
// CHECK-LABEL: tile.kernel @not_only_registers
// CHECK-NOT:   tile.shared
// CHECK-COUNT-2: tile.convert
// CHECK:       tile.return
tile.kernel @not_only_registers(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #turned>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #turned>, memref<64xf32>
  %2 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #twice>
  tile.store %2, %x[%c0] along [0] : tensor<64xf32, #twice>, memref<64xf32>
  tile.return
}

// What one conversion has brought to a thread the next one takes from there.
// CHECK-LABEL: tile.kernel @share
// CHECK:       %[[M:.*]] = tile.shared
// CHECK-NOT:   tile.shared
// CHECK:       %[[Y:.*]] = tile.load %[[M]]
// CHECK-NOT:   tile.load
// CHECK:       tile.convert %[[Y]]
// CHECK:       tile.return
tile.kernel @share(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  %2 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #backwards>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.store %2, %x[%c0] along [0] : tensor<64xf32, #backwards>, memref<64xf32>
  tile.return
}
