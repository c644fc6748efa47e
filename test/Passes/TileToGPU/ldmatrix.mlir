// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

#lhs = #tile.layout<register = [[0, 1], [8, 0], [0, 8], [0, 16]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[0, 0]]>
#rhs = #tile.layout<register = [[1, 0], [8, 0], [0, 8]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = [[0, 16]]>
#turned = #tile.layout<register = [[8, 0], [0, 8], [1, 0]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
#two = #tile.layout<register = [[0, 1], [0, 8]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#one = #tile.layout<register = [[0, 1]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#accumulator = #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#turned_accumulator = #tile.layout<register = [[0, 1], [0, 8], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#lanes = #tile.layout<register = [[8, 0], [0, 8], [4, 0]], lane = [[1, 0], [2, 0], [0, 2], [0, 1], [0, 4]], warp = []>
#apart = #tile.layout<register = [[8, 0], [0, 8], [4, 0]], lane = [[1, 0], [2, 0], [0, 1], [0, 2], [0, 4]], warp = []>

// A left operand as it lies: lanes 0 to 7 give rows 0 to 7 of the first piece,
// the next eight those of the piece 8 rows below, the others those of the pieces
// 8 columns on. The second instruction loads the next 16 columns.
// CHECK-LABEL: gpu.func @left
// CHECK:         %[[S:.*]] = llvm.getelementptr %{{.*}}[64]
// CHECK:         %[[T:.*]] = gpu.thread_id  x
// CHECK:         %[[R:.*]] = arith.andi %[[T]], %{{c15.*}} : index
// CHECK:         arith.muli %{{.*}}, %{{c40.*}}
// CHECK:         %[[Q:.*]] = arith.shrui %{{.*}}, %{{c4.*}}
// CHECK:         %[[C:.*]] = arith.andi %[[Q]], %{{c1.*}} : index
// CHECK:         arith.muli %[[C]], %{{c8.*}}
// CHECK:         %[[W:.*]] = nvvm.ldmatrix %[[P:[^ ]*]] {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>} : (!llvm.ptr<3>) -> !llvm.struct<(i32, i32, i32, i32)>
// CHECK:         llvm.extractvalue %[[W]][0]
// CHECK:         %[[NEXT:.*]] = llvm.getelementptr %[[P]][16]
// CHECK:         nvvm.ldmatrix %[[NEXT]] {{.*}}row>, num = 4
// CHECK-NOT:     llvm.load
// CHECK:         gpu.return
tile.kernel @left() warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared offset(64) : memref<16x40xbf16, #gpu.address_space<workgroup>>
  %0 = tile.load %s[%c0, %c0] along [0, 1] in_bounds : memref<16x40xbf16, #gpu.address_space<workgroup>> -> tensor<16x32xbf16, #lhs>
  tile.return
}

// A right operand, whose pairs run down the rows of the memory; and in another
// order of registers, where the pair's is the third bit: the first two registers
// are of two pieces.
// CHECK-LABEL: gpu.func @right
// CHECK:         %[[W:.*]] = nvvm.ldmatrix %{{.*}} {{.*}}col>, num = 4
// CHECK-NOT:     llvm.load
// CHECK:         %[[V:.*]] = nvvm.ldmatrix %{{.*}} {{.*}}col>, num = 4
// CHECK:         %[[A:.*]] = llvm.extractvalue %[[V]][0]
// CHECK:         %[[B:.*]] = llvm.extractvalue %[[V]][1]
// CHECK:         %[[C:.*]] = llvm.extractvalue %[[V]][2]
// CHECK:         %[[D:.*]] = llvm.extractvalue %[[V]][3]
// CHECK:         %[[AA:.*]] = llvm.bitcast %[[A]] : i32 to vector<2xf16>
// CHECK:         %[[A0:.*]] = llvm.extractelement %[[AA]][%{{.*}}]
// CHECK:         %[[A1:.*]] = llvm.extractelement %[[AA]][%{{.*}}]
// CHECK:         %[[BB:.*]] = llvm.bitcast %[[B]]
// CHECK:         %[[B0:.*]] = llvm.extractelement %[[BB]][%{{.*}}]
// CHECK:         arith.addf %[[A0]], %[[A0]]
// CHECK:         arith.addf %[[B0]], %[[B0]]
tile.kernel @right() warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared offset(0) : memref<16x32xf16, #gpu.address_space<workgroup>>
  %0 = tile.load %s[%c0, %c0] along [0, 1] in_bounds : memref<16x32xf16, #gpu.address_space<workgroup>> -> tensor<16x32xf16, #rhs>
  tile.return
}
tile.kernel @turned() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared offset(0) : memref<16x32xf16, #gpu.address_space<workgroup>>
  %0 = tile.load %s[%c0, %c0] along [0, 1] in_bounds : memref<16x32xf16, #gpu.address_space<workgroup>> -> tensor<16x16xf16, #turned>
  %1 = arith.addf %0, %0 : tensor<16x16xf16, #turned>
  tile.return
}

