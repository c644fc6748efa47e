//===- PerTokenEmitter.h - maths of every token by itself -------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_PERTOKENEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_PERTOKENEMITTER_H

#include "passes/WYToVector/ArgumentEmitter.h"
#include "passes/WYToVector/GateEmitter.h"

namespace sluice {

/// Emits wy.tokens.
class PerTokenEmitter {
public:
  PerTokenEmitter(KernelBuilder &b, ArgumentEmitter &arguments,
                  GateEmitter &gates)
      : b(b), arguments(arguments), gates(gates) {}

  /// Emits the maths of all elements, with loops along the axes for reductions.
  void emit(wy::TokensOp op, const Chunk &chunk);
  /// Emits the maths of a strip, for every row, tokens or not. There
  /// is nothing to reduce.
  void emitStrip(wy::TokensOp op, const Chunk &chunk, const Strip &strip);

  /// Products of gates and what is made of them.
  void emitAnchors(const AnchorGroup &group, const Chunk &chunk);

private:
  void clearMissingRows(wy::TokensOp op, const Chunk &chunk);

  KernelBuilder &b;
  ArgumentEmitter &arguments;
  GateEmitter &gates;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_PERTOKENEMITTER_H
