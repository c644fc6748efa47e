// RUN: sluice-opt %s --wy-decompose=shift-limit=81 --verify-diagnostics
// RUN: sluice-opt %s --wy-decompose=shift-limit=-1 --verify-diagnostics
// RUN: sluice-opt %s --wy-decompose=shift-limit=nan --verify-diagnostics

// expected-error@+1 {{the limit of a shift is between 0 and 8.000000e+01, found}}
module {
}
