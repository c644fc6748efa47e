//===- StateEmitter.h - states between memory and scratch -------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_STATEEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_STATEEMITTER_H

#include "passes/WYToVector/KernelBuilder.h"

namespace sluice {

/// Emits the states' way from initial states to panels and on to final states.
class StateEmitter {
public:
  using Value = mlir::Value;

  explicit StateEmitter(KernelBuilder &b) : b(b) {}

  /// All panels at once.
  void emitInitial() { emitStates(/*isStart=*/true); }
  void emitFinal() { emitStates(/*isStart=*/false); }

  /// Loads one vector of a row, with value as the free axis.
  Value loadInitial(unsigned state, Value row, Value start);
  void storeFinal(unsigned state, Value row, Value start, Value vector);

private:
  void emitStates(bool isStart);
  void emitTransposed(unsigned state, bool isStart);

  KernelBuilder &b;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_STATEEMITTER_H
