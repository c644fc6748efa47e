// RUN: sluice-opt %s --choose-schedule=target=x86-64 | FileCheck %s --check-prefixes=CHECK,V1
// RUN: sluice-opt %s --choose-schedule=target=x86-64-v2 | FileCheck %s --check-prefixes=CHECK,V1
// RUN: sluice-opt %s --choose-schedule=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,V3
// RUN: sluice-opt %s --choose-schedule=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: sluice-opt %s --choose-schedule=target=host --choose-schedule=target=x86-64 | FileCheck %s --check-prefix=TWICE
// RUN: sluice-opt %s --choose-schedule | FileCheck %s --check-prefix=TWICE

// One state, two reads: 2 · 1 + 2 registers a vector of a panel, of 12 or 28. A
// panel of 128 rows of 4 vectors is 8, 16 or 32 KiB, and half of the cache 16.
// CHECK-LABEL: wy.scan @square
// V1-SAME: #wy.schedule<chunk = 4, leaf = 4, target = #wy.cpu_schedule<lanes = 4, panel = 2, block = 4, registers = 16>>
// V3-SAME: #wy.schedule<chunk = 4, leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>
// V4-SAME: #wy.schedule<chunk = 4, leaf = 4, target = #wy.cpu_schedule<lanes = 16, panel = 2, block = 4, registers = 32>>
// TWICE-LABEL: wy.scan @square
// TWICE-SAME: #wy.cpu_schedule<lanes =
wy.scan @square chunk(4) key(128) value(128)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %o = wy.read left %S, %q : tensor<128x128xf32>, tensor<4x128xf32> -> tensor<4x128xf32>
  %p = wy.read left %S, %k : tensor<128x128xf32>, tensor<4x128xf32> -> tensor<4x128xf32>
  wy.yield %S, %o, %p : tensor<128x128xf32>, tensor<4x128xf32>, tensor<4x128xf32>
}

// Reads from the right run along key, so 20 keys are cut and 32 values are a
// panel's rows: no whole panels of 4 or 2 vectors of 4; of 8 or more none at all.
// CHECK-LABEL: wy.scan @right
// V1-SAME: lanes = 4, panel = 1, block = 8
// V3-SAME: lanes = 8, panel = 4, block = 8
// V4-SAME: lanes = 16, panel = 4, block = 8
wy.scan @right chunk(2) key(20) value(32)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %o = wy.read right %S, %v : tensor<20x32xf32>, tensor<2x32xf32> -> tensor<2x20xf32>
  wy.yield %S, %o : tensor<20x32xf32>, tensor<2x20xf32>
}

// The unknowns decide where both sides are read: theirs run along key, where one
// read is.
// CHECK-LABEL: wy.scan @unknowns
// V1-SAME: lanes = 4, panel = 1, block = 1
// V3-SAME: lanes = 8, panel = 4, block = 1
wy.scan @unknowns chunk(64) key(20) value(32)
    v_heads(%v: !delta.vec<value>) qk_heads(%q: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>, p: !delta.vec<value>) {
  %o = wy.read right %S, %v : tensor<20x32xf32>, tensor<64x32xf32> -> tensor<64x20xf32>
  %N = wy.scores rows(%v : tensor<64x32xf32>) columns(%v : tensor<64x32xf32>) ungated -> tensor<64x64xf32>
  %y = wy.solve rhs(%o : tensor<64x20xf32>) scores(%N : tensor<64x64xf32>) terms [[0, 0]] -> tensor<64x20xf32>
  %p = wy.read left %S, %q : tensor<20x32xf32>, tensor<64x20xf32> -> tensor<64x32xf32>
  wy.yield %S, %y, %p : tensor<20x32xf32>, tensor<64x20xf32>, tensor<64x32xf32>
}

// Two states whose reads are only added up: one sum of reads, so 12 / (2 · 2 + 1)
// registers, and two vectors fill 16 values.
// CHECK-LABEL: wy.scan @sum_of_reads
// V3-SAME: lanes = 8, panel = 2, block = 4
wy.scan @sum_of_reads chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.read left %M, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %2 = wy.sum %0, %1 : tensor<4x16xf32>
  wy.yield %S, %M, %2 : tensor<8x16xf32>, tensor<8x16xf32>, tensor<4x16xf32>
}

// One that has a schedule keeps it.
// CHECK-LABEL: wy.scan @kept
// CHECK-SAME: schedule(#wy.schedule<leaf = 8>)
wy.scan @kept chunk(4) key(8) value(16) schedule(#wy.schedule<leaf = 8>)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// A step form has blocks of tokens; K = V = 128 are the options' defaults.
// CHECK-LABEL: delta.recurrence @step
// V1: attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 4, panel = 4, block = 32, registers = 16>>}
// V3: attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 4, block = 32, registers = 16>>}
// V4: attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 16, panel = 2, block = 32, registers = 32>>}
delta.recurrence @step
    qk_heads(%q: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  delta.yield states(%S) outputs(%o)
}
