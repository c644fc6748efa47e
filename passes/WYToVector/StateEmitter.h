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

  /// One panel of the states that come through channels, or that go there, of a
  /// chunk.
  void loadChannels(const Chunk &chunk, Value panel);
  void storeChannels(const Chunk &chunk, Value panel);
  /// Asks for share number `part` of `parts` of the states that come with the
  /// chunk that runs next.
  void prefetchChannels(const Chunk &chunk, int64_t part, int64_t parts);

  /// Loads one vector of a row, with value as the free axis.
  Value loadInitial(unsigned state, Value row, Value start);
  void storeFinal(unsigned state, Value row, Value start, Value vector);

private:
  void emitStates(bool isStart);
  void emitTransposed(unsigned state, bool isStart);
  void moveChannel(Value memory, unsigned state, const Chunk &chunk,
                   Value panel, bool isLoad);

  KernelBuilder &b;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_STATEEMITTER_H
