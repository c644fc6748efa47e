// RUN: not sluice-opt %s --delta-to-wy=chunk=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --delta-to-wy=chunk=1025 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --delta-to-wy=key-dim=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --delta-to-wy=key-dim=-8 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --delta-to-wy=value-dim=65537 2>&1 | FileCheck %s

// Sizes are checked before anything is derived.

// CHECK: error: key-dim and value-dim are between 1 and 65536, chunk between 1 and 1024
// CHECK-NOT: wy.scan
delta.recurrence @empty state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
