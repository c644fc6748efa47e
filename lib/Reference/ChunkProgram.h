//===- ChunkProgram.h - A chunk laid out for interpretation -----*- C++ -*-===//
//
// Where the tensors of a wy.scan's body live, and the execution of its ops.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_CHUNKPROGRAM_H
#define SLUICE_LIB_REFERENCE_CHUNKPROGRAM_H

#include "dialects/WY/WYOps.h"
#include "lib/Reference/Program.h"

#include "llvm/ADT/DenseMap.h"

namespace sluice::reference {

/// A tensor of the body, row-major. Its width is that of a row, 1 where it has
/// one axis.
template <typename Number> struct Tensor {
  Number *data;
  int64_t size, width;
  Number *row(int64_t index) const { return data + index * width; }
};

/// An error where the signature of a scan that stands alone, or of a placement,
/// is not the problem's.
llvm::Error checkFits(wy::ScanOp scan, const runtime::Problem &problem);
llvm::Error checkFits(wy::PlacedOp placed, const runtime::Problem &problem);

struct ChunkProgram {
  /// The arguments and outputs of `scan` are the problem's, or some of them.
  /// Fails at an op without a meaning here.
  static llvm::Expected<ChunkProgram> compile(wy::ScanOp scan,
                                              const runtime::Problem &problem);

  /// The tensor of a value of the body.
  template <typename Number>
  Tensor<Number> at(mlir::Value value, Number *arena) const {
    auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
    return {arena + offsets.at(value), type.getNumElements(),
            type.getRank() == 2 ? type.getDimSize(1) : 1};
  }
  /// Executes the body, in double or float: of tensors of tokens, rows below
  /// `tokens`.
  template <typename Number> void run(Number *arena, int64_t tokens) const;

  wy::ScanOp scan;
  /// The problem's argument for each one of a clause, but for states that start
  /// anew in segments; its state for each other state; its output for each
  /// output.
  llvm::SmallVector<unsigned> args, states, outputs;
  /// In numbers from an arena's begin.
  llvm::DenseMap<mlir::Value, int64_t> offsets;
  /// What each of them is.
  std::optional<wy::ChunkShapes> shapes;
  /// The maths of each wy.tokens.
  llvm::DenseMap<mlir::Operation *, Program> steps;
  /// What one op needs while it runs begins here, a copy of every state here.
  int64_t scratch = 0, spareStates = 0;
  /// Numbers in an arena.
  int64_t size = 0;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_CHUNKPROGRAM_H
