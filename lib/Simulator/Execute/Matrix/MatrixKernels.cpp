//===- MatrixKernels.cpp - arithmetic on tiles ----------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixKernels.h"

using namespace sluice::sim;

static const MatrixKernels &choose() {
#ifdef SLUICE_MATRIX_X86_VARIANTS
  if (__builtin_cpu_supports("x86-64-v4"))
    return matrixKernelsV4;
  if (__builtin_cpu_supports("x86-64-v3"))
    return matrixKernelsV3;
#endif
  return matrixKernelsBaseline;
}

const MatrixKernels &sluice::sim::getMatrixKernels() {
  static const MatrixKernels &kernels = choose();
  return kernels;
}
