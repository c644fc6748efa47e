// RUN: sluice-opt %s --tile-allocate-shared | FileCheck %s

// Each has its own place, in the order of the program, rounded up to 16 bytes.
// CHECK-LABEL: tile.kernel @sizes()
// CHECK-SAME:  attributes {tile.shared_bytes = 96 : i64}
// CHECK-NEXT:  tile.shared offset(0) : memref<5xbf16
// CHECK-NEXT:  tile.shared offset(16) : memref<3x5xf32
// CHECK-NEXT:  tile.shared offset(80) : memref<0xf32
// CHECK-NEXT:  tile.shared offset(80) : memref<1xf16
tile.kernel @sizes() warps(1) grid("1") {
  %0 = tile.shared : memref<5xbf16, #gpu.address_space<workgroup>>
  %1 = tile.shared : memref<3x5xf32, #gpu.address_space<workgroup>>
  %2 = tile.shared : memref<0xf32, #gpu.address_space<workgroup>>
  %3 = tile.shared : memref<1xf16, #gpu.address_space<workgroup>>
  tile.return
}

// In loops and branches, too; an offset that is there is chosen anew.
// CHECK-LABEL: tile.kernel @nested
// CHECK:       scf.for
// CHECK-NEXT:    tile.shared offset(0)
// CHECK:       tile.shared offset(32)
tile.kernel @nested(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %T step %c1 {
    %0 = tile.shared : memref<8xf32, #gpu.address_space<workgroup>>
  }
  %1 = tile.shared offset(0) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// CHECK-LABEL: tile.kernel @none()
// CHECK-SAME:  attributes {tile.shared_bytes = 0 : i64}
tile.kernel @none() warps(1) grid("1") {
  tile.return
}
