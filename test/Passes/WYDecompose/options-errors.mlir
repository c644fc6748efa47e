// RUN: not sluice-opt %s --wy-decompose=leaf=3 2>&1 | FileCheck %s --check-prefix=THREE
// RUN: not sluice-opt %s --wy-decompose=leaf=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not sluice-opt %s --wy-decompose=leaf=2048 2>&1 | FileCheck %s --check-prefix=LONG
// RUN: not sluice-opt %s --wy-decompose=solve=magic 2>&1 | FileCheck %s --check-prefix=SOLVE

// THREE: error: a leaf is a power of two of 1 to 1024 tokens, and a system is solved by 'substitution' or 'inverse'; found 3 and 'substitution'
// ZERO: found 0 and 'substitution'
// LONG: found 2048 and 'substitution'
// SOLVE: found 4 and 'magic'
module {}
