//===- MatrixKernelsV3.cpp - arithmetic on tiles, x86-64-v3 ---===//

#define SLUICE_MATRIX_KERNELS matrixKernelsV3
#define SLUICE_MATRIX_ISA "x86-64-v3"
#include "lib/Simulator/Execute/Matrix/MatrixKernels.inc"
