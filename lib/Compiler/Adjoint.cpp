//===- Adjoint.cpp - the gradients of a spec's step -----------------------===//

#include "lib/Compiler/Adjoint.h"
#include "lib/Compiler/Derivation.h"
#include "passes/DeltaDifferentiate/DeltaDifferentiate.h"

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
