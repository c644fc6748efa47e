// RUN: sluice-opt %s --wy-move-factors | FileCheck %s
// RUN: sluice-opt %s --wy-move-factors=compose-maps | FileCheck %s --check-prefix=COMPOSE
// RUN: sluice-opt %s --wy-move-factors=w-form=automatic | FileCheck %s --check-prefix=MADE
// RUN: sluice-opt %s --wy-move-factors=w-form=formed | FileCheck %s --check-prefix=ALWAYS
// RUN: not sluice-opt %s --wy-move-factors=w-form=maybe 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR: error: the W form is 'formed', 'not_formed' or, for reads with vectors that are made, 'automatic'; found 'maybe'

// apply(A, apply(T, r)) = apply(A T, r), without being asked only where nothing
// else needs apply(T, r).

// CHECK-LABEL: wy.scan @compose
// CHECK: %[[A:.+]] = wy.scores
// CHECK: %[[T:.+]] = wy.inverse
// CHECK: %[[P:.+]] = wy.product lhs(%[[A]] {{.*}} rhs(%[[T]]
// CHECK: wy.apply %[[P]], %[[R:.+]] : tensor
// CHECK: %[[Y:.+]] = wy.apply %[[T]], %{{.+}} : tensor
// CHECK: wy.apply %[[A]], %[[Y]]
// COMPOSE-LABEL: wy.scan @compose
// COMPOSE: %[[T:.+]] = wy.inverse
// COMPOSE: %[[P:.+]] = wy.product
// COMPOSE: wy.apply %[[P]]
// COMPOSE: %[[Y:.+]] = wy.apply %[[T]]
// COMPOSE: %[[O:.+]] = wy.apply %[[P]]
// COMPOSE: wy.yield {{.*}} %[[O]], %[[Y]]
wy.scan @compose chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>, y: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %T = wy.inverse scores(%A : tensor<4x4xf32>) at [0] block(4) -> tensor<4x4xf32>
  %0 = wy.read left %S, %k : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %1 = wy.read left %S, %q : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.apply %T, %0 : tensor<4x4xf32>, tensor<4x8xf32>
  %3 = wy.apply %A, %2 : tensor<4x4xf32>, tensor<4x8xf32>
  %4 = wy.apply %T, %1 : tensor<4x4xf32>, tensor<4x8xf32>
  %5 = wy.apply %A, %4 : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %S, %3, %5, %4 : tensor<8x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// solve(c + f ∘ read(S, a)) = solve(c) + read(S, solve(f ∘ a)): W form. Made
// vectors are those that no longer are an argument when factors have left.

// CHECK-LABEL: wy.scan @w_form
// CHECK-COUNT-2: wy.solve
// CHECK-NOT: wy.solve
// MADE-LABEL: wy.scan @w_form
// MADE: %[[W:.+]] = wy.tokens({{.*}} = %k {{.*}} = %g
// MADE-DAG: %[[C:.+]] = wy.solve rhs(%v : tensor<4x8xf32>)
// MADE-DAG: %[[U:.+]] = wy.solve rhs(%[[W]] : tensor<4x8xf32>)
// MADE: %[[R:.+]] = wy.read left %S, %[[U]]
// MADE: %[[Y:.+]] = wy.sum %[[C]], %[[R]]
// MADE: %[[B:.+]] = wy.read left %S, %k :
// MADE: wy.solve rhs(
// MADE: wy.yield
// ALWAYS-LABEL: wy.scan @w_form
// ALWAYS: %[[C:.+]] = wy.solve rhs(%v : tensor<4x8xf32>)
// ALWAYS: %[[U:.+]] = wy.solve rhs(%[[W:.+]] : tensor<4x8xf32>)
// ALWAYS: wy.read left %S, %[[U]]
// ALWAYS: %[[X:.+]] = wy.solve rhs(
// ALWAYS: wy.read left %S, %[[X]]
// ALWAYS-NOT: wy.solve
wy.scan @w_form chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %0:2 = wy.tokens(%a: !delta.vec<key> = %g : tensor<4x8xf32>, %b: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %1 = delta.mul %x, %a
    %2 = delta.mul %b, %x
    wy.yield %1, %2 : !delta.vec<key>, !delta.vec<key>
  }
  %1 = wy.read left %S, %0#0 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.sum %v, %1 : tensor<4x8xf32>
  %3 = wy.solve rhs(%2 : tensor<4x8xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x8xf32>
  %4 = wy.read left %S, %0#1 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %5 = wy.solve rhs(%4 : tensor<4x8xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x8xf32>
  wy.yield %S, %3, %5 : tensor<8x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// The same of an inverse, where the next state is made of what it gives.

// CHECK-LABEL: wy.scan @inverse
// MADE-LABEL: wy.scan @inverse
// MADE: %[[T:.+]] = wy.inverse
// MADE: %[[C:.+]] = wy.apply %[[T]], %v
// MADE: %[[U:.+]] = wy.apply %[[T]], %{{.+}} : tensor
// MADE: %[[R:.+]] = wy.read left %S, %[[U]]
// MADE: wy.sum %[[C]], %[[R]]
wy.scan @inverse chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %T = wy.inverse scores(%A : tensor<4x4xf32>) at [0] block(4) -> tensor<4x4xf32>
  %0 = wy.tokens(%a: !delta.vec<key> = %g : tensor<4x8xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %x, %a
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.sum %v, %1 : tensor<4x8xf32>
  %3 = wy.apply %T, %2 : tensor<4x4xf32>, tensor<4x8xf32>
  %4 = wy.update states(%S : tensor<8x8xf32>) writes(%k, %3 : tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  wy.yield %4, %3 : tensor<8x8xf32>, tensor<4x8xf32>
}

// A weight along the free axis makes a system of each column: no W.

// ALWAYS-LABEL: wy.scan @weighted
// ALWAYS: %[[R:.+]] = wy.read
// ALWAYS: wy.solve rhs(%[[R]]
// ALWAYS-NOT: wy.solve
wy.scan @weighted chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %0 = wy.read left %S, %k : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %1 = wy.solve rhs(%0 : tensor<4x8xf32>) scores(%A : tensor<4x4xf32>) weights [0] (%v : tensor<4x8xf32>) terms [[0, 0]] -> tensor<4x8xf32>
  wy.yield %S, %1 : tensor<8x8xf32>, tensor<4x8xf32>
}