// Fewer pieces. A tensor that runs the other way along the memory is transposed
// by the same rule. Of columns it is enough that they begin at a multiple of 8.
// CHECK-LABEL: gpu.func @few
// CHECK:         nvvm.ldmatrix %{{.*}} {{.*}}row>, num = 2 {{.*}} -> !llvm.struct<(i32, i32)>
// CHECK:         nvvm.ldmatrix %{{.*}} {{.*}}row>, num = 1 {{.*}} -> i32
// CHECK:         nvvm.ldmatrix %{{.*}} {{.*}}col>, num = 4
// CHECK:         nvvm.ldmatrix %{{.*}} {{.*}}row>, num = 1
// CHECK:         nvvm.ldmatrix %{{.*}} {{.*}}row>, num = 1
// CHECK-NOT:     llvm.load
// CHECK:         gpu.return
tile.kernel @few(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %s = tile.shared offset(0) : memref<3x16x32xbf16, #gpu.address_space<workgroup>>
  %0 = tile.load %s[%T, %T, %c0] along [1, 2] in_bounds : memref<3x16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x16xbf16, #two>
  %1 = tile.load %s[%c0, %c8, %c8] along [1, 2] : memref<3x16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %2 = tile.load %s[%c0, %c0, %c0] along [2, 1] : memref<3x16x32xbf16, #gpu.address_space<workgroup>> -> tensor<16x16xbf16, #turned_accumulator>
  %t8 = arith.muli %T, %c8 : index
  %3 = tile.load %s[%c0, %c0, %t8] along [1, 2] in_bounds : memref<3x16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %past = arith.addi %t8, %c8 : index
  %4 = tile.load %s[%c0, %c0, %past] along [1, 2] in_bounds : memref<3x16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  tile.return
}

// What is no matrix of 16-byte rows is loaded by each lane: elements of another
// size, rows or columns that begin elsewhere, rows that may not
// exist, a tensor smaller than its layout, lanes that hold anything else.
// CHECK-LABEL: gpu.func @lane_by_lane
// CHECK-NOT:     nvvm.ldmatrix
// CHECK:         gpu.return
tile.kernel @lane_by_lane(%T: index {tile.binding = #tile.binding<size "T">},
                          %x: memref<16x32xbf16> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %f = tile.shared offset(0) : memref<16x32xf32, #gpu.address_space<workgroup>>
  %0 = tile.load %f[%c0, %c0] along [0, 1] in_bounds : memref<16x32xf32, #gpu.address_space<workgroup>> -> tensor<8x8xf32, #one>
  %p = tile.shared offset(0) : memref<16x36xbf16, #gpu.address_space<workgroup>>
  %1 = tile.load %p[%c0, %c0] along [0, 1] in_bounds : memref<16x36xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %s = tile.shared offset(0) : memref<16x32xbf16, #gpu.address_space<workgroup>>
  %3 = tile.load %s[%c0, %c4] along [0, 1] in_bounds : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %4 = tile.load %s[%c0, %T] along [0, 1] in_bounds : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %5 = tile.load %s[%T, %c0] along [0, 1] : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %6 = tile.load %s[%c0, %c0] along [0, 1] valid(%T) in_bounds : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<8x8xbf16, #one>
  %7 = tile.load %s[%c0, %c0] along [0, 1] in_bounds : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<16x7xbf16, #accumulator>
  %8 = tile.load %s[%c0, %c0] along [0, 1] in_bounds : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<16x16xbf16, #lanes>
  %9 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<16x32xbf16> -> tensor<8x8xbf16, #one>
  tile.return
}

// Two rows that a lane has need not be neighbours: another lane says where each
// is.
// CHECK-LABEL: gpu.func @rows_apart
// CHECK:         nvvm.ldmatrix %{{.*}} {{.*}}col>, num = 4
// CHECK-NOT:     llvm.load
// CHECK:         gpu.return
tile.kernel @rows_apart() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared offset(0) : memref<16x32xbf16, #gpu.address_space<workgroup>>
  %0 = tile.load %s[%c0, %c0] along [0, 1] in_bounds : memref<16x32xbf16, #gpu.address_space<workgroup>> -> tensor<16x16xbf16, #apart>
  tile.return
}
