// RUN: sluice-opt %s -canonicalize | FileCheck %s

// No operation of a step has effects: what nothing uses goes.

// CHECK-LABEL: @dead
// CHECK-NEXT: qk_heads
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S, %M) outputs()
delta.recurrence @dead
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %b
  %S2 = delta.scale_state %S1, %b
  %p = delta.read %S2, %k
  %S3 = delta.write %S2, %k, %p
  %S4 = delta.add_states %S3, %M
  %c = delta.scale
  %x = delta.constant 2.0
  %y = delta.broadcast %c : !delta.vec<key>
  %z = delta.mul %x, %y
  %d = delta.dot %q, %z
  %r = delta.reduce sum %v
  %n = delta.l2norm %k
  delta.yield states(%S, %M) outputs()
}
