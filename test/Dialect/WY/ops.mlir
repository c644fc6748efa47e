// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// Every clause, heads that stand apart, outputs of every type, an attribute.

// CHECK-LABEL: wy.scan @clauses chunk(4) key(8) value(16)
// CHECK-NEXT: {{^}}      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK-NEXT: {{^}}      v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
// CHECK-NEXT: {{^}}      state(%S: !delta.state<key, value>)
// CHECK-NEXT: {{^}}      params(%A: !delta.scalar, %u: !delta.vec<key>)
// CHECK-NEXT: {{^}}      state(%M: !delta.state<key, value>) -> (x: !delta.scalar, k2: !delta.vec<key>, o: !delta.vec<value>) attributes {tag = "kept"} {
wy.scan @clauses chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>)
    params(%A: !delta.scalar, %u: !delta.vec<key>)
    state(%M: !delta.state<key, value>)
    -> (x: !delta.scalar, k2: !delta.vec<key>, o: !delta.vec<value>)
    attributes {tag = "kept"} {
  // CHECK-NEXT: wy.yield %M, %S, %beta, %k, %v : tensor<8x16xf32>, tensor<8x16xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<4x16xf32>
  wy.yield %M, %S, %beta, %k, %v : tensor<8x16xf32>, tensor<8x16xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<4x16xf32>
}

// CHECK-LABEL: wy.scan @nothing chunk(1) key(1) value(1) -> () {
// CHECK-NEXT: wy.yield
// CHECK-NOT: :
wy.scan @nothing chunk(1) key(1) value(1) -> () {
  wy.yield
}

