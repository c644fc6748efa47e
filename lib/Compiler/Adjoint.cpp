//===- Adjoint.cpp - the gradients of a spec's step -----------------------===//

#include "lib/Compiler/Adjoint.h"
#include "lib/Compiler/Derivation.h"
#include "passes/DeltaDifferentiate/DeltaDifferentiate.h"
#include "passes/Pipelines/Pipelines.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::compiler;

llvm::Expected<Adjoint>
compiler::deriveAdjoint(delta::RecurrenceOp op,
                        const std::vector<std::string> &gradients) {
  auto module = derive(op, [&](OpPassManager &manager) {
    DeltaDifferentiateOptions options;
    options.gradients.assign(gradients.begin(), gradients.end());
    manager.addPass(createDeltaDifferentiate(options));
  });
  if (!module)
    return module.takeError();
  Adjoint made;
  made.module = std::move(*module);
  made.op = *made.module->getOps<delta::RecurrenceOp>().begin();
  made.adjoint = *made.module->getOps<delta::AdjointOp>().begin();
  return made;
}

llvm::Expected<ChunkAdjoint>
compiler::deriveChunkAdjoint(delta::RecurrenceOp op, int64_t keyDim,
                             int64_t valueDim, int64_t chunk,
                             const std::vector<std::string> &gradients) {
  // What has influence by the spec, whatever becomes of it by chunks.
  std::vector<std::string> wanted = gradients;
  if (wanted.empty()) {
    llvm::Expected<Adjoint> step = deriveAdjoint(op);
    if (!step)
      return step.takeError();
    for (delta::OutputAttr output : step->adjoint.getSignature().getOutputs())
      wanted.push_back(output.getName().getValue().drop_front().str());
    for (BlockArgument state : op.getStates())
      wanted.push_back(op.getName(state).str());
  }
  auto module = derive(op, [&](OpPassManager &manager) {
    DeltaToWYOptions options;
    options.keyDim = keyDim;
    options.valueDim = valueDim;
    options.chunk = chunk;
    buildChunkPipeline(manager, options);
    WYDifferentiateOptions wantedOptions;
    wantedOptions.gradients.assign(wanted.begin(), wanted.end());
    buildChunkAdjointPipeline(manager, wantedOptions);
  });
  if (!module)
    return module.takeError();
  ChunkAdjoint made;
  made.module = std::move(*module);
  made.adjoint = *made.module->getOps<wy::PlacedOp>().begin();
  return made;
}
