// RUN: sluice-opt %s --pass-pipeline='builtin.module(gpu.module(gpu-to-nvvm))' | FileCheck %s

// What PTX has instructions for, and no calls of a library that is not there.
// CHECK-LABEL: llvm.func @maths
// CHECK-SAME:    nvvm.kernel
// CHECK:         llvm.intr.sqrt
// CHECK:         llvm.intr.fabs
// CHECK:         llvm.intr.fma
// CHECK:         llvm.intr.maximum
// CHECK:         llvm.intr.copysign
// CHECK:         llvm.fptrunc %{{.*}} : f32 to bf16
// CHECK-NOT:     llvm.call
gpu.module @kernels {
  gpu.func @maths(%x: f32, %p: !llvm.ptr<1>) kernel {
    %0 = math.sqrt %x : f32
    %1 = math.absf %0 : f32
    %2 = math.fma %0, %1, %x : f32
    %3 = arith.maximumf %2, %x : f32
    %4 = math.copysign %3, %x : f32
    %5 = arith.truncf %4 : f32 to bf16
    llvm.store %5, %p : bf16, !llvm.ptr<1>
    gpu.return
  }

  // Who a thread is, what it hands to others, where it waits.
  // CHECK-LABEL: llvm.func @threads
  // CHECK-SAME:    nvvm.maxntid = array<i32: 64, 1, 1>, nvvm.minctasm = 2
  // CHECK:         nvvm.read.ptx.sreg.tid.x range <i32, 0, 64>
  // CHECK:         nvvm.read.ptx.sreg.ctaid.x
  // CHECK:         nvvm.shfl.sync bfly
  // CHECK:         nvvm.barrier
  gpu.func @threads(%x: f32, %p: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, nvvm.minctasm = 2 : i32} {
    %t = gpu.thread_id x
    %b = gpu.block_id x
    %c1 = arith.constant 1 : i32
    %c32 = arith.constant 32 : i32
    %0, %1 = gpu.shuffle xor %x, %c1, %c32 : f32
    gpu.barrier
    %i = arith.addi %t, %b : index
    %j = arith.index_cast %i : index to i64
    %q = llvm.getelementptr %p[%j] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
    llvm.store %0, %q : f32, !llvm.ptr<1>
    gpu.return
  }

  // Numbers of 64 bits, branches.
  // CHECK-LABEL: llvm.func @branches(%{{.*}}: i64
  // CHECK:         llvm.br
  // CHECK:         llvm.icmp "slt" %{{.*}}, %{{.*}} : i64
  // CHECK:         llvm.cond_br
  gpu.func @branches(%n: index) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    cf.br ^head(%c0 : index)
  ^head(%i: index):
    %more = arith.cmpi slt, %i, %n : index
    cf.cond_br %more, ^body, ^end
  ^body:
    %next = arith.addi %i, %c1 : index
    cf.br ^head(%next : index)
  ^end:
    gpu.return
  }
}
