// RUN: sluice-opt %s --wy-to-vector --canonicalize --cse | FileCheck %s

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// In the contracted loop functions are taken of zeros where there is nothing: past the
// last key (K = 5), and in rows of tokens that a short chunk does not have. What is not
// zero then is masked before scores or states see it.

// CHECK-LABEL: func.func @shifted
// CHECK:         %[[LANES:.+]] = vector.constant_mask [5] : vector<8xi1>
// CHECK:         %[[X0:.+]] = arith.addf %{{.+}}, %cst{{.*}} : vector<8xf32>
// Nor do absent elements count in a sum.
// CHECK:         %[[D0:.+]] = vector.fma %[[X0]],
// CHECK-NEXT:    %[[DOT:.+]] = arith.select %[[LANES]], %[[D0]],
// CHECK-NEXT:    arith.select %[[LANES]], %[[X0]], %cst
// CHECK:         %[[HAS1:.+]] = arith.cmpi sgt, %{{.+}}, %c1 : index
// CHECK:         %[[X1:.+]] = arith.addf
// CHECK:         %[[ROW1:.+]] = arith.select %[[HAS1]], %[[X1]], %cst
// CHECK-NEXT:    arith.select %[[LANES]], %[[ROW1]], %cst
// CHECK:         vector.reduction <add>, %[[DOT]]
wy.scan @shifted chunk(4) key(5) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %k1, %d = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x5xf32>, %y: !delta.vec<key> = %q : tensor<4x5xf32>) -> (tensor<4x5xf32>, tensor<4xf32>) {
    %one = delta.constant 1.0
    %0 = delta.add %x, %one
    %1 = delta.dot %0, %y
    wy.yield %0, %1 : !delta.vec<key>, !delta.scalar
  }
  %A = wy.scores rows(%q : tensor<4x5xf32>) columns(%k1 : tensor<4x5xf32>) diagonal(%d : tensor<4xf32>) ungated -> tensor<4x4xf32>
  %o = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<5x16xf32>) writes(%k1, %v : tensor<4x5xf32>, tensor<4x16xf32>) -> tensor<5x16xf32>
  wy.yield %S1, %o : tensor<5x16xf32>, tensor<4x16xf32>
}

// A product with a zero is zero if the other factor is finite: k log|k| is not.
// CHECK-LABEL: func.func @singular
// CHECK:         %[[LANES:.+]] = vector.constant_mask [5] : vector<8xi1>
// CHECK:         %[[LOG:.+]] = math.log
// CHECK-NEXT:    %[[X0:.+]] = arith.mulf %{{.+}}, %[[LOG]]
// CHECK-NEXT:    arith.select %[[LANES]], %[[X0]], %cst
wy.scan @singular chunk(4) key(5) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %x = wy.tokens(%k0: !delta.vec<key> = %k : tensor<4x5xf32>) -> tensor<4x5xf32> {
    %0 = delta.abs %k0
    %1 = delta.log %0
    %2 = delta.mul %k0, %1
    wy.yield %2 : !delta.vec<key>
  }
  %A = wy.scores rows(%q : tensor<4x5xf32>) columns(%x : tensor<4x5xf32>) ungated -> tensor<4x4xf32>
  %o = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<5x16xf32>) writes(%x, %v : tensor<4x5xf32>, tensor<4x16xf32>) -> tensor<5x16xf32>
  wy.yield %S1, %o : tensor<5x16xf32>, tensor<4x16xf32>
}

// A token's scalar is there in every element: b e^k is not zero past the last key.
// CHECK-LABEL: func.func @spread
// CHECK:         %[[LANES:.+]] = vector.constant_mask [5] : vector<8xi1>
// CHECK:         %[[EXP:.+]] = math.exp
// CHECK-NEXT:    %[[X0:.+]] = arith.mulf %{{.+}}, %[[EXP]]
// CHECK-NEXT:    arith.select %[[LANES]], %[[X0]], %cst
wy.scan @spread chunk(4) key(5) value(16) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %x = wy.tokens(%b0: !delta.scalar = %b : tensor<4xf32>, %k0: !delta.vec<key> = %k : tensor<4x5xf32>) -> tensor<4x5xf32> {
    %0 = delta.exp %k0
    %1 = delta.mul %b0, %0
    wy.yield %1 : !delta.vec<key>
  }
  %A = wy.scores rows(%x : tensor<4x5xf32>) columns(%x : tensor<4x5xf32>) ungated -> tensor<4x4xf32>
  %o = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<5x16xf32>) writes(%x, %v : tensor<4x5xf32>, tensor<4x16xf32>) -> tensor<5x16xf32>
  wy.yield %S1, %o : tensor<5x16xf32>, tensor<4x16xf32>
}

// What is zero there anyway is not masked.
// CHECK-LABEL: func.func @zero
// CHECK:         %[[EXP:.+]] = math.exp
// CHECK:         %[[EK:.+]] = arith.mulf %{{.+}}, %[[EXP]]
// CHECK:         %[[BEK:.+]] = arith.mulf %{{.+}}, %[[EK]]
// CHECK-NOT:     arith.select %{{.+}}, %[[BEK]]
// CHECK:         vector.store %[[BEK]]
wy.scan @zero chunk(4) key(5) value(16) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %x = wy.tokens(%b0: !delta.scalar = %b : tensor<4xf32>, %k0: !delta.vec<key> = %k : tensor<4x5xf32>, %q0: !delta.vec<key> = %q : tensor<4x5xf32>) -> tensor<4x5xf32> {
    %0 = delta.exp %q0
    %1 = delta.mul %k0, %0
    %2 = delta.mul %b0, %1
    wy.yield %2 : !delta.vec<key>
  }
  %S1 = wy.update states(%S : tensor<5x16xf32>) writes(%x, %v : tensor<4x5xf32>, tensor<4x16xf32>) -> tensor<5x16xf32>
  wy.yield %S1 : tensor<5x16xf32>
}