// CHECK-LABEL: wy.scan @tokens
wy.scan @tokens chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%beta: !delta.scalar)
    params(%A: !delta.scalar, %u: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> (x: !delta.scalar, k2: !delta.vec<key>, c: !delta.scalar) {
  // CHECK: %[[T:.+]]:2 = wy.tokens(%[[B:.+]]: !delta.scalar = %beta : tensor<4xf32>, %[[K:.+]]: !delta.vec<key> = %k : tensor<4x8xf32>, %[[A:.+]]: !delta.scalar = %A : tensor<f32>, %[[U:.+]]: !delta.vec<key> = %u : tensor<8xf32>) -> (tensor<4xf32>, tensor<4x8xf32>) {
  // CHECK-NEXT: %[[X:.+]] = delta.dot %[[K]], %[[U]]
  // CHECK-NEXT: %[[Y:.+]] = delta.mul %[[A]], %[[X]]
  // CHECK-NEXT: %[[Z:.+]] = delta.mul %[[B]], %[[K]]
  // CHECK-NEXT: wy.yield %[[Y]], %[[Z]] : !delta.scalar, !delta.vec<key>
  // CHECK-NEXT: }
  %0:2 = wy.tokens(%b: !delta.scalar = %beta : tensor<4xf32>,
                   %x: !delta.vec<key> = %k : tensor<4x8xf32>,
                   %a: !delta.scalar = %A : tensor<f32>,
                   %w: !delta.vec<key> = %u : tensor<8xf32>)
      -> (tensor<4xf32>, tensor<4x8xf32>) {
    %1 = delta.dot %x, %w
    %2 = delta.mul %a, %1
    %3 = delta.mul %b, %x
    wy.yield %2, %3 : !delta.scalar, !delta.vec<key>
  }
  // CHECK-NEXT: %[[C:.+]] = wy.tokens() -> tensor<4xf32> attributes {tag = 1 : i64} {
  // CHECK-NEXT: %[[SCALE:.+]] = delta.scale
  // CHECK-NEXT: wy.yield %[[SCALE]] : !delta.scalar
  %1 = wy.tokens() -> tensor<4xf32> attributes {tag = 1} {
    %2 = delta.scale
    wy.yield %2 : !delta.scalar
  }
  // Names of the scan may be used anew.
  // CHECK: %[[N:.+]] = wy.tokens(%[[B:.+]]: !delta.scalar = %beta : tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: delta.neg %[[B]]
  %2 = wy.tokens(%beta: !delta.scalar = %beta : tensor<4xf32>) -> tensor<4xf32> {
    %0 = delta.neg %beta
    wy.yield %0 : !delta.scalar
  }
  // CHECK: wy.yield %S, %[[N]], %[[T]]#1, %[[C]]
  wy.yield %S, %2, %0#1, %1 : tensor<8x16xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>
}

// CHECK-LABEL: wy.scan @between
wy.scan @between chunk(4) key(8) value(16)
    qk_heads(%a: !delta.vec<key>, %x: !delta.vec<key>, %g: !delta.vec<key>)
    v_heads(%y: !delta.vec<value>, %gv: !delta.vec<value>, %b: !delta.scalar,
            %c: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  // CHECK: wy.sum %y, %gv, %y : tensor<4x16xf32>
  %s = wy.sum %y, %gv, %y : tensor<4x16xf32>
  // CHECK: wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %p0 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  // CHECK: wy.accumulate after factor %b : tensor<4xf32> -> tensor<4xf32>
  %p1 = wy.accumulate after factor %b : tensor<4xf32> -> tensor<4xf32>
  // CHECK: wy.accumulate all log %b : tensor<4xf32> -> tensor<f32>
  %p2 = wy.accumulate all log %b : tensor<4xf32> -> tensor<f32>
  // CHECK: %{{.+}}:4 = wy.accumulate all factor %g, %x, %x, %g : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  %p3:4 = wy.accumulate all factor %g, %x, %x, %g : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>

  // CHECK: %[[A0:.+]] = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %A0 = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // CHECK: %[[A1:.+]] = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) diagonal(%b : tensor<4xf32>) dyadic -> tensor<4x4xf32>
  %A1 = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) diagonal(%b : tensor<4xf32>) dyadic -> tensor<4x4xf32>
  // CHECK: wy.scores rows(%y : tensor<4x16xf32>) columns(%y : tensor<4x16xf32>) gate(factor %b : tensor<4xf32>) after_product -> tensor<4x4xf32>
  %A2 = wy.scores rows(%y : tensor<4x16xf32>) columns(%y : tensor<4x16xf32>) gate(factor %b : tensor<4xf32>) after_product -> tensor<4x4xf32>
  // CHECK: wy.scores rows(%a, %x : tensor<4x8xf32>, tensor<4x8xf32>) columns(%x, %a : tensor<4x8xf32>, tensor<4x8xf32>) gate(factor %b, %c, %c, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) dyadic -> tensor<4x4xf32>
  %A3 = wy.scores rows(%a, %x : tensor<4x8xf32>, tensor<4x8xf32>) columns(%x, %a : tensor<4x8xf32>, tensor<4x8xf32>) gate(factor %b, %c, %c, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) dyadic -> tensor<4x4xf32>

  // CHECK: wy.apply %[[A1]], %y : tensor<4x4xf32>, tensor<4x16xf32>
  %o0 = wy.apply %A1, %y : tensor<4x4xf32>, tensor<4x16xf32>
  // CHECK: wy.apply %[[A1]], %y gate(log %gv : tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  %o1 = wy.apply %A1, %y gate(log %gv : tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  // CHECK: wy.apply %[[A1]], %a gate(factor %b : tensor<4xf32>) : tensor<4x4xf32>, tensor<4x8xf32>
  %o2 = wy.apply %A1, %a gate(factor %b : tensor<4xf32>) : tensor<4x4xf32>, tensor<4x8xf32>

  // CHECK: wy.solve rhs(%y : tensor<4x16xf32>) terms [] -> tensor<4x16xf32>
  %y0 = wy.solve rhs(%y : tensor<4x16xf32>) terms [] -> tensor<4x16xf32>
  // CHECK: wy.solve rhs(%y : tensor<4x16xf32>) scores(%[[A0]] : tensor<4x4xf32>) terms {{\[}}[0, 0]] -> tensor<4x16xf32>
  %y1 = wy.solve rhs(%y : tensor<4x16xf32>) scores(%A0 : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  // CHECK: %{{.+}}:2 = wy.solve rhs(%y, %gv : tensor<4x16xf32>, tensor<4x16xf32>) scores(%[[A0]], %[[A1]], %[[A0]] : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) weights [1](%gv : tensor<4x16xf32>) gates [2, 0](log %gv, %b : tensor<4x16xf32>, tensor<4xf32>) terms {{\[}}[0, 1], [1, 0], [1, 1]] -> tensor<4x16xf32>, tensor<4x16xf32>
  %y2:2 = wy.solve rhs(%y, %gv : tensor<4x16xf32>, tensor<4x16xf32>) scores(%A0, %A1, %A0 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) weights [1](%gv : tensor<4x16xf32>) gates [2, 0](log %gv, %b : tensor<4x16xf32>, tensor<4xf32>) terms [[0, 1], [1, 0], [1, 1]] -> tensor<4x16xf32>, tensor<4x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// CHECK-LABEL: wy.scan @states
wy.scan @states chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    params(%d: !delta.vec<key>, %c: !delta.scalar, %e: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  // CHECK: wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %l = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  // CHECK: wy.read right %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
  %r = wy.read right %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
  // CHECK: wy.update states(%S : tensor<8x16xf32>) -> tensor<8x16xf32>
  %0 = wy.update states(%S : tensor<8x16xf32>) -> tensor<8x16xf32>
  // Nothing of the old state is left.
  // CHECK: wy.update writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %1 = wy.update writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  // CHECK: wy.update states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) decays(%d, %c : tensor<8xf32>, tensor<f32>) value_decays(%e : tensor<16xf32>) writes(%k, %v, %k, %v : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %2 = wy.update states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) decays(%d, %c : tensor<8xf32>, tensor<f32>) value_decays(%e : tensor<16xf32>) writes(%k, %v, %k, %v : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %0, %2 : tensor<8x16xf32>, tensor<8x16xf32>
}
