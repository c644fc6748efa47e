// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

// All kernels, and the shared memory of all, in one module. Memory becomes a
// pointer and the strides of all axes but the last; the rest stays what it is.
// CHECK:       gpu.module @kernels {
// CHECK-NEXT:    llvm.mlir.global external @shared$() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
// CHECK-NEXT:    gpu.func @arguments(
// CHECK-SAME:      %arg0: !llvm.ptr<1>, %arg1: index, %arg2: index, %arg3: index,
// CHECK-SAME:      %arg4: !llvm.ptr<1>, %arg5: index, %arg6: f32) kernel
// CHECK-SAME:      attributes {known_block_size = array<i32: 128, 1, 1>, nvvm.minctasm = 2 : i32}
// CHECK-NEXT:      gpu.return
tile.kernel @arguments(%x: memref<?x?x?x8xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">},
                       %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                       %T: index {tile.binding = #tile.binding<size "T">},
                       %scale: f32 {tile.binding = #tile.binding<scale>}) warps(4) ctas(2) grid("1") {
  tile.return
}

// CHECK:       gpu.func @largest() kernel attributes {known_block_size = array<i32: 1024, 1, 1>, nvvm.minctasm = 1 : i32}
tile.kernel @largest() warps(32) grid("1") {
  tile.return
}

// Buffers are places in the one array.
// CHECK:       gpu.func @buffers
// CHECK:         %[[S:.*]] = llvm.mlir.addressof @shared$ : !llvm.ptr<3>
// CHECK:         %[[A:.*]] = llvm.getelementptr %[[S]][512] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
// CHECK:         llvm.load %[[A]]{{.*}} : !llvm.ptr<3> -> f32
tile.kernel @buffers(%x: memref<8xf32> {tile.binding = #tile.binding<output "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared offset(512) : memref<8xf32, #gpu.address_space<workgroup>>
  %1 = tile.load %0[%c0] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32
  tile.store %1, %x[%c0] along [] : f32, memref<8xf32>
  tile.return
}
// A kernel's name is not that of the array.
// CHECK:       gpu.func @shared() kernel
tile.kernel @shared() warps(1) grid("1") {
  tile.return
}

// CHECK:       gpu.func @kernels() kernel
tile.kernel @kernels() warps(1) grid("1") {
  tile.return
}
// CHECK-NOT:   tile.
