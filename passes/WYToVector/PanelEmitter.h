//===- PanelEmitter.h - sweeps over panels of the states --------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_PANELEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_PANELEMITTER_H

#include "passes/WYToVector/StateEmitter.h"

namespace sluice {

/// Emits wy.read and wy.update: what meets the state.
class PanelEmitter {
public:
  using Value = mlir::Value;

  PanelEmitter(KernelBuilder &b, StateEmitter &states) : b(b), states(states) {}

  /// The places where a sequence's first and last sweeps find and leave states.
  struct Ends {
    /// From initial states, and into scratch.
    bool isFromInitial = false;
    /// Into final states only.
    bool isToFinal = false;
  };
  /// All reads of a chunk are one sweep, which can take states from where they
  /// are given.
  bool isReadFromInitial();
  /// All writes of a chunk are one sweep, which can leave states where they are
  /// wanted.
  bool isWrittenToFinal();
  /// Applies what `written` has written and forms `reads` of `read`; either may
  /// be null.
  void emitSweeps(const Chunk *written, const Chunk *read,
                  llvm::ArrayRef<wy::ReadOp> reads, Value panel, Ends ends);
  /// An update that is not a next state, in all panels.
  void emitMade(wy::UpdateOp update, const Chunk &chunk);
  /// A read of the free axis, from all panels.
  void emitOtherRead(wy::ReadOp read, const Chunk &chunk);

private:
  using Vectors = VectorBuilder::Vectors;
  /// Outer products of a state: one element a row of the panel, and a row of
  /// the panel's width.
  struct PanelWrite {
    unsigned state;
    Value contracted, free;
  };
  struct Sweep {
    const Chunk *written = nullptr, *read = nullptr;
    Ends ends;
    bool withDecays = false;
    /// With their tokens.
    llvm::SmallVector<std::pair<const PanelWrite *, Value>> writes;
    llvm::SmallVector<std::pair<wy::ReadOp, Value>> reads;
  };
  /// What a sweep's rows have in common.
  struct Invariants {
    /// The update of each state; null where there is none.
    llvm::SmallVector<wy::UpdateOp> updates;
    /// Decays along the free axis, by update and source.
    llvm::SmallVector<llvm::SmallVector<Vectors>> decays;
    /// The free vectors of the writes.
    llvm::SmallVector<Vectors> written;
  };
  /// A row of every state.
  struct Row {
    Value index;
    llvm::SmallVector<Vectors> old, next;
  };
  llvm::SmallVector<PanelWrite> getPanelWrites();
  Vectors loadFreeDecay(Value decay, const Chunk &chunk, const Strip &strip);
  Value loadContractedDecay(Value decay, const Chunk &chunk, Value row);
  Invariants loadInvariants(const Sweep &sweep, Value panel);
  const Vectors &loadState(unsigned state, const Sweep &sweep, Value panel,
                           Row &row);
  void applyUpdates(const Sweep &sweep, const Invariants &invariants,
                    Value panel, Row &row);
  void storeStates(const Sweep &sweep, Value panel, Row &row);
  void emitSweep(const Sweep &sweep, Value panel);

  KernelBuilder &b;
  StateEmitter &states;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_PANELEMITTER_H
