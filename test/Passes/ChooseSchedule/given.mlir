// RUN: sluice-opt %s --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<leaf = 2, solve = inverse, target = #wy.cpu_schedule<lanes = 4, panel = 3, block = 1, registers = 12>>"' | FileCheck %s

// What is given is written instead of the default.
// CHECK: wy.scan @scan
// CHECK-SAME: schedule(#wy.schedule<leaf = 2, solve = inverse, target = #wy.cpu_schedule<lanes = 4, panel = 3, block = 1, registers = 12>>)
wy.scan @scan chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}
