//===- MatrixOperand.h - what a warp reads of shared memory -----*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXOPERAND_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXOPERAND_H

#include "lib/Layout/MatrixDescriptor.h"
#include "lib/Simulator/Check/Shadow.h"

namespace sluice::sim {

/// A part of an operand of wgmma that a descriptor stands for.
struct MatrixPart {
  layout::MatrixDescriptor descriptor;
  layout::MatrixMajor major = layout::MatrixMajor::K;
  /// Elements in 16 bytes.
  unsigned granuleElements = 8;
  /// Rows of A, columns of B.
  unsigned firstMN = 0, numMN = 0;
  unsigned depth = 0;

  /// Elements of a core along M or N, and along K.
  unsigned getCoreMN() const {
    return major == layout::MatrixMajor::K ? 8 : granuleElements;
  }
  unsigned getCoreK() const {
    return major == layout::MatrixMajor::K ? granuleElements : 8;
  }
  bool operator==(const MatrixPart &other) const = default;
};

/// The places of an operand's elements.
struct MatrixOperand {
  MatrixPart part;
  /// Shared offsets, along K first.
  llvm::SmallVector<layout::CoreOffsets, 0> cores;
  /// The same by blocks of shared memory; a block may come more than once.
  llvm::SmallVector<GranuleSet, 0> granules;
  /// The least and the greatest of the offsets.
  uint32_t first = 0, last = 0;

  explicit MatrixOperand(const MatrixPart &part);
};

/// Remembers operands: a loop asks for the same few again and again.
class MatrixOperands {
public:
  /// Returns an operand that stays until the next call.
  const MatrixOperand &get(const MatrixPart &part);

private:
  static constexpr unsigned kSlotBits = 8;
  std::unique_ptr<MatrixOperand> slots[1 << kSlotBits];
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXOPERAND_H
