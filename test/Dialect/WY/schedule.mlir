// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// A default is not printed, whether it is given or not, in whatever order.
// CHECK: wy.scan @defaults chunk(4) key(8) value(16) schedule(#wy.schedule<>){{$}}
wy.scan @defaults chunk(4) key(8) value(16)
    schedule(#wy.schedule<storage = f32, leaf = 1, scheme = pairwise,
                          placement = one_kernel, solve = substitution, w_form = automatic>)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// CHECK: wy.scan @everything
// CHECK-SAME: #wy.schedule<chunk = 4, leaf = 16, scheme = shifted, solve = inverse, solve_leaf = 8, w_form = not_formed
// CHECK-SAME: precision = <scores = tf32, apply = bf16, solve = bf16x3, read = bf16x2, outputs = f16>, storage = bf16
// CHECK-SAME: placement = segments, segment = 1024>
wy.scan @everything chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, leaf = 16, scheme = shifted, solve = inverse, solve_leaf = 8, w_form = not_formed,
                          precision = <scores = tf32, apply = bf16, solve = bf16x3, read = bf16x2, update = f32, outputs = f16>,
                          storage = bf16, placement = segments, segment = 1024>)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// The part of a target, and attributes beside the schedule.
// CHECK: wy.scan @processor
// CHECK-SAME: schedule(#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
// CHECK-NEXT: attributes {test.note}
#cpu = #wy.schedule<precision = <update = f32>, target = #wy.cpu_schedule<registers = 16, block = 4, panel = 2, lanes = 8>>
wy.scan @processor chunk(4) key(8) value(16) schedule(#cpu)
    state(%S: !delta.state<key, value>) -> () attributes {test.note} {
  wy.yield %S : tensor<8x16xf32>
}

// CHECK: wy.scan @none chunk(4) key(8) value(16){{$}}
wy.scan @none chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// CHECK: delta.recurrence @step
// CHECK: attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>}
delta.recurrence @step
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>} {
  delta.yield states(%S) outputs()
}

// CHECK: delta.recurrence @on_a_gpu
// CHECK: attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 4, value_block = 64>>}
delta.recurrence @on_a_gpu
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<value_block = 64, warps = 4>>} {
  delta.yield states(%S) outputs()
}
