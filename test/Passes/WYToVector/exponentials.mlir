// RUN: sluice-opt %s --wy-decompose --cse --wy-to-vector --canonicalize --cse | FileCheck %s --implicit-check-not=math.exp --implicit-check-not=arith.subf --implicit-check-not=arith.divf

#cpu = #wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// An exponential is taken of a gate as it comes, one each, or of a sum of gates, for the
// decay of a whole chunk; of nothing else. No number is subtracted or divided by: neither
// a difference of accumulated gates nor the inverse of a decay is there. So gates that are
// at most 0 give factors between 0 and 1, for any scheme and in any place.

// CHECK-LABEL: func.func @key_gate
// CHECK:         %[[G:[0-9]+]] = vector.load {{.*[[:space:]]+.*}} = math.exp %[[G]] : vector<8xf32>
// CHECK:           %[[SUM:.+]] = arith.addf
// CHECK-NEXT:      scf.yield %[[SUM]]
// CHECK-NEXT:    }
// CHECK-NEXT:    math.exp %{{[0-9]+}} : vector<8xf32>
wy.scan @key_gate chunk(32) key(8) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %before = wy.accumulate before log %g : tensor<32x8xf32> -> tensor<32x8xf32>
  %after = wy.accumulate after log %g : tensor<32x8xf32> -> tensor<32x8xf32>
  %all = wy.accumulate all log %g : tensor<32x8xf32> -> tensor<8xf32>
  %qd, %kd = wy.tokens(%b: !delta.vec<key> = %before : tensor<32x8xf32>, %e: !delta.vec<key> = %after : tensor<32x8xf32>, %x: !delta.vec<key> = %q : tensor<32x8xf32>, %y: !delta.vec<key> = %k : tensor<32x8xf32>) -> (tensor<32x8xf32>, tensor<32x8xf32>) {
    %0 = delta.mul %b, %x
    %1 = delta.mul %e, %y
    wy.yield %0, %1 : !delta.vec<key>, !delta.vec<key>
  }
  %r = wy.read left %S, %qd : tensor<8x16xf32>, tensor<32x8xf32> -> tensor<32x16xf32>
  %A = wy.scores rows(%q : tensor<32x8xf32>) columns(%k : tensor<32x8xf32>) gate(log %g : tensor<32x8xf32>) dyadic -> tensor<32x32xf32>
  %w = wy.apply %A, %v : tensor<32x32xf32>, tensor<32x16xf32>
  %o = wy.sum %r, %w : tensor<32x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%all : tensor<8xf32>) writes(%kd, %v : tensor<32x8xf32>, tensor<32x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<32x16xf32>
}

// CHECK-LABEL: func.func @scalar_gate
// CHECK:         %[[G:[0-9]+]] = memref.load {{.*[[:space:]]+.*}} = math.exp %[[G]] : f32
// CHECK:           %[[SUM:.+]] = arith.addf
// CHECK-NEXT:      scf.yield %[[SUM]]
// CHECK-NEXT:    }
// CHECK-NEXT:    math.exp %{{[0-9]+}} : f32
wy.scan @scalar_gate chunk(32) key(8) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %all = wy.accumulate all log %g : tensor<32xf32> -> tensor<f32>
  %A = wy.scores rows(%q : tensor<32x8xf32>) columns(%k : tensor<32x8xf32>) gate(log %g : tensor<32xf32>) after_product -> tensor<32x32xf32>
  %o = wy.apply %A, %v : tensor<32x32xf32>, tensor<32x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%all : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<32x16xf32>
}

// In the system and in what it gives to reads.
// CHECK-LABEL: func.func @value_gate
// CHECK:         %[[G:[0-9]+]] = vector.load {{.*[[:space:]]+.*}} = math.exp %[[G]] : vector<8xf32>
// CHECK:           %[[SUM:.+]] = arith.addf
// CHECK-NEXT:      scf.yield %[[SUM]]
// CHECK-NEXT:    }
// CHECK-NEXT:    math.exp %{{[0-9]+}} : vector<8xf32>
wy.scan @value_gate chunk(32) key(8) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %all = wy.accumulate all log %g : tensor<32x16xf32> -> tensor<16xf32>
  %A = wy.scores rows(%q : tensor<32x8xf32>) columns(%k : tensor<32x8xf32>) ungated -> tensor<32x32xf32>
  %Y = wy.solve rhs(%v : tensor<32x16xf32>) scores(%A : tensor<32x32xf32>) gates [0] (log %g : tensor<32x16xf32>) terms [[0, 0]] -> tensor<32x16xf32>
  %o = wy.apply %A, %Y gate(log %g : tensor<32x16xf32>) : tensor<32x32xf32>, tensor<32x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) value_decays(%all : tensor<16xf32>) writes(%k, %Y : tensor<32x8xf32>, tensor<32x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<32x16xf32>
}

// Factors have no exponentials at all.
// CHECK-LABEL: func.func @factor
wy.scan @factor chunk(32) key(8) value(16) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %f: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %all = wy.accumulate all factor %f : tensor<32x8xf32> -> tensor<8xf32>
  %A = wy.scores rows(%k : tensor<32x8xf32>) columns(%k : tensor<32x8xf32>) gate(factor %f : tensor<32x8xf32>) dyadic -> tensor<32x32xf32>
  %o = wy.apply %A, %v : tensor<32x32xf32>, tensor<32x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%all : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<32x16xf32>
}
