//===- SolveEmitter.h - the corrections of a chunk --------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_SOLVEEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_SOLVEEMITTER_H

#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits one wy.solve for a strip.
class SolveEmitter {
public:
  SolveEmitter(KernelBuilder &b, GateEmitter &gates, wy::SolveOp op,
               const Chunk &chunk, const Strip &strip);

  void emit();

private:
  using Value = mlir::Value;
  using Vectors = VectorBuilder::Vectors;
  using Term = wy::SolveOp::Term;
  /// An unknown's rows as they decay, which terms may share.
  struct Source {
    unsigned unknown;
    Value gate;
  };

  void emitRows(const RowBlock &rows);
  void copyRightSides();
  bool canLoopOverTerms();
  void emitWithTables();
  void emitByHalves();
  void emitLeaf(Value first, int64_t count);
  void passOn(Value middle);
  void decaySource(unsigned source, Value begin, Value middle);
  void addRows(const Term &term, Value first, Value begin, Value middle,
               llvm::ArrayRef<Vectors> decays);
  Value scoreAt(const Term &term, Value row, Value column);
  /// The name under which sums carry an unknown's rows.
  const void *nameOf(unsigned unknown) {
    return op.getResults()[unknown].getAsOpaquePointer();
  }
  /// The number of a gated term's source.
  unsigned getSource(const Term &term);
  Vectors loadFactors(Value gate, Value row);
  Value temporaryAt(unsigned source, Value row, int64_t v);

  KernelBuilder &b;
  GateEmitter &gates;
  wy::SolveOp op;
  const Chunk &chunk;
  const Strip &strip;
  llvm::SmallVector<Term> terms;
  llvm::SmallVector<Source> sources;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_SOLVEEMITTER_H
