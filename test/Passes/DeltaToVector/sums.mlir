// RUN: sluice-opt %s --sluice-cpu='key-dim=16 value-dim=32 target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>"' | FileCheck %s --implicit-check-not="vector.reduction"

// Sums of lanes may be taken in any order, so in halves instead of one by one.

// CHECK-LABEL: func.func @dot
// CHECK:         vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<8xf32> into f32
delta.recurrence @dot
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (d: !delta.scalar) {
  %d = delta.dot %q, %k
  delta.yield states(%S) outputs(%d)
}

// An element of a read from the right.
// CHECK-LABEL: func.func @right
// CHECK-COUNT-2: vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<8xf32> into f32
delta.recurrence @right
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %o = delta.read %S, %v
  delta.yield states(%S) outputs(%o)
}
