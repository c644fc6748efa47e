// RUN: sluice-opt %s --wy-fuse -split-input-file -verify-diagnostics

wy.placed @segments key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  // expected-error@+1 {{starts anew in segments, so it is not fused}}
  wy.scan @b chunk(4) key(8) value(16) segments(8 from zero) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @chunks key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-note@+1 {{the first scan}}
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  // expected-error@+1 {{does not walk over the same chunks as the first scan, so it is not fused with it}}
  wy.scan @b chunk(8) key(8) value(16) -> () {
    wy.yield
  }
}

// -----

wy.placed @order key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-note@+1 {{the first scan}}
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  // expected-error@+1 {{does not walk over the same chunks as the first scan, so it is not fused with it}}
  wy.scan @b chunk(4) key(8) value(16) reverse -> () {
    wy.yield
  }
}

// -----

// expected-error@+1 {{has no scans to fuse}}
wy.placed @none key(8) value(16) -> () {
}
