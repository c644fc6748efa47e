// RUN: sluice-opt %s --wy-differentiate --canonicalize --cse | FileCheck %s

// By what all tokens share each token has a gradient, and whoever runs the scan adds
// them up. What a product of all gates gives is the chunk's.

// CHECK-LABEL: wy.placed @shared_adjoint
// CHECK-NEXT:      params(%A: !delta.scalar)
// CHECK-NEXT:      v_heads(%x: !delta.scalar)
// CHECK-NEXT:      state(%S: !delta.state<key, value>, %dS: !delta.state<key, value>) -> params(dA: !delta.scalar) v_heads(dx: !delta.scalar) {
// CHECK:         wy.scan @gradients
// CHECK:           %[[G:.+]] = wy.tokens(%[[A:.+]]: !delta.scalar = %A : tensor<f32>, %[[X:.+]]: !delta.scalar = %x : tensor<4xf32>) -> tensor<4xf32> {
// CHECK:           %[[ALL:.+]] = wy.accumulate all log %[[G]]
// CHECK-NEXT:      %[[DALL:.+]] = wy.dot_states %S_start, %dS
// CHECK-NEXT:      %[[DG:.+]] = wy.tokens(%{{.+}} = %[[ALL]] : tensor<f32>, %{{.+}} = %[[DALL]] : tensor<f32>) -> tensor<4xf32>
// CHECK:           %[[BOTH:.+]]:2 = wy.tokens(%{{.+}} = %A : tensor<f32>, %{{.+}} = %x : tensor<4xf32>, %{{.+}} = %[[DG]] : tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK:           wy.yield %{{.+}}, %[[BOTH]]#{{[01]}}, %[[BOTH]]#{{[01]}} : tensor<8x16xf32>, tensor<4xf32>, tensor<4xf32>
wy.scan @shared chunk(4) key(8) value(16)
    params(%A: !delta.scalar) v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  %0 = wy.tokens(%a: !delta.scalar = %A : tensor<f32>, %t: !delta.scalar = %x : tensor<4xf32>) -> tensor<4xf32> {
    %1 = delta.mul %a, %t
    wy.yield %1 : !delta.scalar
  }
  %1 = wy.accumulate all log %0 : tensor<4xf32> -> tensor<f32>
  %2 = wy.update states(%S : tensor<8x16xf32>) decays(%1 : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %2 : tensor<8x16xf32>
}

// What is the same for all tokens of a chunk and not the run's is added up here.

// CHECK-LABEL: wy.placed @sum_over_chunk_adjoint
// CHECK:         wy.scan @gradients
// CHECK:           %[[ALL:.+]] = wy.accumulate all log %g
// CHECK-NEXT:      %[[ROWS:.+]]:2 = wy.tokens(%{{.+}} = %[[ALL]] : tensor<f32>, %{{.+}} = %x : tensor<4xf32>, %{{.+}} = %do : tensor<4xf32>)
// CHECK:           %[[DALL:.+]] = wy.token_sums all %[[ROWS]]#0
// CHECK-NEXT:      wy.tokens(%{{.+}} = %[[ALL]] : tensor<f32>, %{{.+}} = %[[DALL]] : tensor<f32>) -> tensor<4xf32>
wy.scan @sum_over_chunk chunk(4) key(8) value(16)
    v_heads(%g: !delta.scalar, %x: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.accumulate all log %g : tensor<4xf32> -> tensor<f32>
  %1 = wy.tokens(%a: !delta.scalar = %0 : tensor<f32>, %t: !delta.scalar = %x : tensor<4xf32>) -> tensor<4xf32> {
    %2 = delta.mul %a, %t
    wy.yield %2 : !delta.scalar
  }
  wy.yield %1 : tensor<4xf32>
}
