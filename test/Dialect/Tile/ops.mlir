// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s
// RUN: sluice-opt %s | FileCheck %s --strict-whitespace --check-prefix=BLANK

!rows = memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>>
!states = memref<?x?x8x16xf32, strided<[?, ?, 16, 1]>>
!buffer = memref<4x32xf32, #gpu.address_space<workgroup>>

// CHECK-LABEL: tile.kernel @memory
tile.kernel @memory(%x: !rows {tile.binding = #tile.binding<input "x">},
                    %S: !states {tile.binding = #tile.binding<final "S">},
                    %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                    %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // CHECK: %{{.*}}, %[[BEGIN:.*]], %{{.*}} = tile.sequence %{{.*}} of %{{.*}} tokens(%{{.*}}){{$}}
  %row, %begin, %end = tile.sequence %c0 of %starts tokens(%T)
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} = tile.piece %{{.*}} of %{{.*}} tokens(%{{.*}}) sequences(%{{.*}}) size(16){{$}}
  %n, %r, %b, %e, %last = tile.piece %c0 of %starts tokens(%T) sequences(%T) size(16)
  // CHECK: tile.is_present %{{.*}} : memref<?x?x8x16xf32, strided<[?, ?, 16, 1]>>{{$}}
  %there = tile.is_present %S : !states
  // CHECK: tile.shared : memref<4x32xf32, #gpu.address_space<workgroup>>{{$}}
  %b0 = tile.shared : !buffer
  // CHECK: tile.shared offset(512) : memref<4x32xf32, #gpu.address_space<workgroup>>{{$}}
  %b1 = tile.shared offset(512) : !buffer

  // A vector, a matrix along two axes, one number.
  // CHECK: tile.load %{{.*}}[%{{.*}}, %[[BEGIN]], %{{.*}}, %{{.*}}] along [3] : memref<{{.*}}> -> tensor<64xbf16>{{$}}
  %0 = tile.load %x[%row, %begin, %c0, %c0] along [3] : !rows -> tensor<64xbf16>
  // CHECK: tile.load {{.*}} along [1, 3] valid(%{{.*}}) : memref<{{.*}}> -> tensor<16x100xbf16>{{$}}
  %1 = tile.load %x[%row, %begin, %c0, %c0] along [1, 3] valid(%end) : !rows -> tensor<16x100xbf16>
  // CHECK: tile.load {{.*}} along [] : memref<{{.*}}> -> bf16{{$}}
  %2 = tile.load %x[%row, %begin, %c0, %c0] along [] : !rows -> bf16
  // CHECK: tile.load {{.*}} along [2, 3] in_bounds : memref<{{.*}}> -> tensor<8x16xf32>{{$}}
  %3 = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] in_bounds : !states -> tensor<8x16xf32>

  // CHECK: tile.store %{{.*}}, %{{.*}}[{{.*}}] along [2, 3] valid(%{{.*}}) in_bounds {test.note} : tensor<8x16xf32>, memref<{{.*}}>{{$}}
  tile.store %3, %S[%c0, %c0, %c0, %c0] along [2, 3] valid(%end) in_bounds {test.note} : tensor<8x16xf32>, !states
  // CHECK: tile.store %{{.*}}, %{{.*}}[{{.*}}] along [] : f32, memref<{{.*}}>{{$}}
  %4 = arith.constant 1.0 : f32
  tile.store %4, %b0[%c0, %c0] along [] : f32, !buffer
  tile.return
}

// CHECK-LABEL: tile.kernel @tensors
tile.kernel @tensors(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // CHECK: tile.broadcast %{{.*}} along [] : f32 -> tensor<8xf32>{{$}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<8xf32>
  // CHECK: tile.broadcast %{{.*}} along [0] : tensor<8xf32> -> tensor<8x4xf32>{{$}}
  %1 = tile.broadcast %0 along [0] : tensor<8xf32> -> tensor<8x4xf32>
  // CHECK: tile.broadcast %{{.*}} along [0, 2] : tensor<8x4xf32> -> tensor<8x3x4xf32>{{$}}
  %2 = tile.broadcast %1 along [0, 2] : tensor<8x4xf32> -> tensor<8x3x4xf32>
  // CHECK: tile.reduce sum %{{.*}} axis(1) : tensor<8x3x4xf32> -> tensor<8x4xf32>{{$}}
  %3 = tile.reduce sum %2 axis(1) : tensor<8x3x4xf32> -> tensor<8x4xf32>
  // CHECK: tile.reduce max %{{.*}} axis(1) : tensor<8x4xf32> -> tensor<8xf32>{{$}}
  // BLANK: = tile.reduce max %
  %4 = tile.reduce max %3 axis(1) : tensor<8x4xf32> -> tensor<8xf32>
  // CHECK: tile.reduce min %{{.*}} axis(0) : tensor<8xf32> -> f32{{$}}
  %5 = tile.reduce min %4 axis(0) : tensor<8xf32> -> f32
  tile.return
}

#rows = #tile.layout<register = [[0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = [[0, 2], [32, 0]]>
#row = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[0], [32]]>
#apart = #tile.layout<register = [], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = [[0, 1], [32, 0]]>
#columns = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = [[0], [0]]>

// Layouts follow: what is repeated or reduced stays where it is held.
// CHECK-LABEL: tile.kernel @layouts
tile.kernel @layouts(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(4) grid("1") {
  %0 = tile.broadcast %scale along [] : f32 -> tensor<64xf32, #row>
  // CHECK: tile.broadcast %{{.*}} along [0] : tensor<64xf32, #{{.*}}> -> tensor<64x4xf32, #{{.*}}>
  %1 = tile.broadcast %0 along [0] : tensor<64xf32, #row> -> tensor<64x4xf32, #rows>
  %2 = tile.reduce sum %1 axis(1) : tensor<64x4xf32, #rows> -> tensor<64xf32, #row>
  // Warps 0 and 1 hold columns that differ, warps 0 and 2 rows: one axis of 2 counts.
  // CHECK: tile.reduce sum %{{.*}} axis(1) by_warp : tensor<64x4xf32, #{{.*}}> -> tensor<64x2xf32, #{{.*}}>
  %3 = tile.reduce sum %1 axis(1) by_warp : tensor<64x4xf32, #rows> -> tensor<64x2xf32, #apart>
  // CHECK: tile.convert %{{.*}} : tensor<64xf32, #{{.*}}> -> tensor<64xf32, #{{.*}}>
  %4 = tile.convert %2 : tensor<64xf32, #row> -> tensor<64xf32, #columns>
  tile.return
}
