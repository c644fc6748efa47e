//===- MatrixKernelsBaseline.cpp - arithmetic on tiles, baseline ---===//

#define SLUICE_MATRIX_KERNELS matrixKernelsBaseline
#define SLUICE_MATRIX_ISA "baseline"
#include "lib/Simulator/Execute/Matrix/MatrixKernels.inc"
