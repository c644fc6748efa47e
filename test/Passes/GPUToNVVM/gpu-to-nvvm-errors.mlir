// RUN: sluice-opt %s --pass-pipeline='builtin.module(gpu.module(gpu-to-nvvm))' -split-input-file -verify-diagnostics

// MLIR would make a call of it.

gpu.module @kernels {
  gpu.func @root(%x: f32, %p: !llvm.ptr<1>) kernel {
    // expected-error@+1 {{'math.cbrt' op has no instruction in PTX: run approximate-math before gpu-to-nvvm}}
    %0 = math.cbrt %x : f32
    llvm.store %0, %p : f32, !llvm.ptr<1>
    gpu.return
  }
}

// -----

// LLVM has it, and no code for it.

gpu.module @kernels {
  gpu.func @exponential(%x: f32, %p: !llvm.ptr<1>) kernel {
    // expected-error@+1 {{'math.exp' op has no instruction in PTX}}
    %0 = math.exp %x : f32
    llvm.store %0, %p : f32, !llvm.ptr<1>
    gpu.return
  }
}

// -----

// Loops become branches before.

gpu.module @kernels {
  gpu.func @loop(%n: index) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // expected-error@+1 {{failed to legalize operation 'scf.for'}}
    scf.for %i = %c0 to %n step %c1 {
      gpu.barrier
    }
    gpu.return
  }
}
