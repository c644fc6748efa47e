// RUN: sluice-opt %s --wy-differentiate=gradients=q | FileCheck %s --check-prefix=Q
// RUN: sluice-opt %s --wy-differentiate=gradients=v | FileCheck %s --check-prefix=V
// RUN: sluice-opt %s --wy-differentiate=gradients=S | FileCheck %s --check-prefix=BYS
// RUN: sluice-opt %s --wy-differentiate=gradients=M,x | FileCheck %s --check-prefix=STATE

// What is not asked for is not computed, what is not used not taken. By q no
// gradient by a state leads there, so nothing goes back: chunks are in their order.

// Q-LABEL: wy.placed @two_adjoint
// Q-NEXT:      qk_heads(%k: !delta.vec<key>)
// Q-NEXT:      v_heads(%v: !delta.vec<value>)
// Q-NEXT:      state(%S: !delta.state<key, value>)
// Q-NEXT:      v_heads(%do: !delta.vec<value>) -> qk_heads(dq: !delta.vec<key>) {
// Q-NEXT:    wy.scan @states chunk(4)
// Q-NOT:       %M
// Q:           channels(S_start: state tensor<8x16xf32>) {
// Q-NEXT:      %[[S1:.+]] = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v
// Q-NEXT:      wy.yield %[[S1]], %S
// Q:         wy.scan @gradients chunk(4) key(8) value(16){{$}}
// Q-NEXT:        channels(%S_start: state tensor<8x16xf32>)
// Q-NEXT:        qk_heads(%k: !delta.vec<key>)
// Q-NEXT:        v_heads(%v: !delta.vec<value>, %do: !delta.vec<value>) -> qk_heads(dq: !delta.vec<key>) {
// Q-NEXT:      %[[DA:.+]] = wy.scores rows(%do : tensor<4x16xf32>) columns(%v : tensor<4x16xf32>) ungated
// Q-NEXT:      %[[IN:.+]] = wy.apply %[[DA]], %k
// Q-NEXT:      %[[READ:.+]] = wy.read right %S_start, %do
// Q-NEXT:      %[[DQ:.+]] = wy.sum %[[IN]], %[[READ]]
// Q-NEXT:      wy.yield %[[DQ]]

// By v no state before a chunk is needed: there is one scan.

// V-LABEL: wy.placed @two_adjoint
// V-NEXT:      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// V-NEXT:      v_heads(%do: !delta.vec<value>)
// V-NEXT:      state(%dS: !delta.state<key, value>) -> (dv: !delta.vec<value>) {
// V-NEXT:    wy.scan @gradients chunk(4) key(8) value(16) reverse
// V-NEXT:        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// V-NEXT:        v_heads(%do: !delta.vec<value>)
// V-NEXT:        state(%dS: !delta.state<key, value>) -> (dv: !delta.vec<value>) {
// V-NEXT:      %[[A:.+]] = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// V-NEXT:      %[[BEHIND:.+]] = wy.read left %dS, %k
// V-NEXT:      %[[IN:.+]] = wy.apply_transposed %[[A]], %do
// V-NEXT:      %[[DS:.+]] = wy.update states(%dS : tensor<8x16xf32>) writes(%q, %do
// V-NEXT:      %[[DV:.+]] = wy.sum %[[BEHIND]], %[[IN]]
// V-NEXT:      wy.yield %[[DS]], %[[DV]]
// V-NOT:     wy.scan

// By a state there is no result but the state itself.

// BYS-LABEL: wy.placed @two_adjoint
// BYS-NEXT:      qk_heads(%q: !delta.vec<key>)
// BYS-NEXT:      v_heads(%do: !delta.vec<value>)
// BYS-NEXT:      state(%dS: !delta.state<key, value>) -> () {
// BYS-NEXT:    wy.scan @gradients chunk(4) key(8) value(16) reverse
// BYS:           %[[DS:.+]] = wy.update states(%dS : tensor<8x16xf32>) writes(%q, %do
// BYS-NEXT:      wy.yield %[[DS]]

// The state that is asked for leads back and no other. What is named without having
// any influence has the gradient 0.

// STATE-LABEL: wy.placed @two_adjoint
// STATE-NEXT:      v_heads(%g: !delta.scalar)
// STATE-NEXT:      state(%dM: !delta.state<key, value>) -> (dx: !delta.scalar) {
// STATE:         wy.scan @gradients chunk(4) key(8) value(16) reverse
// STATE:           %[[D:.+]] = wy.accumulate all log %g
// STATE-NEXT:      %[[DM:.+]] = wy.update states(%dM : tensor<8x16xf32>) decays(%[[D]] : tensor<f32>)
// STATE-NEXT:      %[[DX:.+]] = wy.tokens() -> tensor<4xf32> {
// STATE-NEXT:        %[[ZERO:.+]] = delta.constant 0.0
// STATE-NEXT:        wy.yield %[[ZERO]]
// STATE-NEXT:      }
// STATE-NEXT:      wy.yield %[[DM]], %[[DX]]
wy.scan @two chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar, %x: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %3 = wy.sum %0, %2 : tensor<4x16xf32>
  %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %5 = wy.accumulate all log %g : tensor<4xf32> -> tensor<f32>
  %6 = wy.update states(%M : tensor<8x16xf32>) decays(%5 : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %4, %6, %3 : tensor<8x16xf32>, tensor<8x16xf32>, tensor<4x16xf32>
}
