//===- ChunkForm.cpp - the chunk form of a spec ---------------------------===//

#include "lib/Compiler/ChunkForm.h"
#include "lib/Compiler/Derivation.h"
#include "passes/Pipelines/Pipelines.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::compiler;

llvm::Expected<ChunkForm> compiler::deriveChunkForm(delta::RecurrenceOp op,
                                                    int64_t keyDim,
                                                    int64_t valueDim,
                                                    int64_t chunk) {
  auto module = derive(op, [&](OpPassManager &manager) {
    DeltaToWYOptions options;
    options.keyDim = keyDim;
    options.valueDim = valueDim;
    options.chunk = chunk;
    buildChunkPipeline(manager, options);
  });
  if (!module)
    return module.takeError();
  ChunkForm form;
  form.module = std::move(*module);
  form.scan = *form.module->getOps<wy::ScanOp>().begin();
  return form;
}
