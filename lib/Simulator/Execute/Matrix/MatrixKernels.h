//===- MatrixKernels.h - arithmetic on tiles --------------------*- C++ -*-===//
//
// The inner loops of all matrix instructions, compiled once per instruction set
// of the host. The sources that implement them include nothing but this header
// and define nothing outside an unnamed namespace: an inline function of the
// standard library or LLVM, compiled for AVX-512, could be the copy that the
// linker keeps for everybody.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXKERNELS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXKERNELS_H

#include <stdint.h>

namespace sluice::sim {

/// Elements of multiplicands; F16 of accumulators, too.
enum class MatrixElement : uint8_t { F16, BF16, TF32, E4M3, E5M2, S8, U8 };
inline constexpr unsigned kNumMatrixElements = 7;

/// D (rows × columns) += A (rows × depth) · B (depth × columns), all by rows.
/// Rows and columns are multiples of 8. Strides are in elements.
struct TileShape {
  unsigned rows, columns, depth;
  unsigned strideA, strideB, strideD;
};

/// `lines` × `lineCores` cores, of which granule i of 16 bytes is at bytes +
/// (offsets[i] - begin). Each line is `lineStep` words behind the one before in
/// the tile, and each core of it `coreStep`.
struct OperandTile {
  const uint8_t *bytes;
  const uint32_t *offsets;
  uint32_t begin = 0;
  unsigned lines, lineCores, lineStep, coreStep, stride;
};

/// Tiles are dense matrices of floats, or of int32_t for S8 and U8, both handed
/// over as words. A core is 8 × 16 bytes by rows: a register across a warp.
struct MatrixKernels {
  const char *name;

  /// core → tile[row * stride + column].
  void (*loadRows[kNumMatrixElements])(const uint32_t *core, uint32_t *tile,
                                       unsigned stride);
  /// core → tile[column * stride + row].
  void (*loadColumns[kNumMatrixElements])(const uint32_t *core, uint32_t *tile,
                                          unsigned stride);
  /// The same of a grid of cores whose granules are anywhere.
  void (*loadOperandRows[kNumMatrixElements])(const OperandTile &operand,
                                              uint32_t *tile);
  void (*loadOperandColumns[kNumMatrixElements])(const OperandTile &operand,
                                                 uint32_t *tile);
  /// An 8 × 8 tile of 32-bit accumulators: even columns are in one register,
  /// odd ones in the next.
  void (*loadPairs)(const uint32_t *even, const uint32_t *odd, uint32_t *tile,
                    unsigned stride);
  void (*storePairs)(const uint32_t *tile, unsigned stride, uint32_t *even,
                     uint32_t *odd);
  /// Does what storePairs does; every NaN becomes the canonical one,
  /// 0x7fffffff.
  void (*storeFloatPairs)(const uint32_t *tile, unsigned stride, uint32_t *even,
                          uint32_t *odd);
  /// Stores the tile rounded to f16, to the nearest even; every NaN becomes
  /// 0x7fff.
  void (*storeHalves)(const uint32_t *tile, unsigned stride, uint32_t *core);

  /// Each element of D is a chain of fused multiply-adds in the order of k.
  void (*multiplyFloat)(const uint32_t *a, const uint32_t *b, uint32_t *d,
                        const TileShape &shape);
  /// The same on the registers of a 16 × columns accumulator, of which `d` has
  /// two for each 8 × 8 tile, as loadPairs and storeFloatPairs take them and
  /// down the rows first. `a` is transposed, depth × 16. D is zero before
  /// unless it `accumulates`.
  void (*multiplyRegisters)(const uint32_t *a, const uint32_t *b,
                            uint32_t *const *d, unsigned columns,
                            unsigned depth, bool accumulates);
  /// Modulo 2^32.
  void (*multiplyInteger)(const uint32_t *a, const uint32_t *b, uint32_t *d,
                          const TileShape &shape);
  void (*multiplyDouble)(const double *a, const double *b, double *d,
                         const TileShape &shape);
};

extern const MatrixKernels matrixKernelsBaseline;
#ifdef SLUICE_MATRIX_X86_VARIANTS
extern const MatrixKernels matrixKernelsV3, matrixKernelsV4;
#endif

/// The best that this host can run. All give the same bits.
const MatrixKernels &getMatrixKernels();

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXKERNELS_H
