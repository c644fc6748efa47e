//===- TileToGPU.td - kernels as code of a thread ----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILETOGPU
#define SLUICE_PASSES_TILETOGPU

include "mlir/Pass/PassBase.td"

def TileToGPU : Pass<"tile-to-gpu", "::mlir::ModuleOp"> {
  let summary = "lower kernels to what one thread does";
  let description = [{
    Every `tile.kernel` becomes a `gpu.func`, all of them in one `gpu.module`,
    `@kernels`. A tensor becomes its thread's elements, one value for each
    register of its layout, and operations on tensors become as many on numbers.
    `tile.load` and `tile.store` move up to 16 bytes of elements that follow one
    another at a time; elements that do not exist are not touched; of threads that
    hold the same element one stores it, in its CTA's memory and, if that is
    `multicast`, at what `nvvm.mapa` makes of its address for each other CTA of the
    cluster. A fragment of 16-bit elements is loaded from
    shared memory by `nvvm.ldmatrix` where its rows of 8 elements lie at multiples of
    16 bytes and all of them exist. Two f32 in registers that follow one another are
    rounded to 16 bits together. `tile.reduce` adds up the registers in
    their order, then by `gpu.shuffle` the lanes. `tile.convert` renames registers, or is
    rounds of `gpu.shuffle`. `tile.inverse` is unrolled: an
    entry of the operand comes by `gpu.shuffle` from the lane that has its column.

    `tile.copy` becomes `cp.async` of up to 16 bytes, 4 at least. Warps of
    a `tile.role` take a branch of their own; a `tile.ring` becomes two mbarriers for
    each slot, at which lane 0 of a warp arrives for it and all lanes wait: in a
    loop, and asleep where `target` has `mbarrier.try_wait`. Roles get the registers
    that they are to have where `target` has `setmaxnreg`.

    Arguments become, in order: memory a pointer and the stride of every axis but
    the last, in elements; everything else itself. A pointer of 0 stands for
    memory that is not there. Addresses and strides are multiples of 16 bytes, or
    of the greatest power of two that divides the bytes of a row, if that is less.

    **Needs** `tile-through-shared`, `tile-allocate-shared` and
    `tile-insert-barriers`. **Guarantees** that no operation of `tile` and no tensor
    is left. Fails where a layout's bits overlap along an axis, where rows that are copied start at no multiple of 4 bytes, and at products whose
    tensors are not held as `mma.m16n8k16` has them.

    This input

    ```mlir
    tile.kernel @f(%x: memref<?x64xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                   %y: memref<?x64xf32, strided<[?, 1]>> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
      %c0 = arith.constant 0 : index
      %0 = tile.load %x[%c0, %c0] along [1] : memref<?x64xf32, strided<[?, 1]>> -> tensor<64xf32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>
      %1 = math.absf %0 : tensor<64xf32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>
      tile.store %1, %y[%c0, %c0] along [1] : tensor<64xf32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>, memref<?x64xf32, strided<[?, 1]>>
      tile.return
    }
    ```

    becomes

    ```mlir
    gpu.module @kernels {
    …
    gpu.func @f(%arg0: !llvm.ptr<1>, %arg1: index, %arg2: !llvm.ptr<1>, %arg3: index) kernel
    …
    llvm.load … -> vector<2xf32>
    …
    math.absf … : f32
    …
    math.absf … : f32
    …
    llvm.store
    …
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"",
           "the GPU; without one what any has">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

#endif // SLUICE_PASSES_TILETOGPU
