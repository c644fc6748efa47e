//===- GPUToNVVM.td - code of a thread as LLVM's -----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_GPUTONVVM
#define SLUICE_PASSES_GPUTONVVM

include "mlir/Pass/PassBase.td"

def GPUToNVVM : Pass<"gpu-to-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "lower a GPU's kernels to the llvm and nvvm dialects";
  let description = [{
    MLIR's own patterns for `gpu`, `arith`, `math` and `cf`, in one conversion.
    Unlike MLIR's `convert-gpu-to-nvvm` it makes what PTX has instructions for
    (square roots, magnitudes, sums of products) of `math` operations, and no
    calls of a library that is not there.

    **Needs** `approximate-math` and control flow in branches. **Guarantees** that
    only operations of `llvm` and `nvvm` are left. Fails at other operations of
    `math`.

    This input

    ```mlir
    gpu.module @kernels {
      gpu.func @f(%x: f32, %p: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
        %0 = math.absf %x : f32
        %t = gpu.thread_id x
        %i = arith.index_cast %t : index to i64
        %q = llvm.getelementptr %p[%i] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
        llvm.store %0, %q : f32, !llvm.ptr<1>
        gpu.return
      }
    }
    ```

    becomes

    ```mlir
    gpu.module @kernels {
      llvm.func @f(
    …
    llvm.intr.fabs
    …
    nvvm.read.ptx.sreg.tid.x
    …
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

#endif // SLUICE_PASSES_GPUTONVVM
