//===- KernelEmitter.h - code of a chunk form on a CPU ----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_KERNELEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_KERNELEMITTER_H

#include "passes/WYToVector/AdjointEmitter.h"
#include "passes/WYToVector/AlikeNodes.h"
#include "passes/WYToVector/ContractedLoopEmitter.h"
#include "passes/WYToVector/PairsEmitter.h"
#include "passes/WYToVector/PanelEmitter.h"
#include "passes/WYToVector/PerTokenEmitter.h"
#include "passes/WYToVector/ProductEmitter.h"
#include "passes/WYToVector/SolveEmitter.h"

namespace sluice {

/// Emits the function that wy-to-vector describes: the order of things within a
/// sequence, of which every kind has an emitter of its own. One object emits
/// one function.
class KernelEmitter {
public:
  KernelEmitter(mlir::OpBuilder &builder, const ChunkPlan &plan,
                const ScratchLayout &layout,
                llvm::ArrayRef<mlir::Type> argElements,
                mlir::Type outputElement);

  mlir::func::FuncOp emit();

private:
  using Value = mlir::Value;

  void emitChunks();
  void emitBlock(Value firstToken);
  void emitPanels(Value firstToken, Value chunks);
  Chunk makeChunk(Value firstToken, Value i);
  void emitFirstPhase(const Chunk &chunk);
  void emitAlike(llvm::ArrayRef<mlir::Operation *> ops, const Chunk &chunk);
  void emitFactorsOf(mlir::ValueRange made, const Chunk &chunk);
  void emitPanelNodes(const Chunk &chunk, Value panel);
  void emitMixed(const Chunk &chunk);
  void emitStripOp(mlir::Operation &op, const Chunk &chunk, const Strip &strip);
  void emitFullOp(mlir::Operation &op, const Chunk &chunk);
  void emitOutputs(const Chunk &chunk, Value panel);

  KernelBuilder b;
  StateEmitter states{b};
  ArgumentEmitter arguments{b};
  GateEmitter gates{b};
  PerTokenEmitter perToken{b, arguments, gates};
  ScoresEmitter scores{b, gates};
  ContractedLoopEmitter contractedLoop{b, arguments, gates, scores};
  PanelEmitter panels{b, states};
  PairsEmitter pairs{b, gates};
  ProductEmitter products{b, gates};
  AdjointEmitter adjoints{b, gates};
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_KERNELEMITTER_H
