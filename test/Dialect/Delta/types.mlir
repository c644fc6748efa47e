// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK: func.func private @types(!delta.scalar, !delta.vec<key>, !delta.vec<value>, !delta.state<key, value>)
func.func private @types(!delta.scalar, !delta.vec<key>, !delta.vec<value>,
                         !delta.state<key, value>)
