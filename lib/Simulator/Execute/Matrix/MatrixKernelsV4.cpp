//===- MatrixKernelsV4.cpp - arithmetic on tiles, x86-64-v4 ---===//

#define SLUICE_MATRIX_KERNELS matrixKernelsV4
#define SLUICE_MATRIX_ISA "x86-64-v4"
#include "lib/Simulator/Execute/Matrix/MatrixKernels.inc"
