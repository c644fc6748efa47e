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

/// A tensor of the body, row-major. One without columns has one.
struct Tensor {
  double *data;
  int64_t size, columns;
  double *row(int64_t index) const { return data + index * columns; }
};

struct ChunkProgram {
  /// Fails where scan and problem differ, and at an op without a meaning here.
  static llvm::Expected<ChunkProgram> compile(wy::ScanOp scan,
                                              const runtime::Problem &problem);

  /// The tensor of a value of the body.
  Tensor at(mlir::Value value, double *arena) const;
  /// Executes the body: of tensors of tokens, rows below `tokens`.
  void run(double *arena, int64_t tokens) const;

  wy::ScanOp scan;
  /// In doubles from an arena's begin.
  llvm::DenseMap<mlir::Value, int64_t> offsets;
  /// What each of them is.
  std::optional<wy::ChunkShapes> shapes;
  /// The maths of each wy.tokens.
  llvm::DenseMap<mlir::Operation *, Program> steps;
  /// What one op needs while it runs begins here, a copy of every state here.
  int64_t scratch = 0, spareStates = 0;
  /// Doubles in an arena.
  int64_t size = 0;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_CHUNKPROGRAM_H
