// RUN: not sluice-opt %s --wy-report-stages=segment=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-report-stages=io-bytes=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-report-stages=inner-bytes=0 2>&1 | FileCheck %s

// CHECK: error: io-bytes, inner-bytes and segment are above 0
module {
}
