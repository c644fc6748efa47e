// RUN: not sluice-opt %s --wy-decompose=leaf=3 2>&1 | FileCheck %s --check-prefix=THREE
// RUN: not sluice-opt %s --wy-decompose=leaf=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not sluice-opt %s --wy-decompose=leaf=2048 2>&1 | FileCheck %s --check-prefix=LONG
// RUN: not sluice-opt %s --wy-decompose=solve-leaf=3 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not sluice-opt %s --wy-decompose=solve-leaf=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not sluice-opt %s --wy-decompose=solve-leaf=2048 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not sluice-opt %s --wy-decompose=solve=magic 2>&1 | FileCheck %s --check-prefix=SOLVE

// THREE: error: a leaf is a power of two of 1 to 1024 tokens, one of the inverse is that or 0, and a system is solved by 'substitution' or 'inverse'; found 3, 0 and 'substitution'
// ZERO: found 0, 0 and 'substitution'
// LONG: found 2048, 0 and 'substitution'
// BLOCK: found 4, 3 and 'substitution'
// NEGATIVE: found 4, -1 and 'substitution'
// LARGE: found 4, 2048 and 'substitution'
// SOLVE: found 4, 0 and 'magic'
module {}
