// RUN: sluice-opt %s --delta-report-transition -o %t | FileCheck %s
// RUN: FileCheck %s --check-prefix=SAME < %t

// Recurrences are found at any depth, and the module stays as it is.

// CHECK: recurrence @inner: class linear
// CHECK: recurrence @outer: class linear
// SAME: delta.recurrence @inner
// SAME: delta.recurrence @outer
module {
  module @m {
    delta.recurrence @inner state(%S: !delta.state<key, value>) -> () {
      delta.yield states(%S) outputs()
    }
  }
  delta.recurrence @outer state(%S: !delta.state<key, value>) -> () {
    delta.yield states(%S) outputs()
  }
}
