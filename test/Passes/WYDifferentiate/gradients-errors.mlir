// RUN: sluice-opt %s --verify-diagnostics --wy-differentiate=gradients=q

// What is asked for is an argument.

// expected-error@+1 {{recurrence @unknown has no argument 'q' to differentiate by}}
wy.scan @unknown chunk(4) key(8) value(16) v_heads(%x: !delta.scalar) -> (o: !delta.scalar) {
  wy.yield %x : tensor<4xf32>
}
